"""Expressions that mean the same, however they are spelled. In: two texts. Out: whether PostgreSQL would store one for the other.

PostgreSQL adds casts to constants and between its text types, parentheses, qualified columns and names of columns in subqueries; it
prints JSON in its own spacing and numbers bare. Only texts that differ are parsed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container
from decimal import Decimal
from functools import lru_cache
from json import JSONDecodeError, dumps, loads
from typing import Any

from advisor.sources.comparing.times import in_utc

TEXT_TYPES = re.compile(r"(text|character varying|bpchar|character|name)(\(\d+\))?(\[\])?")
NUMBER = re.compile(r"-?\d{1,100}(\.\d{1,100})?(e[+-]?\d{1,2})?", re.IGNORECASE)
INTERVAL_PART = re.compile(r"(\d+) (year|mon|month|week|day|hour|minute|second)s?")
CLOCK = re.compile(r"\b(\d+):(\d\d)(?::(\d\d))?$")
PLAIN_INTERVAL = re.compile(rf"({INTERVAL_PART.pattern} ?)+")
IN_UNITS = {"year": ("month", 12), "mon": ("month", 1), "week": ("day", 7), "hour": ("second", 3600), "minute": ("second", 60)}
ROWS = frozenset({"old", "new", "excluded"})
"""What qualifies a column in a trigger's condition or a rule: it is no table."""
WIDER = frozenset({"integer", "bigint", "numeric", "real", "double precision"})
"""What numbers become by themselves beside others."""
UTC_MIDNIGHT = re.compile(r"( 00:00:00)?(\+00(:00)?|[Zz])$|(?<=-\d\d) 00:00:00$")
"""How PostgreSQL ends a constant that was written as a day, or without a time zone where that is UTC."""
BOOLEANS = {"f": "false", "t": "true", "false": "false", "true": "true"}
"""Constants of a boolean, quoted, in the server's own spelling."""
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
ISO_TIME = re.compile(r"(\d)T(\d\d:\d\d(?::\d\d)?)(?:\.0+)?")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
POINTS_IN_TIME = frozenset({"timestamp with time zone", "timestamp without time zone", "time with time zone"})
NAMING_TYPES = frozenset({"regclass", "regcollation", "regconfig", "regdictionary", "regproc", "regtype"})
NEEDLESS_QUOTES = re.compile(r'"([a-z_][a-z0-9_$]*)"')
KEEPING_CASTS = frozenset({"regclass", "regproc", "regtype"})


def same_expression(left: str | None, right: str | None, bases: frozenset[str] = frozenset()) -> bool:
    return left == right or comparable(left, bases) == comparable(right, bases)


@lru_cache(maxsize=8_192)
def comparable(text: str | None, bases: frozenset[str] = frozenset()) -> str | None:
    """An expression in the one spelling that does without what PostgreSQL adds. A text that cannot be parsed stays as it is.

    `bases` are the types that domains stand on: to one of them a column of the domain is cast before an operator takes it.
    """
    from pglast.parser import ParseError, parse_sql_json

    from advisor.sources.sql.spelling.printing import print_expression
    from advisor.sources.sql.text.tree import fields_of

    if text is None:
        return None
    try:
        target = loads(parse_sql_json(f"SELECT {text}"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]
        node = fields_of(target)["val"]
        plain = print_expression(without_additions(without_base_casts(node, bases) if bases else node))
    except (ParseError, ValueError, RecursionError, KeyError):
        return " ".join(text.split())
    return None if plain == "NULL" else plain


def without_base_casts(value: Any, bases: frozenset[str]) -> Any:
    from advisor.sources.sql.spelling.types import format_type

    if isinstance(value, list):
        return [without_base_casts(child, bases) for child in value]
    if not isinstance(value, dict):
        return value
    cast = value.get("TypeCast", {})
    if "ColumnRef" in cast.get("arg", {}) and format_type(cast["typeName"]) in bases:
        return cast["arg"]
    return {name: without_base_casts(child, bases) for name, child in value.items()}


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
    if to_type in NAMING_TYPES and "A_Const" in inner:
        inner = plain_name(inner)
    constant = bool(set(inner) & {"A_Const", "A_ArrayExpr"}) and to_type not in KEEPING_CASTS
    return inner if constant or TEXT_TYPES.fullmatch(to_type) else {"TypeCast": {**fields, "arg": inner}}


def plain_name(constant: dict[str, Any]) -> Any:
    """`'"english"'::regconfig` without the quotes that the name does not need."""
    text = constant["A_Const"].get("sval", {}).get("sval", "")
    return {"A_Const": {"sval": {"sval": NEEDLESS_QUOTES.sub(r"\1", text)}}} if text else constant


def plain_time(constant: dict[str, Any]) -> Any:
    """A constant in the server's spelling and in one without what goes without saying."""
    text = constant["A_Const"].get("sval", {}).get("sval", "")
    written = "1970-01-01" if text == "epoch" else UTC_MIDNIGHT.sub("", in_utc(text))
    return {"A_Const": {"sval": {"sval": written}}} if text else constant


def in_units(text: str) -> str:
    """An interval without colons and capitals."""
    return CLOCK.sub(lambda clock: f"{clock[1]} hours {clock[2]} minutes {clock[3] or 0} seconds", text.lower())


def plain_interval(constant: dict[str, Any]) -> Any:
    """`'12 months'` is stored as `'1 year'`: years and weeks in months and days."""
    text = constant["A_Const"].get("sval", {}).get("sval", "")
    text = in_units(text)
    if not PLAIN_INTERVAL.fullmatch(text):
        return constant
    amounts: Counter[str] = Counter()
    for number, unit in INTERVAL_PART.findall(text):
        name, times = IN_UNITS.get(unit, (unit, 1))
        amounts[name] += int(number) * times
    return {"A_Const": {"sval": {"sval": " ".join(f"{amounts[unit]} {unit}" for unit in sorted(amounts) if amounts[unit])}}}


def plain_constant(value: dict[str, Any]) -> Any:
    """A constant in one spelling, whatever its type: what two types spell alike is the same for both sides."""
    fields = value["A_Const"]
    text = fields.get("sval", {}).get("sval", "") or bits(fields) or fields.get("fval", {}).get("fval", "")
    if NUMBER.fullmatch(text):
        return {"A_Const": {"fval": {"fval": plain_number(text)}}}
    if text[:1] in ("{", "["):
        return {"A_Const": {"sval": {"sval": plain_list(text)}}}
    if text in BOOLEANS or "boolval" in fields:
        return {"A_Const": {"sval": {"sval": BOOLEANS.get(text) or str("boolval" in fields["boolval"]).lower()}}}
    if DAY.match(text) or text == "epoch":
        return plain_time({"A_Const": {"sval": {"sval": ISO_TIME.sub(r"\1 \2", text).replace("Z", "+00")}}})
    if UUID.fullmatch(text):
        return {"A_Const": {"sval": {"sval": text.lower()}}}
    return plain_interval(value) if PLAIN_INTERVAL.fullmatch(in_units(text)) else value


def plain_number(text: str) -> str:
    """`1.50` and `1e3` as `1.5` and `1000`; digits that begin with a zero are bits."""
    return text if re.match(r"-?0\d", text) else format(Decimal(text).normalize(), "f")


def bits(fields: dict[str, Any]) -> str:
    """`B'0101'` and `X'5'` as `0101`."""
    written = fields.get("bsval", {}).get("bsval", "")
    return "".join(f"{int(digit, 16):04b}" for digit in written[1:]) if written[:1] == "x" else written[1:]


def plain_list(text: str) -> str:
    """JSON in one spacing and order, an array without the quotes and blanks that it can do without."""
    from advisor.sources.sql.blocks.constant_text import array_of

    try:
        return dumps(loads(text), sort_keys=True)
    except JSONDecodeError:
        elements = array_of(text)
        return text if elements is None else dumps(elements)


def bare_column(value: dict[str, Any]) -> Any:
    """A column without its table."""
    fields = value["ColumnRef"]["fields"]
    qualifier = fields[0].get("String", {}).get("sval") if len(fields) == 2 else None
    return {"ColumnRef": {"fields": fields if qualifier in ROWS else fields[-1:]}}


def plain_call(value: dict[str, Any]) -> Any:
    """A call without the syntax of its own that SQL has for some (`AT TIME ZONE`), and without a schema that is always searched."""
    fields = {name: without_additions(child) for name, child in value["FuncCall"].items()}
    if fields["funcname"][-1]["String"]["sval"] == "timezone":
        fields["funcformat"] = "COERCE_EXPLICIT_CALL"
    if fields["funcname"][0]["String"]["sval"] in ("public", "pg_catalog"):
        fields["funcname"] = fields["funcname"][-1:]
    return {"FuncCall": fields}


def unnamed_target(value: dict[str, Any]) -> Any:
    """A column of a subquery without the name that it gets by itself."""
    return {"ResTarget": {"val": without_additions(value["ResTarget"].get("val"))}}


def plain_operation(value: dict[str, Any]) -> Any:
    """An operator without its schema; `IN` as the array that PostgreSQL makes of it (`transformAExprIn`)."""
    written = value["A_Expr"]
    fields = {name: without_additions(child) for name, child in written.items()}
    fields["name"] = fields["name"][-1:]
    for side, other in (("lexpr", "rexpr"), ("rexpr", "lexpr")):
        if is_decimal(written.get(other)):
            fields[side] = without_cast_to(("numeric",), fields.get(side))
        elif is_interval(written.get(other)):
            fields[side] = without_cast_to(("double precision",), fields.get(side))
        elif is_integer(written.get(other)):
            fields[side] = without_cast_to(("integer",), fields.get(side))
    if (compared := column_by_column(fields)) is not None:
        return compared
    if fields["kind"] == "AEXPR_IN" and len(fields["rexpr"].get("List", {}).get("items", ())) > 1:
        kind = "AEXPR_OP_ANY" if fields["name"][-1]["String"]["sval"] == "=" else "AEXPR_OP_ALL"
        return {"A_Expr": {**fields, "kind": kind, "rexpr": {"A_ArrayExpr": {"elements": fields["rexpr"]["List"]["items"]}}}}
    return {"A_Expr": fields}


def is_decimal(value: Any) -> bool:
    """`60.0`: a constant of type numeric, to which an integer beside it is brought."""
    return isinstance(value, dict) and "." in value.get("A_Const", {}).get("fval", {}).get("fval", "")


def is_integer(value: Any) -> bool:
    """`1`: a smallint beside it is brought to its type."""
    return isinstance(value, dict) and "ival" in value.get("A_Const", {})


def column_by_column(fields: dict[str, Any]) -> Any:
    """A comparison of two rows as the server takes it apart (`make_row_comparison_op`, `make_row_distinct_op` in parse_expr.c)."""
    left, right = (fields.get(side, {}).get("RowExpr", {}).get("args", ()) for side in ("lexpr", "rexpr"))
    operator = "distinct" if fields["kind"] == "AEXPR_DISTINCT" else fields["name"][-1]["String"]["sval"]
    if operator not in ("=", "<>", "distinct") or len(left) != len(right) or len(left) < 2:
        return None
    pairs = [{"A_Expr": {**fields, "lexpr": one, "rexpr": other}} for one, other in zip(left, right, strict=True)]
    return {"BoolExpr": {"boolop": "AND_EXPR" if operator == "=" else "OR_EXPR", "args": pairs}}


def is_interval(value: Any) -> bool:
    """`'1 day'::interval`: a number beside it is brought to double precision."""
    from advisor.sources.sql.spelling.types import format_type

    return isinstance(value, dict) and "TypeCast" in value and format_type(value["TypeCast"]["typeName"]) == "interval"


def without_cast_to(types: Container[str], value: Any) -> Any:
    """A column without the cast to one of these types."""
    from advisor.sources.sql.spelling.types import format_type

    cast = value.get("TypeCast", {}) if isinstance(value, dict) else {}
    return cast["arg"] if "ColumnRef" in cast.get("arg", {}) and format_type(cast["typeName"]) in types else value


def plain_case(value: dict[str, Any]) -> Any:
    """CASE without the ELSE NULL that goes without saying."""
    fields = {name: without_additions(child) for name, child in value["CaseExpr"].items()}
    if fields.get("defresult", {}).get("A_Const", {}).get("isnull"):
        del fields["defresult"]
    return {"CaseExpr": fields}


def plain_choice(value: dict[str, Any]) -> Any:
    """COALESCE and its like without the casts that bring their arguments to one type of number."""
    ((kind, fields),) = value.items()
    arguments = [without_cast_to(WIDER, argument) for argument in without_additions(fields["args"])]
    return {kind: {**{name: without_additions(child) for name, child in fields.items()}, "args": arguments}}


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
    "CaseExpr": plain_case,
    "CoalesceExpr": plain_choice,
    "MinMaxExpr": plain_choice,
}
"""What is changed of each kind of node; all others keep their kind."""
