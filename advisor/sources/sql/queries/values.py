"""What columns are compared with. In: an expression without columns. Out: its type as far as its own text tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from advisor.sources.sql.spelling.types import format_type
from advisor.sources.sql.text.tree import Node, string, strings, unwrap, walk

UNKNOWN = "unknown"
"""The type of a string constant and of a bare parameter: the column's."""
TIMESTAMPTZ, TIMESTAMP = "timestamp with time zone", "timestamp without time zone"
FUNCTIONS: Mapping[str, str] = {
    "now": TIMESTAMPTZ,
    "transaction_timestamp": TIMESTAMPTZ,
    "statement_timestamp": TIMESTAMPTZ,
    "clock_timestamp": TIMESTAMPTZ,
    "to_timestamp": TIMESTAMPTZ,
    "gen_random_uuid": "uuid",
    "random": "double precision",
    "lower": "text",
    "upper": "text",
    "to_char": "text",
    "concat": "text",
    "to_date": "date",
    "extract": "numeric",
}
"""Functions with one type of result whatever they are given."""
VALUE_FUNCTIONS: Mapping[str, str] = {
    "SVFOP_CURRENT_DATE": "date",
    "SVFOP_CURRENT_TIMESTAMP": TIMESTAMPTZ,
    "SVFOP_CURRENT_TIMESTAMP_N": TIMESTAMPTZ,
    "SVFOP_LOCALTIMESTAMP": TIMESTAMP,
    "SVFOP_LOCALTIMESTAMP_N": TIMESTAMP,
}
MAX_INTEGER, MAX_BIGINT = 2**31 - 1, 2**63 - 1


def value_type(node: Node) -> str | None:
    """The type of a value: `unknown` of a bare string or parameter, `null` of NULL, None where the text does not say."""
    kind, fields = unwrap(node)
    typed = TYPED.get(kind)
    return typed(fields) if typed is not None else None


def type_of_all(nodes: Iterable[Node]) -> str | None:
    types = {value_type(node) for node in nodes}
    return types.pop() if len(types) == 1 else None


def constant_type(fields: Node) -> str:
    if fields.get("isnull"):
        return "null"
    if "boolval" in fields:
        return "boolean"
    if "ival" in fields:
        return "integer"
    if "fval" not in fields:
        return UNKNOWN
    digits = fields["fval"].get("fval", "")
    return "bigint" if digits.isdecimal() and MAX_INTEGER < int(digits) <= MAX_BIGINT else "numeric"


def operation_type(fields: Node) -> str | None:
    """Of arithmetic: a moment plus or minus an interval stays what it is, numbers of one type too."""
    (name,) = strings(fields["name"][-1:])
    right = value_type(fields["rexpr"]) if "rexpr" in fields else None
    if fields["kind"] != "AEXPR_OP" or name not in ("+", "-", "*", "/"):
        return None
    if "lexpr" not in fields:
        return right
    left = value_type(fields["lexpr"])
    if left in (TIMESTAMPTZ, TIMESTAMP) and right is not None and (right.startswith("interval") or right == UNKNOWN):
        return left if right != UNKNOWN else None
    return left if left == right and left != UNKNOWN else None


TYPED: Mapping[str, Callable[[Node], str | None]] = {
    "A_Const": constant_type,
    "ParamRef": lambda _: UNKNOWN,
    "TypeCast": lambda fields: format_type(fields["typeName"]),
    "SQLValueFunction": lambda fields: VALUE_FUNCTIONS.get(fields["op"]),
    "FuncCall": lambda fields: FUNCTIONS.get(string(fields["funcname"][-1])),
    "A_Expr": operation_type,
    "List": lambda fields: type_of_all(fields["items"]),
    "A_ArrayExpr": lambda fields: type_of_all(fields.get("elements", [])),
}


def is_constant(node: Node) -> bool:
    return not any(kind in ("ParamRef", "FuncCall", "SQLValueFunction", "ColumnRef", "SubLink") for kind, _ in walk(node))


def is_always_true(node: Node) -> bool:
    """`true`, `1 = 1`, and the like."""
    kind, fields = unwrap(node)
    if kind == "A_Const":
        return "boolval" in fields and bool(fields["boolval"].get("boolval"))
    if kind == "BoolExpr":
        every = all if fields["boolop"] == "AND_EXPR" else any
        return fields["boolop"] != "NOT_EXPR" and every(is_always_true(argument) for argument in fields["args"])
    if kind != "A_Expr" or fields["kind"] != "AEXPR_OP" or "lexpr" not in fields:
        return False
    left, right = unwrap(fields["lexpr"]), unwrap(fields["rexpr"])
    same = left[0] == right[0] == "A_Const" and without_place(left[1]) == without_place(right[1])
    return same and strings(fields["name"][-1:]) == ("=",) and not left[1].get("isnull")


def without_place(fields: Node) -> Node:
    return {name: value for name, value in fields.items() if name != "location"}
