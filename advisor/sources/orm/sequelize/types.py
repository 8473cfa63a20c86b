"""Sequelize's data types. In: a value such as `DataTypes.STRING(50)`. Out: the type as PostgreSQL takes it, or an enum's values.

Source: sequelize/src/data-types.js and src/dialects/postgres/data-types.js of version 6.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, entry, integer_entry, items_of
from advisor.sources.evaluation.conversions import as_text
from advisor.sources.evaluation.symbols import Call, External, Member
from advisor.sources.evaluation.values import Value

PLAIN = {
    "BIGINT": "bigint",
    "BLOB": "bytea",
    "BOOLEAN": "boolean",
    "CIDR": "cidr",
    "CITEXT": "citext",
    "DATE": "timestamp with time zone",
    "DATEONLY": "date",
    "DOUBLE": "double precision",
    "HSTORE": "hstore",
    "INET": "inet",
    "INTEGER": "integer",
    "JSON": "json",
    "JSONB": "jsonb",
    "MACADDR": "macaddr",
    "NOW": "timestamp with time zone",
    "REAL": "real",
    "SMALLINT": "smallint",
    "TEXT": "text",
    "TIME": "time",
    "TSVECTOR": "tsvector",
    "UUID": "uuid",
    "UUIDV1": "uuid",
    "UUIDV4": "uuid",
}
RANGES = {
    "INTEGER": "int4range",
    "BIGINT": "int8range",
    "DECIMAL": "numrange",
    "DATE": "tstzrange",
    "DATEONLY": "daterange",
}
OTHERS = frozenset({"STRING", "CHAR", "FLOAT", "DECIMAL", "NUMBER", "ENUM", "ARRAY", "RANGE", "GEOMETRY", "GEOGRAPHY", "VIRTUAL"})


class DataType(Struct, frozen=True):
    """A type. `sql` is empty for an enum, whose type has the name of its table and column, and for a virtual field."""

    sql: str
    enum: tuple[str, ...] | None = None
    lists: int = 0
    virtual: bool = False


def data_type(value: Value) -> DataType | None:
    """The type that a value names; None where it is not known."""
    if isinstance(value, str):
        return DataType(value)  # SQL of the author's own
    name, arguments = named_type(value)
    first = arguments[0] if arguments else None
    if name == "ENUM":
        return enum_type(arguments)
    if name == "ARRAY":
        inner = data_type(entry(first, "type") if isinstance(first, ObjectValue) else first)
        return replace(inner, lists=inner.lists + 1) if inner is not None else None
    if name == "VIRTUAL":
        return DataType("", virtual=True)
    sql = "bytea" if name in LENGTHS and is_binary(value, arguments) else scalar_sql(name, arguments)
    return DataType(sql) if sql is not None else None


LENGTHS = {"STRING": "varchar", "CHAR": "char"}
DEFAULT_LENGTH = 255


def scalar_sql(name: str, arguments: tuple[Value, ...]) -> str | None:
    """A type of one value, as SQL."""
    first = arguments[0] if arguments else None
    if name in LENGTHS:
        return f"{LENGTHS[name]}({length_of(first, DEFAULT_LENGTH)})"
    match name:
        case "FLOAT":
            return "float" + (f"({as_text(first)})" if isinstance(first, int) and len(arguments) == 1 else "")
        case "DECIMAL" | "NUMBER":
            return "decimal" + numbers_of(arguments)
        case "RANGE":
            return RANGES.get(named_type(first)[0], "int4range")
        case "GEOMETRY" | "GEOGRAPHY":
            return name.lower() + numbers_of(arguments)
        case _:
            return PLAIN.get(name)


def named_type(value: Value) -> tuple[str, tuple[Value, ...]]:
    """The name of a type and its arguments: of `DataTypes.INTEGER(11).UNSIGNED` INTEGER and 11."""
    arguments: tuple[Value, ...] = ()
    while True:
        match value:
            case Call(callee=callee, arguments=given):
                value, arguments = callee, given or arguments
            case Member(owner=owner, name=name):
                if name in PLAIN or name in OTHERS:
                    return name, arguments
                value = owner
            case External(name=name):
                return name, arguments
            case _:
                return "", arguments


def is_binary(value: Value, arguments: tuple[Value, ...]) -> bool:
    return (isinstance(value, Member) and value.name == "BINARY") or (len(arguments) > 1 and arguments[1] is True)


def length_of(value: Value, default: int) -> int:
    if isinstance(value, ObjectValue):
        return integer_entry(value, "length") or default
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def numbers_of(arguments: tuple[Value, ...]) -> str:
    """`(10,2)`, from arguments or from an object of options."""
    if arguments and isinstance(arguments[0], ObjectValue):
        named = (integer_entry(arguments[0], "precision"), integer_entry(arguments[0], "scale"))
        arguments = tuple(number for number in named if number is not None)
    given = [as_text(argument) for argument in arguments if isinstance(argument, (int, str))]
    return f"({','.join(given)})" if given else ""


def enum_type(arguments: tuple[Value, ...]) -> DataType | None:
    """`ENUM("a", "b")`, `ENUM(["a", "b"])`, `ENUM({ values: [...] })`."""
    first = arguments[0] if arguments else None
    if isinstance(first, ObjectValue) and isinstance(entry(first, "values"), ArrayValue):
        first = entry(first, "values")
    values = items_of(first) if isinstance(first, (ArrayValue, ObjectValue)) else arguments
    labels = tuple(as_text(value) for value in values if isinstance(value, (str, int, float)))
    complete = not isinstance(first, (ArrayValue, ObjectValue)) or first.complete
    return DataType("", enum=labels) if complete and len(labels) == len(values) else None
