"""Commands of ALTER TABLE about identity columns. In: a `Command`. Out: its operation, and the catalog after it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Column, Operation
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.tables.column_changes import change_column, replace_column
from advisor.sources.sql.tables.commands import Command
from advisor.sources.sql.tables.sequence_statements import change_sequence, identity_words, make_sequence
from advisor.sources.sql.text.tree import fields_of


def add_identity(catalog: Catalog, command: Command) -> Iterator[Operation]:
    always = command.definition["generated_when"] == "a"
    table = catalog.table(command.table)
    known = table.column(command.name) if table is not None else None
    if known is not None and known.identity:
        raise RefusedError(f'column "{command.name}" of relation "{command.table}" is already an identity column', command.location)
    options = command.definition.get("options", [])
    if known is not None:
        make_sequence(catalog, command.table, command.name, known.type, options, identity=True)
    words = identity_words(catalog, command.table, command.name)

    def change(column: Column) -> Column:
        return replace(column, identity="always" if always else "by default", identity_options=words)

    yield from change_column(catalog, command, "add identity", change, heirs=False)
    for partition in catalog.partitions(command.table):
        replace_column(catalog, partition, command.name, lambda column: replace(column, identity_options=()), to_children=True)


def set_identity(catalog: Catalog, command: Command) -> Iterator[Operation]:
    options = [fields_of(node) for node in command.definition["items"]]
    generated = next((option["arg"]["Integer"]["ival"] for option in options if option["defname"] == "generated"), None)

    def change(column: Column) -> Column:
        return column if generated is None else replace(column, identity="always" if generated == ord("a") else "by default")

    yield from change_column(catalog, command, "set identity", change, heirs=False)
    sequence = catalog.sequences.identity_of(command.table, command.name)
    if sequence is not None:
        change_sequence(catalog, sequence, command.definition["items"])


def drop_identity(catalog: Catalog, command: Command) -> Iterator[Operation]:
    sequence = catalog.sequences.identity_of(command.table, command.name)
    if sequence is not None:
        catalog.forget_sequence(sequence)

    def change(column: Column) -> Column:
        return replace(column, identity=None, identity_options=())

    yield from change_column(catalog, command, "drop identity", change, heirs=False)
