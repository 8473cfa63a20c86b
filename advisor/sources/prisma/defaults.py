"""What the database fills in by itself. In: a field's `@default`. Out: the column's default, as SQL.

`cuid()`, `uuid()`, `nanoid()` and `ulid()` are made by Prisma Client: the column has no default. `@updatedAt` neither.
"""

from __future__ import annotations

import base64
import binascii
import re

from advisor.model import Expression, Name
from advisor.remedies.sql import quote_name
from advisor.sources.prisma import syntax
from advisor.sources.prisma.names import sequence_name

TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)")
"""RFC 3339, the one form that Prisma takes."""
NO_OFFSET = ("Z", "z", "-00:00")

CALLED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|([^\W\d]\w*)\s*\(")
"""A string, a quoted identifier, or the name of a function before its arguments."""


def default_of(value: syntax.Expression, scalar: str, column_type: str, enum_values: dict[str, str]) -> Expression | None:
    """The default that a value means; None where the database has none. `enum_values` are the stored spellings by name."""
    if isinstance(value, syntax.Call):
        return default_of_call(value)
    if isinstance(value, syntax.ArrayValue):
        elements = ", ".join(literal(item, scalar, enum_values) for item in value.items)
        return Expression(f"ARRAY[{elements}]::{column_type}")
    return Expression(literal(value, scalar, enum_values))


def default_of_call(call: syntax.Call) -> Expression | None:
    """Functions that the database runs; `autoincrement()` is a matter of the column (see `serial_default`)."""
    if call.name == "now":
        return Expression("CURRENT_TIMESTAMP")
    if call.name == "dbgenerated":
        text = syntax.string_argument(call, "value", default=True)
        return sql_expression(text) if text else None
    return None


def serial_default(table: Name, column: str, *, cockroach: bool) -> Expression:
    """What `autoincrement()` becomes: the sequence of a `serial` column, or CockroachDB's row numbers."""
    if cockroach:
        return Expression("unique_rowid()", functions=("unique_rowid",))
    sequence = quote_name(Name(table.schema, sequence_name(table.name, column))).replace("'", "''")
    return Expression(f"nextval('{sequence}'::regclass)", functions=("nextval",))


def sql_expression(text: str) -> Expression:
    """SQL that the schema quotes, with the functions that it calls."""
    functions = (match[1].lower() for match in CALLED.finditer(text) if match[1])
    return Expression(text, functions=tuple(dict.fromkeys(functions)))


def literal(value: syntax.Expression, scalar: str, enum_values: dict[str, str]) -> str:
    """A constant as SQL, the way Prisma writes it."""
    match value:
        case syntax.NumberValue():
            return value.text
        case syntax.Constant():
            return quote_string(enum_values[value.name]) if value.name in enum_values else value.name
        case syntax.StringValue():
            return string_literal(value.value, scalar)
        case _:
            return "NULL"


def string_literal(text: str, scalar: str) -> str:
    """A string as a value of its field's type: times and bytes have spellings of their own, decimals need no quotes."""
    if scalar == "DateTime" and (match := TIMESTAMP.fullmatch(text)):
        date, time, fraction, zone = match.groups()
        digits = fraction_of_second(fraction or "")
        return quote_string(f"{date} {time}{digits} {'+00:00' if zone in NO_OFFSET else zone}")
    if scalar == "Bytes":
        try:
            return quote_string("\\x" + base64.b64decode(text, validate=True).hex())
        except binascii.Error:
            return quote_string(text)
    return text if scalar == "Decimal" and re.fullmatch(r"-?\d+(\.\d+)?", text) else quote_string(text)


def fraction_of_second(digits: str) -> str:
    """`.500`: nine digits by threes, without those that are zero, as chrono's `Display` writes it."""
    significant = digits[:9].rstrip("0")
    return "." + significant.ljust(-(-len(significant) // 3) * 3, "0") if significant else ""


def quote_string(text: str) -> str:
    """A string constant, with E where it holds a backslash, as expressions read from SQL are spelled too."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted
