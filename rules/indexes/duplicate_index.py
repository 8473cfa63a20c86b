"""Two indexes that hold the same entries in the same order.

## Why it matters
The planner uses one of them. The other is written on every insert and on every update that is not HOT, takes room in memory
and on disk, and is vacuumed and backed up for nothing.

## When it is fine
While one replaces the other: CREATE INDEX CONCURRENTLY first, DROP INDEX CONCURRENTLY after.

## What to do
Drop the later one. Two indexes are the same here if method, columns, operator classes, collations, order, NULLS, predicate,
INCLUDE and uniqueness agree. A btree is read in both directions, so that (a, b DESC) and (a DESC, b) are the same, while (a,
b) and (a, b DESC) are two. An index beside a primary or unique key is the matter of index-duplicates-constraint.

## Sources
- PostgreSQL documentation, "Indexes and ORDER BY" (an index can be scanned forward or backward)
  https://www.postgresql.org/docs/current/indexes-ordering.html
- "Heap-Only Tuples" (an update of an indexed column writes to every index)
  https://www.postgresql.org/docs/current/storage-hot.html
"""

from collections.abc import Iterator

from advisor.model import Schema, Table
from advisor.remedies import DropIndex
from advisor.rule import Finding, Related, Severity, prisma, rule, sql

BAD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint);
        CREATE INDEX posts_author ON posts (author_id);
        CREATE INDEX posts_author_id_idx ON posts (author_id);
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint, at timestamptz);
        CREATE INDEX a ON posts (author_id, at DESC) WHERE at IS NOT NULL;
        CREATE INDEX b ON posts (author_id DESC, at) WHERE at IS NOT NULL;
    """),
    prisma("""
        model Post {
          id       Int @id
          authorId Int

          @@index([authorId])
          @@index([authorId(sort: Desc)], map: "latest_author")
        }
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, slug text NOT NULL);
        CREATE UNIQUE INDEX posts_slug_key ON posts (slug);
        CREATE UNIQUE INDEX posts_slug_unique ON posts (slug);
    """),
]
GOOD = [
    sql("""
        CREATE TABLE hits (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
        CREATE TABLE hits_2025 PARTITION OF hits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
        CREATE INDEX hits_2025_at ON hits_2025 (at);
        CREATE INDEX hits_at ON hits (at);  -- takes the partition's for its own part there
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint, title text, at timestamptz);
        CREATE INDEX ON posts (author_id, at);
        CREATE INDEX ON posts (author_id, at DESC);
        CREATE INDEX ON posts (title);
        CREATE INDEX ON posts (title text_pattern_ops);
        CREATE INDEX ON posts (title COLLATE "C");
        CREATE INDEX ON posts (at) WHERE title IS NULL;
        CREATE INDEX ON posts (at) WHERE title IS NOT NULL;
        CREATE INDEX ON posts USING brin (at);
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, email text UNIQUE);
        CREATE INDEX ON posts (email);  -- index-duplicates-constraint speaks of it
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def duplicate_index(table: Table, schema: Schema) -> Iterator[Finding]:
    for index in schema.own_indexes(table):
        kept = table.repeated_by(index)
        if kept is None or index.constraint or kept.constraint or index.unique != kept.unique:
            continue  # what index-duplicates-constraint speaks of
        yield Finding(
            at=index.location,
            subject=f"{table.subject()}.{index}",
            message=f"index {index} is the same as {kept}: every write keeps both, no query needs the second",
            remedy=DropIndex.of(index, table),
            related=(Related(kept.location, "the one to keep"),),
        )
