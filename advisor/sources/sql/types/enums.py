"""Enums. In: CREATE TYPE ... AS ENUM and ALTER TYPE ... VALUE. Out: the model's `Enum`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from advisor.model import Enum, Operation, OtherStatement
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, strings
from advisor.sources.sql.types.constants import rename_constants
from advisor.sources.sql.types.domains import refuse_second


def create_enum(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = catalog.new_name(*qualified(fields["typeName"]))
    refuse_second(catalog, statement, name)
    catalog.put_enum(Enum(name, strings(fields.get("vals", [])), statement.location))
    return [OtherStatement(statement.location, "CreateEnumStmt")]


def alter_enum(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """ADD VALUE and RENAME VALUE."""
    name = catalog.find_enum(*qualified(fields["typeName"]))
    enum = catalog.enum(name) if name is not None else None
    if enum is not None:
        values = with_value_renamed(enum, fields, statement) if "oldVal" in fields else with_value_added(enum, fields, statement)
        catalog.put_enum(replace(enum, values=values))
        if "oldVal" in fields:
            rename_constants(catalog, enum.name, fields["oldVal"], fields["newVal"])
    return [OtherStatement(statement.location, "AlterEnumStmt")]


def with_value_renamed(enum: Enum, fields: Node, statement: Statement) -> tuple[str, ...]:
    old, new = fields["oldVal"], fields["newVal"]
    if old not in enum.values:
        raise RefusedError(f'"{old}" is not an existing enum label', statement.location)
    if new in enum.values:
        raise RefusedError(f'enum label "{new}" already exists', statement.location)
    return tuple(new if value == old else value for value in enum.values)


def with_value_added(enum: Enum, fields: Node, statement: Statement) -> tuple[str, ...]:
    new, neighbour = fields.get("newVal", ""), fields.get("newValNeighbor")
    if new in enum.values:
        if fields.get("skipIfNewValExists"):
            return enum.values
        raise RefusedError(f'enum label "{new}" already exists', statement.location)
    if neighbour is None:
        return (*enum.values, new)
    if neighbour not in enum.values:
        raise RefusedError(f'"{neighbour}" is not an existing enum label', statement.location)
    place = enum.values.index(neighbour) + ("newValIsAfter" in fields)
    return (*enum.values[:place], new, *enum.values[place:])
