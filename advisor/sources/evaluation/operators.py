"""Operators on values. What depends on something unknown is unknown."""

from __future__ import annotations

from advisor.sources.evaluation.conversions import truth, written
from advisor.sources.evaluation.symbols import Member
from advisor.sources.evaluation.values import UNDEFINED, Existence, HostObject, Opaque, Unknown, Value


def unary(operator: str, value: Value) -> Value:
    if operator == "!":
        if isinstance(value, Existence):
            return Existence(value.of, not value.holds)
        known = truth(value)
        return unclear("!") if known is None else not known
    if operator == "-" and is_number(value):
        return -value  # type: ignore[operator]
    if operator == "typeof":
        return type_name(value)
    return UNDEFINED if operator == "void" else unclear(operator)


def type_name(value: Value) -> Value:
    names: tuple[tuple[type | tuple[type, ...], str], ...] = ((bool, "boolean"), ((int, float), "number"), (str, "string"))
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, (list, dict)) or value is None:
        return "object"
    return next((name for kind, name in names if isinstance(value, kind)), Unknown("typeof"))


def short_circuit(operator: str, first: Value) -> Value | None:
    """The value of `a && b`, `a || b`, `a ?? b` where `a` decides it; None (no value) where `b` does."""
    if operator == "??":
        return first if first is not None and first is not UNDEFINED else None
    known = truth(first)
    if known is None:
        return first if isinstance(first, (Existence, Unknown)) else Unknown(operator, "it depends on a condition")
    return first if known is (operator == "||") else None


def is_environment(value: Value) -> bool:
    """`process.env.NAME`."""
    owner = value.owner if isinstance(value, Member) else None
    return isinstance(owner, Member) and owner.name == "env"


def unclear(operator: str) -> Unknown:
    return Unknown(operator, f"`{operator}` of something unknown")


def combine(operator: str, left: Value, right: Value) -> Value:
    if operator in ("===", "==", "!==", "!="):
        return equality(operator, left, right)
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        first, second = written(left), written(right)
        return unclear(operator) if first is None or second is None else first + second
    if is_number(left) and is_number(right):
        return arithmetic(operator, left, right)  # type: ignore[arg-type]
    if operator == "in" and isinstance(right, dict):
        return left in right
    return unclear(operator)


def equality(operator: str, left: Value, right: Value) -> Value:
    wanted = operator in ("===", "==")
    if isinstance(left, Existence) and isinstance(right, bool):
        return Existence(left.of, left.holds is (right is wanted))
    if any(isinstance(value, (Opaque, Existence, HostObject)) for value in (left, right)):
        return unclear(operator)
    nothing = (None, UNDEFINED)
    if len(operator) == 2 and (left in nothing or right in nothing):
        return ((left in nothing) and (right in nothing)) is wanted
    same = left == right and isinstance(left, bool) is isinstance(right, bool)
    return (left is right if isinstance(left, (list, dict)) else same) is wanted


def arithmetic(operator: str, left: float, right: float) -> Value:
    try:
        results: dict[str, Value] = {
            "+": left + right,
            "-": left - right,
            "*": left * right,
            "<": left < right,
            ">": left > right,
            "<=": left <= right,
            ">=": left >= right,
        }
        if operator == "**":
            return float(left) ** right if right < 0 else left**right if abs(right) <= 64 else unclear(operator)
        if operator in ("/", "%"):
            return left / right if operator == "/" else left % right
        return results.get(operator, unclear(operator))
    except (ZeroDivisionError, OverflowError):
        return unclear(operator)


def is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
