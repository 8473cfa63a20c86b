"""Values put into SQL by the tool: `:name` and `?` of Sequelize and Knex, `??` of Knex. In: SQL and values. Out: SQL.

A value that is not known becomes a parameter (`$1`): it is data, and what is done to the schema does not depend on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from advisor.sources.evaluation.values import HostObject, NotSeen, Unknown, Value
from advisor.sources.migrations.code.options import text_of
from advisor.sources.migrations.code.quoting import literal, quoted_path

OPAQUE = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/"
NAMED = re.compile(OPAQUE + r"|(?<![:\w]):(?P<name>[A-Za-z_]\w*)(?P<quote>(?::(?![:\w]))?)(?!\w)", re.DOTALL)
QUESTION = re.compile(r"\\\?|\?\??")


def with_named_values(sql: str, values: Value) -> str:
    """`:name` and `?` of Sequelize's replacements; quoted stretches stay as they are."""
    if isinstance(values, dict):
        return replaced(NAMED, sql, lambda match: by_name(match, values))
    if isinstance(values, list):
        return with_questions(sql, values)
    return sql


def with_questions(sql: str, values: list[Value]) -> str:
    r"""Knex: `?` is a value, `??` an identifier, `\?` a question mark."""
    given = iter(values)

    def put(match: re.Match[str]) -> str:
        if match.group() == "\\?":
            return "?"
        value = next(given, Unknown())
        return identifier(value) if match.group() == "??" else constant(value)

    return QUESTION.sub(put, sql)


def with_knex_names(sql: str, values: dict[str, Value]) -> str:
    """Knex: `:name` is a value, `:name:` an identifier."""
    return replaced(NAMED, sql, lambda match: by_name(match, values))


def by_name(match: re.Match[str], values: dict[str, Value]) -> str:
    name = match.group("name")
    if name is None or name not in values:
        return match.group()
    return identifier(values[name]) if match.group("quote") else constant(values[name])


def replaced(pattern: re.Pattern[str], sql: str, put: Callable[[re.Match[str]], str]) -> str:
    return pattern.sub(put, sql)


def identifier(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(identifier(element) for element in value)
    return quoted_path(text_of(value, "an identifier"))


def constant(value: Value) -> str:
    if isinstance(value, HostObject):
        return literal(value)
    if isinstance(value, list):
        return ", ".join(constant(element) for element in value)
    try:
        return literal(value)
    except NotSeen:
        return "$1"
