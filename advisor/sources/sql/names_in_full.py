"""Names inside expressions, as they mean the same under any search path. In: a statement's node. Out: the node, changed in place.

PostgreSQL keeps functions, sequences, types and collations by their oids and prints the schema of each that the search path of the
reader does not find (`generate_function_name`, `regclassout`). The model's search path is `public`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from advisor.model import Name
from advisor.sources.sql.catalog.catalog import DEFAULT_SEARCH_PATH, Catalog
from advisor.sources.sql.spelling.printing import SEQUENCE_FUNCTIONS
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.tree import Node, constant, string, strings

HOLDING_EXPRESSIONS = frozenset(
    """AlterDomainStmt AlterTableStmt CompositeTypeStmt CreateDomainStmt CreateForeignTableStmt CreateFunctionStmt CreateStatsStmt
    CreateStmt CreateTrigStmt IndexStmt""".split()
)
"""The statements whose expressions and collations become part of the model. Queries are kept with their search path."""

Find = Callable[[str], Name]


def spell_in_full(catalog: Catalog, kind: str, fields: Node) -> None:
    if kind in HOLDING_EXPRESSIONS and catalog.search_path not in ((), DEFAULT_SEARCH_PATH):
        visit(catalog, fields)


def visit(catalog: Catalog, value: Any) -> None:
    if isinstance(value, list):
        for child in value:
            visit(catalog, child)
    elif isinstance(value, dict):
        for name, child in value.items():
            if name in SPELLERS:
                SPELLERS[name](catalog, child)
            visit(catalog, child)


def in_schema(nodes: list[Node], find: Find) -> None:
    """Put the schema before a bare name that the search path finds outside of `public`."""
    if len(nodes) == 1:
        found = find(string(nodes[0]))
        if found.schema != "public":
            nodes.insert(0, {"String": {"sval": found.schema}})


def spell_call(catalog: Catalog, fields: Node) -> None:
    name = strings(fields["funcname"])[-1]
    in_schema(fields["funcname"], lambda bare: known(catalog, bare, lambda found: bool(catalog.objects.overloads(found))))
    if name in SEQUENCE_FUNCTIONS and fields.get("args"):
        spell_relation(catalog, fields["args"][0])


def spell_cast(catalog: Catalog, fields: Node) -> None:
    names = fields["typeName"].get("names", [])
    if names and strings(names)[-1] == "regclass":
        spell_relation(catalog, fields["arg"])
    elif len(names) == 1:
        in_schema(names, lambda bare: catalog.find_type(None, bare) or Name("public", bare))


def spell_relation(catalog: Catalog, node: Node) -> None:
    """The relation in `'posts_id_seq'::regclass`."""
    text = constant(node)
    if isinstance(text, str) and "." not in text and '"' not in text:
        found = known(catalog, text.lower(), catalog.is_relation)
        if found.schema != "public":
            node["A_Const"]["sval"]["sval"] = quote_name(found)


def spell_collation(catalog: Catalog, nodes: Any) -> None:
    if isinstance(nodes, list):
        in_schema(nodes, lambda bare: known(catalog, bare, catalog.types.collations.__contains__))


def known(catalog: Catalog, bare: str, exists: Callable[[Name], bool]) -> Name:
    """What a bare name means; where nothing of the name is known it stays bare."""
    found = catalog.find(None, bare, exists)
    return found if exists(found) else Name("public", bare)


SPELLERS: dict[str, Callable[[Catalog, Any], None]] = {
    "FuncCall": spell_call,
    "TypeCast": spell_cast,
    "collation": spell_collation,
    "collname": spell_collation,
}
"""What is done at each kind of node, and at the fields that name a collation."""
