"""Native types that cannot be. In: a field and its `@db.` attribute. Out: mistakes.

Source: `postgres_datamodel_connector.rs`, its `native_types.rs`, and CockroachDB's beside them, in prisma/prisma-engines.
"""

from __future__ import annotations

from advisor.sources.prisma.syntax import Attribute, NumberValue
from advisor.sources.prisma.validation.resolved import Scalar

MOST_PRECISION = 1000
UNSIGNED_LIMIT = 2**32

SCALAR_OF: dict[str, str] = {
    "SmallInt": "Int",
    "Integer": "Int",
    "BigInt": "BigInt",
    "Decimal": "Decimal",
    "Money": "Decimal",
    "Inet": "String",
    "Oid": "Int",
    "Citext": "String",
    "Real": "Float",
    "DoublePrecision": "Float",
    "VarChar": "String",
    "Char": "String",
    "Text": "String",
    "ByteA": "Bytes",
    "Timestamp": "DateTime",
    "Timestamptz": "DateTime",
    "Date": "DateTime",
    "Time": "DateTime",
    "Timetz": "DateTime",
    "Boolean": "Boolean",
    "Bit": "String",
    "VarBit": "String",
    "Uuid": "String",
    "Xml": "String",
    "Json": "Json",
    "JsonB": "Json",
}
"""PostgreSQL's native types and the scalar type of each."""

COCKROACH_SCALAR_OF: dict[str, str] = {
    "Bit": "String",
    "Bool": "Boolean",
    "Bytes": "Bytes",
    "CatalogSingleChar": "String",
    "Char": "String",
    "Date": "DateTime",
    "Decimal": "Decimal",
    "Float4": "Float",
    "Float8": "Float",
    "Inet": "String",
    "Int2": "Int",
    "Int4": "Int",
    "Int8": "BigInt",
    "JsonB": "Json",
    "Oid": "Int",
    "String": "String",
    "Time": "DateTime",
    "Timestamp": "DateTime",
    "Timestamptz": "DateTime",
    "Timetz": "DateTime",
    "Uuid": "String",
    "VarBit": "String",
}

MOST_ARGUMENTS = {
    "Decimal": 2,
    **dict.fromkeys(("VarChar", "Char", "Timestamp", "Timestamptz", "Time", "Timetz", "Bit", "VarBit", "String"), 1),
}
"""How many numbers a type takes; those not listed take none. It takes them all, or none of them."""


def reason_against_native(scalar: Scalar, attribute: Attribute, datasource: str | None, *, cockroach: bool) -> str | None:
    """Why a field cannot have the type that its `@db.` attribute names, or None."""
    scope, _, name = attribute.name.partition(".")
    types = COCKROACH_SCALAR_OF if cockroach else SCALAR_OF
    if datasource is not None and scope != datasource:
        return f"the datasource is called `{datasource}`: `@{datasource}.{name}`"
    if name not in types:
        return f"`@{attribute.name}` is no type of PostgreSQL that Prisma has"
    if types[name] != scalar.type:
        return f"`@{attribute.name}` is for fields of type `{types[name]}`, not `{scalar.type}`"
    return reason_against_numbers(name, attribute)


def reason_against_numbers(name: str, attribute: Attribute) -> str | None:
    reason = unreadable(name, attribute)
    numbers = (
        [int(argument.value.text) for argument in attribute.arguments if isinstance(argument.value, NumberValue)]
        if not reason
        else []
    )
    return reason or (reason_against_range(name, numbers) if numbers else None)


def unreadable(name: str, attribute: Attribute) -> str | None:
    """Why the arguments are not those of the type, or None."""
    most = MOST_ARGUMENTS.get(name, 0)
    values = [argument.value for argument in attribute.arguments]
    if len(values) > most:
        return f"`{name}` takes {most or 'no'} number{'s' if most > 1 else ''}"
    numbers = [int(value.text) for value in values if isinstance(value, NumberValue) and value.text.isdigit()]
    if len(numbers) < len(values) or any(number >= UNSIGNED_LIMIT for number in numbers) or 0 < len(values) < most:
        return f"`{name}` takes {'a whole number' if most == 1 else 'two whole numbers'}"
    return None


def known_native(scalar: Scalar) -> str | None:
    """The name of a field's `@db.` type, where it can be read at all."""
    name = scalar.native_name
    if scalar.native is None or name not in SCALAR_OF or unreadable(name, scalar.native):
        return None
    return name


def reason_against_range(name: str, numbers: list[int]) -> str | None:
    if name == "Decimal":
        precision, scale = numbers
        if scale > precision:
            return "the scale of a Decimal is at most its precision"
        return None if 0 < precision <= MOST_PRECISION else f"the precision of a Decimal is from 1 to {MOST_PRECISION}"
    if name in ("Bit", "VarBit") and numbers[0] == 0:
        return f"the length of `{name}` is at least 1"
    if name.startswith("Time") and numbers[0] > 6:
        return f"the precision of `{name}` is at most 6"
    return None


def names_native_type(text: str, *, cockroach: bool) -> str | None:
    """The native type that an `Unsupported("...")` spells just as Prisma does, so that Prisma asks for its own notation."""
    name, bracket, rest = text.partition("(")
    name = name.strip()
    types = COCKROACH_SCALAR_OF if cockroach else SCALAR_OF
    if name not in types:
        return None
    numbers = [part.strip() for part in rest.partition(")")[0].split(",")] if bracket and ")" in rest else []
    most = MOST_ARGUMENTS.get(name, 0)
    if most and numbers and (len(numbers) != most or not all(number.isdigit() for number in numbers)):
        return None
    return name
