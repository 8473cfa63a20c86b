"""ADD COLUMN serial or bigserial on a table in use.

## Why it matters
A serial column's default is nextval(), which differs for every row: PostgreSQL writes the whole table and its indexes anew under
ACCESS EXCLUSIVE. Measured on a million rows: 1.7 s, in which a write waited 1.5 s.

## When it is fine
The migration makes the table itself. The table is small, or nobody uses it meanwhile.

## What to do
Add the column without a default, make the sequence, set the default for new rows, and number the old ones in batches; NOT NULL
comes last. New rows and old ones draw from the same sequence, so that no number comes twice.

## Sources
- PostgreSQL documentation, "Serial Types": serial is an integer with a default of nextval()
  https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL; ALTER TABLE, "Notes"
  https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddColumn, Migration
from advisor.remedies.migrations import SafeSteps
from advisor.remedies.migrations.columns import comes_bare, steps_to_number
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (title text);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN number serial;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN id bigserial PRIMARY KEY;"),
    project({"migrations/042_number.sql": "ALTER TABLE posts ADD COLUMN number smallserial;"}),
    prisma_migrations(
        f"{POSTS}\nCREATE TABLE tags (name text);",
        "ALTER TABLE posts ADD COLUMN a serial;\nALTER TABLE tags ADD COLUMN b bigserial;",
    ),
]
GOOD = [
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ADD COLUMN number serial;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN number int;"),
    prisma_migrations(POSTS, "CREATE TABLE drafts (id bigserial PRIMARY KEY);"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def add_serial_column(migration: Migration) -> Iterator[Finding]:
    added = [step for step in migration.operations if isinstance(step, AddColumn) and writes_anew(step, migration)]
    if not added:
        return
    first, *others = added
    tables = list(dict.fromkeys(step.table for step in added))
    names = listed([f"{step.table}.{step.column}" for step in added])
    what = f"{len(added)} serial columns number" if others else "a serial column numbers"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.column}",
        message=f"{what} every row: all of {listed(tables)} is written anew,"
        f" and nobody reads or writes {'them' if len(tables) > 1 else 'it'} meanwhile",
        remedy=SafeSteps.instead_of(
            first,
            migration,
            f"Add {names} empty, and number the rows afterwards",
            *(way for step in added for way in steps_to_number(step)),
            alone=not others,
        )
        if all(comes_bare(step, migration) for step in added)
        else None,
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table}.{step.column}, too") for step in others),
    )


def writes_anew(step: AddColumn, migration: Migration) -> bool:
    return step.serial and not step.already_there and migration.finds(step.table)
