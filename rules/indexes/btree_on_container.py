"""A btree on a column that holds many values: an array, jsonb, tsvector, hstore.

## Why it matters
A btree compares whole values. It serves `tags = '{a,b}'`, and none of `@>`, `&&`, `?`, `@@`, `= ANY (tags)`, with which such
columns are searched: measured, `tags @> '{a}'` is a sequential scan beside it. And an entry must fit: a row whose value has more
than 2,704 bytes, or 8,191 whatever, after compression cannot be inserted or updated any more.

## When it is fine
Whole values are looked up or sorted by, and stay short: behind other columns nothing is said of it. A unique index, which
enforces that no two are equal, is left alone.

## What to do
GIN, with `jsonb_path_ops` where only `@>` is asked. For one field of a jsonb: a btree on the expression `((data ->> 'email'))`.

## Sources
- PostgreSQL documentation, "GIN Indexes": built-in operator classes https://www.postgresql.org/docs/current/gin.html; "jsonb
  Indexing" https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING
- the limit: `BTMaxItemSize` in src/include/access/nbtree.h; the measurement: benchmarks/indexes.py
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Column, Index, Schema, Table
from advisor.remedies import ReplaceIndex
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

CONTAINERS = frozenset({"jsonb", "tsvector", "hstore"})

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, tags text[]);\nCREATE INDEX posts_tags ON posts (tags);"),
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, blog_id int, data jsonb);\nCREATE INDEX posts_data ON posts (data, blog_id);"),
    prisma("""
        model Post {
          id   Int      @id
          tags String[]

          @@index([tags])
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, tags text[], data jsonb);
        CREATE INDEX ON posts USING gin (tags);
        CREATE INDEX ON posts ((data ->> 'email'));
        CREATE INDEX ON posts (id, tags);
    """),
    sql("CREATE TABLE paths (id bigint PRIMARY KEY, path text[] NOT NULL UNIQUE);"),
    prisma("""
        model Post {
          id   Int      @id
          tags String[]

          @@index([tags], type: Gin)
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def btree_on_container(table: Table, schema: Schema) -> Iterator[Finding]:
    for index in schema.own_indexes(table):
        column = table.column(index.columns[0] or "")
        if column is None or not is_container(column) or index.unique or index.constraint or index.method != "btree":
            continue
        yield Finding(
            at=index.location,
            subject=f"{table.subject()}.{index}",
            message=f"index {index} is a btree on {column.name}, {column.type}: no search within it uses that, and long values"
            " do not fit",
            remedy=as_gin(index, table),
            confidence=Confidence.LIKELY,
        )


def is_container(column: Column) -> bool:
    return column.is_array or column.type in CONTAINERS


def as_gin(index: Index, table: Table) -> ReplaceIndex | None:
    """Of a column alone: the others would need btree_gin."""
    if len(index.keys) > 1 or index.include:
        return None
    (key,) = index.keys
    plain = replace(key, descending=False, nulls_first=None, opclass=None, collation=None)
    return ReplaceIndex.of(index, replace(index, method="gin", keys=(plain,)), table)
