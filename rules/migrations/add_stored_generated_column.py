"""ADD COLUMN ... GENERATED ALWAYS AS (...) STORED.

## Why it matters
The column is worked out for every row that is there: PostgreSQL writes the whole table and its indexes anew under ACCESS
EXCLUSIVE. Measured on a million rows: 1.2 s, in which a write waited 1.2 s.

## When it is fine
The migration makes the table itself. The table is small, or nobody uses it meanwhile.

## What to do
A virtual column (PostgreSQL 18: `GENERATED ALWAYS AS (...) VIRTUAL`) is there in an instant, and worked out when it is read; it
cannot be indexed, but an index on the expression serves. Where it must be stored: a plain column that a trigger fills for new
rows, with the old ones filled in batches; or, for a query's sake alone, an index on the expression instead of the column.

## Sources
- PostgreSQL documentation, ALTER TABLE, "Notes": "Adding ... a stored generated column ... will require the entire table and its
  indexes to be rewritten" https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES; "Generated Columns"
  https://www.postgresql.org/docs/current/ddl-generated-columns.html
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddColumn, Migration
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, title text);"
ADD = "ALTER TABLE posts ADD COLUMN lower_title text GENERATED ALWAYS AS (lower(title))"
BAD = [
    prisma_migrations(POSTS, f"{ADD} STORED;"),
    project({"migrations/042_title.sql": f"{ADD} STORED;"}),
    prisma_migrations(
        POSTS,
        f"{ADD} STORED, ADD twice bigint GENERATED ALWAYS AS (id * 2) STORED;\n{ADD.replace('posts', 'pages')} STORED;",
    ),
]
GOOD = [
    prisma_migrations(POSTS, f"{ADD} VIRTUAL;"),
    prisma_migrations(f"{POSTS}\n{ADD} STORED;"),
    prisma_migrations(POSTS, "CREATE INDEX CONCURRENTLY posts_lower_title ON posts (lower(title));"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def add_stored_generated_column(migration: Migration) -> Iterator[Finding]:
    added = [step for step in migration.operations if isinstance(step, AddColumn) and writes_anew(step, migration)]
    if not added:
        return
    first, *others = added
    tables = list(dict.fromkeys(step.table for step in added))
    what = f"{len(added)} stored columns have values" if others else "a stored column has a value"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.column}",
        message=f"{what} for every row: all of {listed(tables)} is written anew,"
        f" and nobody reads or writes {'them' if len(tables) > 1 else 'it'} meanwhile",
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table}.{step.column}, too") for step in others),
    )


def writes_anew(step: AddColumn, migration: Migration) -> bool:
    return step.generated == "stored" and not step.already_there and migration.finds(step.table)
