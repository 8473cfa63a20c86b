"""A schema as DDL. In: a Schema. Out: SQL that builds it again in an empty PostgreSQL.

The order needs no thinking ahead: schemas, extensions, types, sequences, tables, indexes, and last the foreign keys, which may
go in circles. What the model does not hold (a view's query) is named in a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from advisor.model import Check, Column, Enum, ForeignKey, Index, Name, Schema, Table
from advisor.remedies.sql import index_sql, key_sql, quote, quote_name

SEQUENCE_DEFAULT = re.compile(r"""nextval\('(?P<name>(?:[^']|'')+)'(?:::regclass)?\)""")


def schema_sql(schema: Schema) -> str:
    """The whole schema; empty text for an empty one."""
    parts = [
        *(f"CREATE SCHEMA {quote(name)};" for name in schema_names(schema)),
        *(f"CREATE EXTENSION IF NOT EXISTS {quote(name)};" for name in schema.extensions),
        *(enum_sql(enum) for enum in schema.enums),
        *(f"CREATE SEQUENCE {sequence};" for table in schema.tables for sequence in sequences_of(table)),
        *(table_sql(table) for table in parents_first(schema)),
        *(statement for table in schema.tables for statement in index_statements(table)),
        *(foreign_key_sql(key) for table in schema.tables for key in table.foreign_keys),
        *(comment for table in schema.tables for comment in comments_sql(table)),
    ]
    return "\n\n".join(parts) + "\n" if parts else ""


def schema_names(schema: Schema) -> list[str]:
    names = {table.name.schema for table in schema.tables} | {enum.name.schema for enum in schema.enums}
    return sorted(names - {"public"})


def parents_first(schema: Schema) -> Iterator[Table]:
    """Tables in their own order, except that a partition or child comes after its parents."""
    done: set[Name] = set()
    known = {table.name for table in schema.tables}
    waiting = list(schema.tables)
    while waiting:
        ready = [table for table in waiting if parents_of(table) & known <= done] or waiting
        yield from ready
        done |= {table.name for table in ready}
        waiting = [table for table in waiting if table.name not in done]


def parents_of(table: Table) -> set[Name]:
    return {*table.inherits, *([table.partition_of] if table.partition_of else [])}


def enum_sql(enum: Enum) -> str:
    return f"CREATE TYPE {quote_name(enum.name)} AS ENUM ({', '.join(literal(value) for value in enum.values)});"


def sequences_of(table: Table) -> Iterator[str]:
    """The sequences that column defaults draw from, as they are spelled there."""
    for column in table.columns:
        if column.default and (found := SEQUENCE_DEFAULT.search(column.default.text)):
            yield found["name"].replace("''", "'")


def table_sql(table: Table) -> str:
    if table.kind in ("view", "materialized view", "foreign table"):
        return f"-- {table.kind} {table.name}: its definition is not part of the schema model"
    lines = [column_sql(column) for column in table.columns]
    lines += [constraint_sql(index) for index in table.indexes if index.constraint in ("primary key", "unique")]
    lines += [check_sql(check) for check in table.checks]
    kind = "UNLOGGED TABLE" if table.unlogged else "TABLE"
    body = ",\n    ".join(lines)
    text = f"CREATE {kind} {quote_name(table.name)} (" + (f"\n    {body}\n)" if lines else ")")
    if table.inherits:
        text += f" INHERITS ({', '.join(quote_name(parent) for parent in table.inherits)})"
    return text + ";"


def column_sql(column: Column) -> str:
    words = [quote(column.name), column.type]
    if column.generated:
        words.append(f"GENERATED ALWAYS AS ({column.generated}) STORED")
    elif column.identity:
        words.append(f"GENERATED {column.identity.upper()} AS IDENTITY")
    elif column.default:
        words.append(f"DEFAULT {column.default}")
    if not column.nullable:
        words.append("NOT NULL")
    return " ".join(words)


def constraint_sql(index: Index) -> str:
    """A primary key or unique constraint inside CREATE TABLE."""
    name = f"CONSTRAINT {quote(index.name)} " if index.name else ""
    kind = "PRIMARY KEY" if index.constraint == "primary key" else "UNIQUE"
    distinct = " NULLS NOT DISTINCT" if index.nulls_not_distinct else ""
    include = f" INCLUDE ({', '.join(quote(column) for column in index.include)})" if index.include else ""
    deferrable = " DEFERRABLE" if index.deferrable else ""
    return f"{name}{kind}{distinct} ({', '.join(key_sql(key) for key in index.keys)}){include}{deferrable}"


def check_sql(check: Check) -> str:
    name = f"CONSTRAINT {quote(check.name)} " if check.name else ""
    return f"{name}CHECK ({check.expression})" + ("" if check.validated else " NOT VALID")


def index_statements(table: Table) -> Iterator[str]:
    for index in table.indexes:
        if index.constraint is None:
            yield index_sql(index)
        elif index.constraint == "exclusion":
            yield f"-- exclusion constraint {index} on {table.name}: its operators are not part of the schema model"


def foreign_key_sql(key: ForeignKey) -> str:
    name = f"CONSTRAINT {quote(key.name)} " if key.name else ""
    referenced = f" ({columns_sql(key.referenced_columns)})" if key.referenced_columns else ""
    text = (
        f"ALTER TABLE {quote_name(key.table)} ADD {name}FOREIGN KEY ({columns_sql(key.columns)}) "
        f"REFERENCES {quote_name(key.referenced_table)}{referenced}"
    )
    for event, action in (("UPDATE", key.on_update), ("DELETE", key.on_delete)):
        if action != "NO ACTION":
            text += f" ON {event} {action}"
    return text + ("" if key.validated else " NOT VALID") + ";"


def comments_sql(table: Table) -> Iterator[str]:
    if table.comment:
        yield f"COMMENT ON TABLE {quote_name(table.name)} IS {literal(table.comment)};"
    for column in table.columns:
        if column.comment:
            yield f"COMMENT ON COLUMN {quote_name(table.name)}.{quote(column.name)} IS {literal(column.comment)};"


def columns_sql(columns: Iterable[str]) -> str:
    return ", ".join(quote(column) for column in columns)


def literal(text: str) -> str:
    """A string constant, whatever it holds."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted
