"""An index on a column that is NULL in most rows, with an entry for each of them.

## Why it matters
A soft-deleted table has few deleted rows, and nearly all queries ask for the others: `deleted_at IS NULL` matches almost every
row, so that the planner reads the table. The index serves the search for deleted rows alone, and holds an entry for each live
one. Measured on 500,000 rows, 2 % of them deleted: 3.4 MB, against 88 kB for the partial index.

## When it is fine
Most rows are deleted ones. Further columns follow: (deleted_at, account_id) narrows, and nothing is said of it.

## What to do
`WHERE deleted_at IS NOT NULL` for whatever looks for deleted rows (a purge, an archive); for the live ones add `WHERE deleted_at
IS NULL` to the indexes that queries search by.

## Sources
- PostgreSQL documentation, "Partial Indexes" https://www.postgresql.org/docs/current/indexes-partial.html
- the measurement: benchmarks/indexes.py
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.habits import each_or_all
from advisor.model import Column, Expression, Index, Schema, Table
from advisor.remedies import ReplaceIndex
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

DELETED = frozenset("deleted removed archived discarded trashed".split())
"""What the name of a timestamp begins with that says when a row went out of use."""

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, deleted_at timestamptz);\nCREATE INDEX posts_deleted ON posts (deleted_at);"),
    prisma("""
        model Post {
          id         Int       @id
          archivedAt DateTime?

          @@index([archivedAt])
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, deleted_at timestamptz, blog_id int, at timestamptz, expired_at timestamptz);
        CREATE INDEX ON posts (deleted_at) WHERE deleted_at IS NOT NULL;
        CREATE INDEX ON posts (blog_id, deleted_at);
        CREATE INDEX ON posts (at);
        CREATE INDEX ON posts (expired_at);
    """),
    sql(
        "CREATE TABLE deletions (id bigint PRIMARY KEY, deleted_at timestamptz NOT NULL);\nCREATE INDEX ON deletions (deleted_at);"
    ),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def sparse_index_without_predicate(schema: Schema) -> Iterator[Finding]:
    marks = [(table, column) for table in schema.tables for column in table.columns if marks_the_few(column)]
    findings = [
        finding(index, column, table)
        for table, column in marks
        for index in schema.own_indexes(table)
        if index.columns == (column.name,) and not (index.unique or index.predicate or index.constraint)
    ]
    message = f"{len(findings)} indexes have an entry for every row, though their column is NULL in all but the few that are gone"
    yield from each_or_all(findings, of=len(marks), subject="indexes of deleted rows", message=message)


def finding(index: Index, column: Column, table: Table) -> Finding:
    predicate = Expression(f"{quote(column.name)} IS NOT NULL", (column.name,), implied_not_null=(column.name,))
    return Finding(
        at=index.location,
        subject=f"{table.subject()}.{index}",
        message=f"index {index} has an entry for every row, though {column.name} is NULL in all but the few that are gone",
        remedy=ReplaceIndex.of(index, replace(index, predicate=predicate), table),
        confidence=Confidence.LIKELY,
    )


def marks_the_few(column: Column) -> bool:
    timed = column.base_type.startswith("timestamp") or column.type == "date"
    return timed and column.nullable and not column.has_default and len(column.words) == 2 and column.words[0] in DELETED
