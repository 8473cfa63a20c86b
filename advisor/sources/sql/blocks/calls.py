"""CALL and SELECT of functions that statements made. In: the call. Out: a note where their body, not run, changes the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from advisor.model import Function, Name, Operation, OtherStatement, Skipped
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node

DEFINES = re.compile(r"\b(?:alter|comment\s+on|create|drop|grant|revoke)\b", re.IGNORECASE)
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
    for function in called(catalog, fields):
        if function.language in SQL_LANGUAGES and DEFINES.search(function.body or function.sql_body or ""):
            reason = f"what {function.name}() does to the schema is not examined: functions are not run"
            catalog.unexamined.append(Skipped(statement.location.path, reason, "left alone", statement.location))
            return


def called(catalog: Catalog, fields: Node) -> Iterator[Function]:
    """The functions of a call's name that are known."""
    schema, bare = qualified(fields["funcname"])
    for folder in (schema,) if schema is not None else catalog.search_path:
        yield from catalog.objects.overloads(Name(folder, bare)).values()
