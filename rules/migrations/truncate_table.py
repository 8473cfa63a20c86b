"""TRUNCATE in a migration.

## Why it matters
It takes all rows, at once and for good, wherever the migration runs; with CASCADE those of every table that refers to it too,
whether their rows refer to anything or not. It holds ACCESS EXCLUSIVE to the end of its transaction, and row triggers do not see
the rows go.

## When it is fine
The migration makes the table itself. A cache or a staging table whose rows are made anew.

## What to do
Delete by a condition, in batches, outside of the migration. Name every table that is meant instead of CASCADE: without it TRUNCATE
fails where another table refers to this one.

## Sources
- PostgreSQL documentation, TRUNCATE: CASCADE "can be used to automatically include all dependent tables", "should be used with
  caution" https://www.postgresql.org/docs/current/sql-truncate.html
"""

from collections.abc import Iterator

from advisor.model import DropTable, Migration, Name, Truncate
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

ORDERS = (
    "CREATE TABLE orders (id bigint PRIMARY KEY);\nCREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);"
)
BAD = [
    prisma_migrations(ORDERS, "TRUNCATE lines;"),
    prisma_migrations(ORDERS, "TRUNCATE orders CASCADE;"),
    project({"migrations/042_reset.sql": "TRUNCATE TABLE orders, lines;"}),
]
GOOD = [
    prisma_migrations(f"{ORDERS}\nTRUNCATE orders CASCADE;"),
    prisma_migrations(ORDERS, "CREATE TABLE scratch AS SELECT * FROM lines;\nTRUNCATE scratch;"),
    # drop-table says so
    prisma_migrations(ORDERS, "TRUNCATE lines;\nDROP TABLE lines;"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def truncate_table(migration: Migration) -> Iterator[Finding]:
    emptied = [step for step in migration.operations if isinstance(step, Truncate) and is_kept(step.table, migration)]
    if not emptied:
        return
    first, *others = emptied
    tables = dict.fromkeys(step.table for step in emptied)
    behind = {table: None for step in emptied if step.cascade for table in step.referencing if table not in tables}
    through = f", with CASCADE those of {listed(behind)} too" if behind else ""
    if not behind and any(step.cascade for step in emptied):
        through = ", with CASCADE those of every table that refers to it too"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}",
        message=f"TRUNCATE takes all rows of {listed(tables)}{through}",
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table}, too") for step in others if step.location != first.location),
    )


def is_kept(table: Name, migration: Migration) -> bool:
    dropped = any(isinstance(step, DropTable) and step.table == table for step in migration.operations)
    return migration.finds(table) and not dropped
