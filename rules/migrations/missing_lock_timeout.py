"""Migrations that take strong locks and set no lock_timeout.

## Why it matters
A statement that needs ACCESS EXCLUSIVE waits for every query and every transaction that has touched the table, and while it
waits, all later queries of the table queue up behind it. So a change that is done in a millisecond stops the application for as
long as the longest transaction lasts: a report, a dump, a forgotten psql. With `lock_timeout` it gives up in time, and the queue
moves on.

## When it is fine
The role that migrates has one (`ALTER ROLE migrator SET lock_timeout = '5s'`), or the connection
(`?options=-c%20lock_timeout=5s`); neither can be seen here. Nobody uses the database while it is migrated.

## What to do
Set it for the role, once for all migrations, and let the deployment try again when it runs out: error 55P03, lock_not_available.
Or begin a migration with `SET lock_timeout = '5s';`. Two to five seconds suit most applications: as long as users may wait at
most. CREATE INDEX CONCURRENTLY and VALIDATE CONSTRAINT wait without being in anybody's way, and need none.

A history is one finding, with the number of its migrations that this is about; it stands at the newest.

## Sources
- PostgreSQL documentation, "lock_timeout" https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
- the queue behind a waiting lock: src/backend/storage/lmgr/README, "Lock conflicts and queues": a request conflicting with an
  earlier waiter's is put behind it; traced for every form of statement in advisor/model/migration/effect_rows.py
"""

from collections.abc import Iterator

from advisor.model import Database, Migration, Moment
from advisor.remedies import RunSql
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN title text;", "ALTER TABLE posts ADD COLUMN slug text;"),
    project({"migrations/042_title.sql": "ALTER TABLE posts ADD COLUMN title text;"}),
    project({"migrations/042_title.sql": "SET statement_timeout = '5s';\nCREATE INDEX posts_title ON posts (title);"}),
    # outside a transaction SET LOCAL does nothing
    project({"migrations/042_title.sql": "SET LOCAL lock_timeout = '5s';\nALTER TABLE posts ADD COLUMN title text;"}),
]
GOOD = [
    prisma_migrations(POSTS, "SET lock_timeout = '5s';\nALTER TABLE posts ADD COLUMN title text;"),
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ADD COLUMN title text;"),
    project({"migrations/042_title.sql": "CREATE INDEX CONCURRENTLY posts_title ON posts (title);"}),
    project({"migrations/042_title.sql": "BEGIN;\nSET LOCAL lock_timeout = '5s';\nALTER TABLE posts ADD title text;\nCOMMIT;"}),
]

SHOWN = 3


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def missing_lock_timeout(database: Database) -> Iterator[Finding]:
    waiting = [(migration, moment) for migration in database.migrations if (moment := first_without(migration)) is not None]
    if not waiting:
        return
    newest, moment = waiting[-1]
    held = next(effect for effect in moment.blocking if effect.lock and effect.lock.blocks_writes)
    who = "all queries" if held.lock and held.lock.blocks_reads else "all writes"
    many = f"{len(waiting)} migrations take" if len(waiting) > 1 else "the migration takes"
    yield Finding(
        at=moment.operation.location,
        subject=f"{database.folder if len(waiting) > 1 else newest.name}: lock_timeout",
        message=f"{many} strong locks without a lock_timeout: while this one waits for its own, so do {who} of {held.relation}",
        remedy=RunSql(
            "Give the role that migrates a lock_timeout",
            "ALTER ROLE CURRENT_USER SET lock_timeout = '5s';",
            "ALTER ROLE CURRENT_USER RESET lock_timeout;",
        ),
        confidence=Confidence.LIKELY,
        related=tuple(Related(other.operation.location, one.name) for one, other in waiting[-SHOWN - 1 : -1]),
    )


def first_without(migration: Migration) -> Moment | None:
    """The first operation that others may wait for, in a migration that never sets one: one set too late is another rule's."""
    if migration.applied or migration.tool == "dump" or any("lock_timeout" in moment.timeouts for moment in migration.moments):
        return None
    return next((moment for moment in migration.moments if moment.blocks), None)
