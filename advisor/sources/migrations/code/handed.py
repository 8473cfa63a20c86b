"""SQL that a migration hands to its tool. In: the value of an argument, and the call. Out: a statement among the call's effects."""

from __future__ import annotations

import re

from advisor.sources.evaluation.invocation import Invocation
from advisor.sources.evaluation.values import Opaque, Value
from advisor.sources.migrations.code.options import text_of
from advisor.sources.migrations.code.script import ROW_CHANGE

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
