"""CREATE TRIGGER on a table in use.

## Why it matters
CREATE TRIGGER takes SHARE ROW EXCLUSIVE on its table: it is done in an instant, but waits for every transaction that has written
to the table, and all writers that come after it wait behind it. In a transaction the lock stays to its end.

## When it is fine
A short `lock_timeout` is set and the trigger is the last statement of its transaction. The same migration makes the table.

## What to do
Set `lock_timeout`, and give the trigger a migration of its own.

## Sources
- PostgreSQL documentation, "Explicit Locking": SHARE ROW EXCLUSIVE is taken by CREATE TRIGGER
  https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
"""

from collections.abc import Iterator

from advisor.model import CreateTrigger, Migration
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);\nCREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';"
TRIGGER = "CREATE TRIGGER audited AFTER UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION audit();"
SECOND = "CREATE TRIGGER counted AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION audit();"
THIRD = "CREATE TRIGGER kept BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION audit();"
BAD = [
    prisma_migrations(POSTS, TRIGGER),
    project({"migrations/042_audit.sql": TRIGGER}),
    prisma_migrations(POSTS, f"{TRIGGER}\n{SECOND}\n{THIRD}"),
]
GOOD = [
    prisma_migrations(f"{POSTS}\n{TRIGGER}"),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def create_trigger_locks(migration: Migration) -> Iterator[Finding]:
    made = [step for step in migration.operations if isinstance(step, CreateTrigger) and migration.finds(step.table)]
    if not made:
        return
    first, *others = made
    tables = list(dict.fromkeys(step.table for step in made))
    what = f"{len(made)} triggers lock" if others else f"trigger {first.name} locks"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.name}",
        message=f"{what} {listed(tables)} against writes until the transaction ends",
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"trigger {step.name} of {step.table}, too") for step in others),
    )
