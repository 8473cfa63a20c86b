"""Columns of Knex's table builder. In: the calls on a column. Out: SQL as Knex writes it for PostgreSQL.

Source: Knex 3, `schema/columnbuilder.js`, `schema/columncompiler.js`, `dialects/postgres/schema/pg-columncompiler.js`,
`formatter/formatterUtils.js` (`formatDefault`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.sources.evaluation.conversions import is_known, truth, written
from advisor.sources.evaluation.values import UNDEFINED, HostObject, NotSeen, Value, argument
from advisor.sources.migrations.code.options import flag_of, options_of, text_of, texts_of
from advisor.sources.migrations.code.quoting import Expression, as_json, literal, quoted, quoted_path

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation
    from advisor.sources.migrations.code.knex.tables import TableBuilder

PLAIN_TYPES = {
    **dict.fromkeys(("bigint", "biginteger"), "bigint"),
    **dict.fromkeys(("bool", "boolean"), "boolean"),
    **dict.fromkeys(("integer", "mediumint"), "integer"),
    **dict.fromkeys(("smallint", "tinyint"), "smallint"),
    "binary": "bytea",
    "date": "date",
    "double": "double precision",
    "float": "real",
    "geography": "geography",
    "geometry": "geometry",
    "json": "json",
    "jsonb": "jsonb",
    "point": "point",
    "text": "text",
    "time": "time",
}
SERIALS = {"increments": "serial", "bigincrements": "bigserial"}
COMPILED_TYPES = frozenset(("string", "varchar", "decimal", "datetime", "timestamp", "uuid", "enu", "enum", "specifictype", "bit"))
TYPES = COMPILED_TYPES | PLAIN_TYPES.keys() | SERIALS.keys()
"""Knex's column methods, in small letters."""

KEYS = frozenset(("index", "unique", "primary"))
DEFAULT_NAMES = ("default", "defaultTo", "defaultsTo")
CHECKS = frozenset(
    ("check", "checkPositive", "checkNegative", "checkIn", "checkNotIn", "checkBetween", "checkLength", "checkRegex")
)


@dataclass(slots=True, eq=False)
class ForeignKey(HostObject):
    """A foreign key in the making: `table.foreign(...).references(...).inTable(...)`."""

    columns: list[str]
    name: str = ""
    references: list[str] = field(default_factory=list)
    table: str = ""
    actions: dict[str, str] = field(default_factory=dict)
    deferrable: str = ""

    def invoke(self, name: str, arguments: list[Value], _call: Invocation) -> Value:
        given = argument(arguments, 0)
        if name == "references":
            self.set_references(given)
        elif name in ("inTable", "on"):
            self.table = text_of(given, "the referenced table")
        elif name in ("onDelete", "onUpdate"):
            self.actions[name] = text_of(given, name)
        elif name == "withKeyName":
            self.name = text_of(given, "the name of the key")
        elif name == "deferrable":
            self.deferrable = text_of(given, "when it is checked")
        else:
            raise NotSeen(f"`{name}` is not known")
        return self

    def set_references(self, given: Value) -> None:
        """`column`, `[columns]` or `table.column`."""
        names = texts_of(given, "the referenced column")
        pieces = names[0].split(".") if isinstance(given, str) else names
        if isinstance(given, str) and len(pieces) == 2:
            self.table, names = pieces[0], [pieces[1]]
        self.references = names


FOREIGN_METHODS = frozenset(("inTable", "on", "onDelete", "onUpdate", "withKeyName", "deferrable"))


@dataclass(slots=True, eq=False)
class ColumnBuilder(HostObject):
    """`table.string("name")`, and what is chained to it."""

    table: TableBuilder
    type: str
    arguments: list[Value]
    nullable: bool | None = None
    default: Value = UNDEFINED
    comment: str | None = None
    checks: list[str] = field(default_factory=list)
    foreign_key: ForeignKey | None = None
    altered: dict[str, Value] | None = None
    """The options of `alter()`; None where the column is added."""

    @property
    def name(self) -> str:
        given = argument(self.arguments, 0)
        return text_of("id" if given is UNDEFINED and self.type in SERIALS else given, "a column's name")

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        given = argument(arguments, 0)
        if name in ("nullable", "notNullable", "notNull"):
            self.nullable = name == "nullable" and (given is UNDEFINED or truth(given) is not False)
        elif name in DEFAULT_NAMES:
            self.set_default(given, call)
        elif name in KEYS:
            self.table.steps.extend([] if self.type in SERIALS else [(name, [self.name, *arguments])])
        elif name in CHECKS:
            self.checks.append(check_sql(name, quoted(self.name), arguments))
        elif name == "references" or name in FOREIGN_METHODS:
            self.reference(name, arguments, call)
        elif name == "comment":
            self.comment = text_of(given, "the comment")
        elif name == "alter":
            self.altered = options_of(given, "its options")
        elif name not in ("unsigned", "first", "after", "collate", "queryContext"):
            raise NotSeen(f"`{name}` is not known")
        return self

    def reference(self, name: str, arguments: list[Value], call: Invocation) -> None:
        """`references(...)` makes a foreign key of the column; what follows it describes that."""
        if name == "references" or self.foreign_key is None:
            self.foreign_key = self.table.add_foreign_key([self.name])
        self.foreign_key.invoke(name, arguments, call)

    def set_default(self, given: Value, call: Invocation) -> None:
        """A default that only running the migration would tell is left out, and reported."""
        if is_known(given):
            self.default = given
        else:
            call.leave(f"the default of `{self.name}` is not examined: it is not a constant")

    def type_sql(self) -> str:
        if self.type in SERIALS:
            options = options_of(argument(self.arguments, 1), "its options")
            key = flag_of(options, "primaryKey", default=True) and not self.table.has_primary_key
            return SERIALS[self.type] + (" primary key" if key else "")
        return PLAIN_TYPES.get(self.type) or compiled_type(self)

    def sql(self) -> str:
        """Name, type and constraints, as in CREATE TABLE."""
        sql = f"{quoted(self.name)} {self.type_sql()}"
        if self.type in SERIALS:
            return sql
        if self.nullable is not None:
            sql += " null" if self.nullable else " not null"
        if self.default is not UNDEFINED:
            sql += f" default {default_sql(self.default, self.type)}"
        return " ".join([sql, *self.checks])


def compiled_type(column: ColumnBuilder) -> str:
    first, second = argument(column.arguments, 1), argument(column.arguments, 2)
    if column.type in ("string", "varchar"):
        return f"varchar({number_of(first, 255)})"
    if column.type == "decimal":
        return "decimal" if first is None else f"decimal({number_of(first, 8)}, {number_of(second, 2)})"
    if column.type in ("datetime", "timestamp"):
        return timestamp_type(first, second)
    if column.type == "uuid":
        key = flag_of(options_of(first, "its options"), "primaryKey") and not column.table.has_primary_key
        return "uuid primary key" if key else "uuid"
    if column.type == "bit":
        return "bit" if first is False else f"bit({number_of(first, 1)})"
    if column.type in ("enu", "enum"):
        return enum_type(column, first, options_of(second, "its options"))
    return text_of(first, "its type")


def timestamp_type(first: Value, second: Value) -> str:
    """`timestamp(name, { useTz, precision })`, or the older `timestamp(name, withoutTz, precision)`."""
    if isinstance(first, dict):
        zoned, second = flag_of(first, "useTz", default=True), first.get("precision", UNDEFINED)
    else:
        known = truth(first)
        if known is None:
            raise NotSeen("its options are not constants")
        zoned = not known
    precision = "" if second is UNDEFINED or second is None else f"({number_of(second, 6)})"
    return ("timestamptz" if zoned else "timestamp") + precision


def enum_type(column: ColumnBuilder, values: Value, options: dict[str, Value]) -> str:
    """A text with a check, or (`useNative`) a type, which is made before the table unless it is there."""
    if not flag_of(options, "useNative"):
        allowed = ", ".join(f"'{value}'" for value in texts_of(values, "a value of the enum"))
        return f"text check ({quoted(column.name)} in ({allowed}))"
    schema = options.get("schemaName") or column.table.schema
    name = (f"{quoted(schema)}." if isinstance(schema, str) and schema else "") + quoted(
        text_of(options.get("enumName"), "the enum's name")
    )
    if not flag_of(options, "existingType"):
        allowed = ", ".join(f"'{value}'" for value in texts_of(values, "a value of the enum"))
        column.table.types.append(f"create type {name} as enum ({allowed})")
    return name


def number_of(value: Value, otherwise: int) -> int:
    if value is UNDEFINED or value is None:
        return otherwise
    text = written(value)
    if text is None or not text.lstrip("-").isdigit():
        raise NotSeen("a length or precision is not a constant")
    return int(text)


def default_sql(value: Value, kind: str) -> str:
    """A default: everything but expressions comes as a string, which PostgreSQL reads by the column's type."""
    if value is None or isinstance(value, Expression):
        return "null" if value is None else value.sql
    if not is_known(value):
        raise NotSeen("a default is not a constant")
    if kind in ("bool", "boolean"):
        return "'1'" if value != "false" and truth(value) else "'0'"
    if kind in ("json", "jsonb") and isinstance(value, (dict, list)):
        return f"'{as_json(value)}'"
    text = written(value)
    if text is None:
        raise NotSeen("a default is not a constant")
    return escaped(text)


def escaped(text: str) -> str:
    """A string, with E where it holds a backslash."""
    inside = text.replace("'", "''")
    return f"E'{inside}'".replace("\\", "\\\\") if "\\" in text else f"'{inside}'"


def check_sql(name: str, column: str, arguments: list[Value]) -> str:
    first, second = argument(arguments, 0), argument(arguments, 1)
    if name in ("checkPositive", "checkNegative"):
        return checked(f"{column} {'>' if name == 'checkPositive' else '<'} 0", first)
    if name in ("checkIn", "checkNotIn"):
        allowed = ",".join(map(escaped, texts_of(first, "a value of the check")))
        return checked(f"{column} {'not ' if name == 'checkNotIn' else ''}in ({allowed})", second)
    if name == "checkRegex":
        return checked(f"{column} ~ {escaped(text_of(first, 'the pattern'))}", second)
    if name == "checkLength":
        return checked(f"length({column}) {text_of(first, 'the operator')} {number_of(second, 0)}", argument(arguments, 2))
    if name == "checkBetween" and isinstance(first, list):
        intervals = [interval for interval in (first if isinstance(first[0], list) else [first]) if isinstance(interval, list)]
        return checked(" or ".join(between(column, interval) for interval in intervals), second)
    if name == "check" and second is UNDEFINED:
        return checked(text_of(first, "the condition"), UNDEFINED)
    raise NotSeen(f"`{name}` is not known")


def between(column: str, interval: list[Value]) -> str:
    low, high = (literal(value) for value in interval)
    return f"{column} between {low} and {high}"


def checked(condition: str, name: Value) -> str:
    given = f"constraint {quoted_path(name)} " if isinstance(name, str) and name else ""
    return f"{given}check ({condition})"
