"""ADD EXCLUDE: an exclusion constraint on a table in use.

## Why it matters
It takes ACCESS EXCLUSIVE, builds its index and compares every row with all that it may not meet: nobody reads or writes the table
until that is done. There is no NOT VALID for it, and no USING INDEX. Measured on a million rows (btree, one column): 1.9 s, in
which a write waited 1.9 s; GiST, which most of them need, takes longer.

## When it is fine
The migration makes the table itself. The table is small, or nobody uses it meanwhile.

## What to do
No way goes without a lock. Set `lock_timeout`, and do it when nobody is there; or make a new table with the constraint, copy in
batches, and swap the names. Equality alone (`EXCLUDE (id WITH =)`) is a unique constraint, which has a way. So has "no two
periods overlap" of a partition: new partitions carry the constraint from the start.

## Sources
- PostgreSQL documentation, CREATE TABLE, "EXCLUDE" https://www.postgresql.org/docs/current/sql-createtable.html; ALTER TABLE: NOT
  VALID "is currently only allowed for foreign-key, CHECK, and not-null constraints"
  https://www.postgresql.org/docs/current/sql-altertable.html
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddExclusion, Migration
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

ROOMS = "CREATE TABLE bookings (id bigint PRIMARY KEY, during tstzrange);"
EXCLUDE = "ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);"
BAD = [
    prisma_migrations(ROOMS, EXCLUDE),
    project({"migrations/042_overlap.sql": EXCLUDE}),
    project(
        {"migrations/042_overlap.sql": f"{EXCLUDE}\nALTER TABLE rooms ADD EXCLUDE (name WITH =);\nALTER TABLE rooms ADD x int;"}
    ),
]
GOOD = [
    prisma_migrations(f"{ROOMS}\n{EXCLUDE}"),
    prisma_migrations(ROOMS, "ALTER TABLE bookings DROP CONSTRAINT IF EXISTS no_overlap;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def add_exclusion_constraint(migration: Migration) -> Iterator[Finding]:
    added = [step for step in migration.operations if isinstance(step, AddExclusion) and migration.finds(step.table)]
    if not added:
        return
    first, *others = added
    tables = list(dict.fromkeys(step.table for step in added))
    what = f"{len(added)} exclusion constraints compare" if others else "an exclusion constraint compares"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.name or 'exclusion'}",
        message=f"{what} every row of {listed(tables)}: nobody reads or writes"
        f" {'them' if len(tables) > 1 else 'it'} until that is done",
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.name or 'one'} of {step.table}, too") for step in others),
    )
