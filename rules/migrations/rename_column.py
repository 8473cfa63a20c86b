"""Renaming a column that the running application uses.

## Why it matters
While a new version of the application is rolled out, the old one still runs: from the moment of the renaming each of its queries
that names the column fails. So does everything outside that does: reports, exports, other services.

## When it is fine
The application is stopped while it is migrated. Nothing but the migration's own objects uses the column.

## What to do
Leave the name in the database alone, and rename in code: Prisma's `@map("old_name")`, Drizzle's `text("old_name")`, TypeORM's
`@Column({ name })`, Sequelize's `field`. Where the name must change: add a new column, write both (a trigger does it), fill the
old rows, move the readers over, and drop the old one in a later release.

## Sources
- Prisma documentation, "Customizing migrations", "Rename a field" and the expand and contract pattern
  https://www.prisma.io/docs/orm/prisma-migrate/workflows/customizing-migrations#use-the-expand-and-contract-pattern-to-evolve-the-schema-without-downtime
"""

from collections.abc import Iterator

from advisor.model import Migration, RenameColumn
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, body text);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts RENAME COLUMN body TO content;"),
    project({"migrations/042_body.sql": "ALTER TABLE posts RENAME body TO content;"}),
    # one finding of both
    prisma_migrations(POSTS, "ALTER TABLE posts RENAME body TO content;\nALTER TABLE posts RENAME id TO key;"),
]
GOOD = [
    prisma_migrations(f"{POSTS}\nALTER TABLE posts RENAME COLUMN body TO content;"),
    prisma_migrations(POSTS, "ALTER TABLE posts RENAME CONSTRAINT posts_pkey TO posts_key;"),
    # the column came with the same migration
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN a text;\nALTER TABLE posts RENAME COLUMN a TO b;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def rename_column(migration: Migration) -> Iterator[Finding]:
    renamed = [step for step in migration.operations if isinstance(step, RenameColumn) and is_known_outside(step, migration)]
    if not renamed:
        return
    first, *others = renamed
    changes = [f"{step.table}.{step.column} becomes {step.new_name}" for step in renamed]
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.column}",
        message=f"{listed(changes, 1)}: the running version of the application fails on {'them' if others else 'it'}",
        confidence=Confidence.LIKELY,
        related=tuple(Related(step.location, change) for step, change in zip(others, changes[1:], strict=True)),
    )


def is_known_outside(step: RenameColumn, migration: Migration) -> bool:
    return not migration.creates(step.table) and not migration.adds(step.table, step.column)
