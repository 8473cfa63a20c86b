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
from advisor.remedies.migrations.columns import steps_to_add
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN token uuid DEFAULT gen_random_uuid();"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();"),
    project({"migrations/042_seen.sql": "ALTER TABLE posts ADD COLUMN seen timestamptz DEFAULT clock_timestamp();"}),
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
def add_column_volatile_default(step: AddColumn, migration: Migration) -> Iterator[Finding]:
    volatile = step.default == "volatile" and not step.serial
    if not volatile or step.already_there or not migration.finds(step.table):
        return
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: {step.table.qualified}.{step.column}",
        message=f"{step.default_text} differs for every row: all of {step.table} is written anew, and nobody uses it meanwhile",
        remedy=SafeSteps.instead_of(
            step, migration, f"Add {step.table}.{step.column} without its default, and fill it afterwards", *steps_to_add(step)
        ),
        confidence=Confidence.CERTAIN if migration.before.table(step.table) else Confidence.LIKELY,
    )
