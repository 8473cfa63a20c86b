"""Column types. In: a field's type and its `@db.` attribute. Out: the type as PostgreSQL's `format_type` prints it.

Source: `postgres_datamodel_connector` and `cockroach_datamodel_connector` in prisma/prisma-engines, and the DDL they lead to.
"""

from __future__ import annotations

import json

from advisor.sources.prisma.syntax import Attribute, NumberValue

SCALARS = {
    "BigInt": "bigint",
    "Boolean": "boolean",
    "Bytes": "bytea",
    "DateTime": "timestamp(3) without time zone",
    "Decimal": "numeric(65,30)",
    "Float": "double precision",
    "Int": "integer",
    "Json": "jsonb",
    "String": "text",
}
"""Prisma's scalar types and the column type that each gets where no `@db.` attribute names another."""

NATIVE_TYPES = {
    "BigInt": "bigint",
    "Bit": "bit{}",
    "Boolean": "boolean",
    "ByteA": "bytea",
    "Char": "character{}",
    "Citext": "citext",
    "Date": "date",
    "Decimal": "numeric{}",
    "DoublePrecision": "double precision",
    "Inet": "inet",
    "Integer": "integer",
    "Json": "json",
    "JsonB": "jsonb",
    "Money": "money",
    "Oid": "oid",
    "Real": "real",
    "SmallInt": "smallint",
    "Text": "text",
    "Time": "time{} without time zone",
    "Timestamp": "timestamp{} without time zone",
    "Timestamptz": "timestamp{} with time zone",
    "Timetz": "time{} with time zone",
    "Uuid": "uuid",
    "VarBit": "bit varying{}",
    "VarChar": "character varying{}",
    "Xml": "xml",
}
"""What stands behind `@db.`; `{}` is the place of a length or precision."""

COCKROACH_TYPES = {
    "Bool": "boolean",
    "Bytes": "bytea",
    "CatalogSingleChar": '"char"',
    "Float4": "real",
    "Float8": "double precision",
    "Int2": "smallint",
    "Int4": "integer",
    "Int8": "bigint",
    "String": "character varying{}",
}
"""The names that only the cockroachdb connector has."""

LENGTH_ONE = ("character", "bit")
"""Without a length they have one of 1."""


def native_type(attribute: Attribute) -> str | None:
    """The type that an attribute `@db.VarChar(20)` names; None where it is not known."""
    name = attribute.name.partition(".")[2]
    pattern = NATIVE_TYPES.get(name) or COCKROACH_TYPES.get(name)
    if pattern is None:
        return None
    numbers = [argument.value.text for argument in attribute.arguments if isinstance(argument.value, NumberValue)]
    return fill(pattern, f"({','.join(numbers)})" if numbers else "")


def unsupported_type(text: str) -> str:
    """The type of `Unsupported("...")`, which is SQL, spelled like one read from SQL; what is no type to PostgreSQL stays."""
    from pglast.parser import ParseError, parse_sql_json

    from advisor.sources.sql.spelling.types import format_type

    try:
        match json.loads(parse_sql_json(f"SELECT CAST(NULL AS {text})"))["stmts"]:
            case [{"stmt": {"SelectStmt": {"targetList": [{"ResTarget": {"val": {"TypeCast": {"typeName": found}}}}]}}}]:
                return format_type(found)
    except (ParseError, ValueError, RecursionError):
        pass
    return text


def fill(pattern: str, arguments: str) -> str:
    name = pattern.partition("{}")[0]
    return pattern.replace("{}", arguments or ("(1)" if name in LENGTH_ONE else ""))
