"""An UPDATE or DELETE of every row of a table.

## Why it matters
Without a WHERE, or with one that is always true, the statement writes to all rows there are: a condition that was lost in
an edit, or a filter that came out empty, costs the table. Even where all rows are meant, it locks each of them until the
transaction ends, writes a new version of each (the table doubles until it is vacuumed), and fires each trigger once for
each row.

## When it is fine
The table holds what may go: a queue to be emptied, a cache, a staging table. TRUNCATE says so, at once and without dead
rows. UPDATE in a migration is judged by backfill-in-migration. A statement that takes its rows from another table (UPDATE
... FROM, DELETE ... USING) and one in a test or a seed are left alone.

## What to do
Say which rows. Where all are meant: TRUNCATE instead of DELETE, batches by key instead of UPDATE.

## Sources
- PostgreSQL documentation, "UPDATE", "DELETE" (without WHERE all rows are affected), "TRUNCATE" (faster than DELETE, and
  reclaims disk space at once)
- Prisma documentation, "CRUD", `deleteMany`, `updateMany`: without `where` all records are meant
"""

from collections.abc import Iterator

from advisor.model import Part, Query, Table
from advisor.remedies import RewriteCode
from advisor.remedies.sql import quote_name
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql, typescript

from ._parts import parts_of, shown, subject

SCHEMA = prisma("""
    model Session {
      id        Int      @id
      userId    Int
      expiresAt DateTime
    }
""")
CLIENT = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\n"
BAD = [
    sql("DELETE FROM audit_log;", "cleanup.sql"),
    sql("UPDATE accounts SET balance = 0 WHERE 1 = 1;", "queries.sql"),
    sql("WITH gone AS (DELETE FROM sessions RETURNING user_id) SELECT count(*) FROM gone;", "queries.sql"),
    SCHEMA + typescript(CLIENT + "export const logOut = (userId: number) => prisma.session.deleteMany();\n"),
    SCHEMA + typescript(CLIENT + "export const end = (at: Date) => prisma.session.updateMany({ data: { expiresAt: at } });\n"),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const reset = () => pool.query('UPDATE quotas SET used = 0');
    """),
]
GOOD = [
    sql("DELETE FROM sessions WHERE expires_at < now();", "cleanup.sql"),
    sql("UPDATE orders SET total = s.total FROM sums s WHERE s.order_id = orders.id;", "queries.sql"),
    sql("DELETE FROM sessions s USING users u WHERE u.id = s.user_id AND u.deleted;", "queries.sql"),
    sql("TRUNCATE audit_log;", "cleanup.sql"),
    sql("DELETE FROM users;", "tests/reset.test.sql"),
    SCHEMA + typescript(CLIENT + "export const end = (userId: number) => prisma.session.deleteMany({ where: { userId } });\n"),
    SCHEMA + typescript(CLIENT + "export const clear = (where: object) => prisma.session.deleteMany({ ...where });\n"),
    SCHEMA + typescript(CLIENT + "await prisma.session.deleteMany();\n", "prisma/seed.ts"),
]
WRITES = {"delete": "removes", "update": "changes"}


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def write_without_where(query: Query, table: Table | None) -> Iterator[Finding]:
    if not query.parts:
        yield from of_call(query, table)
    for part in parts_of(query, roles=frozenset({"application", "example", "migration"})):
        once = query.scope.role == "migration"
        if part.kind in WRITES and not part.conditioned and len(part.relations) == 1 and not (once and part.kind == "update"):
            name = shown(part.relations[0])
            yield finding(query, part, name, Confidence.LIKELY if once else Confidence.CERTAIN)


def of_call(query: Query, table: Table | None) -> Iterator[Finding]:
    """A call of an ORM that changes many rows and is given no filter."""
    many = query.verb in ("delete", "update") and query.complete and not (query.predicates or query.cursor or query.limit)
    if many and query.scope.role == "application" and query.writes_any_number:
        name = table.name.name if table is not None else query.model or "the table"
        yield Finding(
            at=query.location,
            subject=subject(query, f"{query.method} of {name}"),
            message=f"{query.method} without a filter {WRITES[query.verb]} every row of {name}",
            confidence=Confidence.LIKELY,
        )


def finding(query: Query, part: Part, name: str, confidence: Confidence) -> Finding:
    verb = part.kind.upper()
    return Finding(
        at=part.location,
        subject=subject(query, f"{verb} of {name}"),
        message=f"{verb} without a WHERE {WRITES[part.kind]} every row of {name}",
        remedy=truncate(part, query) if part.kind == "delete" and part.role == "statement" else None,
        confidence=confidence,
    )


def truncate(part: Part, query: Query) -> RewriteCode | None:
    named = part.relations[0].name
    if named is None:
        return None
    return RewriteCode("Say which rows, or TRUNCATE", query.location, f"TRUNCATE {quote_name(named)}; -- if all are meant", "sql")
