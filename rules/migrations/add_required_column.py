"""ADD COLUMN NOT NULL without a default.

## Why it matters
It fails on every table that has a row: "column contains null values". And where the table is empty, it still breaks the version
of the application that is running: its INSERT does not know the column, and gives it no value.

## When it is fine
The migration makes the table itself, or the table is empty everywhere and nobody writes to it yet.

## What to do
Give it a default: a constant one is there in an instant, for the old rows too, and can be dropped when every INSERT gives a
value. Or add it without NOT NULL, fill it in batches, and make it NOT NULL afterwards, with a validated CHECK (see
set-not-null-scans). In Prisma: `@default(...)`, or an optional field first.

## Sources
- PostgreSQL documentation, ALTER TABLE, "ADD COLUMN" https://www.postgresql.org/docs/current/sql-altertable.html
- tried on PostgreSQL 18: one row, `ALTER TABLE t ADD COLUMN a int NOT NULL`: ERROR 23502
"""

from collections.abc import Iterator

from advisor.model import AddColumn, ChangeRows, Migration, Truncate
from advisor.remedies.migrations import SafeSteps
from advisor.remedies.migrations.columns import comes_bare, steps_to_add_required
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN title text NOT NULL;"),
    project({"migrations/042_title.sql": "ALTER TABLE posts ADD COLUMN title text NOT NULL;"}),
    # these leave rows
    prisma_migrations(
        f"{POSTS}\nCREATE TABLE tags (id bigint PRIMARY KEY);",
        "TRUNCATE tags;\nDELETE FROM tags;\nDELETE FROM posts WHERE id < 7;\nUPDATE posts SET id = id;\n"
        "ALTER TABLE posts ADD COLUMN title text NOT NULL;\nTRUNCATE posts;",
    ),
    project({"migrations/042_id.sql": "ALTER TABLE posts ADD COLUMN id bigint PRIMARY KEY;"}),
    prisma_migrations(
        f"{POSTS}\nCREATE TABLE tags (id bigint PRIMARY KEY);",
        "ALTER TABLE posts ADD title text NOT NULL, ADD body text NOT NULL;\nALTER TABLE tags ADD name text NOT NULL;",
    ),
]
GOOD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN title text NOT NULL DEFAULT '';"),
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ADD COLUMN title text NOT NULL;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN title text;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN n bigint GENERATED ALWAYS AS (id * 2) STORED NOT NULL;"),
    # all rows are gone by then
    prisma_migrations(POSTS, "TRUNCATE posts;\nALTER TABLE posts ADD COLUMN title text NOT NULL;"),
    prisma_migrations(POSTS, "DELETE FROM posts;\nALTER TABLE posts ADD COLUMN title text NOT NULL;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def add_required_column(migration: Migration) -> Iterator[Finding]:
    added = [step for step in migration.operations if isinstance(step, AddColumn) and fails_on_rows(step, migration)]
    if not added:
        return
    first, *others = added
    tables = list(dict.fromkeys(step.table for step in added))
    names = listed([f"{step.table}.{step.column}" for step in added])
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.column}",
        message=f"{names} {'are' if others else 'is'} NOT NULL without a default: it fails if"
        f" {'one of ' * (len(tables) > 1)}{listed(tables)} has a row,"
        f" and running code that does not know {'them' if others else 'it'} cannot insert",
        remedy=SafeSteps.instead_of(
            first,
            migration,
            f"Add {names} without NOT NULL, and require {'them' if others else 'it'} later",
            *(way for step in added for way in steps_to_add_required(step)),
            alone=not others,
        )
        if all(comes_bare(step, migration) for step in added)
        else None,
        confidence=Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table}.{step.column}, too") for step in others),
    )


def fails_on_rows(step: AddColumn, migration: Migration) -> bool:
    return step.needs_empty_table and not (migration.creates(step.table) or is_emptied(step, migration))


def is_emptied(step: AddColumn, migration: Migration) -> bool:
    """Whether the migration takes all rows out before."""
    before = migration.operations[: migration.operations.index(step)]
    return any(
        (isinstance(other, Truncate) and step.table in (other.table, *other.referencing))
        or (isinstance(other, ChangeRows) and other.verb == "delete" and other.table == step.table and not other.filtered)
        for other in before
    )
