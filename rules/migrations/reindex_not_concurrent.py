"""REINDEX without CONCURRENTLY.

## Why it matters
REINDEX builds the index anew under SHARE on its table, so that nobody can write until it is done, and under ACCESS EXCLUSIVE on
the index, for which queries that would use it wait too: planning a query looks at every index of its tables, so that most readers
wait. Measured on a million rows and two indexes: 392 ms, in which a write waited 387 ms; CONCURRENTLY took 532 ms, in which none
waited more than 6 ms.

## When it is fine
The table is made by the same migration, is small, or the application is stopped meanwhile.

## What to do
`REINDEX ... CONCURRENTLY` (PostgreSQL 12 and later), outside a transaction. When it fails it leaves an invalid index behind whose
name ends in `_ccnew`: drop that. The catalogs of the system know no CONCURRENTLY.

## Sources
- PostgreSQL documentation, REINDEX, "Rebuilding Indexes Concurrently"
  https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import Migration, Reindex
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.indexes import reindex_sql
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, slug text);\nCREATE INDEX posts_slug ON posts (slug);"
BAD = [
    prisma_migrations(POSTS, "REINDEX INDEX posts_slug;"),
    project({"migrations/042_reindex.sql": "REINDEX TABLE posts;"}),
    project({"migrations/042_reindex.sql": "REINDEX (VERBOSE) SCHEMA public;"}),
]
GOOD = [
    prisma_migrations(POSTS, "REINDEX INDEX CONCURRENTLY posts_slug;"),
    project({"migrations/042_reindex.sql": "REINDEX (CONCURRENTLY) TABLE posts;"}),
    project({"migrations/042_reindex.sql": "REINDEX SYSTEM app;"}),
    prisma_migrations(f"{POSTS}\nREINDEX TABLE posts;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def reindex_not_concurrent(step: Reindex, migration: Migration) -> Iterator[Finding]:
    if step.concurrently or step.target == "system" or (step.table is not None and not migration.finds(step.table)):
        return
    subject = str(step.name or step.whole or "")
    known = step.table is not None and migration.before.table(step.table) is not None
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: {step.target} {subject}".rstrip(),
        message=f"{step.target} {subject} is indexed anew without CONCURRENTLY: writes wait until it is done, and most reads too",
        remedy=SafeSteps.instead_of(
            step, migration, f"Reindex {subject or step.target} CONCURRENTLY", Step("reindex", reindex_sql(step), outside=True)
        ),
        confidence=Confidence.CERTAIN if known else Confidence.LIKELY,
    )
