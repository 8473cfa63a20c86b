"""SET LOGGED or SET UNLOGGED on a table in use.

## Why it matters
Both write the whole table and all of its indexes anew under ACCESS EXCLUSIVE: nobody reads or writes it meanwhile. SET LOGGED
also writes all of it to the WAL, which replicas have to catch up with. Measured on a million rows and one index: 819 ms to
UNLOGGED, in which a write waited 750 ms. An UNLOGGED table is empty after a crash, and not there on a replica.

## When it is fine
The same migration makes the table, or it is small.

## What to do
Make a new table of the other kind, copy in batches, and swap the names; or do it while the application is stopped.

## Sources
- PostgreSQL documentation, ALTER TABLE, "SET { LOGGED | UNLOGGED }" https://www.postgresql.org/docs/current/sql-altertable.html
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import Migration, SetLogged
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts SET UNLOGGED;"),
    project({"migrations/042_logged.sql": "ALTER TABLE posts SET LOGGED;"}),
]
GOOD = [
    prisma_migrations(f"{POSTS}\nALTER TABLE posts SET UNLOGGED;"),
    # it is so already: nothing is done
    prisma_migrations(POSTS, "ALTER TABLE posts SET LOGGED;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def set_logged_rewrites(step: SetLogged, migration: Migration) -> Iterator[Finding]:
    table = migration.before.table(step.table)
    if not migration.finds(step.table) or (table is not None and table.unlogged is not step.logged):
        return
    kind = "LOGGED" if step.logged else "UNLOGGED"
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: {step.table.qualified}",
        message=f"SET {kind} writes all of {step.table} and its indexes anew: nobody reads or writes it until that is done",
        confidence=Confidence.CERTAIN if table else Confidence.LIKELY,
    )
