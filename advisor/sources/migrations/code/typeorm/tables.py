"""TypeORM's `Table`, `TableColumn`, `TableIndex`, `TableForeignKey`, ... In: their options. Out: SQL as its query runner writes it.

Source: TypeORM, `driver/postgres/PostgresQueryRunner` (`createTableSql`, `buildCreateColumnSql`, `createIndexSql`, ...),
`driver/postgres/PostgresDriver` (`createFullType`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.sources.evaluation.conversions import is_known, written
from advisor.sources.evaluation.values import UNDEFINED, HostObject, NotSeen, Unknown, Value, argument
from advisor.sources.migrations.code.options import flag_of, options_of, text_of, texts_of
from advisor.sources.migrations.code.quoting import columns, quoted, quoted_path, string
from advisor.sources.migrations.code.typeorm.names import CHECK, EXCLUSION, FOREIGN, INDEX, PRIMARY, UNIQUE, default_name

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation

SERIALS = {
    **dict.fromkeys(("integer", "int", "int4"), "SERIAL"),
    **dict.fromkeys(("smallint", "int2"), "SMALLSERIAL"),
    **dict.fromkeys(("bigint", "int8"), "BIGSERIAL"),
}
LONG_TIMES = {
    "time without time zone": ("TIME", ""),
    "time with time zone": ("TIME", " WITH TIME ZONE"),
    "timestamp without time zone": ("TIMESTAMP", ""),
    "timestamp with time zone": ("TIMESTAMP", " WITH TIME ZONE"),
}
PART_NAMES = frozenset(
    ("Table", "TableColumn", "TableIndex", "TableForeignKey", "TableUnique", "TableCheck", "TableExclusion", "View")
)


@dataclass(frozen=True, slots=True)
class Part(HostObject):
    """`new TableColumn({ ... })`."""

    kind: str
    options: dict[str, Value]

    def get(self, name: str) -> Value:
        return self.options.get(name, UNDEFINED)

    def invoke(self, name: str, _arguments: list[Value], call: Invocation) -> Value:
        if name == "clone":
            return Part(self.kind, dict(self.options))
        return Unknown(call.text)


@dataclass(frozen=True, slots=True)
class PartClass(HostObject):
    kind: str

    def construct(self, arguments: list[Value], call: Invocation) -> Value:
        given = argument(arguments, 0)
        return Part(self.kind, given) if isinstance(given, dict) else Unknown(call.text)


class TypeOrm(HostObject):
    """The module."""

    def get(self, name: str) -> Value:
        return PartClass(name) if name in PART_NAMES else Unknown(name)


@dataclass(frozen=True, slots=True)
class LoadedTable(HostObject):
    """What `getTable` gives: its name is known, what it holds is not."""

    name: str

    def get(self, name: str) -> Value:
        return self.name if name == "name" else Unknown(f"{self.name}.{name}")

    def invoke(self, _name: str, _arguments: list[Value], call: Invocation) -> Value:
        return Unknown(call.text)


def options(value: Value, what: str) -> dict[str, Value]:
    return value.options if isinstance(value, Part) else options_of(value, what)


def listed(value: Value, what: str) -> list[dict[str, Value]]:
    """A list of parts; none where it is left out."""
    if value is UNDEFINED or value is None:
        return []
    if not isinstance(value, list):
        raise NotSeen(f"{what} are not constants")
    return [options(part, what) for part in value]


def table_name(value: Value) -> str:
    """The path of a table: of its name, or of a `Table`."""
    if isinstance(value, LoadedTable):
        return value.name
    if isinstance(value, (Part, dict)):
        entries = options(value, "the table")
        name, schema = text_of(entries.get("name"), "the table's name"), entries.get("schema")
        return f"{schema}.{name}" if isinstance(schema, str) and "." not in name else name
    return text_of(value, "the table's name")


def full_type(column: dict[str, Value]) -> str:
    kind = text_of(column.get("type"), f"the type of `{column.get('name')}`")
    length, precision, scale = (
        written(column.get(name)) if column.get(name) else None for name in ("length", "precision", "scale")
    )
    if length:
        made = f"{kind}({length})"
    else:
        given = [part for part in (precision, scale if precision else None) if part]
        made = f"{kind}({','.join(given)})" if given else kind
    if kind in LONG_TIMES:
        before, after = LONG_TIMES[kind]
        made = before + (f"({precision})" if precision else "") + after
    return made + (" array" if flag_of(column, "isArray") else "")


def enum_name(table: str, column: dict[str, Value]) -> str:
    given = column.get("enumName")
    schema, _, name = table.rpartition(".")
    own = given if isinstance(given, str) and given else f"{name}_{text_of(column.get('name'), 'a column').lower()}_enum"
    return quoted_path(own if "." in own else f"{schema or 'public'}.{own}")


def is_enum(column: dict[str, Value]) -> bool:
    return column.get("type") in ("enum", "simple-enum")


def create_enum(table: str, column: dict[str, Value]) -> str:
    values = ", ".join(map(string, texts_of(column.get("enum"), "a value of the enum")))
    return f"CREATE TYPE {enum_name(table, column)} AS ENUM({values})"


def column_sql(table: str, column: dict[str, Value]) -> str:
    """A column's name, type, NOT NULL and default."""
    if not is_known({name: value for name, value in column.items() if name != "comment"}):
        raise NotSeen("a column is not constant")
    sql = quoted(text_of(column.get("name"), "a column's name"))
    kind = text_of(column.get("type"), "a column's type")
    generated, strategy = flag_of(column, "isGenerated"), column.get("generationStrategy")
    if generated and strategy == "identity":
        sql += f" {kind} GENERATED {column.get('generatedIdentity') or 'BY DEFAULT'} AS IDENTITY"
    elif generated and strategy != "uuid":
        sql += f" {SERIALS[kind]}" if kind in SERIALS else ""
    if is_enum(column):
        sql += f" {enum_name(table, column)}" + (" array" if flag_of(column, "isArray") else "")
    elif not generated or kind == "uuid":
        sql += f" {full_type(column)}"
    if column.get("generatedType") == "STORED" and column.get("asExpression"):
        sql += f" GENERATED ALWAYS AS ({text_of(column['asExpression'], 'the expression')}) STORED"
    if column.get("collation"):
        sql += f" COLLATE {quoted(text_of(column['collation'], 'the collation'))}"
    sql += "" if flag_of(column, "isNullable") else " NOT NULL"
    return sql + default_sql(column, generated=generated)


def default_sql(column: dict[str, Value], *, generated: bool) -> str:
    given = column.get("default", UNDEFINED)
    if given is not UNDEFINED and given is not None:
        return f" DEFAULT {written(given)}"
    return " DEFAULT uuid_generate_v4()" if generated and column.get("generationStrategy") == "uuid" else ""


def name_of(part: dict[str, Value], prefix: str, table: str, parts: list[str]) -> str:
    given = part.get("name")
    where = part.get("where")
    return (
        given if isinstance(given, str) and given else default_name(prefix, table, parts, where if isinstance(where, str) else "")
    )


def names_in(part: dict[str, Value], key: str = "columnNames") -> list[str]:
    return texts_of(part.get(key), "a column")


def deferrable(part: dict[str, Value]) -> str:
    given = part.get("deferrable")
    return f" DEFERRABLE {given}" if isinstance(given, str) and given else ""


def unique_sql(table: str, part: dict[str, Value]) -> str:
    names = names_in(part)
    return f"CONSTRAINT {quoted(name_of(part, UNIQUE, table, names))} UNIQUE ({columns(names)}){deferrable(part)}"


def check_sql(table: str, part: dict[str, Value]) -> str:
    expression = text_of(part.get("expression"), "the expression")
    return f"CONSTRAINT {quoted(name_of(part, CHECK, table, [expression]))} CHECK ({expression})"


def exclusion_sql(table: str, part: dict[str, Value]) -> str:
    expression = text_of(part.get("expression"), "the expression")
    return f"CONSTRAINT {quoted(name_of(part, EXCLUSION, table, [expression]))} EXCLUDE {expression}{deferrable(part)}"


def foreign_key_sql(table: str, part: dict[str, Value]) -> str:
    names = names_in(part)
    schema, target = part.get("referencedSchema"), text_of(part.get("referencedTableName"), "the referenced table")
    path = quoted_path(f"{schema}.{target}" if isinstance(schema, str) and schema else target)
    referenced = columns(names_in(part, "referencedColumnNames"))
    sql = (
        f"CONSTRAINT {quoted(name_of(part, FOREIGN, table, names))} FOREIGN KEY ({columns(names)}) REFERENCES {path} ({referenced})"
    )
    for key, words in (("onDelete", "ON DELETE"), ("onUpdate", "ON UPDATE")):
        if part.get(key):
            sql += f" {words} {text_of(part[key], key)}"
    return sql + deferrable(part)


def primary_key_sql(table: str, names: list[str], given: Value = None) -> str:
    name = given if isinstance(given, str) and given else default_name(PRIMARY, table, names)
    return f"CONSTRAINT {quoted(name)} PRIMARY KEY ({columns(names)})"


def index_sql(table: str, part: dict[str, Value]) -> str:
    names = names_in(part)
    using = " USING gist" if flag_of(part, "isSpatial") else f" USING {part['type']}" if isinstance(part.get("type"), str) else ""
    where = part.get("where")
    return (
        f"CREATE {'UNIQUE ' if flag_of(part, 'isUnique') else ''}INDEX{' CONCURRENTLY' if flag_of(part, 'isConcurrent') else ''} "
        f"{quoted(name_of(part, INDEX, table, names))} ON {quoted_path(table)}{using} ({columns(names)})"
        + (f" WHERE {text_of(where, 'the condition')}" if where else "")
    )


def create_table_sql(table: str, entries: dict[str, Value], *, foreign_keys: bool, if_not_exists: bool) -> list[str]:
    """The table, and the enum types before it and the indexes after it."""
    parts = listed(entries.get("columns"), "the columns")
    lines = [column_sql(table, column) for column in parts]
    uniques = listed(entries.get("uniques"), "the unique constraints")
    alone = [names[0] for names in map(names_in, uniques) if len(names) == 1]
    uniques += [
        {"columnNames": [column["name"]]} for column in parts if flag_of(column, "isUnique") and column["name"] not in alone
    ]
    lines += [unique_sql(table, part) for part in uniques]
    lines += [check_sql(table, part) for part in listed(entries.get("checks"), "the checks")]
    lines += [exclusion_sql(table, part) for part in listed(entries.get("exclusions"), "the exclusions")]
    if foreign_keys:
        lines += [foreign_key_sql(table, part) for part in listed(entries.get("foreignKeys"), "the foreign keys")]
    keys = [column for column in parts if flag_of(column, "isPrimary")]
    if keys:
        names = [text_of(column["name"], "a column") for column in keys]
        lines.append(primary_key_sql(table, names, keys[0].get("primaryKeyConstraintName")))
    enums = list(dict.fromkeys(create_enum(table, column) for column in parts if is_enum(column)))
    guard = "IF NOT EXISTS " if if_not_exists else ""
    return [*enums, f"CREATE TABLE {guard}{quoted_path(table)} ({', '.join(lines)})", *comments_sql(table, entries, parts)]


def comments_sql(table: str, entries: dict[str, Value], parts: list[dict[str, Value]]) -> list[str]:
    made = [
        f"COMMENT ON COLUMN {quoted_path(table)}.{quoted(text_of(column['name'], 'a column'))} IS {string(comment)}"
        for column in parts
        if isinstance(comment := column.get("comment"), str)
    ]
    whole = entries.get("comment")
    return [*made, f"COMMENT ON TABLE {quoted_path(table)} IS {string(whole)}"] if isinstance(whole, str) else made
