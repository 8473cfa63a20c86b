"""Columns get another name. In: a `RenameStmt`. Out: its operation, and all that reads the column."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import AlterTable, Expression, Index, IndexKey, Name, Operation, PartitionKey, Table
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import find_relation
from advisor.sources.sql.dependents import rename_column_in_dependents
from advisor.sources.sql.spelling.expressions import with_column_renamed
from advisor.sources.sql.tables.indexes import own_names
from advisor.sources.sql.tables.sequence_statements import show_identities
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node
from advisor.sources.sql.views.following import views_after_column_rename


def rename_column(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    name, old, new = find_relation(catalog, fields["relation"]), fields["subname"], fields["newname"]
    yield AlterTable(statement.location, name, "rename column", old)
    table = catalog.table(name)
    if table is None:
        return
    if name not in catalog.incomplete and table.column(old) is None:
        raise RefusedError(f'column "{old}" of relation "{name}" does not exist', statement.location)
    if table.column(new) is not None:
        raise RefusedError(f'column "{new}" of relation "{name}" already exists', statement.location)
    give_column_name(catalog, name, old, new)


def give_column_name(catalog: Catalog, name: Name, old: str, new: str) -> None:
    """Rename a column everywhere: in indexes, keys, checks and other tables' references."""
    table = catalog.known(name)
    for view in views_after_column_rename(catalog, table, old, new):
        catalog.put(view)
    for referrer in list(catalog.referrers(name)):
        catalog.put(with_reference_renamed(catalog.known(referrer), name, old, new))
    rename_column_in_dependents(catalog, name, old, new)
    catalog.put(with_own_column_renamed(catalog.known(name), old, new))
    for sequence, column in catalog.sequences_of(name).items():
        if column == old:
            catalog.own_sequence(sequence, name, new)
    show_identities(catalog, name)
    for child in catalog.children(name):
        if not catalog.is_own(child, ("column", old)):
            catalog.mark_own(child, ("column", old))
            catalog.mark_inherited(child, ("column", new))
        if not catalog.is_own(child, ("not null", old)):
            catalog.mark_own(child, ("not null", old))
            catalog.mark_inherited(child, ("not null", new))
        if table.column(old) is not None:
            give_column_name(catalog, child, old, new)


def with_reference_renamed(table: Table, referenced: Name, old: str, new: str) -> Table:
    keys = tuple(
        replace(key, referenced_columns=swapped(key.referenced_columns, old, new)) if key.referenced_table == referenced else key
        for key in table.foreign_keys
    )
    return replace(table, foreign_keys=keys)


def with_own_column_renamed(table: Table, old: str, new: str) -> Table:
    def changed(given: Expression | None) -> Expression | None:
        return with_column_renamed(given, old, new) if given is not None else None

    return replace(
        table,
        columns=tuple(
            replace(column, name=new if column.name == old else column.name, generated=changed(column.generated))
            for column in table.columns
        ),
        indexes=tuple(with_index_column_renamed(index, old, new) for index in table.indexes),
        foreign_keys=tuple(replace(key, columns=swapped(key.columns, old, new)) for key in table.foreign_keys),
        checks=tuple(replace(check, expression=with_column_renamed(check.expression, old, new)) for check in table.checks),
        partition_key=with_partition_column_renamed(table.partition_key, old, new),
        not_nulls=tuple(replace(found, column=new) if found.column == old else found for found in table.not_nulls),
    )


def with_partition_column_renamed(key: PartitionKey | None, old: str, new: str) -> PartitionKey | None:
    return replace(key, keys=tuple(with_key_column_renamed(part, old, new) for part in key.keys)) if key else None


def with_key_column_renamed(key: IndexKey, old: str, new: str) -> IndexKey:
    return replace(
        key,
        column=new if key.column == old else key.column,
        expression=with_column_renamed(key.expression, old, new) if key.expression else None,
    )


def with_index_column_renamed(index: Index, old: str, new: str) -> Index:
    keys = tuple(with_key_column_renamed(key, old, new) for key in index.keys)
    predicate = with_column_renamed(index.predicate, old, new) if index.predicate else None
    include = swapped(index.include, old, new)
    names = index.column_names or (own_names(index) if keys != index.keys or include != index.include else ())
    return replace(index, keys=keys, predicate=predicate, include=include, column_names=tuple(names))


def swapped(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in names)
