"""LIMIT without ORDER BY: some rows, but nobody says which.

## Why it matters
Without an order PostgreSQL returns whichever rows its plan meets first. An UPDATE moves a row within the table, a second
reader of the same table joins a scan under way (`synchronize_seqscans`), an index or a parallel worker changes the plan: the
same query gives other rows, in tests never, in production on the day that the table grows.

## When it is fine
Any row will do: to see whether there is one (`SELECT 1 ... LIMIT 1`, EXISTS), to take the next of a queue, or to delete in
batches until none is left. Where a unique key is given there is only one row. None of these is reported, nor a LIMIT on
one row of an aggregate. In a migration or a script the rows are often any, too.

## What to do
Say which rows are meant, and end the order in a unique column: `ORDER BY created_at DESC, id DESC`.

## Sources
- PostgreSQL documentation, "LIMIT and OFFSET": use ORDER BY to constrain the result rows into a unique order, or you get
  an unpredictable subset; `synchronize_seqscans`
"""

from collections.abc import Iterator

from advisor.model import Part, Query, Schema
from advisor.remedies import RewriteCode
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, rule, sql, typescript

from ._parts import fixed_columns, parts_of, shown, subject, table_of

TABLE = sql("CREATE TABLE posts (id bigint PRIMARY KEY, slug text NOT NULL UNIQUE, author_id bigint NOT NULL, title text);")
POOL = "import { Pool } from 'pg';\nconst pool = new Pool();\n"
BAD = [
    TABLE + sql("SELECT id, title FROM posts WHERE author_id = 5 LIMIT 20;", "queries.sql"),
    TABLE + typescript(POOL + "export const some = () => pool.query('SELECT title FROM posts LIMIT 10');\n"),
    TABLE + sql("SELECT id, (SELECT title FROM posts p WHERE p.author_id = posts.id LIMIT 1) FROM posts;", "queries.sql"),
    typescript(POOL + "export const of = (id: number) => pool.query('SELECT * FROM notes WHERE owner_id = $1 LIMIT 5', [id]);\n"),
]
GOOD = [
    TABLE + sql("SELECT id, title FROM posts WHERE author_id = 5 ORDER BY id LIMIT 20;", "queries.sql"),
    TABLE + sql("SELECT title FROM posts WHERE slug = 'a' LIMIT 1;", "queries.sql"),
    TABLE + sql("SELECT 1 FROM posts WHERE author_id = 5 LIMIT 1;", "queries.sql"),
    TABLE + sql("SELECT id FROM posts p WHERE EXISTS (SELECT q.id FROM posts q WHERE q.id = p.author_id LIMIT 1);", "queries.sql"),
    TABLE + sql("DELETE FROM posts WHERE id IN (SELECT id FROM posts WHERE author_id = 5 LIMIT 1000);", "queries.sql"),
    TABLE + sql("SELECT count(*) FROM posts LIMIT 1;", "queries.sql"),
    TABLE + sql("SELECT id FROM posts WHERE author_id = 5 LIMIT 1 FOR UPDATE SKIP LOCKED;", "queries.sql"),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def limit_without_order(query: Query, schema: Schema | None) -> Iterator[Finding]:
    for part in parts_of(query):
        if part.limit is None or part.order_by or part.role == "exists" or not chooses(part, schema) or takes_any(part, query):
            continue
        name = shown(part.relations[0]) if part.relations else "the result"
        yield Finding(
            at=part.limit.location,
            subject=subject(query, f"LIMIT on {name}"),
            message=f"LIMIT {part.limit.text} without ORDER BY gives {name} in whatever order the plan meets",
            remedy=ordered(part, query, schema),
            confidence=Confidence.POSSIBLE if part.limit.constant == 1 else Confidence.LIKELY,
        )


def chooses(part: Part, schema: Schema | None) -> bool:
    """Whether there may be more rows than one, and different ones."""
    if part.kind != "select" or part.aggregates or not part.relations or part.limit is None or part.limit.constant == 0:
        return False
    told = [output for output in part.outputs if output.constant is None]
    first = part.relations[0]
    if not told or first.kind in ("function", "values") or first.sampled:
        return False
    table = table_of(first, schema)
    fixed = fixed_columns(part, first.alias)
    if table is None:
        return not (part.limit.constant == 1 and fixed)
    return not (table.is_unique(fixed) and len(part.relations) == 1)


def takes_any(part: Part, query: Query) -> bool:
    """Whether any rows will do: those of a queue, or a batch of what is to be changed."""
    around = query.parts[part.around] if part.around is not None else None
    return part.lock is not None or (around is not None and around.kind in ("delete", "update", "insert"))


def ordered(part: Part, query: Query, schema: Schema | None) -> RewriteCode | None:
    table = table_of(part.relations[0], schema) if part.relations else None
    key = table.primary_key if table is not None else None
    if key is None or part.limit is None or not all(key.columns):
        return None
    columns = ", ".join(quote(column) for column in key.columns if column)
    return RewriteCode("Order by the primary key", query.location, f"ORDER BY {columns} LIMIT {part.limit.text}", "sql")
