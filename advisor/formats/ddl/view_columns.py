"""The names that a query gives its columns. In: the text of a view's query. Out: the names, where they are plain to see.

Source: `FigureColname` in PostgreSQL's src/backend/parser/parse_target.c.
"""

from __future__ import annotations

from json import loads

from pglast import Error
from pglast.parser import parse_sql_json

from advisor.sources.sql.text.tree import Node, fields_of, string, unwrap


def names_given_by(text: str) -> tuple[str, ...] | None:
    """None where one cannot be told from the text alone (`*`, VALUES, a kind of expression that is not known here)."""
    try:
        statement: Node = loads(parse_sql_json(text))["stmts"][0]["stmt"]
    except (Error, IndexError, KeyError):
        return None
    query = statement.get("SelectStmt")
    while query is not None and "larg" in query:
        query = query["larg"]
    targets = query.get("targetList") if query is not None else None
    if not targets:
        return None
    names = tuple(name_of_target(fields_of(target)) for target in targets)
    return tuple(name for name in names if name is not None) if None not in names else None


def name_of_target(target: Node) -> str | None:
    if "name" in target:
        return str(target["name"])
    kind, fields = unwrap(target["val"])
    while kind in ("TypeCast", "CollateClause"):
        kind, fields = unwrap(fields["arg"])
    if kind == "ColumnRef":
        return string(fields["fields"][-1]) or None
    return string(fields["funcname"][-1]) or None if kind == "FuncCall" else None
