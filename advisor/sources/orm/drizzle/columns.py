"""Columns of a Drizzle table as the DDL that drizzle-kit writes for them: type, default, NOT NULL, identity, generation.

Source: `getSQLType` of drizzle-orm/src/pg-core/columns, and drizzle-kit/src/serializer/pgSerializer.ts for defaults.
"""

from __future__ import annotations

from datetime import UTC, datetime

from advisor.model import Name
from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, entry, integer_entry, is_given, text_entry
from advisor.sources.evaluation.conversions import as_text, to_json
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.symbols import Call, External, Step, Template, called_name, unroll
from advisor.sources.evaluation.values import UNDEFINED, Function, Value
from advisor.sources.orm.ddl import literal, quoted
from advisor.sources.orm.drizzle.builders import ColumnBuilder, TableBuilder, Tables, schema_of
from advisor.sources.orm.drizzle.expressions import sql_of

PLAIN_TYPES = {
    "bigint": "bigint",
    "bigserial": "bigserial",
    "boolean": "boolean",
    "bytea": "bytea",
    "cidr": "cidr",
    "date": "date",
    "doublePrecision": "double precision",
    "inet": "inet",
    "integer": "integer",
    "json": "json",
    "jsonb": "jsonb",
    "line": "line",
    "macaddr": "macaddr",
    "macaddr8": "macaddr8",
    "point": "point",
    "real": "real",
    "serial": "serial",
    "smallint": "smallint",
    "smallserial": "smallserial",
    "text": "text",
    "uuid": "uuid",
}
LENGTHS = {
    "varchar": ("varchar", "length"),
    "char": ("char", "length"),
    "vector": ("vector", "dimensions"),
    "halfvec": ("halfvec", "dimensions"),
    "sparsevec": ("sparsevec", "dimensions"),
    "bit": ("bit", "dimensions"),
}
IDENTITY_LIMITS = {"smallint": 32767, "integer": 2147483647, "bigint": 9223372036854775807}


def sql_type(column: ColumnBuilder, evaluator: Evaluator) -> str | None:
    """The type as Drizzle writes it, arrays included; None where it cannot be told."""
    base = base_type(column.builder, evaluator)
    if base is None:
        return None
    for step in column.steps:
        if step.name == "array":
            size = step.call.argument(0)
            base += f"[{size}]" if isinstance(size, int) else "[]"
    return base


def base_type(builder: Value, evaluator: Evaluator) -> str | None:
    if not isinstance(builder, Call):
        return None
    named = isinstance(builder.argument(0), str)
    options = builder.argument(1) if named else builder.argument(0)
    name = called_name(builder)
    if name in PLAIN_TYPES:
        return PLAIN_TYPES[name]
    if name in LENGTHS:
        word, key = LENGTHS[name]
        size = integer_entry(options, key)
        return f"{word}({size})" if size is not None else word if not is_given(entry(options, key)) else None
    if name in ("numeric", "decimal"):
        return numeric_type(options)
    if name in ("time", "timestamp"):
        precision, zoned = integer_entry(options, "precision"), entry(options, "withTimezone") is True
        return f"{name}{f'({precision})' if precision is not None else ''}{' with time zone' if zoned else ''}"
    if name == "interval":
        fields, precision = text_entry(options, "fields"), integer_entry(options, "precision")
        return f"interval{f' {fields}' if fields else ''}{f'({precision})' if precision is not None else ''}"
    if name == "geometry":
        kind, srid = text_entry(options, "type") or "point", integer_entry(options, "srid")
        return f"geometry({kind},{srid})" if srid else f"geometry({kind})"
    return made_type(builder.callee, options, evaluator)


def numeric_type(options: Value) -> str:
    precision, scale = integer_entry(options, "precision"), integer_entry(options, "scale")
    if precision is not None and scale is not None:
        return f"numeric({precision}, {scale})"
    return "numeric" if precision is None else f"numeric({precision})"


def made_type(maker: Value, options: Value, evaluator: Evaluator) -> str | None:
    """The type of an enum's or custom type's builder."""
    enum = enum_name(maker)
    if enum is not None:
        return f"{quoted(enum.schema)}.{quoted(enum.name)}"
    if called_name(maker) == "customType" and isinstance(maker, Call):
        data_type = entry(maker.argument(0), "dataType")
        found = evaluator.apply(data_type, (options,)) if isinstance(data_type, Function) else UNDEFINED
        return found if isinstance(found, str) else None
    return None


def enum_call(value: Value) -> Call | None:
    """The call that makes an enum: `pgEnum(...)` or `schema.enum(...)`."""
    root, steps = unroll(value)
    if called_name(root) == "pgEnum" and not steps and isinstance(root, Call):
        return root
    return steps[0].call if called_name(root) == "pgSchema" and len(steps) == 1 and steps[0].name == "enum" else None


def enum_name(value: Value) -> Name | None:
    call = enum_call(value)
    name = call.argument(0) if call is not None else None
    root, steps = unroll(value)
    return Name((schema_of(root) if steps else None) or "public", name) if isinstance(name, str) else None


def step_named(column: ColumnBuilder, *names: str) -> Step | None:
    """The last modifier of one of these names: it wins."""
    return next((step for step in reversed(column.steps) if step.name in names), None)


def is_not_null(column: ColumnBuilder) -> bool:
    return step_named(column, "notNull") is not None


def default_sql(column: ColumnBuilder, type_name: str, tables: Tables) -> str | None:
    """The database's default; None for none or one that cannot be told (see `has_default`)."""
    step = step_named(column, "default", "defaultNow", "defaultRandom")
    if step is None:
        return None
    if step.name == "defaultNow":
        return "now()"
    if step.name == "defaultRandom":
        return "gen_random_uuid()"
    return constant_sql(step.call.argument(0), type_name, tables)


def constant_sql(value: Value, type_name: str, tables: Tables) -> str | None:
    """A default as drizzle-kit writes it."""
    if isinstance(value, Template) or (isinstance(value, Call) and isinstance(unroll(value)[0], (Template, External))):
        found = sql_of(value, tables)
        if found is not None:
            return found
    if isinstance(value, str):
        return literal(value)
    if type_name in ("json", "jsonb"):
        text = to_json(value)
        return f"{literal(text)}::{type_name}" if text is not None else None
    if isinstance(value, ArrayValue) and type_name.endswith("]"):
        text = array_text(value, type_name)
        return literal(text) if text is not None else None
    if isinstance(value, (bool, int, float)) or value is None:
        return as_text(value)
    moment = date_of(value)
    return literal(moment_text(moment, type_name)) if moment is not None else None


def array_text(value: ArrayValue, type_name: str) -> str | None:
    """`{a,b}`, as drizzle-kit's `buildArrayString` writes it."""
    base = type_name.partition("[")[0]
    items: list[str] = []
    for item in value.items:
        if isinstance(item, ArrayValue):
            inner = array_text(item, type_name)
        elif isinstance(item, str):
            inner = '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
        elif isinstance(item, ObjectValue) or base in ("json", "jsonb"):
            text = to_json(item)
            inner = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' if text is not None else None
        else:
            inner = as_text(item) if isinstance(item, (bool, int, float)) else None
        if inner is None:
            return None
        items.append(inner)
    return "{" + ",".join(items) + "}"


def date_of(value: Value) -> datetime | None:
    """`new Date("2024-01-01")`, `new Date(0)`; None for the time of day, which is another at each run."""
    given = value.argument(0) if isinstance(value, Call) and value.callee == External("", "Date") else UNDEFINED
    try:
        if isinstance(given, str):
            found = datetime.fromisoformat(given)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(given, (int, float)) and not isinstance(given, bool):
            return datetime.fromtimestamp(given / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def moment_text(moment: datetime, type_name: str) -> str:
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    if type_name == "date":
        return text.partition("T")[0]
    return text.replace("T", " ")[:23] if type_name == "timestamp" else text


def generation_sql(column: ColumnBuilder, evaluator: Evaluator, tables: Tables) -> str | None:
    """What a generated column is made from."""
    step = step_named(column, "generatedAlwaysAs")
    given = step.call.argument(0) if step is not None else UNDEFINED
    if isinstance(given, Function):
        given = evaluator.apply(given, ())
    return given if isinstance(given, str) else sql_of(given, tables)


def identity_sql(column: ColumnBuilder, table: TableBuilder, type_name: str) -> str | None:
    """`GENERATED ALWAYS AS IDENTITY (...)`, with all that drizzle-kit says of the sequence."""
    step = step_named(column, "generatedAlwaysAsIdentity", "generatedByDefaultAsIdentity")
    if step is None:
        return None
    options = step.call.argument(0)
    kind = "ALWAYS" if step.name == "generatedAlwaysAsIdentity" else "BY DEFAULT"
    name = text_entry(options, "name") or f"{table.name.name}_{column.name}_seq"
    sequence = f"{quoted(table.name.schema)}.{quoted(name)} {sequence_sql(options, type_name)}"
    return f"GENERATED {kind} AS IDENTITY (SEQUENCE NAME {sequence})"


def sequence_sql(options: Value, type_name: str) -> str:
    increment = integer_entry(options, "increment") or 1
    limit = IDENTITY_LIMITS.get(type_name, IDENTITY_LIMITS["bigint"])
    least = integer_entry(options, "minValue")
    most = integer_entry(options, "maxValue")
    least = least if least is not None else (-limit - 1 if increment < 0 else 1)
    most = most if most is not None else (-1 if increment < 0 else limit)
    start = integer_entry(options, "startWith")
    start = start if start is not None else (most if increment < 0 else least)
    cycle = " CYCLE" if entry(options, "cycle") is True else ""
    cache = integer_entry(options, "cache") or 1
    return f"INCREMENT BY {increment} MINVALUE {least} MAXVALUE {most} START WITH {start} CACHE {cache}{cycle}"
