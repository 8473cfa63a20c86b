"""Tables, views, indexes and sequences get another name. In: a `RenameStmt`. Out: its operation, and all that speaks of them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import AlterTable, Index, Name, Operation, OtherStatement, RenameTable
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import find_relation
from advisor.sources.sql.dependents import follow_rename
from advisor.sources.sql.objects.policies import rename_relation_in_policies
from advisor.sources.sql.renames.types import types_follow
from advisor.sources.sql.spelling.types import array_element
from advisor.sources.sql.tables.indexes import put_index
from advisor.sources.sql.tables.sequence_statements import next_value_of, show_identities
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node
from advisor.sources.sql.views.following import views_after_rename


def rename_relation(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    """ALTER TABLE ... RENAME takes indexes and sequences too."""
    name = find_relation(catalog, fields["relation"])
    if catalog.names.table_of_index(name) is not None:
        yield from rename_index(catalog, statement, fields)
    elif catalog.table(name) is None and catalog.is_relation(name):
        yield from rename_sequence_statement(catalog, statement, fields)
    else:
        yield from give_table_name(catalog, statement, name, Name(name.schema, fields["newname"]))


def give_table_name(catalog: Catalog, statement: Statement, old: Name, new: Name) -> Iterator[Operation]:
    yield RenameTable(statement.location, old, new)
    if catalog.table(old) is None:
        return
    if catalog.is_relation(new):
        raise RefusedError(f'relation "{new}" already exists', statement.location)
    rename_table(catalog, old, new)


def rename_table(catalog: Catalog, old: Name, new: Name) -> None:
    """Rename a table, where views read it and where its identity columns speak of their sequences too."""
    views = views_after_rename(catalog, old, new)
    rename_relation_in_policies(catalog, old, new)
    catalog.rename(old, new)
    follow_rename(catalog, old, new)
    for view in views:
        catalog.put(view)
    rows_follow(catalog, old, new)
    show_identities(catalog, new)


def rows_follow(catalog: Catalog, old: Name, new: Name) -> None:
    """Columns and attributes that hold rows of a table are of its type, which has its name."""
    types_follow(catalog, old, new)
    before, after = quote_name(old), quote_name(new)
    for table in catalog.tables_with_rows_of(old):
        columns = (
            replace(column, type=after + column.type[len(before) :]) if array_element(column.type) == before else column
            for column in table.columns
        )
        catalog.put(replace(table, columns=tuple(columns)))


def rename_index(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    """An index that is a constraint's takes the constraint's name with it. ALTER INDEX renames tables too."""
    name = find_relation(catalog, fields["relation"])
    if catalog.table(name) is not None:
        yield from give_table_name(catalog, statement, name, Name(name.schema, fields["newname"]))
        return
    table = catalog.names.table_of_index(name)
    yield AlterTable(statement.location, table, "rename index") if table else OtherStatement(statement.location, "RenameStmt")
    index = catalog.index(name)
    if index is not None:
        give_index_name(catalog, index, fields["newname"])


def give_index_name(catalog: Catalog, index: Index, new: str) -> None:
    table = catalog.known(index.table)
    renamed = replace(index, name=new, name_is_default=False)
    table = replace(table, indexes=tuple(renamed if other is index else other for other in table.indexes))
    if table.clustered_on == index.name:
        table = replace(table, clustered_on=new)
    if table.replica_identity == f"index {index.name}":
        table = replace(table, replica_identity=f"index {new}")
    if index.name is not None:
        for kind in ("index", "constraint") if index.constraint else ("index",):
            catalog.objects.remarks.rename_part(kind, index.name, new, table.name)
    catalog.put(table)
    for partition in catalog.partitions(table.name):
        for part in catalog.known(partition).indexes:
            if part.attached_to == index.name:
                put_index(catalog, part, replace(part, attached_to=new))


def rename_sequence_statement(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    old = find_relation(catalog, fields["relation"])
    yield OtherStatement(statement.location, "RenameStmt")
    give_sequence_name(catalog, old, Name(old.schema, fields["newname"]))


def give_sequence_name(catalog: Catalog, old: Name, new: Name) -> None:
    """Rename a sequence, and the defaults that draw from it."""
    before, after = next_value_of(old), next_value_of(new)
    drawers = catalog.drawers(before.text)
    catalog.rename_sequence(old, new)
    for table in drawers:
        columns = (replace(column, default=after) if column.default == before else column for column in table.columns)
        catalog.put(replace(table, columns=tuple(columns)))
    owner = catalog.sequences.owner(new)
    if owner is not None:
        show_identities(catalog, owner[0])
