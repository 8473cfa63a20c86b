"""ADD COLUMN with a default that is worked out for every row.

## Why it matters
A constant default, `now()` included, is worked out once and kept in the catalog (PostgreSQL 11 and later): the column is there in
an instant. A volatile one (`gen_random_uuid()`, `random()`, `clock_timestamp()`, `nextval()`) differs from row to row: PostgreSQL
writes the whole table and its indexes anew under ACCESS EXCLUSIVE. Measured on a million rows with gen_random_uuid(): 6.6 s, in
which a write waited 6.5 s.

## When it is fine
The migration makes the table itself. The table is small, or nobody uses it meanwhile.

## What to do
Add the column without a default, set the default in a second command, which holds for new rows only, and fill the old rows in
batches. Where it has to be NOT NULL, that comes last: see set-not-null-scans.

## Sources
- PostgreSQL documentation, ALTER TABLE, "Notes": "Adding a column with a volatile DEFAULT ... will require the entire table and
  its indexes to be rewritten" https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddColumn, Migration
from advisor.remedies.migrations import SafeSteps
from advisor.remedies.migrations.columns import comes_bare, steps_to_add
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN token uuid DEFAULT gen_random_uuid();"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();"),
    project({"migrations/042_seen.sql": "ALTER TABLE posts ADD COLUMN seen timestamptz DEFAULT clock_timestamp();"}),
    prisma_migrations(
        f"{POSTS}\nCREATE TABLE tags (name text);",
        "ALTER TABLE posts ADD a uuid DEFAULT gen_random_uuid(), ADD b float DEFAULT random();\n"
        "ALTER TABLE tags ADD c uuid DEFAULT gen_random_uuid() NOT NULL;",
    ),
]
GOOD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN seen timestamptz NOT NULL DEFAULT now();"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN n int NOT NULL DEFAULT 2 * 21, ADD COLUMN tags text[] DEFAULT '{}';"),
    prisma_migrations(
        POSTS, "ALTER TABLE posts ADD COLUMN token uuid;\nALTER TABLE posts ALTER token SET DEFAULT gen_random_uuid();"
    ),
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ADD COLUMN token uuid DEFAULT gen_random_uuid();"),
    project({"migrations/042.sql": "ALTER TABLE posts ADD COLUMN IF NOT EXISTS day date DEFAULT CURRENT_DATE;"}),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def add_column_volatile_default(migration: Migration) -> Iterator[Finding]:
    added = [step for step in migration.operations if isinstance(step, AddColumn) and writes_anew(step, migration)]
    if not added:
        return
    first, *others = added
    tables = list(dict.fromkeys(step.table for step in added))
    names = listed([f"{step.table}.{step.column}" for step in added])
    defaults = listed(dict.fromkeys(step.default_text for step in added))
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.column}",
        message=f"{defaults} {'differ' if ' and ' in defaults else 'differs'} for every row: all of {listed(tables)}"
        " is written anew,"
        f" and nobody reads or writes {'them' if len(tables) > 1 else 'it'} meanwhile",
        remedy=SafeSteps.instead_of(
            first,
            migration,
            f"Add {names} without {'defaults, and fill them' if others else 'its default, and fill it'} afterwards",
            *(way for step in added for way in steps_to_add(step)),
            alone=not others,
        )
        if all(comes_bare(step, migration) for step in added)
        else None,
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table}.{step.column}, too") for step in others),
    )


def writes_anew(step: AddColumn, migration: Migration) -> bool:
    return step.default == "volatile" and not (step.serial or step.already_there) and migration.finds(step.table)
