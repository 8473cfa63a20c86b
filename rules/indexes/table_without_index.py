"""A table without any index.

## Why it matters
Whatever is asked of it, and whatever is changed in it, reads all its rows. Of a table without a primary key, missing-primary-key
says so already, and this rule leaves it to that; a materialized view has no key, and without an index every query of it reads it
all, and REFRESH CONCURRENTLY cannot run.

## When it is fine
It has a few rows, or is always read whole. A log that is only written.

## What to do
A primary key; for a materialized view a unique index over the columns that identify a row.

## Sources
- PostgreSQL documentation, REFRESH MATERIALIZED VIEW: CONCURRENTLY "is only allowed if there is at least one UNIQUE index"
  https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html
"""

from collections.abc import Iterator

from advisor.model import Schema, Table
from advisor.rule import Confidence, Finding, Severity, rule, sql

BAD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, at date);
        CREATE MATERIALIZED VIEW daily AS SELECT at, count(*) FROM posts GROUP BY at;
    """),
    sql("CREATE TABLE readings (device bigint NOT NULL, at timestamptz NOT NULL, value numeric);"),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, at date);
        CREATE MATERIALIZED VIEW daily AS SELECT at, count(*) FROM posts GROUP BY at;
        CREATE UNIQUE INDEX ON daily (at);
        CREATE VIEW recent AS SELECT * FROM posts;
    """),
    sql("CREATE TABLE countries (code char(2) UNIQUE, name text);"),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD, yields="missing-primary-key")
def table_without_index(table: Table, schema: Schema) -> Iterator[Finding]:
    stored = table.kind in ("table", "materialized view") and not table.name.schema.startswith("pg_temp")
    if stored and table.columns and not table.indexes and not table.of_tool and schema.parent_of(table) is None:
        yield Finding(
            at=table.location,
            subject=table.subject(),
            message=f"{table.model or table.name} has no index: each query reads all of it",
            confidence=Confidence.LIKELY if table.kind == "table" else Confidence.POSSIBLE,
        )
