"""Queries written anew. In: a query's tree and its analysis. Out: the tree changed, and SQL.

PostgreSQL keeps what a view's names meant, not the names: `*` stays the columns that there were, and a relation or column that gets
another name keeps, inside the view, the one that the view was written with. So does this (`ruleutils.c` prints it the same way).
"""

from __future__ import annotations

from pglast.stream import IndentedStream

from advisor.model import Name, Table
from advisor.sources.sql.text.tree import Node, string, tree_object
from advisor.sources.sql.views.analysis import Analysis, Row, Source


def print_query(query: Node) -> str:
    return str(IndentedStream(comma_at_eoln=True)(tree_object(query)))


def is_settled(analysis: Analysis) -> bool:
    return not analysis.stars and not analysis.natural


def settle(analysis: Analysis) -> None:
    """Write out what `*` and NATURAL stand for."""
    for star in analysis.stars:
        place = next(number for number, target in enumerate(star.targets) if target is star.target)
        star.targets[place : place + 1] = [result(alias, column) for alias, column in star.columns]
    for join, columns in analysis.natural:
        join.pop("isNatural", None)
        if columns:
            join["usingClause"] = [named(column) for column in columns]


def result(alias: str | None, column: str) -> Node:
    parts = [named(part) for part in ((alias, column) if alias else (column,))]
    return {"ResTarget": {"val": {"ColumnRef": {"fields": parts}}}}


def named(text: str) -> Node:
    return {"String": {"sval": text}}


def rename_relation(analysis: Analysis, old: Name, new: Name) -> None:
    """Read a relation under its new name; where columns cannot be qualified with that, the old one becomes an alias."""
    taken = {source.alias for source in analysis.sources}
    aliased: set[int] = set()
    for source, node in sources_of(analysis, old):
        if "schemaname" in node or new.schema != old.schema:
            node["schemaname"] = new.schema
        node["relname"] = new.name
        if "alias" in node or (new.name != old.name and new.name in taken):
            node.setdefault("alias", {"aliasname": old.name})
            aliased.add(id(source))
    for reference in analysis.references:
        parts = reference.node["fields"]
        if reference.source.relation == old and len(parts) > 1:
            qualifier = parts[-2] if id(reference.source) in aliased else named(new.name)
            reference.node["fields"] = [qualifier, parts[-1]]
    for row in analysis.rows:
        if row.source.relation == old and id(row.source) not in aliased and row.source.node is not None:
            rename_row(row, old, new)


def rename_row(row: Row, old: Name, new: Name) -> None:
    """Whole rows of a relation under its new name."""
    star = row.node["fields"][1:] if "A_Star" in row.node["fields"][-1] else []
    row.node["fields"] = [named(new.name), *star[-1:]]
    if row.result is not None:
        row.result.setdefault("name", old.name)


def rename_column(analysis: Analysis, table: Table, old: str, new: str) -> None:
    """Read a column under its new name; a result that was named after it keeps its name."""
    joined = {id(source) for source, column in analysis.joined if column == old and source.relation == table.name}
    for source, node in sources_of(analysis, table.name):
        if id(source) in joined or "colnames" in node.get("alias", {}):
            alias_columns(node, table)
    for reference in analysis.references:
        source = reference.source
        if source.relation != table.name or reference.column != old or id(source) in joined:
            continue
        if "colnames" in (source.node or {}).get("alias", {}) or string(reference.node["fields"][-1]) != old:
            continue
        reference.node["fields"][-1] = named(new)
        if reference.result is not None:
            reference.result.setdefault("name", old)


def alias_columns(node: Node, table: Table) -> None:
    """Name the columns of a source as they were: for joins by USING, which go by names."""
    alias = node.setdefault("alias", {"aliasname": node["relname"]})
    known = alias.get("colnames", [])
    alias["colnames"] = [*known, *(named(column.name) for column in table.columns[len(known) :])]


def sources_of(analysis: Analysis, relation: Name) -> list[tuple[Source, Node]]:
    """The sources that are a relation, each with the node that names it."""
    return [(source, source.node) for source in analysis.sources if source.relation == relation and source.node is not None]
