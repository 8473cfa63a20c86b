"""A dropped trigger.

## Why it matters
What it kept up, a counter, an audit row, `updated_at`, is no longer kept up, and nothing fails: the loss is found when the data is
needed. DROP TRIGGER takes ACCESS EXCLUSIVE on its table: for an instant, but it waits for everybody and everybody waits behind it.

## When it is fine
The same migration makes it anew, drops the table, or moves its work into the application, which is released first.

## What to do
Say in the migration what does the work from now on. Replace a trigger without a gap: `CREATE OR REPLACE TRIGGER` (PostgreSQL 14),
or drop and create in one transaction.

## Sources
- PostgreSQL documentation, CREATE TRIGGER: OR REPLACE https://www.postgresql.org/docs/current/sql-createtrigger.html
- the lock was traced: tests/model/migration/test_effects.py, DROP TRIGGER
"""

from collections.abc import Iterator

from advisor.model import CreateTrigger, DropTable, DropTrigger, Migration
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

TRIGGER = "CREATE TRIGGER audited AFTER UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION audit();"
POSTS = (
    "CREATE TABLE posts (id bigint PRIMARY KEY);\n"
    f"CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';\n{TRIGGER}"
)
BAD = [
    prisma_migrations(POSTS, "DROP TRIGGER audited ON posts;"),
    project({"migrations/042_audit.sql": "DROP TRIGGER IF EXISTS audited ON posts;"}),
    prisma_migrations(POSTS, "DROP TRIGGER audited ON posts;\nDROP TRIGGER IF EXISTS kept ON users;"),
]
GOOD = [
    prisma_migrations(POSTS, f"DROP TRIGGER audited ON posts;\n{TRIGGER}"),
    prisma_migrations(POSTS, "DROP TRIGGER audited ON posts;\nDROP TABLE posts;"),
    prisma_migrations(POSTS, "DROP TRIGGER IF EXISTS counted ON posts;"),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def drop_trigger(migration: Migration) -> Iterator[Finding]:
    gone = [step for step in migration.operations if isinstance(step, DropTrigger) and is_missed(step, migration)]
    if not gone:
        return
    first, *others = gone
    what = f"{len(gone)} triggers no longer run" if others else f"trigger {first.name} of {first.table} no longer runs"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.name}",
        message=f"{what}: what {'they' if others else 'it'} kept up is no longer kept up",
        confidence=Confidence.CERTAIN if any(migration.before.table(step.table) for step in gone) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"trigger {step.name} of {step.table}, too") for step in others),
    )


def is_missed(step: DropTrigger, migration: Migration) -> bool:
    """Whether it is there before, on a table that stays, and nothing takes its place."""
    table = migration.before.table(step.table)
    if table is not None and step.name not in {trigger.name for trigger in table.triggers}:
        return False
    return migration.finds(step.table) and not goes_on(step, migration)


def goes_on(step: DropTrigger, migration: Migration) -> bool:
    """Whether the migration makes it, or another one in its place, or drops the whole table."""
    return any(isinstance(other, CreateTrigger | DropTable) and other.table == step.table for other in migration.operations)
