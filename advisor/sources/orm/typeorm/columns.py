"""Columns of entities. In: a field with its decorators. Out: a `Column`, its type spelled as TypeORM's PostgreSQL driver does.

Source: `normalizeType`, `normalizeDefault` and `createFullType` of typeorm/src/driver/postgres/PostgresDriver.ts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from advisor.model import Location
from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, entry, integer_entry, is_given, items_of, text_entry
from advisor.sources.evaluation.conversions import as_text, to_json
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.modules import Module
from advisor.sources.evaluation.symbols import External
from advisor.sources.evaluation.values import UNDEFINED, Function, Value
from advisor.sources.orm.classes import Decorator, Field
from advisor.sources.orm.ddl import DEFAULT_UNKNOWN
from advisor.sources.typescript.syntax import field

MADE_BY = {
    "Column": None,
    "PrimaryColumn": None,
    "PrimaryGeneratedColumn": "integer",
    "CreateDateColumn": "timestamp",
    "UpdateDateColumn": "timestamp",
    "DeleteDateColumn": "timestamp",
    "VersionColumn": "integer",
    "TreeLevelColumn": "integer",
}
"""The decorators that make a column, and the type where none is given."""

TYPES = {
    "simple-array": "text",
    "simple-json": "text",
    "simple-enum": "enum",
    "datetime": "timestamp",
    "float": "float8",
    "double": "float8",
    "number": "integer",
    "string": "varchar",
    "String": "varchar",
    "Number": "integer",
    "Boolean": "boolean",
    "Date": "timestamp",
    "Buffer": "bytea",
    "Uint8Array": "bytea",
}
"""What TypeORM calls otherwise than PostgreSQL."""

WITH_ZONE = re.compile(r"(time|timestamp)\s*(with(?:out)? time zone)")
REFLECTED = {"string": "varchar", "number": "integer", "boolean": "boolean", "Date": "timestamp"}


@dataclass(slots=True, eq=False)
class Column:
    """A column of an entity. `type` is None where it cannot be told; `enum` are the values where it is one."""

    field: str
    name: str
    type: str | None
    location: Location
    enum: tuple[str, ...] | None = None
    enum_name: str | None = None
    array: bool = False
    nullable: bool = False
    primary: bool = False
    generated: str | None = None
    """`increment`, `uuid` or `identity`."""
    identity: str = "BY DEFAULT"
    unique: bool = False
    default: Value = UNDEFINED
    comment: str | None = None
    collation: str | None = None
    expression: str | None = None
    """What a generated column is made from."""
    key_name: str | None = None
    order: int = 0
    """Columns of embedded classes come after the entity's own, one class after another."""
    problems: list[str] = dataclass_field(default_factory=list)

    @property
    def property_name(self) -> str:
        return self.field.rpartition(".")[2]


def maker_of(found: Field) -> Decorator | None:
    """The decorator that makes the column: of two the lower one, which runs first and is the one that TypeORM keeps."""
    return next((one for one in reversed(found.decorators) if one.name in MADE_BY), None)


def options_of(maker: Decorator) -> Value:
    """The object of options, wherever it stands among the arguments."""
    return next((one for one in maker.arguments if isinstance(one, ObjectValue)), UNDEFINED)


def read_column(found: Field, maker: Decorator, name: str, evaluator: Evaluator) -> Column:
    """The column of a field; its name is worked out by the naming strategy."""
    options = options_of(maker)
    column = Column(found.name, name, type_of(found, maker, options, evaluator), found.location)
    column.array = entry(options, "array") is True
    # `default: null` is the same as `nullable: true` (typeorm/src/metadata/ColumnMetadata.ts).
    column.nullable = entry(options, "nullable") is True or entry(options, "default") is None or maker.name == "DeleteDateColumn"
    column.primary = maker.name.startswith("Primary") or entry(options, "primary") is True
    column.unique = entry(options, "unique") is True
    column.default = entry(options, "default")
    column.comment, column.collation = comment_of(options), text_entry(options, "collation")
    column.expression = text_entry(options, "asExpression")
    column.key_name = text_entry(options, "primaryKeyConstraintName")
    column.identity = text_entry(options, "generatedIdentity") or "BY DEFAULT"
    if maker.name in ("CreateDateColumn", "UpdateDateColumn") and not is_given(column.default):
        column.default = External("(now)", "now()")
    read_generation(column, found, maker, options)
    if column.type == "enum":
        read_enum(column, options)
    if column.primary:
        column.nullable = False
    return column


def comment_of(options: Value) -> str | None:
    """A comment, without what PostgreSQL does not take (`escapeComment`)."""
    return (text_entry(options, "comment") or "").replace("\0", "") or None


def read_generation(column: Column, found: Field, maker: Decorator, options: Value) -> None:
    """`@PrimaryGeneratedColumn`, `@Generated` and `generated`. Some ways decide the type (`EntityMetadataBuilder`)."""
    other = found.decorator("Generated")
    strategy = entry(options, "generated")
    if other is not None or maker.name == "PrimaryGeneratedColumn":
        strategy = (other or maker).argument(0)
        strategy = strategy if isinstance(strategy, str) else "increment"
    if strategy is True or isinstance(strategy, str):
        column.generated = strategy if isinstance(strategy, str) else "increment"
        column.type = {"uuid": "uuid", "rowid": "integer"}.get(column.generated, column.type)


def read_enum(column: Column, options: Value) -> None:
    values = entry(options, "enum")
    items = items_of(values)
    labels = tuple(as_text(item) for item in items if isinstance(item, (str, int, float)))
    column.enum = labels
    column.enum_name = text_entry(options, "enumName")
    if not labels or len(labels) != len(items) or not getattr(values, "complete", False):
        column.problems.append("the values of its enum are not known")


def type_of(found: Field, maker: Decorator, options: Value, evaluator: Evaluator) -> str | None:
    """The type with its length or precision; `enum` for an enum."""
    first = maker.argument(0)
    given: Value = UNDEFINED if maker.name == "PrimaryGeneratedColumn" else first
    written = given if isinstance(given, (str, External)) else entry(options, "type")
    if isinstance(written, Function):
        written = evaluator.apply(written, ())
    if isinstance(written, External) and written.name in TYPES:
        base: str | None = TYPES[written.name]
    elif isinstance(written, str):
        base = TYPES.get(written, written)
    elif is_given(written):
        return None
    else:
        base = MADE_BY[maker.name] or reflected_type(found, evaluator)
    return sized(base, options) if base is not None else None


def reflected_type(found: Field, evaluator: Evaluator) -> str | None:
    """What TypeScript tells TypeORM of a property (`emitDecoratorMetadata`)."""
    known = written_type(found.annotation)
    if known is not None:
        return known
    parts = parts_of(found.annotation)
    if len(parts) != 1:
        return None
    alias = alias_of(parts[0], found.place.module, evaluator)
    return written_type(alias) if alias is not None else enum_type(parts[0], found, evaluator)


def parts_of(annotation: str) -> list[str]:
    """The members of a union, without those that say that there may be nothing."""
    return [part.strip() for part in annotation.split("|") if part.strip() not in ("null", "undefined", "")]


def written_type(annotation: str) -> str | None:
    """The type of `string`, `"a" | "b"`, `1 | 2`, `true | false`."""
    parts = parts_of(annotation)
    if parts and all(part[0] in "\"'`" for part in parts):
        return "varchar"
    if parts and all(re.fullmatch(r"-?[\d.]+", part) for part in parts):
        return "integer"
    if parts and all(part in ("true", "false", "boolean") for part in parts):
        return "boolean"
    return REFLECTED.get(parts[0]) if len(parts) == 1 else None


def alias_of(name: str, module: Module, evaluator: Evaluator) -> str | None:
    """What `type Name = ...` says, in the same file or in the one that the name is imported from."""
    binding = module.scopes.declared_in(module.tree.root).get(name)
    if binding is not None and binding.kind == "import":
        source = evaluator.modules.resolve(binding.module, module.path)
        return alias_of(binding.imported, source, evaluator) if source is not None and source is not module else None
    for node in module.tree.captures("(type_alias_declaration) @alias").get("alias", ()):
        made, value = field(node, "name"), field(node, "value")
        if made is not None and value is not None and module.tree.text(made) == name:
            return module.tree.text(value)
    return None


def enum_type(name: str, found: Field, evaluator: Evaluator) -> str | None:
    """An enum as a property's type is a string or a number."""
    module = found.place.module
    binding = module.scopes.declared_in(module.tree.root).get(name)
    value = evaluator.named(module, binding) if binding is not None else UNDEFINED
    members = items_of(value)
    if not isinstance(value, ObjectValue) or not members:
        return None
    if all(isinstance(member, str) for member in members):
        return "varchar"
    return "integer" if all(isinstance(member, int) for member in members) else None


def sized(base: str, options: Value) -> str:
    """A type with length, precision and scale where they are given."""
    length = entry(options, "length")
    precision, scale = integer_entry(options, "precision"), integer_entry(options, "scale")
    kind, srid = text_entry(options, "spatialFeatureType"), integer_entry(options, "srid")
    if base in ("geometry", "geography"):
        inside = ",".join(as_text(one) for one in (kind, srid) if one is not None)
        return f"{base}({inside})" if kind is not None else base
    if isinstance(length, (str, int)) and as_text(length):
        return f"{base}({as_text(length)})"
    if precision is None:
        return base
    zoned = WITH_ZONE.fullmatch(base)
    if zoned is not None:
        return f"{zoned[1]}({precision}) {zoned[2]}"
    return f"{base}({precision},{scale})" if scale is not None else f"{base}({precision})"


def default_sql(column: Column, evaluator: Evaluator) -> str | None:
    """The default; None for none, and for one that cannot be told (which is noted)."""
    value = column.default
    if not is_given(value):
        return "uuid_generate_v4()" if column.generated == "uuid" else None
    if value == External("(now)", "now()"):
        return "now()"
    if isinstance(value, Function):
        value = evaluator.apply(value, ())
        if isinstance(value, str):
            return moment_sql(value)
    elif isinstance(value, ArrayValue) and column.array:
        return "'{" + ",".join(as_text(item) for item in value.items) + "}'"
    elif isinstance(value, bool) and column.type != "enum":
        return as_text(value)
    elif isinstance(value, (str, int, float)):
        return f"'{as_text(value)}'"
    elif (text := to_json(value)) is not None:
        return f"'{text}'"
    column.problems.append(f"its {DEFAULT_UNKNOWN}")
    return None


MOMENTS = (
    ("CURRENT_TIMESTAMP", "timestamp{} with time zone"),
    ("CURRENT_DATE", "date"),
    ("CURRENT_TIME", "time{} with time zone"),
    ("LOCALTIMESTAMP", "timestamp{} without time zone"),
    ("LOCALTIME", "time{} without time zone"),
)


def moment_sql(text: str) -> str:
    """SQL of a default, the time of day in the words that TypeORM puts for it (`normalizeDatetimeFunction`)."""
    found = next((kind for word, kind in MOMENTS if word in text.upper()), None)
    if found is None:
        return text
    precision = re.search(r"\(\d+\)", text)
    if "CURRENT_TIMESTAMP" in text.upper() and precision is None:
        return "now()"
    return f"('now'::text)::{found.format(precision[0] if precision else '')}"
