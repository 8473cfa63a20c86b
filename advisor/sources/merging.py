"""A Prisma schema and the history that builds it, as one schema.

The Prisma schema is what people edit, so its places are the ones to report. Its history adds what Prisma cannot say: indexes with
expressions or predicates, checks, partitions, and what it does not model: tables, types, functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from msgspec.structs import replace

from advisor.model import Column, Index, Name, Schema, Table


class Named(Protocol):
    """What has a name that no other of its kind has."""

    @property
    def name(self) -> Name: ...


Item = TypeVar("Item", bound=Named)


def merge_schemas(declared: Schema, built: Schema) -> Schema:
    """The declared schema with what only the history makes."""
    tables = [with_parts_of(table, other) if (other := built.table(table.name)) else table for table in declared.tables]
    names = {table.name for table in declared.tables}
    return replace(
        declared,
        tables=(*tables, *(table for table in built.tables if table.name not in names)),
        enums=both(declared.enums, built.enums),
        extensions=declared.extensions or built.extensions,
        extension_schemas=declared.extension_schemas or built.extension_schemas,
        sequences=built.sequences,
        definitions=built.definitions,
        domains=both(declared.domains, built.domains),
        composites=both(declared.composites, built.composites),
        ranges=both(declared.ranges, built.ranges),
        collations=both(declared.collations, built.collations),
        functions=built.functions,
        grants=built.grants,
        revoked=built.revoked,
        default_grants=built.default_grants,
        comments=built.comments,
        schemas=tuple(dict.fromkeys((*declared.schemas, *built.schemas))),
    )


def both(declared: Sequence[Item], built: Iterable[Item]) -> tuple[Item, ...]:
    """What is declared, and what only the history makes, by name."""
    names = {item.name for item in declared}
    return (*declared, *(item for item in built if item.name not in names))


def with_parts_of(declared: Table, built: Table) -> Table:
    """A declared table with the built one's further indexes and checks, and with what it is to PostgreSQL."""
    return replace(
        declared,
        indexes=(*declared.indexes, *only_built(declared.indexes, built.indexes)),
        columns=tuple(with_generation_of(column, built.column(column.name)) for column in declared.columns),
        checks=declared.checks or built.checks,
        not_nulls=declared.not_nulls or built.not_nulls,
        triggers=declared.triggers or built.triggers,
        policies=declared.policies or built.policies,
        row_security=declared.row_security or built.row_security,
        row_security_forced=declared.row_security_forced or built.row_security_forced,
        statistics=declared.statistics or built.statistics,
        view=declared.view or built.view,
        comment=declared.comment or built.comment,
        storage=declared.storage or built.storage,
        access_method=declared.access_method or built.access_method,
        tablespace=declared.tablespace or built.tablespace,
        of_type=declared.of_type or built.of_type,
        server=declared.server or built.server,
        server_options=declared.server_options or built.server_options,
        replica_identity=built.replica_identity,
        clustered_on=declared.clustered_on or built.clustered_on,
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
