"""A column that an index holds twice.

## Why it matters
The second one orders nothing that the first has not ordered, narrows nothing, and is written with every row. It is mostly a slip:
another column was meant, and the queries on that one go without an index.

## When it is fine
Under two operator classes or collations each serves other searches, as `(title, title text_pattern_ops)`; a GIN index too may
hold a column twice for that.

## What to do
Put the column that was meant in its place, or leave it out.

## Sources
- PostgreSQL documentation, "Multicolumn Indexes" https://www.postgresql.org/docs/current/indexes-multicolumn.html
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from advisor.model import IndexKey, Schema, Table
from advisor.remedies import ReplaceIndex
from advisor.rule import Finding, Severity, project, rule, sql

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, blog_id bigint, at date);\nCREATE INDEX ON posts (blog_id, at, blog_id);"),
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, at date);\nCREATE INDEX ON posts (at) INCLUDE (id, at);"),
    project(
        {"migrations/042_at.sql": "CREATE TABLE t (id int PRIMARY KEY, n text);\nCREATE INDEX ON t (lower(n), lower(n) DESC);"}
    ),
]
GOOD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, title text);\nCREATE INDEX ON posts (title, title text_pattern_ops);"),
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, title text);\nCREATE INDEX ON posts (title, lower(title));"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def repeated_index_column(table: Table, schema: Schema) -> Iterator[Finding]:
    for index in schema.own_indexes(table):
        kept = once_each(index.keys)
        included = tuple(name for name in dict.fromkeys(index.include) if name not in index.columns)
        again = [str(key) for key in index.keys if not any(key is other for other in kept)]
        again += [name for number, name in enumerate(index.include) if name in (*index.columns, *index.include[:number])]
        if not again:
            continue
        shorter = replace(index, keys=kept, include=included)
        yield Finding(
            at=index.location,
            subject=f"{table.subject()}.{index}",
            message=f"index {index} holds {again[0]} twice: the second one orders and narrows nothing",
            remedy=None if index.constraint else ReplaceIndex.of(index, shorter, table),
        )


def once_each(keys: Sequence[IndexKey]) -> tuple[IndexKey, ...]:
    """The keys without those that hold what an earlier one holds, whichever way they run."""
    kept: dict[tuple[object, ...], IndexKey] = {}
    for key in keys:
        kept.setdefault((key.column, key.expression and key.expression.text, key.opclass, key.opclass_options, key.collation), key)
    return tuple(kept.values())
