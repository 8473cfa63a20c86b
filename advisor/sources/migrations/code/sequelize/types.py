"""Sequelize's `Sequelize` and `DataTypes`. In: what a migration takes from them. Out: types and expressions as PostgreSQL's SQL.

Source: Sequelize 6, `dialects/postgres/data-types.js`, `utils.js` (`defaultValueSchemable`), `deferrable.js`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from advisor.sources.evaluation.values import HostObject, Native, NotSeen, Unknown, Value, argument
from advisor.sources.migrations.code.options import options_of, text_of, texts_of
from advisor.sources.migrations.code.quoting import Expression, literal, quoted, string

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation

PLAIN_TYPES = {
    "BIGINT": "BIGINT",
    "BLOB": "BYTEA",
    "BOOLEAN": "BOOLEAN",
    "CIDR": "CIDR",
    "CITEXT": "CITEXT",
    "DATE": "TIMESTAMP WITH TIME ZONE",
    "DATEONLY": "DATE",
    "DOUBLE": "DOUBLE PRECISION",
    "HSTORE": "HSTORE",
    "INET": "INET",
    "INTEGER": "INTEGER",
    "JSON": "JSON",
    "JSONB": "JSONB",
    "MACADDR": "MACADDR",
    "REAL": "REAL",
    "SMALLINT": "SMALLINT",
    "TEXT": "TEXT",
    "TIME": "TIME",
    "TSVECTOR": "TSVECTOR",
    "UUID": "UUID",
}
"""Types whose arguments PostgreSQL's dialect leaves out."""

RANGES = {
    "integer": "int4range",
    "bigint": "int8range",
    "decimal": "numrange",
    "dateonly": "daterange",
    "date": "tstzrange",
}
MEASURED_TYPES = {"CHAR": "CHAR", "STRING": "VARCHAR"}
EXACT_TYPES = {"DECIMAL": "DECIMAL", "NUMERIC": "DECIMAL", "FLOAT": "FLOAT"}
CLIENT_DEFAULTS = frozenset(("NOW", "UUIDV1", "UUIDV4"))
"""Values that Sequelize makes itself: the database gets no default."""

OTHER_NAMES = frozenset(("ENUM", "ARRAY", "RANGE", "GEOMETRY", "GEOGRAPHY", "VIRTUAL"))
TYPE_NAMES = OTHER_NAMES | PLAIN_TYPES.keys() | MEASURED_TYPES.keys() | EXACT_TYPES.keys() | CLIENT_DEFAULTS

DEFERRABLE = {
    "INITIALLY_DEFERRED": "DEFERRABLE INITIALLY DEFERRED",
    "INITIALLY_IMMEDIATE": "DEFERRABLE INITIALLY IMMEDIATE",
    "NOT": "NOT DEFERRABLE",
}


@dataclass(frozen=True, slots=True)
class DataType(HostObject):
    """`DataTypes.STRING(20)`."""

    name: str
    arguments: tuple[Value, ...] = ()
    binary: bool = False

    def get(self, name: str) -> Value:
        return replace(self, binary=self.binary or name == "BINARY")

    def invoke(self, _name: str, arguments: list[Value], _call: Invocation) -> Value:
        return replace(self, arguments=tuple(arguments) or self.arguments)

    def apply(self, arguments: list[Value], _call: Invocation) -> Value:
        return replace(self, arguments=tuple(arguments))

    def construct(self, arguments: list[Value], _call: Invocation) -> Value:
        return replace(self, arguments=tuple(arguments))

    @property
    def values(self) -> list[str]:
        """The values of an ENUM, which come as a list, one by one, or under `values`."""
        given = self.arguments[0] if self.arguments else []
        if isinstance(given, dict):
            given = given.get("values", [])
        return texts_of(given if isinstance(given, list) else list(self.arguments), "a value of the enum")

    @property
    def element(self) -> Value:
        """What an ARRAY is of."""
        given = self.arguments[0] if self.arguments else Unknown()
        return given.get("type", given) if isinstance(given, dict) else given


class Operators(HostObject):
    """`Sequelize.Op`: operators as keys of conditions, which keep their names."""

    def get(self, name: str) -> Value:
        return f"Op.{name}"


class Deferrable(HostObject):
    def get(self, name: str) -> Value:
        return Expression(DEFERRABLE[name]) if name in DEFERRABLE else Unknown(name)


class Sequelize(HostObject):
    """The module, its class and `DataTypes`: they offer the types under one name."""

    def get(self, name: str) -> Value:
        if name in TYPE_NAMES:
            return DataType(name)
        if name in ("Sequelize", "DataTypes", "default", "sequelize"):
            return self
        if name == "Op":
            return Operators()
        if name == "Deferrable":
            return Deferrable()
        if name in ("literal", "fn", "col", "cast"):
            return Native(lambda arguments, call: self.invoke(name, arguments, call))
        return Unknown(name)

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name in TYPE_NAMES:
            return DataType(name, tuple(arguments))
        if name == "literal":
            return Expression(text_of(argument(arguments, 0), "the literal"))
        if name in ("fn", "cast"):
            return function_call(name, arguments)
        if name == "col":
            return Expression(quoted(text_of(argument(arguments, 0), "the column")))
        return Unknown(call.text)


def function_call(name: str, arguments: list[Value]) -> Expression:
    if name == "cast":
        return Expression(f"CAST({literal(argument(arguments, 0))} AS {text_of(argument(arguments, 1), 'the type').upper()})")
    given = ", ".join(literal(value) for value in arguments[1:])
    return Expression(f"{text_of(argument(arguments, 0), 'the function')}({given})")


def type_sql(value: Value) -> str:
    """A type as PostgreSQL's dialect writes it. An ENUM is named by its column: see `columns.py`."""
    if isinstance(value, str):
        return value
    if not isinstance(value, DataType):
        raise NotSeen("its type is not known")
    if value.binary and value.name in MEASURED_TYPES:
        return "BYTEA"
    if value.name in PLAIN_TYPES:
        return PLAIN_TYPES[value.name]
    if value.name in MEASURED_TYPES:
        return f"{MEASURED_TYPES[value.name]}({length_of(value)})"
    if value.name in EXACT_TYPES:
        return EXACT_TYPES[value.name] + precision_of(value)
    if value.name == "ARRAY":
        return f"{type_sql(value.element)}[]"
    if value.name == "RANGE":
        inner = value.arguments[0] if value.arguments else DataType("INTEGER")
        return RANGES.get(inner.name.lower() if isinstance(inner, DataType) else str(inner).lower(), "int4range")
    if value.name in ("GEOMETRY", "GEOGRAPHY"):
        return value.name + (f"({','.join(str(part) for part in value.arguments)})" if value.arguments else "")
    raise NotSeen(f"the type {value.name} is no column of PostgreSQL's")


def length_of(value: DataType) -> Value:
    given = value.arguments[0] if value.arguments else 255
    if isinstance(given, dict):
        given = given.get("length", 255)
    if not isinstance(given, int):
        raise NotSeen("the length of its type is not a constant")
    return given


def precision_of(value: DataType) -> str:
    given = list(value.arguments)
    if given and isinstance(given[0], dict):
        options = options_of(given[0], "the options of its type")
        given = [options[name] for name in ("precision", "scale") if name in options]
    if not all(isinstance(part, int) for part in given):
        raise NotSeen("the precision of its type is not a constant")
    return f"({','.join(str(part) for part in given)})" if given else ""


def enum_of(value: Value) -> DataType | None:
    """The ENUM that a type is, or that it is an array of."""
    if isinstance(value, DataType) and value.name == "ARRAY":
        value = value.element
    return value if isinstance(value, DataType) and value.name == "ENUM" else None


def default_sql(value: Value, type_value: Value, array_type: str) -> str:
    """A default as `escape` writes it, by the column's type."""
    if isinstance(value, list) and isinstance(type_value, DataType) and type_value.name == "ARRAY":
        return f"ARRAY[{','.join(default_sql(element, type_value.element, '') for element in value)}]::{array_type}"
    if isinstance(value, str) and isinstance(type_value, DataType) and type_value.name in ("JSON", "JSONB"):
        return string(f'"{value}"')
    return literal(value)
