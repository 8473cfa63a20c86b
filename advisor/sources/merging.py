"""A Prisma schema and the history that builds it, as one schema.

The Prisma schema is what people edit, so its places are the ones to report. Its history adds what Prisma cannot say: indexes with
expressions or predicates, checks, partitions, and what it does not model: tables, types, functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from advisor.model import Column, Index, Schema, Table


def merge_schemas(declared: Schema, built: Schema) -> Schema:
    """The declared schema with what only the history makes."""
    tables = [with_parts_of(table, other) if (other := built.table(table.name)) else table for table in declared.tables]
    names = {table.name for table in declared.tables}
    enums = {enum.name for enum in declared.enums}
    return replace(
        declared,
        tables=(*tables, *(table for table in built.tables if table.name not in names)),
        enums=(*declared.enums, *(enum for enum in built.enums if enum.name not in enums)),
        extensions=declared.extensions or built.extensions,
        extension_schemas=declared.extension_schemas or built.extension_schemas,
        sequences=built.sequences,
        definitions=built.definitions,
    )


def with_parts_of(declared: Table, built: Table) -> Table:
    """A declared table with the built one's further indexes and checks, and with what it is to PostgreSQL."""
    return replace(
        declared,
        indexes=(*declared.indexes, *only_built(declared.indexes, built.indexes)),
        columns=tuple(with_generation_of(column, built.column(column.name)) for column in declared.columns),
        checks=declared.checks or built.checks,
        kind=built.kind if declared.kind == "table" else declared.kind,
        partition_of=built.partition_of,
        partition_key=built.partition_key,
        partition_bound=built.partition_bound,
        inherits=built.inherits,
        unlogged=built.unlogged,
    )


def with_generation_of(declared: Column, built: Column | None) -> Column:
    """A column that Prisma sees as a plain one, with the expression that it is made from."""
    if built is None or built.generated is None:
        return declared
    return replace(declared, generated=built.generated, virtual=built.virtual)


def only_built(declared: Sequence[Index], built: Sequence[Index]) -> list[Index]:
    """The built indexes that no declared one stands for: by name, or by shape where the names differ (one for one, so that a real
    duplicate stays one)."""
    names = {index.name for index in declared}
    built_names = {index.name for index in built}
    renamed = Counter(shape(index) for index in declared if index.name not in built_names)
    extra = []
    for index in built:
        if index.name in names:
            continue
        if renamed[shape(index)]:
            renamed[shape(index)] -= 1
        else:
            extra.append(index)
    return extra


def shape(index: Index) -> tuple[object, ...]:
    """What an index is, apart from its name and where it was written."""
    predicate = index.predicate.text if index.predicate else None
    return (index.keys, index.method, index.unique, predicate, index.include)


def name_as_declared(built: Schema, declared: Schema) -> Schema:
    """The schema of a history, with the names and places of models that do not say all of it.

    A Sequelize project whose history makes its tables need not repeat in its models what is NOT NULL, how long a text may be or
    whether an association has a foreign key; the database has what the history says. Models without a table there stay.
    """
    tables = [with_names_of(other, table) if (other := built.table(table.name)) else table for table in declared.tables]
    names = {table.name for table in declared.tables}
    return replace(built, tables=(*tables, *(table for table in built.tables if table.name not in names)))


def with_names_of(built: Table, declared: Table) -> Table:
    """A built table under its model's name, its parts where the model declares them."""
    columns = {column.name: column for column in declared.columns}
    indexes = {index.name: index.location for index in declared.indexes}
    keys = {key.columns: key.location for key in declared.foreign_keys}
    return replace(
        built,
        model=declared.model,
        relations=declared.relations,
        location=declared.location,
        name_location=declared.name_location,
        implicit=declared.implicit,
        columns=tuple(
            replace(column, field=same.field, location=same.location) if (same := columns.get(column.name)) else column
            for column in built.columns
        ),
        indexes=tuple(replace(index, location=indexes.get(index.name, index.location)) for index in built.indexes),
        foreign_keys=tuple(replace(key, location=keys.get(key.columns, key.location)) for key in built.foreign_keys),
    )
