"""Expressions that mean the same, however they are spelled. In: two texts. Out: whether PostgreSQL would store one for the other.

PostgreSQL adds casts to constants and between its text types, parentheses, qualified columns and names of columns in subqueries; it
prints JSON in its own spacing and numbers bare. Only texts that differ are parsed.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from json import JSONDecodeError, dumps, loads
from typing import Any

TEXT_TYPES = re.compile(r"(text|character varying|bpchar|character|name)(\(\d+\))?(\[\])?")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
INTERVAL_PART = re.compile(r"(\d+) (year|mon|month|week|day|hour|minute|second)s?")
CLOCK = re.compile(r"\b(\d+):(\d\d):(\d\d)$")
PLAIN_INTERVAL = re.compile(rf"({INTERVAL_PART.pattern} ?)+")
IN_UNITS = {"year": ("month", 12), "mon": ("month", 1), "week": ("day", 7), "hour": ("second", 3600), "minute": ("second", 60)}
ROWS = frozenset({"old", "new", "excluded"})
"""What qualifies a column in a trigger's condition or a rule: it is no table."""
KEEPING_CASTS = frozenset({"regclass", "regproc", "regtype"})


def same_expression(left: str | None, right: str | None) -> bool:
    return left == right or comparable(left) == comparable(right)


@lru_cache(maxsize=8_192)
def comparable(text: str | None) -> str | None:
    """An expression in the one spelling that does without what PostgreSQL adds. A text that cannot be parsed stays as it is."""
    from pglast.parser import ParseError, parse_sql_json

    from advisor.sources.sql.spelling.printing import print_expression
    from advisor.sources.sql.text.tree import fields_of

    if text is None:
        return None
    try:
        target = loads(parse_sql_json(f"SELECT {text}"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]
        plain = print_expression(without_additions(fields_of(target)["val"]))
    except (ParseError, ValueError, RecursionError, KeyError):
        return " ".join(text.split())
    return None if plain == "NULL" else plain


def without_additions(value: Any) -> Any:
    """A tree without what the server adds to what was written."""
    if isinstance(value, list):
        return [without_additions(child) for child in value]
    if not isinstance(value, dict):
        return value
    for kind, change in CHANGES.items():
        if kind in value:
            return change(value)
    return {name: without_additions(child) for name, child in value.items()}


def without_cast(value: dict[str, Any]) -> Any:
    from advisor.sources.sql.spelling.types import format_type

    fields = value["TypeCast"]
    inner, to_type = without_additions(fields["arg"]), format_type(fields["typeName"])
    if to_type == "interval" and "A_Const" in inner:
        return plain_interval(inner)
    constant = bool(set(inner) & {"A_Const", "A_ArrayExpr"}) and to_type not in KEEPING_CASTS
    return inner if constant or TEXT_TYPES.fullmatch(to_type) else {"TypeCast": {**fields, "arg": inner}}


def plain_interval(constant: dict[str, Any]) -> Any:
    """`'12 months'` is stored as `'1 year'`: years and weeks in months and days."""
    text = constant["A_Const"].get("sval", {}).get("sval", "")
    text = CLOCK.sub(r"\1 hours \2 minutes \3 seconds", text)
    if not PLAIN_INTERVAL.fullmatch(text):
        return constant
    amounts: Counter[str] = Counter()
    for number, unit in INTERVAL_PART.findall(text):
        name, times = IN_UNITS.get(unit, (unit, 1))
        amounts[name] += int(number) * times
    return {"A_Const": {"sval": {"sval": " ".join(f"{amounts[unit]} {unit}" for unit in sorted(amounts) if amounts[unit])}}}


def plain_constant(value: dict[str, Any]) -> Any:
    """A number in quotes as a number, JSON in one spacing."""
    text = value["A_Const"].get("sval", {}).get("sval", "")
    if NUMBER.fullmatch(text):
        return {"A_Const": {"fval": {"fval": text}}}
    if text[:1] in ("{", "["):
        try:
            return {"A_Const": {"sval": {"sval": dumps(loads(text), sort_keys=True)}}}
        except JSONDecodeError:
            return value
    return value


def bare_column(value: dict[str, Any]) -> Any:
    """A column without its table."""
    fields = value["ColumnRef"]["fields"]
    qualifier = fields[0].get("String", {}).get("sval") if len(fields) == 2 else None
    return {"ColumnRef": {"fields": fields if qualifier in ROWS else fields[-1:]}}


def plain_call(value: dict[str, Any]) -> Any:
    """A call without the syntax of its own that SQL has for some (`AT TIME ZONE`)."""
    fields = {name: without_additions(child) for name, child in value["FuncCall"].items()}
    if fields["funcname"][-1]["String"]["sval"] == "timezone":
        fields["funcformat"] = "COERCE_EXPLICIT_CALL"
    return {"FuncCall": fields}


def unnamed_target(value: dict[str, Any]) -> Any:
    """A column of a subquery without the name that it gets by itself."""
    return {"ResTarget": {"val": without_additions(value["ResTarget"].get("val"))}}


def bare_relation(value: dict[str, Any]) -> Any:
    """A table in a subquery without `public`."""
    fields = value["RangeVar"]
    return {"RangeVar": {name: child for name, child in fields.items() if (name, child) != ("schemaname", "public")}}


CHANGES = {
    "TypeCast": without_cast,
    "A_Const": plain_constant,
    "ColumnRef": bare_column,
    "FuncCall": plain_call,
    "ResTarget": unnamed_target,
    "RangeVar": bare_relation,
}
"""What is changed of each kind of node; all others keep their kind."""
