"""What the names in an expression with subqueries mean. In: an expression of a table's. Out: its columns with their relations.

Only policies need it: their subqueries read other tables, whose columns may be called like the table's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from advisor.model import Expression, Name
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import find_relation
from advisor.sources.sql.spelling.expressions import expression, tree_of
from advisor.sources.sql.text.tree import Node, fields_of, string, strings

Scope: TypeAlias = dict[str, Name | None]
"""What each alias of a FROM clause stands for; None for a subquery, a function or a common table expression."""


@dataclass
class References:
    """The column references and relations of an expression, as nodes that can be changed in place."""

    columns: list[tuple[Node, Name | None]] = field(default_factory=list)
    relations: list[tuple[Node, Name]] = field(default_factory=list)


def references(catalog: Catalog, node: Node, table: Name) -> References:
    """What an expression that belongs to a table refers to."""
    found = References()
    visit(catalog, node, [{table.name: table}], frozenset(), found)
    return found


def references_kept(catalog: Catalog, node: Node, table: Name) -> References:
    """The same of an expression of the model's, in which a name without a schema is one of `public`, whatever the path is now."""
    around = catalog.search_path
    catalog.search_path = ("public",)
    try:
        return references(catalog, node, table)
    finally:
        catalog.search_path = around


def visit(catalog: Catalog, value: Any, scopes: list[Scope], common: frozenset[str], found: References) -> None:
    if isinstance(value, list):
        for child in value:
            visit(catalog, child, scopes, common, found)
        return
    if not isinstance(value, dict):
        return
    if "withClause" in value:
        names = (fields_of(node)["ctename"] for node in value["withClause"].get("ctes", []))
        common = common | frozenset(names)
    if "fromClause" in value:
        scopes = [dict(scope_of(catalog, value["fromClause"], common)), *scopes]
    for name, child in value.items():
        if name == "ColumnRef":
            found.columns.append((child, meaning(catalog, child, scopes)))
        elif name == "RangeVar" and not is_common(child, common):
            found.relations.append((child, find_relation(catalog, child)))
        else:
            visit(catalog, child, scopes, common, found)


def is_common(fields: Node, common: frozenset[str]) -> bool:
    return "schemaname" not in fields and fields["relname"] in common


def scope_of(catalog: Catalog, nodes: list[Node], common: frozenset[str]) -> Iterator[tuple[str, Name | None]]:
    for node in nodes:
        fields = fields_of(node)
        alias = fields.get("alias", {}).get("aliasname")
        if "RangeVar" in node:
            yield alias or fields["relname"], None if is_common(fields, common) else find_relation(catalog, fields)
        elif "JoinExpr" in node:
            yield from scope_of(catalog, [fields["larg"], fields["rarg"]], common)
        elif alias is not None:
            yield alias, None


def meaning(catalog: Catalog, fields: Node, scopes: list[Scope]) -> Name | None:
    """The relation whose column is meant; None where that cannot be told."""
    parts = strings(fields["fields"])
    if len(parts) > 1:
        return next((scope[parts[-2]] for scope in scopes if parts[-2] in scope), None)
    for scope in scopes:
        for name in scope.values():
            table = catalog.table(name) if name is not None else None
            if name is None or table is None:
                return None
            if table.column(parts[-1]) is not None:
                return name
    return None


def with_names_found(catalog: Catalog, node: Node, table: Name) -> Expression:
    """The expression with the schemas of what the search path finds outside `public`, which a later reader would not find."""
    found = references(catalog, node, table)
    for fields, name in found.relations:
        fields.pop("schemaname", None)
        if name.schema != "public":
            fields["schemaname"] = name.schema
    return expression(node)


def reads_column(catalog: Catalog, given: Expression, table: Name, relation: Name, column: str) -> bool:
    """Whether an expression of one table's reads a column of a relation, the same or another."""
    if column not in given.columns:
        return False
    found = references_kept(catalog, tree_of(given), table)
    return any(name == relation and string(fields["fields"][-1]) == column for fields, name in found.columns)


def with_reference_renamed(catalog: Catalog, given: Expression, table: Name, relation: Name, old: str, new: str) -> Expression:
    """The expression after a column of a relation has another name."""
    if old not in given.columns:
        return given
    node = tree_of(given)
    for fields, name in references_kept(catalog, node, table).columns:
        if name == relation and string(fields["fields"][-1]) == old:
            fields["fields"][-1] = {"String": {"sval": new}}
    return expression(node)


def with_relation_renamed(catalog: Catalog, given: Expression, table: Name, old: Name, new: Name) -> Expression:
    """The expression after a relation that it reads has another name; an alias keeps what is qualified by the old one right."""
    node = tree_of(given)
    found = references_kept(catalog, node, table)
    for fields, name in found.relations:
        if name == old:
            fields.pop("schemaname", None)
            fields["relname"] = new.name
            if new.schema != "public":
                fields["schemaname"] = new.schema
    for fields, meant in found.columns:
        parts = fields["fields"]
        if meant == old and len(parts) > 1 and string(parts[-2]) == old.name:
            fields["fields"] = [{"String": {"sval": new.name}}, parts[-1]]
    return expression(node)
