"""ENABLE or DISABLE TRIGGER on a table in use.

## Why it matters
It takes SHARE ROW EXCLUSIVE on the table until the transaction ends, so that nobody can write meanwhile. And while a trigger is
disabled, every session does without it, not only this one: rows that others write then are never seen by it. DISABLE TRIGGER ALL
switches the checks of foreign keys off too, which are not made up for later.

## When it is fine
The application is stopped meanwhile, or the same migration makes the table.

## What to do
For a bulk load, `SET session_replication_role = replica` (superusers) switches triggers off for the own session alone; or give
the trigger a condition (`WHEN (current_setting('app.loading', true) IS DISTINCT FROM 'on')`) that the session sets.

## Sources
- PostgreSQL documentation, ALTER TABLE, "DISABLE/ENABLE TRIGGER" https://www.postgresql.org/docs/current/sql-altertable.html
- "session_replication_role" https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE
"""

from collections.abc import Iterator

from advisor.model import Migration, SetTrigger
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);\nCREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';"
POSTS += "\nCREATE TRIGGER audited AFTER UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION audit();"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts DISABLE TRIGGER audited;"),
    project({"migrations/042_load.sql": "ALTER TABLE posts DISABLE TRIGGER ALL;\nALTER TABLE posts ENABLE TRIGGER ALL;"}),
]
GOOD = [
    prisma_migrations(f"{POSTS}\nALTER TABLE posts DISABLE TRIGGER ALL;\nALTER TABLE posts ENABLE TRIGGER ALL;"),
    project({"migrations/042_load.sql": "SET session_replication_role = replica;"}),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def toggle_trigger_locks(migration: Migration) -> Iterator[Finding]:
    told = set()
    for step in migration.operations:
        # What is disabled is enabled again further down: that is the same cause.
        if isinstance(step, SetTrigger) and migration.finds(step.table) and (step.table, step.name) not in told:
            told.add((step.table, step.name))
            what = f"{'rule' if step.rule else 'trigger'} {step.name}" if step.name else "every trigger"
            done = "enabled" if step.enabled else "disabled for every session"
            yield Finding(
                at=step.location,
                subject=f"{migration.name}: {step.table.qualified}.{step.name or 'ALL'}",
                message=f"{what} of {step.table} is {done}: writes wait until the transaction ends",
                confidence=Confidence.CERTAIN if migration.before.table(step.table) else Confidence.LIKELY,
            )
