"""A table with its partitions, made together. In: tables of the model. Out: one piece of statements for each family.

The whole is made first, each partition by itself and then attached, and the indexes last, those of the partitions first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from advisor.formats.ddl.columns import column_settings, default_sql, kept_otherwise, late_not_nulls, told_later
from advisor.formats.ddl.constraints import checks_apart, late_checks
from advisor.formats.ddl.indexes import index_statements
from advisor.formats.ddl.needs import Makers, needs_of_rest, needs_of_shape, relation_key
from advisor.formats.ddl.pieces import Piece, Statement
from advisor.formats.ddl.sections import TABLES
from advisor.formats.ddl.statistics import statistics_sql
from advisor.formats.ddl.tables import (
    Context,
    attach_sql,
    comments_sql,
    create_table,
    inherit_sql,
    inherits_later,
    is_known,
    repeated_keys,
    table_settings,
    tablespaces,
)
from advisor.model import Name, Schema, Table
from advisor.remedies.sql import quote, quote_name

Family: TypeAlias = tuple[Table, ...]
"""A table, and after it its partitions, each after what it is a partition of."""


def families_of(schema: Schema) -> tuple[Family, ...]:
    """All relations; one that is no partition of a known table begins a family of its own."""
    partitions: dict[Name, list[Table]] = {}
    for table in schema.tables:
        if schema.parent_of(table) is not None and table.partition_of is not None:
            partitions.setdefault(table.partition_of, []).append(table)
    return tuple(tuple(with_partitions(table, partitions)) for table in schema.tables if schema.parent_of(table) is None)


def with_partitions(table: Table, partitions: dict[Name, list[Table]]) -> Iterator[Table]:
    waiting = [table]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(partitions.get(found.name, [])))


def family_piece(family: Family, context: Context, makers: Makers, *, apart: bool) -> Piece:
    statements = [*shape_of_family(family, context)]
    needs = [needed for table in family for needed in needs_of_shape(table, makers, context.sequences)]
    if not apart:
        statements += rest_of_family(family, context)
        needs += [needed for table in family for needed in needs_of_rest(table, makers, context.sequences)]
    key = relation_key(family[0].name)
    return Piece(key, TABLES, tuple(map(Statement, statements)), frozenset(needs) - {key})


def shape_of_family(family: Family, context: Context) -> Iterator[str]:
    for table in family:
        yield from tablespaces(table)
        yield create_table(table, context)
        yield from inherit_sql(table, context.schema)
        yield from repeated_keys(table)
    for table in family:
        if table.partition_of is not None:
            yield attach_sql(table, context.schema)
    for table in family:
        yield from context.owned.get(table.name, ())
        yield from column_settings(table)
        if table.inherits:
            parents = () if inherits_later(table, context.schema) else context.schema.parents_of(table)
            yield from kept_otherwise(table, parents)


def rest_of_family(family: Family, context: Context) -> Iterator[str]:
    """What may call functions; and what can only be said once that is there."""
    for table in family:
        apart = table.name in context.apart
        yield from defaults_sql(table) if apart else ()
        yield from told_later(table)
        yield from checks_apart(table, context.schema) if apart else ()
    for table in reversed(family):
        partitions = [other for other in family if other.partition_of == table.name and is_known(other)]
        yield from index_statements(table, partitions)
    for table in family:
        yield from table_settings(table)
        for statistics in table.statistics:
            yield from statistics_sql(statistics)
        yield from comments_sql(table)


def defaults_sql(table: Table) -> Iterator[str]:
    for column in table.columns:
        if column.default:
            name, default = quote(column.name), default_sql(column.default)
            yield f"ALTER TABLE {quote_name(table.name)} ALTER COLUMN {name} SET DEFAULT {default};"


def not_valid_sql(table: Table, schema: Schema) -> Iterator[str]:
    """What rows may still violate. It comes when all that inherit the table are there: what is made later takes it for valid."""
    yield from new_not_nulls(table, schema)
    yield from late_checks(table, schema)


def new_not_nulls(table: Table, schema: Schema) -> Iterator[str]:
    """Those NOT VALID, where no parent hands them down."""
    handed_down = {found.column for parent in schema.parents_of(table) for found in parent.not_nulls if not found.validated}
    own = tuple(found for found in table.not_nulls if found.column not in handed_down)
    yield from late_not_nulls(table, own)
