"""DROP. In: a `DropStmt` node. Out: its operations, and the catalog without what it drops.

Dropping what is not known is no error: it may have been there before. What PostgreSQL would refuse for want of CASCADE is dropped
with its dependents, since the rest of a history can only be read that way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from advisor.model import DropIndex, DropTable, Name, Operation, OtherStatement
from advisor.sources.sql.alter import remove_column, remove_sequences
from advisor.sources.sql.catalog import Catalog, RefusedError
from advisor.sources.sql.constraints import drop_references
from advisor.sources.sql.indexes import remove_index
from advisor.sources.sql.quoting import quote_name
from advisor.sources.sql.relations import qualified
from advisor.sources.sql.statements import Statement
from advisor.sources.sql.tree import Node, string, unwrap
from advisor.sources.sql.types import array_element, format_type

Dropper = Callable[[Catalog, Statement, Node, Node], Iterator[Operation]]


def drop(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    dropper = DROPPERS.get(fields["removeType"])
    if dropper is None:
        return [OtherStatement(statement.location, "DropStmt")]
    return [operation for target in fields["objects"] for operation in dropper(catalog, statement, fields, target)]


def name_in(target: Node) -> tuple[str | None, str]:
    """The schema and name of a dropped object: a `List`, a `TypeName` or a plain `String`."""
    kind, fields = unwrap(target)
    if kind == "String":
        return None, string(target)
    return qualified(fields["items"] if kind == "List" else fields["names"])


def drop_relation(catalog: Catalog, statement: Statement, fields: Node, target: Node) -> Iterator[Operation]:
    name = catalog.find(*name_in(target))
    yield DropTable(statement.location, name)
    remove_table(catalog, name, cascade=fields["behavior"] == "DROP_CASCADE")


def remove_table(catalog: Catalog, name: Name, *, cascade: bool) -> None:
    """Take a table away, with its partitions and heirs, and the foreign keys to it."""
    if catalog.table(name) is None:
        return
    for child in catalog.children(name):
        remove_table(catalog, child, cascade=cascade)
    drop_references(catalog, name)
    remove_sequences(catalog, catalog.sequences_of(name), cascade=cascade)
    catalog.remove(name)


def drop_index(catalog: Catalog, statement: Statement, fields: Node, target: Node) -> Iterator[Operation]:
    name = catalog.find(*name_in(target))
    table, index = catalog.table_of_index(name), catalog.index(name)
    if index is not None and index.constraint:
        raise RefusedError(f'cannot drop index "{name}": constraint "{name}" requires it', statement.location)
    yield DropIndex(statement.location, name, table, concurrently="concurrent" in fields)
    if index is not None:
        remove_index(catalog, index)
    else:
        catalog.forget_index(name)


def drop_type(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    schema, bare = name_in(target)
    name = catalog.find_type(schema, bare) or catalog.new_name(schema, bare)
    yield OtherStatement(statement.location, "DropStmt")
    remove_type(catalog, name)


def remove_type(catalog: Catalog, name: Name) -> None:
    """Take a type away, and the columns that are of it."""
    if catalog.enum(name) is not None:
        catalog.remove_enum(name)
    catalog.forget_type(name)
    catalog.forget_other(name)
    for table in catalog.tables():
        for column in table.columns:
            if array_element(column.type) == quote_name(name):
                remove_column(catalog, table.name, column.name, cascade=True)


def drop_schema(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    schema = string(target)
    yield OtherStatement(statement.location, "DropStmt")
    for name in catalog.tables_in(schema):
        remove_table(catalog, name, cascade=True)
    for name in catalog.types_in(schema):
        remove_type(catalog, name)


def drop_extension(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "DropStmt")
    catalog.remove_extension(string(target))


def drop_sequence(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    """With CASCADE the defaults that draw from it go too."""
    sequence = catalog.find(*name_in(target))
    yield OtherStatement(statement.location, "DropStmt")
    remove_sequences(catalog, [sequence], cascade=True)


def drop_function(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    """With arguments the one of these types, without all of the name."""
    yield OtherStatement(statement.location, "DropStmt")
    _, described = unwrap(target)
    name = catalog.new_name(*qualified(described["objname"]))
    arguments = tuple(format_type(node["TypeName"]) for node in described.get("objargs", []))
    catalog.forget_definitions("function", name, None if described.get("args_unspecified") else arguments)


def drop_collation(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "DropStmt")
    catalog.forget_definitions("collation", catalog.new_name(*name_in(target)))


DROPPERS: dict[str, Dropper] = {
    "OBJECT_COLLATION": drop_collation,
    "OBJECT_DOMAIN": drop_type,
    "OBJECT_EXTENSION": drop_extension,
    "OBJECT_FOREIGN_TABLE": drop_relation,
    "OBJECT_FUNCTION": drop_function,
    "OBJECT_INDEX": drop_index,
    "OBJECT_MATVIEW": drop_relation,
    "OBJECT_SCHEMA": drop_schema,
    "OBJECT_SEQUENCE": drop_sequence,
    "OBJECT_TABLE": drop_relation,
    "OBJECT_TYPE": drop_type,
    "OBJECT_VIEW": drop_relation,
}
"""What drops each kind of object."""
