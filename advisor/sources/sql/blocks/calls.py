"""Which functions a query calls that change the schema. In: the query. Out: the calls, with the functions that they may mean."""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.model import Function, Name
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.text.tree import Node

DEFINES = re.compile(r"\b(?:alter|comment\s+on|create|drop|execute|grant|revoke)\b", re.IGNORECASE)
"""What may change the schema; what is executed may be anything."""
CALLED = re.compile(r"(?:\b(\w+)\s*\.\s*)?\b(\w+)\s*\(")
SQL_LANGUAGES = frozenset({"plpgsql", "sql"})

Call = tuple[Node, list[Function]]
"""The fields of a `FuncCall`, and all the functions of its name."""


def calls_of(catalog: Catalog, query: Node) -> Iterator[Call]:
    """The calls in a query's list, and in its FROM."""
    sources = [source["RangeFunction"] for source in query.get("fromClause", []) if "RangeFunction" in source]
    listed = [target["ResTarget"].get("val", {}) for target in query.get("targetList", [])]
    for node in (*listed, *(source["functions"][0]["List"]["items"][0] for source in sources)):
        if "FuncCall" in node and (functions := changing(catalog, node["FuncCall"])):
            yield node["FuncCall"], functions


def changing(catalog: Catalog, fields: Node) -> list[Function]:
    """The functions that a call may mean; none where none of them changes the schema."""
    found = list(overloads(catalog, *qualified(fields["funcname"])))
    return found if any(may_change_schema(catalog, function, set()) for function in found) else []


def may_change_schema(catalog: Catalog, function: Function, seen: set[str]) -> bool:
    """Whether its body, or that of a function which it calls, has words that change a schema."""
    if function.language not in SQL_LANGUAGES or function.signature in seen:
        return False
    seen.add(function.signature)
    body = function.body or function.sql_body or ""
    return DEFINES.search(body) is not None or any(
        may_change_schema(catalog, inner, seen)
        for schema, bare in CALLED.findall(body)
        for inner in overloads(catalog, schema.lower() or None, bare.lower())
    )


def overloads(catalog: Catalog, schema: str | None, bare: str) -> Iterator[Function]:
    """The functions of a name that are known."""
    for folder in (schema,) if schema is not None else catalog.search_path:
        yield from catalog.objects.overloads(Name(folder, bare)).values()
