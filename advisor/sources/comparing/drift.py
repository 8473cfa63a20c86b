"""Where what an ORM declares, what a migration history builds and what a server has are not one. In: schemas. Out: differences.

Only what matters is told. An ORM cannot say everything: views, functions, triggers, policies, checks, partial and expression
indexes that a hand-written migration makes are no drift against its schema, but they are where a server lacks them. Names of keys
and indexes count only where nothing of the same shape is there. The tables in which migration tools keep their books are nobody's.

Measured on the `diff` of Prisma's schema engine (@prisma/schema-engine-wasm 8.1.0, through @prisma/adapter-pg, on databases that
migrations built): it counts columns by type, arity and default; indexes by columns, order, method, uniqueness; foreign keys by
columns, table and actions; enums by their values in any order. It does not count NULL on a list, DEFERRABLE, a second index like
one that is declared, expression and partial indexes, views, checks, functions, sequences, partitions, other schemas. It counts,
and this does not: names (it would rename), operator classes, INCLUDE, a generated column declared as a plain one, tables of
other migration tools, the unique index of its own join tables before version 6.

Sequelize makes no migrations from its models, which may leave out NOT NULL, lengths, defaults, indexes and foreign keys: there only
tables and columns that the history does not make count. So may Drizzle tables and TypeORM entities beside migrations that another
tool runs, unless a drizzle.config.ts says that drizzle-kit writes them (`Database.declares_all`). Elsewhere TypeORM and drizzle-kit
make migrations as Prisma does, but TypeORM leaves tables alone that have no entity (nothing in
`executeSchemaSyncOperationsInProperOrder` of its RdbmsSchemaBuilder drops one).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from advisor.model import Database, Difference, Enum, Name, Orm, Schema, Table
from advisor.model.difference import Side
from advisor.model.schema.tools_own import HOSTS_OWN, TOOLS_OWN
from advisor.sources.comparing.parts import column_text, table_parts

LEAST_SHARED = 0.5
"""Of the declared tables, the share that a history must build to count as the history of this schema."""
NO_TABLES = frozenset({"view", "materialized view", "foreign table"})


class Pair(Struct, frozen=True):
    """Two schemas side by side. `lenient` where one of them is an ORM's, which cannot say everything."""

    left: Schema
    right: Schema
    sides: tuple[Side, Side]
    lenient: bool
    orm: Orm | None = None
    with_foreign_keys: bool = True
    names_only: bool = False
    """Whether the left says only some of what it means: what it has and the right has not is all that can be told."""


def drift(database: Database) -> tuple[Difference, ...]:
    """The declared schema against the history; the server against the history or, where there is none, against the declared."""
    datasource = database.prisma.datasource if database.prisma else None
    keys = datasource is None or datasource.relation_mode != "prisma"
    found: list[Difference] = []
    declared, built, live = database.declared, database.built, database.live
    if declared is not None and built is not None and belong_together(declared, built):
        found += compared(Pair(declared, built, ("declared", "built"), True, database.orm, keys, not database.declares_all))
    if live is not None and (built is not None or declared is None):
        found += compared(Pair(built or database.schema, live, ("built", "live"), lenient=False))
    elif live is not None and declared is not None:
        found += compared(Pair(declared, live, ("declared", "live"), True, database.orm, keys, not database.declares_all))
    return tuple(found)


def belong_together(declared: Schema, built: Schema) -> bool:
    """Whether a history builds enough of a schema to be its own: one that was squashed away, or is another's, tells nothing."""
    tables = [table for table in declared.tables if table.kind not in NO_TABLES]
    shared = sum(built.table(table.name) is not None for table in tables)
    return bool(shared) and shared >= LEAST_SHARED * len(tables)


def compared(pair: Pair) -> Iterator[Difference]:
    schemas = {table.name.schema for table in pair.left.tables} | {"public"}
    for table in pair.left.tables:
        if is_compared(table, pair):
            yield from table_differences(table, pair)
    if pair.names_only:
        return
    for table in pair.right.tables if pair.orm != "typeorm" else ():
        if is_extra(table, pair, schemas):
            yield Difference("table", table.name.qualified, None, None, table.kind, None, table.location, pair.sides)
    yield from enum_differences(pair, schemas)
    if not pair.lenient:
        yield from missing_functions(pair)


def is_compared(table: Table, pair: Pair) -> bool:
    """A partition comes and goes; what an ORM calls a view, it does not make; a host's own tables no history makes."""
    is_view, schema = table.kind in NO_TABLES, table.name.schema
    of_host = schema in HOSTS_OWN and pair.sides[1] == "built" and all(other.name.schema != schema for other in pair.right.tables)
    is_own = table.name.name.lower() not in TOOLS_OWN and not of_host
    return is_own and table.partition_of is None and not (is_view and pair.lenient)


def is_extra(table: Table, pair: Pair, schemas: Iterable[str]) -> bool:
    """Whether a table that the left side has not is one too many; of views and other schemas nothing is expected."""
    return (
        pair.left.table(table.name) is None
        and table.kind not in NO_TABLES
        and table.partition_of is None
        and table.name.name.lower() not in TOOLS_OWN
        and table.name.schema in schemas
        and bool(table.columns)
    )


def table_differences(table: Table, pair: Pair) -> Iterator[Difference]:
    other = pair.right.table(table.name)
    if other is None:
        yield Difference("table", table.name.qualified, None, table.kind, None, table.location, None, pair.sides)
    elif pair.lenient and other.kind in NO_TABLES:
        # A model that stands for a view: what a view's columns are to an ORM, nobody declares in full.
        return
    elif pair.names_only:
        yield from missing_columns(table, other, pair.sides)
    elif other.columns and table.columns and table.view is None:
        yield from table_parts(
            table, other, pair.sides, lenient=pair.lenient, orm=pair.orm, with_foreign_keys=pair.with_foreign_keys
        )


def missing_columns(table: Table, other: Table, sides: tuple[Side, Side]) -> Iterator[Difference]:
    for column in table.columns:
        if other.columns and other.complete and other.column(column.name) is None:
            subject = table.subject(column.name)
            yield Difference("column", subject, None, column_text(column), None, column.location, other.location, sides)


def enum_differences(pair: Pair, schemas: Iterable[str]) -> Iterator[Difference]:
    """Values are compared as sets: where a value stands, nobody declares. No values are values that could not be followed."""
    mine, theirs = by_name(pair.left.enums), by_name(pair.right.enums)
    for name in sorted({*mine, *theirs}):
        left, right = mine.get(name), theirs.get(name)
        if left is None and (name.schema not in schemas or not pair.left.tables):
            continue
        missing = left is None or right is None
        if missing or (left and right and left.values and right.values and set(left.values) != set(right.values)):
            yield Difference(
                "enum", name.qualified, None if missing else "values", values_of(left), values_of(right),
                left.location if left else None, right.location if right else None, pair.sides,
            )  # fmt: skip


def by_name(enums: Iterable[Enum]) -> dict[Name, Enum]:
    return {enum.name: enum for enum in enums}


def values_of(enum: Enum | None) -> str | None:
    return ", ".join(enum.values) if enum else None


def missing_functions(pair: Pair) -> Iterator[Difference]:
    """What the history makes and the server lacks."""
    there = {function.signature for function in pair.right.functions}
    for function in pair.left.functions:
        if function.signature not in there:
            yield Difference("function", function.signature, None, "there", None, function.location, None, pair.sides)
