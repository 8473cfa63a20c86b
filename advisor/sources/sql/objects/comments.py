"""COMMENT ON anything. In: `CommentStmt` nodes. Out: comments in tables and columns, and in the ledger for everything else.

Comments on databases, roles, tablespaces and large objects are no part of a schema. Every extension brings a comment of its own,
which pg_dump writes too: what is said of extensions is not kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from advisor.model import CompositeType, Name, Operation, OtherStatement
from advisor.sources.sql.catalog.addresses import in_full, routine_address
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.objects import comment_kind
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.catalog.remarks import domain_place
from advisor.sources.sql.objects.functions import KINDS, argument_types, find_routine
from advisor.sources.sql.objects.kept import WORDS, found_key, kept_address, target_key
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string

RELATIONS = frozenset({"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"})
PARTS = {"OBJECT_TABCONSTRAINT": "constraint", "OBJECT_TRIGGER": "trigger", "OBJECT_POLICY": "policy", "OBJECT_RULE": "rule"}
IN_SCHEMA = {"OBJECT_COLLATION": "collation", "OBJECT_SEQUENCE": "sequence", "OBJECT_STATISTIC_EXT": "statistics"}
TYPES = frozenset({"OBJECT_TYPE", "OBJECT_DOMAIN"})
"""COMMENT ON TYPE takes domains too: both are kept so, as the catalogs do."""

OF_PUBLIC = "standard public schema"
"""What initdb says of the schema `public`; pg_dump writes it with --clean."""


def comment_on(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    word, target, text = fields["objtype"], fields["object"], fields.get("comment") or None
    if word in RELATIONS:
        comment_on_relation(catalog, target, text)
    elif word == "OBJECT_COLUMN":
        comment_on_column(catalog, statement, target, text)
    else:
        comment_on_object(catalog, statement, word, target, text)
        catalog.changed()
    return [OtherStatement(statement.location, "CommentStmt")]


def comment_on_relation(catalog: Catalog, target: Node, text: str | None) -> None:
    table = catalog.table(catalog.find(*qualified(target["List"]["items"])))
    if table is not None:
        catalog.put(replace(table, comment=text))


def comment_on_column(catalog: Catalog, statement: Statement, target: Node, text: str | None) -> None:
    *relation, last = target["List"]["items"]
    if not relation:
        raise RefusedError("column name must be qualified", statement.location)
    name, column = catalog.find(*qualified(relation)), string(last)
    table, composite = catalog.table(name), catalog.types.get(name)
    if isinstance(composite, CompositeType):
        attributes = (replace(found, comment=text) if found.name == column else found for found in composite.attributes)
        catalog.types.put(replace(composite, attributes=tuple(attributes)))
        catalog.changed()
    if table is not None:
        columns = (replace(found, comment=text) if found.name == column else found for found in table.columns)
        catalog.put(replace(table, columns=tuple(columns)))


def comment_on_object(catalog: Catalog, statement: Statement, word: str, target: Node, text: str | None) -> None:
    remarks = catalog.objects.remarks
    if word in PARTS:
        *relation, part = fields_of(target)["items"]
        remarks.put_on_part(PARTS[word], string(part), catalog.find(*qualified(relation)), text)
    elif word == "OBJECT_DOMCONSTRAINT":
        domain, part = fields_of(target)["items"]
        remarks.put_on_part("constraint", string(part), domain_place(type_name(catalog, domain)), text)
    elif word == "OBJECT_INDEX":
        comment_on_index(catalog, catalog.find(*qualified(target["List"]["items"])), text)
    elif word == "OBJECT_SCHEMA":
        remarks.put("schema", in_full(Name("", string(target))), None if text == OF_PUBLIC else text)
    elif word in TYPES:
        remarks.put("type", in_full(type_name(catalog, target)), text)
    elif word in IN_SCHEMA:
        remarks.put(IN_SCHEMA[word], in_full(object_name(catalog, word, target)), text)
    elif word in KINDS:
        comment_on_routine(catalog, statement, word, fields_of(target), text)
    elif word in WORDS:
        key = target_key(catalog, word, target)
        remarks.put(WORDS[word], kept_address(found_key(catalog, key) or key), text)


def comment_on_index(catalog: Catalog, index: Name, text: str | None) -> None:
    """It goes with the table that the index is on."""
    table = catalog.names.table_of_index(index)
    if table is None:
        catalog.objects.remarks.put("index", in_full(index), text)
    else:
        catalog.objects.remarks.put_on_part("index", index.name, table, text)


def type_name(catalog: Catalog, node: Node) -> Name:
    schema, bare = qualified(fields_of(node)["names"])
    return catalog.find_type(schema, bare) or catalog.new_name(schema, bare)


def object_name(catalog: Catalog, word: str, target: Node) -> Name:
    schema, bare = qualified(target["List"]["items"])
    if word == "OBJECT_STATISTIC_EXT":
        return catalog.find(schema, bare, catalog.objects.statistics.__contains__)
    return catalog.find(schema, bare)


def comment_on_routine(catalog: Catalog, statement: Statement, word: str, described: Node, text: str | None) -> None:
    function = find_routine(catalog, described, word, statement.location)
    if function is not None:
        catalog.objects.remarks.put(comment_kind(function), function.signature, text)
        return
    name = catalog.new_name(*qualified(described["objname"]))
    kind = "procedure" if word == "OBJECT_PROCEDURE" else "function"
    catalog.objects.remarks.put(kind, routine_address(name, argument_types(catalog, described)), text)
