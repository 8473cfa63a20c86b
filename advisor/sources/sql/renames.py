"""Renames and moves to another schema. In: `RenameStmt`, `AlterObjectSchemaStmt`. Out: operations, and the catalog after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from advisor.model import (
    AlterTable,
    Expression,
    Index,
    IndexKey,
    Name,
    Operation,
    OtherStatement,
    PartitionKey,
    RenameTable,
    Table,
)
from advisor.sources.sql.catalog import Catalog, RefusedError
from advisor.sources.sql.columns import next_value_of
from advisor.sources.sql.definitions import rename_definition
from advisor.sources.sql.expressions import rewritten, with_column_renamed
from advisor.sources.sql.quoting import quote_name
from advisor.sources.sql.relations import find_relation, qualified
from advisor.sources.sql.statements import Statement
from advisor.sources.sql.tree import Node
from advisor.sources.sql.types import array_element, names_of_type

Renamer = Callable[[Catalog, Statement, Node], Iterator[Operation]]


def rename(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    renamer = RENAMERS.get(fields["renameType"])
    return list(renamer(catalog, statement, fields)) if renamer else [OtherStatement(statement.location, "RenameStmt")]


def rename_relation(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    """ALTER TABLE ... RENAME takes indexes and sequences too."""
    name = find_relation(catalog, fields["relation"])
    if catalog.table_of_index(name) is not None:
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
    catalog.rename(old, new)


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
    for referrer in list(catalog.referrers(name)):
        catalog.put(with_reference_renamed(catalog.known(referrer), name, old, new))
    catalog.put(with_own_column_renamed(catalog.known(name), old, new))
    for sequence, column in catalog.sequences_of(name).items():
        if column == old:
            catalog.own_sequence(sequence, name, new)
    for child in catalog.children(name):
        if not catalog.is_own(child, ("column", old)):
            catalog.mark_own(child, ("column", old))
            catalog.mark_inherited(child, ("column", new))
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
    return replace(index, keys=keys, predicate=predicate, include=swapped(index.include, old, new))


def swapped(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in names)


def rename_index(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    """An index that is a constraint's takes the constraint's name with it. ALTER INDEX renames tables too."""
    name = find_relation(catalog, fields["relation"])
    if catalog.table(name) is not None:
        yield from give_table_name(catalog, statement, name, Name(name.schema, fields["newname"]))
        return
    table = catalog.table_of_index(name)
    yield AlterTable(statement.location, table, "rename index") if table else OtherStatement(statement.location, "RenameStmt")
    index = catalog.index(name)
    if index is not None:
        give_index_name(catalog, index, fields["newname"])


def give_index_name(catalog: Catalog, index: Index, new: str) -> None:
    table = catalog.known(index.table)
    renamed = replace(index, name=new, name_is_default=False)
    catalog.put(replace(table, indexes=tuple(renamed if other is index else other for other in table.indexes)))


def rename_constraint(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    name, old, new = find_relation(catalog, fields["relation"]), fields["subname"], fields["newname"]
    yield AlterTable(statement.location, name, "rename constraint")
    table = catalog.table(name)
    if table is None:
        return
    index = next((index for index in table.indexes if index.constraint and index.name == old), None)
    if index is not None:
        give_index_name(catalog, index, new)
        return
    catalog.put(
        replace(
            table,
            foreign_keys=tuple(replace(key, name=new) if key.name == old else key for key in table.foreign_keys),
            checks=tuple(replace(check, name=new) if check.name == old else check for check in table.checks),
        )
    )


def rename_type(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    schema, bare = qualified(fields["object"]["List"]["items"])
    yield OtherStatement(statement.location, "RenameStmt")
    old = catalog.find_type(schema, bare)
    if old is not None:
        give_type_name(catalog, old, Name(old.schema, fields["newname"]))


def give_type_name(catalog: Catalog, old: Name, new: Name) -> None:
    """Rename a type where it is declared and wherever a column is of it."""
    if catalog.enum(old) is not None:
        catalog.rename_enum(old, new)
    else:
        rename_definition(catalog, old, new)
        catalog.forget_type(old)
        catalog.note_type(new)
    old_text, new_text = quote_name(old), quote_name(new)

    def change(kind: str, type_name: Node) -> None:
        if kind == "TypeCast" and matches(type_name["typeName"], old):
            type_name["typeName"]["names"] = [{"String": {"sval": part}} for part in (new.schema, new.name)]

    for table in catalog.tables():
        if all(array_element(column.type) != old_text for column in table.columns):
            continue
        columns = [
            replace(
                column,
                type=new_text + column.type[len(old_text) :],
                enum=new if column.enum == old else column.enum,
                default=rewritten(column.default, change) if column.default else None,
            )
            if array_element(column.type) == old_text
            else column
            for column in table.columns
        ]
        catalog.put(replace(table, columns=tuple(columns)))


def matches(type_name: Node, name: Name) -> bool:
    """Whether a type's name, as the printer wrote it, means this type."""
    schema, bare = names_of_type(type_name)
    return (schema or "public", bare) == (name.schema, name.name)


def rename_schema(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    old, new = fields["subname"], fields["newname"]
    yield OtherStatement(statement.location, "RenameStmt")
    for name in catalog.types_in(old):
        give_type_name(catalog, name, Name(new, name.name))
    for name in catalog.tables_in(old):
        move_table(catalog, name, Name(new, name.name))


def rename_sequence_statement(catalog: Catalog, statement: Statement, fields: Node) -> Iterator[Operation]:
    old = find_relation(catalog, fields["relation"])
    yield OtherStatement(statement.location, "RenameStmt")
    give_sequence_name(catalog, old, Name(old.schema, fields["newname"]))


def give_sequence_name(catalog: Catalog, old: Name, new: Name) -> None:
    """Rename a sequence, and the defaults that draw from it."""
    before, after = next_value_of(old), next_value_of(new)
    catalog.rename_sequence(old, new)
    for table in catalog.tables():
        if any(column.default == before for column in table.columns):
            columns = (replace(column, default=after) if column.default == before else column for column in table.columns)
            catalog.put(replace(table, columns=tuple(columns)))


def set_schema(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """ALTER ... SET SCHEMA of a table or type."""
    schema = fields["newschema"]
    if fields["objectType"] in ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"):
        old = find_relation(catalog, fields["relation"])
        new = Name(schema, old.name)
        if catalog.table(old) is not None:
            move_table(catalog, old, new)
        return [RenameTable(statement.location, old, new)]
    if fields["objectType"] in ("OBJECT_TYPE", "OBJECT_DOMAIN"):
        name = catalog.find_type(*qualified(fields["object"]["List"]["items"]))
        if name is not None:
            give_type_name(catalog, name, Name(schema, name.name))
    return [OtherStatement(statement.location, "AlterObjectSchemaStmt")]


def move_table(catalog: Catalog, old: Name, new: Name) -> None:
    """Move a table to another schema; the sequences that its columns own go along."""
    sequences = catalog.sequences_of(old)
    catalog.rename(old, new)
    for sequence in sequences:
        give_sequence_name(catalog, sequence, Name(new.schema, sequence.name))


RENAMERS: dict[str, Renamer] = {
    "OBJECT_COLUMN": rename_column,
    "OBJECT_DOMAIN": rename_type,
    "OBJECT_FOREIGN_TABLE": rename_relation,
    "OBJECT_INDEX": rename_index,
    "OBJECT_MATVIEW": rename_relation,
    "OBJECT_SCHEMA": rename_schema,
    "OBJECT_SEQUENCE": rename_sequence_statement,
    "OBJECT_TABCONSTRAINT": rename_constraint,
    "OBJECT_TABLE": rename_relation,
    "OBJECT_TYPE": rename_type,
    "OBJECT_VIEW": rename_relation,
}
"""What renames each kind of object."""
