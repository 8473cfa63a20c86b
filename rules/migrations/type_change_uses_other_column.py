"""ALTER TYPE ... USING that reads another column.

## Why it matters
A new value that is made of another column changes the meaning of the column, not its type: every row is written under ACCESS
EXCLUSIVE, and no cast leads back. The application that is running writes the old meaning until it is replaced.

## When it is fine
Nobody uses the column yet.

## What to do
Add a new column, fill it in batches from both, and move the application over to it.

## Sources
- PostgreSQL documentation, ALTER TABLE, "USING": "the expression can refer to other columns"
  https://www.postgresql.org/docs/current/sql-altertable.html
"""

from collections.abc import Iterator

from advisor.model import AlterColumnType, Migration
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, cents int, currency text);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN cents TYPE text USING cents || ' ' || currency;"),
]
GOOD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN cents TYPE numeric USING cents / 100.0;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN cents TYPE text USING 'currency';"),
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ALTER COLUMN cents TYPE text USING cents || currency;"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD, yields=True)
def type_change_uses_other_column(step: AlterColumnType, migration: Migration) -> Iterator[Finding]:
    others = [column for column in step.reads if column != step.column]
    if others and migration.finds(step.table):
        yield Finding(
            at=step.location,
            subject=f"{migration.name}: {step.table.qualified}.{step.column}",
            message=f"the new {step.column} is made of {', '.join(others)} too: no cast leads back, and every row is written",
            confidence=Confidence.CERTAIN if step.old_type else Confidence.LIKELY,
        )
