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
WIDER = frozenset({"integer", "bigint", "numeric", "real", "double precision"})
"""What numbers become by themselves beside others."""
UTC_MIDNIGHT = re.compile(r"( 00:00:00)?\+00(:00)?$|(?<=-\d\d) 00:00:00$")
"""How PostgreSQL ends a constant that was written as a day, or without a time zone where that is UTC."""
BOOLEANS = {"f": "false", "t": "true", "false": "false", "true": "true"}
"""Constants of a boolean, quoted, in the server's own spelling."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")
POINTS_IN_TIME = frozenset({"timestamp with time zone", "timestamp without time zone", "time with time zone"})
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
    from advisor.sources.sql.views.builtins import plain

    fields = value["TypeCast"]
    inner, to_type = without_additions(fields["arg"]), format_type(fields["typeName"])
    if to_type == "interval" and "A_Const" in inner:
        return plain_interval(inner)
    if plain(to_type) in POINTS_IN_TIME and "A_Const" in inner:
        return plain_time(inner)
    constant = bool(set(inner) & {"A_Const", "A_ArrayExpr"}) and to_type not in KEEPING_CASTS
    return inner if constant or TEXT_TYPES.fullmatch(to_type) else {"TypeCast": {**fields, "arg": inner}}


def plain_time(constant: dict[str, Any]) -> Any:
    """A constant in the server's spelling and in one without what goes without saying."""
    text = constant["A_Const"].get("sval", {}).get("sval", "")
    written = "1970-01-01" if text == "epoch" else UTC_MIDNIGHT.sub("", text)
    return {"A_Const": {"sval": {"sval": written}}} if text else constant


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
    if text in BOOLEANS or "boolval" in value["A_Const"]:
        return {"A_Const": {"sval": {"sval": BOOLEANS.get(text) or str("boolval" in value["A_Const"]["boolval"]).lower()}}}
    if DAY.match(text) or text == "epoch":
        return plain_time(value)
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


def plain_operation(value: dict[str, Any]) -> Any:
    """An operator without its schema; `IN` as the array that PostgreSQL makes of it (`transformAExprIn`)."""
    fields = {name: without_additions(child) for name, child in value["A_Expr"].items()}
    fields["name"] = fields["name"][-1:]
    if fields["kind"] == "AEXPR_IN" and len(fields["rexpr"].get("List", {}).get("items", ())) > 1:
        kind = "AEXPR_OP_ANY" if fields["name"][-1]["String"]["sval"] == "=" else "AEXPR_OP_ALL"
        return {"A_Expr": {**fields, "kind": kind, "rexpr": {"A_ArrayExpr": {"elements": fields["rexpr"]["List"]["items"]}}}}
    return {"A_Expr": fields}


def plain_choice(value: dict[str, Any]) -> Any:
    """COALESCE and its like without the casts that bring their arguments to one type of number."""
    ((kind, fields),) = value.items()
    arguments = [without_widening(argument) for argument in without_additions(fields["args"])]
    return {kind: {**{name: without_additions(child) for name, child in fields.items()}, "args": arguments}}


def without_widening(value: Any) -> Any:
    from advisor.sources.sql.spelling.types import format_type

    cast = value.get("TypeCast", {})
    return cast["arg"] if "ColumnRef" in cast.get("arg", {}) and format_type(cast["typeName"]) in WIDER else value


def bare_relation(value: dict[str, Any]) -> Any:
    """A table in a subquery without `public`, and without the alias that the server makes up where the name is taken outside.

    It is `t_1`: `set_rtable_names` in ruleutils.c.
    """
    fields = value["RangeVar"]
    alias = re.sub(r"_\d+$", "", fields.get("alias", {}).get("aliasname", ""))
    made_up = bool(alias) and fields["alias"]["aliasname"] != alias and fields["relname"].startswith(alias)
    left_out = {"alias"} if made_up else set()
    return {
        "RangeVar": {
            name: child for name, child in fields.items() if (name, child) != ("schemaname", "public") and name not in left_out
        }
    }


CHANGES = {
    "TypeCast": without_cast,
    "A_Const": plain_constant,
    "ColumnRef": bare_column,
    "FuncCall": plain_call,
    "ResTarget": unnamed_target,
    "RangeVar": bare_relation,
    "A_Expr": plain_operation,
    "CoalesceExpr": plain_choice,
    "MinMaxExpr": plain_choice,
}
"""What is changed of each kind of node; all others keep their kind."""
