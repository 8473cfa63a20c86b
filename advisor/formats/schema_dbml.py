"""Schemas in DBML, the language of dbdiagram.io and dbdocs.io. In: schemas. Out: tables, enums and references as text.

Views and partitions have no words in DBML: they are named in a comment. What an index has beyond columns (its predicate, INCLUDE)
is its note. Where there are several databases, each one's tables stand in a DBML schema with the name of its folder.
Source: the DBML documentation, "DBML Syntax" (dbml.dbdiagram.io/docs).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from advisor.formats.ddl.serial import sequence_of
from advisor.formats.excerpt import one_line
from advisor.model import Column, Enum, Expression, ForeignKey, Index, IndexKey, Name, Schema, Table

INDEX_TYPES = frozenset({"hash", "gin", "gist", "brin"})
"""The methods that DBML knows, besides the one that need not be said."""

PLAIN_TYPE = re.compile(r"[A-Za-z_]\w*(\(\d+(,\d+)?\))?", re.ASCII)
PLAIN_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
STRING = re.compile(r"'(?P<text>(?:[^']|'')*)'(::[\w .\"]+)?")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def schemas_dbml(databases: Sequence[tuple[str, Schema]]) -> str:
    """All databases, each given with the name of its folder, in one text."""
    several = len(databases) > 1
    parts: list[str] = []
    for folder, schema in databases:
        prefix = (folder or ".") if several else None
        parts += [f"// Database described in {one_line(folder) or '.'}"] if several else []
        parts += schema_parts(schema, prefix)
    return "\n\n".join(parts) + "\n" if parts else ""


def schema_parts(schema: Schema, prefix: str | None) -> Iterator[str]:
    for enum in schema.enums:
        yield enum_dbml(enum, prefix)
    tables = [table for table in schema.tables if is_drawn(table)]
    for table in schema.tables:
        yield table_dbml(table, schema, prefix) if is_drawn(table) else f"// {table.kind} {one_line(table.name.qualified)}"
    drawn = {table.name for table in tables}
    keys = [(key, table) for table in tables for key in table.foreign_keys if key.referenced_table in drawn]
    if keys:
        yield "\n".join(refs_dbml(keys, prefix))


def is_drawn(table: Table) -> bool:
    return table.kind in ("table", "partitioned table", "foreign table") and bool(table.columns) and table.partition_of is None


def enum_dbml(enum: Enum, prefix: str | None) -> str:
    values = "\n".join(f"  {identifier(value)}" for value in enum.values)
    return f"Enum {full_name(enum.name, prefix)} {{\n{values}\n}}"


def table_dbml(table: Table, schema: Schema, prefix: str | None) -> str:
    lines = [f"  {column_line(column, table, schema, prefix)}" for column in table.columns]
    indexes = [index_line(index) for index in table.indexes if not is_said_with_column(index)]
    if indexes:
        lines += ["", "  indexes {", *(f"    {line}" for line in indexes), "  }"]
    checks = [f"    `{code(check.expression)}`{named(check.name)}" for check in table.checks]
    if checks:
        lines += ["", "  checks {", *checks, "  }"]
    if table.comment:
        lines += ["", f"  Note: {string(table.comment)}"]
    body = "\n".join(lines)
    return f"Table {full_name(table.name, prefix)} {{\n{body}\n}}"


def is_said_with_column(index: Index) -> bool:
    """A key of one column is a setting of the column."""
    single = len(index.keys) == 1 and index.keys[0].column is not None and index.predicate is None
    return single and index.constraint in ("primary key", "unique") and not index.include


def column_line(column: Column, table: Table, schema: Schema, prefix: str | None) -> str:
    settings = list(column_settings(column, table))
    text = f"{identifier(column.name)} {type_text(column, schema, prefix)}"
    return f"{text} [{', '.join(settings)}]" if settings else text


def type_text(column: Column, schema: Schema, prefix: str | None) -> str:
    if column.enum is not None and schema.enum(column.enum) and not column.type.endswith("]"):
        return full_name(column.enum, prefix)
    return column.type if PLAIN_TYPE.fullmatch(column.type) else quoted(column.type)


def column_settings(column: Column, table: Table) -> Iterator[str]:
    said = {index.constraint for index in table.indexes if is_said_with_column(index) and index.keys[0].column == column.name}
    if "primary key" in said:
        yield "pk"
    if column.identity or sequence_of(column):
        yield "increment"
    if "unique" in said and "primary key" not in said:
        yield "unique"
    if not column.nullable and "primary key" not in said:
        yield "not null"
    if column.default and not sequence_of(column):
        yield f"default: {value(column.default)}"
    notes = [column.comment] if column.comment else []
    notes += [f"generated: {column.generated}"] if column.generated else []
    if notes:
        yield f"note: {string(chr(10).join(notes))}"


def value(default: Expression) -> str:
    """A default as DBML has it: a number, a word, a string, or any expression in backquotes."""
    text = default.text
    if NUMBER.fullmatch(text) or text in ("true", "false"):
        return text
    if text.upper() == "NULL":
        return "null"
    found = STRING.fullmatch(text)
    return string(found["text"].replace("''", "'")) if found else f"`{code(default)}`"


def index_line(index: Index) -> str:
    # DBML takes no key twice; PostgreSQL does, under different operator classes.
    keys = list(dict.fromkeys(map(key_text, index.keys)))
    settings = ["pk"] if index.constraint == "primary key" else ["unique"] if index.unique else []
    settings += [f"type: {index.method}"] if index.method in INDEX_TYPES else []
    settings += [f"name: {string(index.name)}"] if index.name else []
    settings += [f"note: {string(note)}"] if (note := "; ".join(notes(index))) else []
    text = f"({', '.join(keys)})" if len(keys) > 1 else keys[0]
    return f"{text} [{', '.join(settings)}]" if settings else text


def key_text(key: IndexKey) -> str:
    return identifier(key.column) if key.column is not None else f"`{code(key.expression)}`"


def notes(index: Index) -> Iterator[str]:
    if index.method not in INDEX_TYPES | {"btree"}:
        yield index.method
    if index.constraint == "exclusion":
        yield f"exclusion with {', '.join(index.operators)}"
    if index.predicate:
        yield f"where {index.predicate}"
    if index.include:
        yield f"include {', '.join(index.include)}"


def refs_dbml(keys: Iterable[tuple[ForeignKey, Table]], prefix: str | None) -> Iterator[str]:
    """The same columns can refer to each other once: what says it again, from either side, becomes a comment."""
    seen: set[frozenset[tuple[object, ...]]] = set()
    for key, table in keys:
        ends = frozenset({(key.table, frozenset(key.columns)), (key.referenced_table, frozenset(key.referenced_columns))})
        yield ("// " if ends in seen else "") + ref_dbml(key, table, prefix)
        seen.add(ends)


def ref_dbml(key: ForeignKey, table: Table, prefix: str | None) -> str:
    """A child's unique key makes it one to one, else it is many to one."""
    sign = "-" if table.is_unique(key.columns) else ">"
    name = f" {identifier(key.name)}" if key.name else ""
    settings = [
        f"{event}: {action.lower()}"
        for event, action in (("delete", key.on_delete), ("update", key.on_update))
        if action != "NO ACTION"
    ]
    child, parent = (
        end(full_name(key.table, prefix), key.columns),
        end(full_name(key.referenced_table, prefix), key.referenced_columns),
    )
    return f"Ref{name}: {child} {sign} {parent}" + (f" [{', '.join(settings)}]" if settings else "")


def end(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(map(identifier, columns))
    return f"{table}.{names}" if len(columns) == 1 else f"{table}.({names})"


def full_name(name: Name, prefix: str | None) -> str:
    schemas = [prefix] if prefix else []
    schemas += [name.schema] if name.schema != "public" else []
    return ".".join(identifier(part) for part in ([".".join(schemas)] if schemas else []) + [name.name])


def named(name: str | None) -> str:
    return f" [name: {string(name)}]" if name else ""


def identifier(name: str) -> str:
    return name if PLAIN_NAME.fullmatch(name) else quoted(name)


def quoted(name: str) -> str:
    """DBML has no way to write a double quote within a name."""
    return '"' + one_line(name.replace('"', "'").replace("\\", "/")) + '"'


def string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'''{escaped}'''" if "\n" in text else f"'{escaped}'"


def code(expression: Expression | None) -> str:
    """An expression between backquotes, which it cannot hold itself."""
    return one_line(str(expression or "").replace("`", "'"))
