"""CALL and SELECT of functions that statements made. In: the call. Out: a note where their body, not run, changes the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from advisor.model import Function, Name, Operation, OtherStatement, Skipped
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node

DEFINES = re.compile(r"\b(?:alter|comment\s+on|create|drop|execute|grant|revoke)\b", re.IGNORECASE)
"""What may change the schema; what is executed may be anything."""
CALLED = re.compile(r"(?:\b(\w+)\s*\.\s*)?\b(\w+)\s*\(")
SQL_LANGUAGES = frozenset({"plpgsql", "sql"})


def call(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    report_call(catalog, statement, fields["funccall"])
    return [OtherStatement(statement.location, "CallStmt")]


def report_calls(catalog: Catalog, statement: Statement, fields: Node) -> None:
    """The functions that a SELECT calls in its list."""
    for target in fields.get("targetList", []):
        inner = target["ResTarget"].get("val", {}).get("FuncCall")
        if inner is not None:
            report_call(catalog, statement, inner)


def report_call(catalog: Catalog, statement: Statement, fields: Node) -> None:
    for function in overloads(catalog, *qualified(fields["funcname"])):
        if may_change_schema(catalog, function, set()):
            reason = f"what {function.name}() does to the schema is not examined: functions are not run"
            catalog.unexamined.append(Skipped(statement.location.path, reason, "left alone", statement.location))
            return


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
