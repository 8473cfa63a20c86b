"""A generated column whose expression reads no column.

## Why it matters
`GENERATED ALWAYS AS (expression)` works a value out of the row's other columns. An expression that reads none gives the same value
in every row: stored, it takes room in each; and nobody can ever write another one, since PostgreSQL refuses to insert into a
generated column. Who wrote it most likely meant a default.

## When it is fine
The constant is a part of a key: in a foreign key to (id, kind) it keeps rows of one kind (`kind text GENERATED ALWAYS AS ('car')
STORED`), in a unique one it keeps a table to a single row. Such columns are left alone.

## What to do
A default: `DROP EXPRESSION` keeps the values that are stored. A virtual column must be dropped and added anew.

## Sources
- PostgreSQL documentation, "Generated Columns" https://www.postgresql.org/docs/current/ddl-generated-columns.html
- ALTER TABLE, DROP EXPRESSION: "turns a stored generated column into a normal base column"
  https://www.postgresql.org/docs/current/sql-altertable.html; measured on PostgreSQL 18: not supported for virtual ones
"""

from collections.abc import Iterator

from advisor.model import Column, Table
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Finding, Severity, project, rule, sql

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, kind text GENERATED ALWAYS AS ('post') STORED);"),
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, size int GENERATED ALWAYS AS (3 * 4) VIRTUAL);"),
    project(
        {
            "migrations/001.sql": "CREATE TABLE posts (id bigint PRIMARY KEY);",
            "migrations/002.sql": "ALTER TABLE posts ADD COLUMN version int GENERATED ALWAYS AS (1) STORED;",
        }
    ),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, kind text DEFAULT 'post', title text,
                            slug text GENERATED ALWAYS AS (lower(title)) STORED,
                            origin oid GENERATED ALWAYS AS (tableoid) STORED);
    """),
    sql("""
        CREATE TABLE vehicles (id bigint PRIMARY KEY, kind text NOT NULL, UNIQUE (id, kind));
        CREATE TABLE cars (
            id bigint PRIMARY KEY, kind text NOT NULL GENERATED ALWAYS AS ('car') STORED,
            FOREIGN KEY (id, kind) REFERENCES vehicles (id, kind)
        );
        CREATE TABLE settings (only_row boolean GENERATED ALWAYS AS (true) STORED UNIQUE, theme text);
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def constant_generated_column(column: Column, table: Table) -> Iterator[Finding]:
    expression = column.generated
    if expression is None or expression.columns or is_in_key(column, table):
        return
    place, name = f"ALTER TABLE {quote_name(table.name)}", quote(column.name)
    back = f"{place} DROP COLUMN {name}, ADD COLUMN {name} {column.type} GENERATED ALWAYS AS ({expression})"
    if column.virtual:
        up, down = f"{place} DROP COLUMN {name}, ADD COLUMN {name} {column.type} DEFAULT {expression};", f"{back} VIRTUAL;"
    else:
        up = f"{place} ALTER COLUMN {name} DROP EXPRESSION, ALTER COLUMN {name} SET DEFAULT {expression};"
        down = f"{back} STORED;"
    yield Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} is generated from no column: it is {expression} in every row, for ever",
        remedy=RunSql(f"Make {expression} the default of {table.name}.{column.name}", up, down),
    )


def is_in_key(column: Column, table: Table) -> bool:
    """Whether a key needs the constant."""
    in_foreign_key = any(column.name in key.columns for key in table.foreign_keys)
    return in_foreign_key or any(index.unique and column.name in index.columns for index in table.indexes)
