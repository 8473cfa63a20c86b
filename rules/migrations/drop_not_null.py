"""DROP NOT NULL.

## Why it matters
From then on readers may meet NULL where none ever was: code that calls a method on the value, a comparison that silently leaves
rows out, `NOT IN` that finds nothing at all any more. The way back reads every row.

## When it is fine
The column is on its way out, or is optional from now on and every reader knows it. This rule is off unless it is selected.

## What to do
Change the readers first. Where rows without a value are an exception, a default value says what they have.

## Sources
- PostgreSQL wiki, "Don't use NOT IN", on what NULL does to it
  https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_NOT_IN
"""

from collections.abc import Iterator

from advisor.model import DropNotNull, Migration
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL);"
LOOSEN = "ALTER TABLE posts ALTER COLUMN title DROP NOT NULL;"
BAD = [
    prisma_migrations(POSTS, LOOSEN),
    project({"migrations/042_title.sql": LOOSEN}),
]
GOOD = [
    prisma_migrations(f"{POSTS}\n{LOOSEN}"),
    # it was never NOT NULL
    prisma_migrations("CREATE TABLE posts (id bigint PRIMARY KEY, title text);", LOOSEN),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD a int NOT NULL DEFAULT 1;\nALTER TABLE posts ALTER a DROP NOT NULL;"),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def drop_not_null(step: DropNotNull, migration: Migration) -> Iterator[Finding]:
    table = migration.before.table(step.table)
    column = table.column(step.column or "") if table else None
    if (column is None or not column.nullable) and migration.finds(step.table) and not migration.adds(step.table, step.column):
        yield Finding(
            at=step.location,
            subject=f"{migration.name}: {step.table.qualified}.{step.column}",
            message=f"{step.table}.{step.column} may be NULL from now on: readers that never met NULL will",
            confidence=Confidence.CERTAIN if column else Confidence.LIKELY,
        )
