"""ADD COLUMN serial or bigserial on a table in use.

## Why it matters
A serial column's default is nextval(), which differs for every row: PostgreSQL writes the whole table and its indexes anew under
ACCESS EXCLUSIVE. Measured on a million rows: 1.7 s, in which a write waited 1.5 s.

## When it is fine
The migration makes the table itself. The table is small, or nobody uses it meanwhile.

## What to do
Add the column without a default, make the sequence, set the default for new rows, and number the old ones in batches; NOT NULL
comes last. The sequence starts behind what the old rows will take.

## Sources
- PostgreSQL documentation, "Serial Types": serial is an integer with a default of nextval()
  https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL; ALTER TABLE, "Notes"
  https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddColumn, Migration
from advisor.remedies.migrations import SafeSteps
from advisor.remedies.migrations.columns import steps_to_number
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (title text);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN number serial;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN id bigserial PRIMARY KEY;"),
    project({"migrations/042_number.sql": "ALTER TABLE posts ADD COLUMN number smallserial;"}),
]
GOOD = [
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ADD COLUMN number serial;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN number int;"),
    prisma_migrations(POSTS, "CREATE TABLE drafts (id bigserial PRIMARY KEY);"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def add_serial_column(step: AddColumn, migration: Migration) -> Iterator[Finding]:
    if not step.serial or step.already_there or not migration.finds(step.table):
        return
    alone = migration.is_whole_statement(step)
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: {step.table.qualified}.{step.column}",
        message=f"a serial column numbers every row: all of {step.table} is written anew, and nobody uses it meanwhile",
        remedy=SafeSteps.instead_of(
            step, migration, f"Add {step.table}.{step.column} empty, and number the rows afterwards", *steps_to_number(step)
        )
        if alone
        else None,
        confidence=Confidence.CERTAIN if migration.before.table(step.table) else Confidence.LIKELY,
    )
