"""DROP. In: a `DropStmt` node. Out: its operations, and the catalog without what it drops.

Dropping what is not known is no error: it may have been there before. What PostgreSQL would refuse for want of CASCADE is dropped
with its dependents, since the rest of a history can only be read that way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from json import loads

from msgspec.structs import replace
from pglast.parser import parse_sql_json

from advisor.model import CompositeType, Domain, DropIndex, DropTable, Name, Operation, OtherStatement, RangeType, Table
from advisor.sources.sql.callers import drop_function, drop_functions_reading, drop_with_callers
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.named_types import NamedType
from advisor.sources.sql.catalog.objects import DefinitionKey
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.catalog.remarks import domain_place
from advisor.sources.sql.dependents import drop_what_reads_table
from advisor.sources.sql.objects.extensions import drop_extension
from advisor.sources.sql.objects.functions import KINDS
from advisor.sources.sql.objects.kept import WORDS, drop_kept, forget, found_key, target_key
from advisor.sources.sql.objects.policies import drop_policy
from advisor.sources.sql.objects.schemas import forget_schema
from advisor.sources.sql.objects.statistics import drop_statistics
from advisor.sources.sql.objects.triggers import drop_trigger
from advisor.sources.sql.spelling.types import array_element
from advisor.sources.sql.tables.column_changes import drop_columns_of_rows, remove_column, remove_sequences
from advisor.sources.sql.tables.constraints import drop_references
from advisor.sources.sql.tables.indexes import remove_index
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string, unwrap
from advisor.sources.sql.types.composites import typed_tables_follow
from advisor.sources.sql.types.constants import drop_constants
from advisor.sources.sql.views.builtins import plain
from advisor.sources.sql.views.following import drop_views, views_of_sequence, views_of_type

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
    """Take a table away, with its partitions and heirs, the views that read it, and the foreign keys to it."""
    if catalog.table(name) is None:
        return
    for dependent in [*(view.name for view in catalog.views_reading(name)), *catalog.children(name)]:
        forget_reading(catalog, dependent, name)
        remove_table(catalog, dependent, cascade=cascade)
    if catalog.table(name) is None:
        return
    drop_references(catalog, name)
    drop_what_reads_table(catalog, name)
    drop_columns_of_rows(catalog, name)
    if cascade:
        drop_functions_reading(catalog, name)
    remove_sequences(catalog, catalog.sequences_of(name), cascade=cascade)
    catalog.remove(name)


def forget_reading(catalog: Catalog, name: Name, relation: Name) -> None:
    """A view no longer reads a relation: two that CREATE OR REPLACE has made read each other go one after the other."""
    table = catalog.table(name)
    if table is not None and table.view is not None:
        reads = tuple(read for read in table.view.reads if read != relation)
        catalog.put(replace(table, view=replace(table.view, reads=reads)))


def drop_index(catalog: Catalog, statement: Statement, fields: Node, target: Node) -> Iterator[Operation]:
    name = catalog.find(*name_in(target))
    table, index = catalog.names.table_of_index(name), catalog.index(name)
    if index is not None and index.constraint:
        raise RefusedError(f'cannot drop index "{name}": constraint "{name}" requires it', statement.location)
    yield DropIndex(statement.location, name, table, concurrently="concurrent" in fields)
    if index is None:
        catalog.names.forget_index(name)
        return
    if fields["behavior"] == "DROP_CASCADE":
        drop_references(catalog, index.table, index)
    remove_index(catalog, index)


def drop_type(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    schema, bare = name_in(target)
    name = catalog.find_type(schema, bare) or catalog.new_name(schema, bare)
    yield OtherStatement(statement.location, "DropStmt")
    remove_type(catalog, name)


def remove_type(catalog: Catalog, name: Name) -> None:
    """Take a type away, the columns and tables of it, the types that are made of it and the views that cast to it."""
    known = catalog.types.get(name)
    forget_type(catalog, name)
    for view in views_of_type(catalog, quote_name(name)):
        remove_table(catalog, view, cascade=True)
    remove_columns_of_type(catalog, name)
    drop_constants(catalog, quote_name(name))
    remove_dependent_types(catalog, quote_name(name), known)


def forget_type(catalog: Catalog, name: Name) -> None:
    """Free a type's name, and those that it takes among relations and constraints."""
    known = catalog.types.get(name)
    if catalog.enum(name) is not None:
        catalog.remove_enum(name)
    if isinstance(known, CompositeType):
        catalog.forget_other(name)
    if isinstance(known, Domain):
        catalog.objects.remarks.forget_relation(domain_place(name))
        for constraint in (known.not_null_name, *(check.name for check in known.checks)):
            catalog.names.free_constraint_name(Name(name.schema, constraint or ""))
    catalog.forget_type(name)


def remove_columns_of_type(catalog: Catalog, name: Name) -> None:
    """The columns of a type go, and the tables that are made of it or divided by such a column."""
    for table in catalog.tables():
        lost = {column.name for column in table.columns if array_element(column.type) == quote_name(name)}
        if catalog.table(table.name) is None or table.view is not None:
            continue
        if table.of_type == name or any(is_divided_by(table, column) for column in lost):
            remove_table(catalog, table.name, cascade=True)
            continue
        for column in (column.name for column in table.columns if column.name in lost):
            if catalog.known(table.name).column(column) is not None:
                remove_column(catalog, table.name, column, cascade=True)


def is_divided_by(table: Table, column: str) -> bool:
    """Whether a partition key needs a column: the table does not outlive it."""
    keys = table.partition_key.keys if table.partition_key is not None else ()
    return any(column == key.column or (key.expression is not None and column in key.expression.columns) for key in keys)


def remove_dependent_types(catalog: Catalog, spelling: str, known: NamedType | None) -> None:
    """Functions of a type, domains over it and ranges of it go with it; a composite type loses the attribute."""
    for function in catalog.objects.functions_of_type(spelling):
        drop_with_callers(catalog, function)
    if isinstance(known, RangeType):
        remove_type(catalog, known.multirange)
    for domain in catalog.types.domains():
        if array_element(plain(domain.type)) == spelling:
            remove_type(catalog, domain.name)
    for range_type in catalog.types.ranges():
        if range_type.subtype == spelling:
            remove_type(catalog, range_type.name)
    for composite in catalog.types.composites():
        kept = tuple(attribute for attribute in composite.attributes if array_element(attribute.type) != spelling)
        if len(kept) < len(composite.attributes):
            catalog.types.put(replace(composite, attributes=kept))
            typed_tables_follow(catalog, replace(composite, attributes=kept))


def drop_schema(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "DropStmt")
    remove_schema(catalog, string(target))


def remove_schema(catalog: Catalog, schema: str) -> None:
    """Take a schema away with everything in it, and what needs that elsewhere."""
    for name in catalog.tables_in(schema):
        remove_table(catalog, name, cascade=True)
    for name in catalog.types_in(schema):
        remove_type(catalog, name)
    for name in [name for name in catalog.types.collations if name.schema == schema]:
        del catalog.types.collations[name]
    for function in catalog.objects.functions_in(schema):
        drop_with_callers(catalog, function)
    forget_schema(catalog, schema)


def drop_sequence(catalog: Catalog, statement: Statement, fields: Node, target: Node) -> Iterator[Operation]:
    """With CASCADE the defaults that draw from it go too, and views and functions that read it."""
    sequence = catalog.find(*name_in(target))
    yield OtherStatement(statement.location, "DropStmt")
    if fields["behavior"] == "DROP_CASCADE":
        drop_views(catalog, views_of_sequence(catalog, sequence))
        drop_functions_reading(catalog, sequence)
    remove_sequences(catalog, [sequence], cascade=True)


def drop_wrapper(catalog: Catalog, statement: Statement, fields: Node, target: Node) -> Iterator[Operation]:
    """With a foreign data wrapper go its servers."""
    wrapper = string(target)
    for key, definition in catalog.kept.all():
        if key[0] == "server" and made_by(definition.sql)["fdwname"] == wrapper:
            remove_server(catalog, key)
    yield from drop_kept(catalog, statement, fields, target)


def drop_server(catalog: Catalog, statement: Statement, fields: Node, target: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "DropStmt")
    key = found_key(catalog, target_key(catalog, fields["removeType"], target))
    if key is not None:
        remove_server(catalog, key)


def remove_server(catalog: Catalog, key: DefinitionKey) -> None:
    """With a server go its user mappings and foreign tables."""
    for other, definition in catalog.kept.all():
        if other[0] == "user mapping" and made_by(definition.sql)["servername"] == key[1].name:
            forget(catalog, other)
    for table in catalog.tables():
        if table.server == key[1].name:
            remove_table(catalog, table.name, cascade=True)
    forget(catalog, key)


def made_by(sql: str) -> Node:
    """The first of the statements that make an object."""
    return fields_of(loads(parse_sql_json(sql))["stmts"][0]["stmt"])


def drop_collation(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    yield OtherStatement(statement.location, "DropStmt")
    catalog.types.collations.pop(catalog.find(*name_in(target), catalog.types.collations.__contains__), None)
    catalog.changed()


DROPPERS: dict[str, Dropper] = {
    "OBJECT_COLLATION": drop_collation,
    "OBJECT_DOMAIN": drop_type,
    "OBJECT_EXTENSION": drop_extension,
    "OBJECT_FOREIGN_TABLE": drop_relation,
    "OBJECT_INDEX": drop_index,
    "OBJECT_MATVIEW": drop_relation,
    "OBJECT_SCHEMA": drop_schema,
    "OBJECT_SEQUENCE": drop_sequence,
    "OBJECT_TABLE": drop_relation,
    "OBJECT_TYPE": drop_type,
    "OBJECT_VIEW": drop_relation,
    "OBJECT_POLICY": drop_policy,
    "OBJECT_STATISTIC_EXT": drop_statistics,
    "OBJECT_TRIGGER": drop_trigger,
    **dict.fromkeys(KINDS, drop_function),
    **dict.fromkeys(WORDS, drop_kept),
    "OBJECT_FDW": drop_wrapper,
    "OBJECT_FOREIGN_SERVER": drop_server,
}
"""What drops each kind of object."""
