"""Rows picked by ORDER BY random().

## Why it matters
To find the one row with the smallest random number, PostgreSQL reads every row, gives each a number, and sorts them:
the time grows with the table, and no index can help. Measured on one million rows: 250 ms for one row, against 0.1 ms
through the primary key.

## When it is fine
What is sorted is small: the answers of one question, or a table of a few hundred rows. So a query that is narrowed to
the rows of one parent is only a possibility, as is a table that the schema shows to be a look-up.

## What to do
For some rows, any that are picked quickly: `TABLESAMPLE SYSTEM_ROWS` (extension tsm_system_rows) or `TABLESAMPLE
BERNOULLI`. For one row of a table with few gaps in its key, the first one at or after a random key. For rows that must
be drawn fairly again and again, a column with a random value and an index on it.

## Sources
- PostgreSQL documentation, "SELECT", "TABLESAMPLE"; "tsm_system_rows"
- the measurement: PostgreSQL 18, one million rows in shared buffers
"""

from collections.abc import Iterator

from advisor.model import Part, Query, Schema
from advisor.remedies import RewriteCode
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, rule, sql, typescript

from ._parts import fixed_columns, parts_of, shown, subject, table_of

TABLE = sql("CREATE TABLE quotes (id bigint PRIMARY KEY, author_id bigint NOT NULL, text text NOT NULL, created_at timestamptz);")
POOL = "import { Pool } from 'pg';\nconst pool = new Pool();\n"
BAD = [
    TABLE + sql("SELECT id, text FROM quotes ORDER BY random() LIMIT 1;", "queries.sql"),
    TABLE + typescript(POOL + "export const some = () => pool.query('SELECT text FROM quotes ORDER BY RANDOM() LIMIT 5');\n"),
    typescript(
        POOL
        + "export const of = (author: number) =>\n"
        + "  pool.query('SELECT text FROM quotes WHERE author_id = $1 ORDER BY random() LIMIT 1', [author]);\n"
    ),
]
GOOD = [
    TABLE + sql("SELECT id, text FROM quotes ORDER BY id LIMIT 1;", "queries.sql"),
    TABLE + sql("SELECT id, text FROM quotes TABLESAMPLE SYSTEM (1) ORDER BY random() LIMIT 1;", "queries.sql"),
    TABLE + sql("SELECT id, random() FROM quotes ORDER BY id LIMIT 1;", "queries.sql"),
    TABLE + sql("SELECT text FROM (SELECT text FROM quotes WHERE id = 1) q ORDER BY random();", "queries.sql"),
    TABLE + sql("SELECT id FROM quotes ORDER BY random() LIMIT 10;", "seeds/pick.sql"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def order_by_random(query: Query, schema: Schema | None) -> Iterator[Finding]:
    for part in parts_of(query):
        key = next((key for key in part.order_by if key.text in ("random()", "gen_random_uuid()")), None)
        first = part.relations[0] if part.relations else None
        if key is None or first is None or first.kind != "table" or any(one.sampled for one in part.relations):
            continue
        name = shown(first)
        yield Finding(
            at=key.location,
            subject=subject(query, f"{name} by random()"),
            message=f"ORDER BY {key.text} reads and sorts all of {name} to pick {picked(part)}",
            remedy=RewriteCode("Pick from a sample", query.location, sampled(part, name), "sql"),
            confidence=Confidence.POSSIBLE if is_small(part, schema) else Confidence.LIKELY,
        )


def picked(part: Part) -> str:
    limit = part.limit.constant if part.limit is not None else None
    if part.limit is None:
        return "an order"
    return "one row" if limit == 1 else f"{limit or part.limit.text} rows"


def is_small(part: Part, schema: Schema | None) -> bool:
    """Whether what is sorted is probably little: the rows of one parent, or a table that people keep by hand."""
    table = table_of(part.relations[0], schema)
    curated = schema is not None and table is not None and schema.looks_curated(table)
    return curated or any(fixed_columns(part, one.alias) for one in part.relations)


def sampled(part: Part, name: str) -> str:
    limit = part.limit.text if part.limit is not None else "1"
    return f"-- CREATE EXTENSION tsm_system_rows;\nSELECT ... FROM {quote(name)} TABLESAMPLE SYSTEM_ROWS ({limit})"
