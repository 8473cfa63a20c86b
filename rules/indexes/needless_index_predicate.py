"""An index of the rows where a column is not NULL, which is never NULL.

## Why it matters
The predicate leaves no row out and makes the index smaller by nothing, but PostgreSQL uses a partial index only where it can
prove the predicate from the query: `ORDER BY a LIMIT 10` and `max(a)` read the whole table beside it (traced on PostgreSQL 18;
even `WHERE a IS NOT NULL` proves nothing any more, since 17 strikes it out of the query as always true).

## When it is fine
The column is about to lose its NOT NULL.

## What to do
The index without the predicate.

## Sources
- PostgreSQL documentation, "Partial Indexes": the predicate must be implied by the query's WHERE condition
  https://www.postgresql.org/docs/current/indexes-partial.html; release notes of 17: "Remove IS NOT NULL restrictions from queries
  on NOT NULL columns" https://www.postgresql.org/docs/release/17.0/
- the trace: benchmarks/indexes.py
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Schema, Table
from advisor.remedies import ReplaceIndex
from advisor.rule import Finding, Severity, rule, sql

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, slug text NOT NULL);"
BAD = [
    sql(f"{POSTS}\nCREATE INDEX posts_slug ON posts (slug) WHERE slug IS NOT NULL;"),
    sql(f"{POSTS}\nCREATE UNIQUE INDEX ON posts (slug) WHERE slug IS NOT NULL;"),
    sql(f"{POSTS}\nCREATE INDEX posts_slug ON posts (slug) WHERE id IS NOT NULL AND slug IS NOT NULL;"),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, slug text, at date NOT NULL);
        CREATE INDEX ON posts (slug) WHERE slug IS NOT NULL;
        CREATE INDEX ON posts (at) WHERE slug IS NOT NULL AND at IS NOT NULL;
        CREATE INDEX ON posts (at) WHERE at > '2026-01-01';
    """),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def needless_index_predicate(table: Table, schema: Schema) -> Iterator[Finding]:
    for index in schema.own_indexes(table):
        required = index.predicate.implied_not_null if index.predicate else ()
        columns = [table.column(name) for name in required]
        if not columns or any(column is None or column.nullable for column in columns):
            continue
        yield Finding(
            at=index.location,
            subject=f"{table.subject()}.{index}",
            message=f"index {index} leaves out the rows without {' and '.join(required)}, of which there are none, and serves fewer"
            " queries for it",
            remedy=ReplaceIndex.of(index, replace(index, predicate=None), table),
        )
