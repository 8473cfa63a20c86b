"""What JavaScript itself does with values: operators, and the methods of strings, arrays and `Object` that schema files use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Protocol

from advisor.sources.orm.values import (
    UNDEFINED,
    ArrayValue,
    Closure,
    External,
    Member,
    ObjectValue,
    Place,
    Undefined,
    Unknown,
    Value,
)


class Applies(Protocol):
    """Who can call a function of the project."""

    def apply(self, function: Closure, arguments: tuple[Value, ...]) -> Value: ...


def as_text(value: Value) -> str:
    """A plain value as JavaScript's `String(value)` writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return str(value) if isinstance(value, (str, int, float)) else ""


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where it cannot be told."""
    if isinstance(value, (Unknown, External, Member)):
        return None
    return bool(value) if isinstance(value, (str, int, float, bool)) else not (value is None or isinstance(value, Undefined))


def unary(sign: str, value: Value, place: Place) -> Value:
    if sign == "-" and isinstance(value, (int, float)):
        return -value
    if sign == "!" and (decided := truth(value)) is not None:
        return not decided
    return Unknown(place, f"`{sign}` of something unknown")


def either(sign: str, left: Value, right: Callable[[], Value], place: Place) -> Value:
    """`&&`, `||` and `??`. A setting of the environment has the default that the code gives it."""
    if is_environment(left):
        return right() if sign != "&&" else Unknown(place, "it depends on the environment")
    if sign == "??":
        missing = left is None or isinstance(left, Undefined)
        return right() if missing else left
    decided = truth(left)
    if decided is None:
        return Unknown(place, "it depends on a condition")
    return right() if decided == (sign == "&&") else left


def is_environment(value: Value) -> bool:
    """`process.env.NAME`."""
    owner = value.owner if isinstance(value, Member) else None
    return isinstance(owner, Member) and owner.name == "env"


def binary(sign: str, left: Value, right: Value, place: Place) -> Value:
    if sign in ("===", "==", "!==", "!=") and isinstance(left, (str, int, float, bool)) and isinstance(right, type(left)):
        return (left == right) == (sign[0] == "=")
    if sign == "+" and (isinstance(left, str) or isinstance(right, str)):
        if isinstance(left, (str, int, float)) and isinstance(right, (str, int, float)):
            return as_text(left) + as_text(right)
    elif isinstance(left, (int, float)) and isinstance(right, (int, float)):
        match sign:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/" if right:
                return left / right
            case "**" if abs(right) <= 64:
                return float(left) ** right if right < 0 else left**right
    return Unknown(place, f"`{sign}` is not worked out")


def call(evaluator: Applies, callee: Value, arguments: tuple[Value, ...], place: Place) -> Value:
    """A call of JavaScript's own methods; None where it is none of these."""
    if not isinstance(callee, Member):
        return None
    first: Value = arguments[0] if arguments else UNDEFINED
    if callee.owner == External("", "Object"):
        return of_object(callee.name, arguments, place)
    if isinstance(callee.owner, str):
        return of_string(callee.owner, callee.name, arguments)
    if isinstance(callee.owner, (int, float)) and callee.name == "toString" and not arguments:
        return as_text(callee.owner)
    if isinstance(callee.owner, ArrayValue):
        return of_array(evaluator, callee.owner, callee.name, first, place)
    return None


def of_object(name: str, arguments: tuple[Value, ...], place: Place) -> Value:
    first: Value = arguments[0] if arguments else UNDEFINED
    if name in ("freeze", "seal"):
        return first
    if not isinstance(first, ObjectValue):
        return Unknown(place, f"Object.{name} of something unknown")
    match name:
        case "keys":
            return ArrayValue(tuple(first.entries), place, first.complete)
        case "values":
            return ArrayValue(tuple(first.entries.values()), place, first.complete)
        case "entries":
            pairs = tuple(ArrayValue((key, value), place) for key, value in first.entries.items())
            return ArrayValue(pairs, place, first.complete)
        case "assign" if all(isinstance(other, ObjectValue) for other in arguments):
            objects = [other for other in arguments if isinstance(other, ObjectValue)]
            entries = {key: value for other in objects for key, value in other.entries.items()}
            places = {key: at for other in objects for key, at in other.places.items()}
            return ObjectValue(entries, places, place, all(other.complete for other in objects))
        case _:
            return Unknown(place, f"Object.{name} is not worked out")


def of_string(text: str, name: str, arguments: tuple[Value, ...]) -> Value:
    plain = [argument for argument in arguments if isinstance(argument, str)]
    match name:
        case "toLowerCase":
            return text.lower()
        case "toUpperCase":
            return text.upper()
        case "trim":
            return text.strip()
        case "concat" if len(plain) == len(arguments):
            return text + "".join(plain)
        case "replace" if len(plain) == 2:
            return text.replace(plain[0], plain[1], 1)
        case "toString":
            return text
        case _:
            return None


def of_array(evaluator: Applies, array: ArrayValue, name: str, first: Value, place: Place) -> Value:
    match name:
        case "map" | "flatMap" if isinstance(first, Closure):
            mapped = [evaluator.apply(first, (item, index)) for index, item in enumerate(array.items)]
            if name == "flatMap":
                mapped = [one for item in mapped for one in (item.items if isinstance(item, ArrayValue) else (item,))]
            return ArrayValue(tuple(mapped), place, array.complete)
        case "filter" if isinstance(first, Closure):
            kept = [(item, truth(evaluator.apply(first, (item,)))) for item in array.items]
            if any(decided is None for _, decided in kept):
                return Unknown(place, "a filter is not decided")
            return ArrayValue(tuple(item for item, decided in kept if decided), place, array.complete)
        case "join" if all(isinstance(item, (str, int)) for item in array.items):
            return (first if isinstance(first, str) else ",").join(as_text(item) for item in array.items)
        case "concat" if isinstance(first, ArrayValue):
            return ArrayValue((*array.items, *first.items), place, array.complete and first.complete)
        case "slice" if isinstance(first, Undefined):
            return array
        case _:
            return None


def to_json(value: Value) -> str | None:
    """`JSON.stringify`; None where something in it is not known."""
    plain = plain_of(value)
    return json.dumps(plain[0], ensure_ascii=False, separators=(",", ":")) if plain is not None else None


def plain_of(value: Value) -> tuple[object] | None:
    """A value as Python's `json` takes it, in a tuple; None where it is not plain."""
    if isinstance(value, ObjectValue):
        entries = {key: plain_of(inside) for key, inside in value.entries.items() if not isinstance(inside, Undefined)}
        known = {key: inside[0] for key, inside in entries.items() if inside is not None}
        return (known,) if len(known) == len(entries) and value.complete else None
    if isinstance(value, ArrayValue):
        items = [plain_of(item) for item in value.items]
        listed = [item[0] for item in items if item is not None]
        return (listed,) if len(listed) == len(items) and value.complete else None
    if isinstance(value, float) and value.is_integer():
        return (int(value),)
    return (value,) if value is None or isinstance(value, (str, int, float)) else None


WORDS = re.compile(r"[\da-z]+|[A-Z]+(?![a-z])|[A-Z][\da-z]+")


def snake_case(name: str) -> str:
    """`createdAt` as `created_at`, the way Drizzle's casing does it (`drizzle-orm/src/casing.ts`)."""
    return "_".join(word.lower() for word in WORDS.findall(re.sub("['\u2019]", "", name)))


def camel_case(name: str) -> str:
    """`created_at` as `createdAt`, from the same place."""
    words = WORDS.findall(re.sub("['\u2019]", "", name))
    return "".join(word.lower() if number == 0 else word[0].upper() + word[1:] for number, word in enumerate(words))
