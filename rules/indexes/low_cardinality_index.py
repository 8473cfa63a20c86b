"""An index on nothing but a boolean or an enum.

## Why it matters
Where each value is in a large part of the rows, the planner reads the table instead: measured on a million rows, half of them
true, `WHERE flag` is a sequential scan. Where one value is rare, the index still holds an entry for all the other rows: 6.8 MB,
of which `(id) WHERE flag`, with one row in a hundred, needs 240 kB. Every write to the table writes it.

## When it is fine
The rare value is searched, and writes do not matter. It enforces something. Further columns follow, which do the narrowing:
(status, created_at) is a good index, and nothing is said of it.

## What to do
Index what the query sorts or searches by, for the rows of the rare value: `CREATE INDEX ON orders (created_at) WHERE NOT paid`.
Or drop it. hash-index-misuse speaks of hash indexes.

## Sources
- PostgreSQL documentation, "Partial Indexes": "One major reason for using a partial index is to avoid indexing common values"
  https://www.postgresql.org/docs/current/indexes-partial.html
- the measurement: benchmarks/indexes.py
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Expression, Index, IndexKey, Schema, Table
from advisor.remedies import ReplaceIndex
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

BAD = [
    sql("CREATE TABLE orders (id bigint PRIMARY KEY, paid boolean NOT NULL);\nCREATE INDEX orders_paid ON orders (paid);"),
    sql("""
        CREATE TYPE status AS ENUM ('open', 'paid', 'sent');
        CREATE TABLE orders (id bigint PRIMARY KEY, status status, gift boolean);
        CREATE INDEX orders_status ON orders (status, gift);
    """),
    prisma("""
        enum Role {
          USER
          ADMIN
        }
        model User {
          id   Int  @id
          role Role

          @@index([role])
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE orders (id bigint PRIMARY KEY, paid boolean NOT NULL, at date, shop_id int);
        CREATE INDEX ON orders (paid, at);
        CREATE INDEX ON orders (paid) WHERE NOT paid;
        CREATE INDEX ON orders (shop_id, paid);
    """),
    sql("CREATE TABLE settings (id bigint PRIMARY KEY, only_one boolean UNIQUE DEFAULT true CHECK (only_one));"),
]

MANY_VALUES = 20
"""An enum of more values is no longer small."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD, yields="redundant-index")
def low_cardinality_index(table: Table, schema: Schema) -> Iterator[Finding]:
    for index in schema.own_indexes(table):
        if index.unique or index.constraint or index.predicate or index.include or index.method != "btree":
            continue
        counts = [values_of(key, table, schema) for key in index.keys]
        if None in counts:
            continue
        kinds = " and ".join(f"{key.column}, of {count} values" for key, count in zip(index.keys, counts, strict=True))
        yield Finding(
            at=index.location,
            subject=f"{table.subject()}.{index}",
            message=f"index {index} is on {kinds}: it narrows little, and holds an entry for every row",
            remedy=partial(index, table),
            confidence=Confidence.LIKELY if len(index.keys) == 1 and counts[0] == 2 else Confidence.POSSIBLE,
        )


def values_of(key: IndexKey, table: Table, schema: Schema) -> int | None:
    """How many values a key has by its type; None where that is not known to be few."""
    column = table.column(key.column or "")
    if column is None or column.type == "boolean":
        return 2 if column else None
    enum = schema.enum(column.enum) if column.enum and not column.is_array else None
    return len(enum.values) if enum and len(enum.values) <= MANY_VALUES else None


def partial(index: Index, table: Table) -> ReplaceIndex | None:
    """Of a boolean: the rows for which it is true, mostly the fewer, by their key."""
    column, key = table.column(index.columns[0] or ""), table.primary_key
    if column is None or column.type != "boolean" or len(index.keys) > 1 or key is None:
        return None
    predicate = Expression(quote(column.name), (column.name,))
    return ReplaceIndex.of(index, replace(index, keys=key.keys, predicate=predicate, name=None, name_is_default=True), table)
