"""Defaults that cannot be. In: a field and its `@default`. Out: mistakes.

Whether the value is of the right kind is asked first (`check_default`), whether it can be read as one of its type later
(`check_literal`). Source: `attributes/default.rs` and `validations/default_value.rs` in prisma/prisma-engines.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import datetime

from advisor.sources.prisma.syntax import ArrayValue, Call, Constant, EnumBlock, Expression, NumberValue, StringValue
from advisor.sources.prisma.validation.arguments import Arguments
from advisor.sources.prisma.validation.resolved import Resolved, Scalar

TYPES_OF_FUNCTION = {
    "autoincrement": ("Int", "BigInt"),
    "cuid": ("String",),
    "uuid": ("String",),
    "ulid": ("String",),
    "nanoid": ("String",),
    "now": ("DateTime",),
}
"""Prisma's functions, and the scalar types that each makes values of."""

CHOICES: dict[str, tuple[Callable[[int], bool], str]] = {
    "cuid": (lambda number: number in (1, 2), "1 or 2"),
    "uuid": (lambda number: number in (4, 7), "4 or 7"),
    "nanoid": (lambda number: 2 <= number <= 255, "a number from 2 to 255"),
}
"""What a function's one argument may be."""

STRINGS = ("String", "Json", "Bytes", "DateTime", "Decimal")
NUMBERS = ("Int", "BigInt", "Float", "Decimal")
DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):([0-5]\d))")
DECIMAL = re.compile(r"[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?")
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def check_default(scalar: Scalar, arguments: Arguments, resolved: Resolved) -> None:
    """The kind of the value. What is right becomes the field's default."""
    value = arguments.take_default("value")
    if value is None:
        return
    if arguments.name_of_constraint() is not None:
        arguments.report("PostgreSQL's defaults have no names: `map` is not for them")
    reason = reason_against(value, scalar, resolved)
    if reason is None:
        scalar.default = value
    else:
        arguments.report(reason, value)


def reason_against(value: Expression, scalar: Scalar, resolved: Resolved) -> str | None:
    """Why a value is no default of a field, or None."""
    if isinstance(value, Call) and value.name == "dbgenerated":
        return reason_against_sql(value)
    match scalar.kind:
        case "composite":
            return f"`{scalar.type}` is a composite type: its fields have no defaults"
        case "unsupported":
            return 'the default of an `Unsupported` type is `dbgenerated("...")`'
        case "enum":
            return reason_against_enum(value, scalar, resolved)
    if isinstance(value, Call):
        return reason_against_call(value, scalar)
    if scalar.arity == "list" and not isinstance(value, ArrayValue):
        return "the default of a list is a list: `[...]`"
    if scalar.arity != "list" and isinstance(value, ArrayValue):
        return "only a list has a list as its default"
    items = value.items if isinstance(value, ArrayValue) else (value,)
    return next((reason for item in items if (reason := reason_against_literal(item, scalar.type))), None)


def reason_against_sql(call: Call) -> str | None:
    if len(call.arguments) > 1 or (call.arguments and not isinstance(call.arguments[0].value, StringValue)):
        return "`dbgenerated()` takes one string: the SQL"
    first = call.arguments[0].value if call.arguments else None
    return "the SQL of `dbgenerated()` must not be empty" if isinstance(first, StringValue) and not first.value else None


def reason_against_enum(value: Expression, scalar: Scalar, resolved: Resolved) -> str | None:
    enum = resolved.types[scalar.type]
    names = {one.name.text for one in enum.values} if isinstance(enum, EnumBlock) else set()
    if scalar.arity == "list" and not isinstance(value, ArrayValue):
        return "the default of a list is a list: `[...]`"
    items = value.items if scalar.arity == "list" and isinstance(value, ArrayValue) else (value,)
    for item in items:
        if not isinstance(item, Constant):
            return f"a value of {scalar.type} is wanted here"
        if item.name not in names:
            return f"`{item.name}` is no value of {scalar.type}"
    return None


def reason_against_call(call: Call, scalar: Scalar) -> str | None:
    types = TYPES_OF_FUNCTION.get(call.name)
    if types is None:
        # What no database has is told later, when the provider is known.
        return None
    if scalar.type not in types:
        return f"`{call.name}()` makes no values of type `{scalar.type}`"
    if not call.arguments:
        return None
    if call.name not in CHOICES:
        return f"`{call.name}()` takes no argument"
    return reason_against_choice(call)


def reason_against_choice(call: Call) -> str | None:
    accepts, choices = CHOICES[call.name]
    value = call.arguments[0].value
    number = int(value.text) if isinstance(value, NumberValue) and value.text.isdigit() else None
    if len(call.arguments) > 1 or number is None or not accepts(number):
        return f"`{call.name}()` takes {choices}, or nothing"
    return None


def reason_against_literal(value: Expression, scalar: str) -> str | None:
    if scalar == "Boolean" and isinstance(value, Constant):
        return None if value.name in ("true", "false") else "a Boolean is `true` or `false`"
    fits = (isinstance(value, StringValue) and scalar in STRINGS) or (isinstance(value, NumberValue) and scalar in NUMBERS)
    return None if fits else f"this is no value of type `{scalar}`"


def literal_mistakes(value: Expression | None, scalar: str) -> list[tuple[Expression, str]]:
    """The constants in a default that cannot be read as what they should be."""
    if isinstance(value, ArrayValue):
        return [mistake for item in value.items for mistake in literal_mistakes(item, scalar)]
    if isinstance(value, NumberValue) and scalar in ("Int", "BigInt") and not is_integer(value.text):
        return [(value, f"`{value.text}` is no whole number of 64 bits")]
    if isinstance(value, StringValue) and scalar in READERS and not READERS[scalar][0](value.value):
        return [(value, READERS[scalar][1])]
    return []


def is_integer(text: str) -> bool:
    return bool(re.fullmatch(r"[+-]?[0-9]+", text)) and -(2**63) <= int(text) < 2**63


def is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=refuse_constant, parse_float=finite)
    except (ValueError, RecursionError):
        return False
    return True


def finite(number: str) -> float:
    """`1e400` is more than a double holds, which Prisma's reader of JSON refuses. Raises ValueError."""
    if math.isinf(float(number)):
        raise ValueError(number)
    return float(number)


def refuse_constant(name: str) -> None:
    """`NaN` and `Infinity` are JavaScript's, not JSON's."""
    raise ValueError(name)


def is_date_time(text: str) -> bool:
    """RFC 3339. A leap second is a second, the year 0 a leap year that Python lacks; an offset has at most 23 hours."""
    match = DATE_TIME.fullmatch(text)
    if match is None or int(match[4] or 0) > 23 or int(match[3]) > 60:
        return False
    try:
        datetime.fromisoformat(f"{match[1]}T{match[2]}".replace("0000-", "2000-"))
    except ValueError:
        return False
    return True


READERS: dict[str, tuple[Callable[[str], bool], str]] = {
    "Json": (is_json, "this string is no JSON"),
    "Bytes": (lambda text: bool(BASE64.fullmatch(text)), "this string is no base64"),
    "DateTime": (is_date_time, "this string is no RFC 3339 time, such as `2024-02-29T12:00:00Z`"),
    "Decimal": (lambda text: bool(DECIMAL.fullmatch(text)), "this string is no decimal number"),
}
"""How the strings of each type are read, and what to say of one that is not."""
