"""DROP. In: a `DropStmt` node. Out: its operations, and the catalog without what it drops.

Dropping what is not known is no error: it may have been there before. What PostgreSQL would refuse for want of CASCADE is dropped
with its dependents, since the rest of a history can only be read that way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from advisor.model import CompositeType, Domain, DropIndex, DropTable, Name, Operation, OtherStatement, RangeType
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.named_types import NamedType
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.dependents import drop_what_reads_table
from advisor.sources.sql.objects.extensions import drop_extension
from advisor.sources.sql.objects.functions import KINDS, drop_function, remove_function
from advisor.sources.sql.objects.kept import WORDS, drop_kept
from advisor.sources.sql.objects.policies import drop_policy
from advisor.sources.sql.objects.schemas import forget_schema
from advisor.sources.sql.objects.statistics import drop_statistics
from advisor.sources.sql.objects.triggers import drop_trigger
from advisor.sources.sql.spelling.types import array_element
from advisor.sources.sql.tables.alter import remove_column, remove_sequences
from advisor.sources.sql.tables.constraints import drop_references
from advisor.sources.sql.tables.indexes import remove_index
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, string, unwrap
from advisor.sources.sql.types.composites import typed_tables_follow
from advisor.sources.sql.views.builtins import plain
from advisor.sources.sql.views.following import views_of_type

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
        remove_table(catalog, dependent, cascade=cascade)
    drop_references(catalog, name)
    drop_what_reads_table(catalog, name)
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
    """Take a type away, the columns and tables of it, the types that are made of it and the views that cast to it."""
    known = catalog.types.get(name)
    if catalog.enum(name) is not None:
        catalog.remove_enum(name)
    if isinstance(known, CompositeType):
        catalog.forget_other(name)
    if isinstance(known, Domain):
        for constraint in (known.not_null_name, *(check.name for check in known.checks)):
            catalog.free_constraint_name(Name(name.schema, constraint or ""))
    catalog.forget_type(name)
    for view in views_of_type(catalog, quote_name(name)):
        remove_table(catalog, view, cascade=True)
    for table in catalog.tables():
        if table.of_type == name:
            remove_table(catalog, table.name, cascade=True)
            continue
        for column in table.columns if table.kind not in ("view", "materialized view") else ():
            if array_element(column.type) == quote_name(name):
                remove_column(catalog, table.name, column.name, cascade=True)
    remove_dependent_types(catalog, quote_name(name), known)


def remove_dependent_types(catalog: Catalog, spelling: str, known: NamedType | None) -> None:
    """Functions of a type, domains over it and ranges of it go with it; a composite type loses the attribute."""
    for function in catalog.objects.functions_of_type(spelling):
        remove_function(catalog, function)
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
    schema = string(target)
    yield OtherStatement(statement.location, "DropStmt")
    for name in catalog.tables_in(schema):
        remove_table(catalog, name, cascade=True)
    for name in catalog.types_in(schema):
        remove_type(catalog, name)
    for name in [name for name in catalog.types.collations if name.schema == schema]:
        del catalog.types.collations[name]
    forget_schema(catalog, schema)


def drop_sequence(catalog: Catalog, statement: Statement, _fields: Node, target: Node) -> Iterator[Operation]:
    """With CASCADE the defaults that draw from it go too."""
    sequence = catalog.find(*name_in(target))
    yield OtherStatement(statement.location, "DropStmt")
    remove_sequences(catalog, [sequence], cascade=True)


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
}
"""What drops each kind of object."""
