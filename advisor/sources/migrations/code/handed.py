"""What a migration hands to its tool: SQL, or calls that make it. In: arguments, and the call. Out: statements of its effects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from advisor.sources.evaluation.invocation import Invocation
from advisor.sources.evaluation.values import UNDEFINED, NotSeen, Opaque, Value
from advisor.sources.migrations.code.options import text_of
from advisor.sources.migrations.code.script import ROW_CHANGE

Methods = Mapping[str, Callable[[list[Value], Invocation], Iterable[str]]]
"""The statements that each call of a tool makes."""
MAKES = re.compile(r"\b(?:ADD COLUMN|CREATE TABLE|CREATE (?:UNIQUE )?INDEX)\s+(?!IF\b|CONCURRENTLY\b)", re.IGNORECASE)


def run_sql(value: Value, call: Invocation) -> None:
    """Run what a migration hands over. Values that are not known matter little where it changes rows alone."""
    if isinstance(value, Opaque) and ROW_CHANGE.match(value.begins):
        call.leave_rows()
        return
    call.run.effects.add(guarded(text_of(value, "its SQL"), call), call.location)


def guarded(sql: str, call: Invocation) -> str:
    """SQL behind `if (!exists)` makes only what is not there."""
    if call.if_not_exists and MAKES.search(sql):
        return MAKES.sub(r"\g<0>IF NOT EXISTS ", sql)
    return sql


def run_method(methods: Methods, name: str, arguments: list[Value], call: Invocation) -> Value:
    """Write what a call of the tool makes."""
    method = methods.get(name)
    if method is None:
        raise NotSeen(f"`{name}` is not known")
    for statement in method(arguments, call):
        call.write(statement)
    return UNDEFINED
