"""Operators on values. What depends on something unknown is unknown."""

from __future__ import annotations

from advisor.sources.migrations.code.values import UNDEFINED, Existence, HostObject, Unknown, Value, truth, written


def unary(operator: str, value: Value) -> Value:
    if operator == "!":
        if isinstance(value, Existence):
            return Existence(value.of, not value.holds)
        known = truth(value)
        return Unknown(f"!{value}") if known is None else not known
    if operator == "-" and is_number(value):
        return -value  # type: ignore[operator]
    if operator == "typeof":
        return type_name(value)
    return UNDEFINED if operator == "void" else Unknown(operator)


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
        if isinstance(first, Unknown):
            return first
        return first if first is not None and first is not UNDEFINED else None
    known = truth(first)
    if known is None:
        return first
    return first if known is (operator == "||") else None


def combine(operator: str, left: Value, right: Value) -> Value:
    if operator in ("===", "==", "!==", "!="):
        return equality(operator, left, right)
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        first, second = written(left), written(right)
        return Unknown(operator) if first is None or second is None else first + second
    if is_number(left) and is_number(right):
        return arithmetic(operator, left, right)  # type: ignore[arg-type]
    if operator == "in" and isinstance(right, dict):
        return left in right
    return Unknown(operator)


def equality(operator: str, left: Value, right: Value) -> Value:
    wanted = operator in ("===", "==")
    if isinstance(left, Existence) and isinstance(right, bool):
        return Existence(left.of, left.holds is (right is wanted))
    if any(isinstance(value, (Unknown, Existence, HostObject)) for value in (left, right)):
        return Unknown(operator)
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
        if operator in ("/", "%"):
            return left / right if operator == "/" else left % right
        return results.get(operator, Unknown(operator))
    except (ZeroDivisionError, OverflowError):
        return Unknown(operator)


def is_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
