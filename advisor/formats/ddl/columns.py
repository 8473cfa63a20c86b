"""Columns. In: columns of the model, with their table. Out: their lines in CREATE TABLE, and what is said of them afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from advisor.formats.ddl.serial import SERIAL, sequence_of
from advisor.formats.ddl.words import columns_sql
from advisor.model import Column, Expression, NotNull, Table
from advisor.remedies.sql import quote, quote_dotted, quote_name
from advisor.sources.sql.spelling.names import make_object_name

HOLDS_TOGETHER = re.compile(r"""-?[\w.]+(\(\))?|E?'(?:[^']|'')*'(::[\w". ]+(\(\d+(,\d+)?\))?(\[\])?)?|nextval\([^()]*\)""")
"""Defaults that need no parentheses: `DEFAULT now() AT TIME ZONE 'utc'` is a syntax error without."""


def column_sql(column: Column, table: Table, *, serial: bool, plain: bool, without_default: bool) -> str:
    """`id bigint NOT NULL`. `serial`: its sequence is made with it. `plain`: a usual name of its NOT NULL need not be said."""
    kind = SERIAL[column.type] if serial else column.type
    words = [quote(column.name)]
    words += ["WITH OPTIONS"] if table.of_type else [kind, *(() if table.inherits else kept_how(column))]
    if column.options and table.kind == "foreign table":
        words.append(f"OPTIONS ({', '.join(column.options)})")
    if column.collation and not table.of_type:
        words.append(f"COLLATE {quote_dotted(column.collation)}")
    if not serial:
        words += value_sql(column, table, without_default=without_default)
    words += not_null_sql(column, table, plain=plain)
    return " ".join(words)


def kept_how(column: Column) -> Iterator[str]:
    """How values are stored: this stands right after the type."""
    if column.storage:
        yield f"STORAGE {column.storage.upper()}"
    if column.compression:
        yield f"COMPRESSION {column.compression}"


def value_sql(column: Column, table: Table, *, without_default: bool) -> Iterator[str]:
    """Where the values come from that nobody gives."""
    if column.generated:
        yield f"GENERATED ALWAYS AS ({column.generated}) {'VIRTUAL' if column.virtual else 'STORED'}"
    elif column.identity:
        # A partition gets its parent's identity when it is attached, and may bring none of its own.
        yield from [identity_sql(column)] if table.partition_of is None and table.of_type is None else ()
    elif column.default and not without_default:
        yield f"DEFAULT {default_sql(column.default)}"


def identity_sql(column: Column) -> str:
    options = f" ({' '.join(column.identity_options)})" if column.identity_options else ""
    return f"GENERATED {(column.identity or '').upper()} AS IDENTITY{options}"


def default_sql(default: Expression) -> str:
    return default.text if HOLDS_TOGETHER.fullmatch(default.text) else f"({default})"


def not_null_sql(column: Column, table: Table, *, plain: bool) -> Iterator[str]:
    """NOT NULL, with its name where PostgreSQL would choose another (18: `table_column_not_null`)."""
    constraint = not_null_of(column, table)
    if constraint is None:
        if not column.nullable:
            yield "NOT NULL"
    elif constraint.validated:
        inherited = " NO INHERIT" if constraint.no_inherit and not is_told_later(constraint, table) else ""
        usual = plain and constraint.name == make_object_name(table.name.name, column.name, "not_null")
        yield ("" if usual else f"CONSTRAINT {quote(constraint.name)} ") + "NOT NULL" + inherited


def not_null_of(column: Column, table: Table) -> NotNull | None:
    return next((found for found in table.not_nulls if found.column == column.name), None)


def is_told_later(constraint: NotNull, table: Table) -> bool:
    """Whether NO INHERIT must wait: a key's column, `serial` and an identity are not made with it, and a partition not attached."""
    key, column = table.primary_key, table.column(constraint.column)
    in_key = key is not None and constraint.column in key.columns
    numbered = column is not None and (column.identity is not None or sequence_of(column) is not None)
    return table.partition_of is not None or in_key or numbered


def told_later(table: Table) -> Iterator[str]:
    for constraint in table.not_nulls:
        if constraint.no_inherit and constraint.validated and is_told_later(constraint, table):
            yield f"ALTER TABLE {quote_name(table.name)} ALTER CONSTRAINT {quote(constraint.name)} NO INHERIT;"


def column_settings(table: Table) -> Iterator[str]:
    """What cannot be said in CREATE TABLE."""
    for column in table.columns:
        start = f"ALTER {alterable(table)} {quote_name(table.name)} ALTER COLUMN {quote(column.name)}"
        if column.identity and table.of_type:
            yield f"{start} ADD {identity_sql(column)};"
        if column.statistics_target is not None:
            # Without ONLY the partitions would get it too.
            only = start.replace("ALTER TABLE ", "ALTER TABLE ONLY ", 1)
            yield f"{only} SET STATISTICS {column.statistics_target};"
        if column.options and table.kind != "foreign table":
            yield f"{start} SET ({', '.join(column.options)});"
        if column.default and table.kind == "view":
            yield f"{start} SET DEFAULT {column.default};"
        if table.kind == "materialized view" or table.of_type:
            yield from (f"{start} SET {word};" for word in kept_how(column))


def kept_otherwise(table: Table, parents: Iterable[Table]) -> Iterator[str]:
    """Where a child has a column otherwise than its parents hand it down, which wins in CREATE TABLE (`MergeAttributes`)."""
    handed_down = [column for parent in parents for column in parent.columns]
    above = {column.name: column for column in reversed(handed_down)}
    compressed = {column.name: column.compression for column in reversed(handed_down) if column.compression}
    for column in table.columns:
        start = f"ALTER TABLE {quote_name(table.name)} ALTER COLUMN {quote(column.name)}"
        parent = above.get(column.name)
        if column.storage != (parent.storage if parent else None):
            yield f"{start} SET STORAGE {(column.storage or 'default').upper()};"
        if column.compression != compressed.get(column.name):
            yield f"{start} SET COMPRESSION {column.compression or 'default'};"
        if parent is not None and parent.default and not column.default:
            yield f"{start} DROP DEFAULT;"


def alterable(table: Table) -> str:
    """What ALTER calls it."""
    return {"view": "VIEW", "materialized view": "MATERIALIZED VIEW", "foreign table": "FOREIGN TABLE"}.get(table.kind, "TABLE")


def late_not_nulls(table: Table, constraints: Iterable[NotNull]) -> Iterator[str]:
    """Those that rows may still violate: CREATE TABLE would take them for valid."""
    for constraint in constraints:
        if not constraint.validated:
            end = " NO INHERIT" if constraint.no_inherit else ""
            yield (
                f"ALTER TABLE {quote_name(table.name)} ADD CONSTRAINT {quote(constraint.name)} "
                f"NOT NULL {columns_sql([constraint.column])}{end} NOT VALID;"
            )
