"""Commands of ALTER TABLE about constraints. In: a `Command`. Out: its operation, and the catalog after it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import AlterTable, Operation
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.tables.columns import PendingConstraint
from advisor.sources.sql.tables.commands import Command
from advisor.sources.sql.tables.constraints import (
    add_constraint,
    alter_foreign_key,
    drop_constraint,
    validate_check,
    validate_foreign_key,
)
from advisor.sources.sql.tables.not_nulls import set_inheritance, validate_not_null


def add_table_constraint(catalog: Catalog, command: Command) -> Iterator[Operation]:
    fields = command.definition
    place = command.statement.stretch(command.statement.offset(fields) or 0, command.end)
    for operation in add_constraint(catalog, command.table, PendingConstraint(fields, place), only=command.only):
        # The operation is the statement's; the constraint keeps its own stretch.
        yield replace(operation, location=command.location)


def drop_table_constraint(catalog: Catalog, command: Command) -> Iterator[Operation]:
    yield AlterTable(command.location, command.table, "drop constraint")
    if catalog.table(command.table) is None:
        return
    found = drop_constraint(catalog, command.table, command.name, cascade=command.cascade, only=command.only)
    if not (found or command.fields.get("missing_ok")):
        raise RefusedError(f'constraint "{command.name}" of relation "{command.table}" does not exist', command.location)


def validate_constraint(catalog: Catalog, command: Command) -> Iterator[Operation]:
    yield AlterTable(command.location, command.table, "validate constraint")
    table = catalog.table(command.table)
    if table is None:
        return
    validate_check(catalog, command.table, command.name)
    for key in table.foreign_keys:
        if key.name == command.name:
            validate_foreign_key(catalog, key)
    for not_null in table.not_nulls:
        if not_null.name == command.name:
            validate_not_null(catalog, command.table, not_null.column)


def alter_constraint(catalog: Catalog, command: Command) -> Iterator[Operation]:
    """ALTER CONSTRAINT: when a foreign key is checked and whether at all, and who inherits a NOT NULL."""
    yield AlterTable(command.location, command.table, "alter constraint")
    table, fields = catalog.table(command.table), command.definition
    key = next((key for key in table.foreign_keys if key.name == fields["conname"]), None) if table else None
    if key is not None:
        alter_foreign_key(catalog, key, fields)
    for not_null in table.not_nulls if table is not None and fields.get("alterInheritability") else ():
        if not_null.name == fields["conname"]:
            set_inheritance(catalog, command.table, not_null, no_inherit=bool(fields.get("noinherit")))
