"""A change of a column's type that writes the table or its indexes anew.

## Why it matters
Most changes of a type write the whole table and its indexes anew under ACCESS EXCLUSIVE: nobody reads or writes it until that is
done. Measured on a million rows, integer to bigint: 913 ms, in which a write waited 867 ms. Some change the catalog alone:
varchar to a longer varchar or to text, numeric to more digits of the same scale, timestamp to more digits. Of those this rule
says nothing.

## When it is fine
The migration makes the table itself. What the old type was is not to be seen, and the new one is text, varchar or numeric without a
length: mostly they were that with a length, which costs nothing. The table is small, or nobody uses it meanwhile.

## What to do
Add a column of the new type, let a trigger (or the application) write both, fill the old rows in batches, and let the new one
take the old one's name in one short transaction when all are filled. Prisma: two fields, `@map` for the name at the end.

## Sources
- PostgreSQL documentation, ALTER TABLE, "Notes": changing the type "will normally cause the entire table and its indexes to be
  rewritten", unless the types are binary coercible
  https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
- which changes rewrite was traced: advisor/model/migration/type_changes.py; the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AlterColumnType, Migration
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

from ._time_zones import in_session_zone

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, n int, slug varchar(80), at timestamp, price numeric(10,2));"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN n TYPE bigint;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN slug SET DATA TYPE varchar(40);"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN n TYPE text USING n::text;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN price TYPE numeric(12,4);"),
    project({"migrations/042_n.sql": "ALTER TABLE posts ALTER COLUMN n TYPE bigint;"}),
]
GOOD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN slug TYPE varchar(200), ALTER COLUMN price TYPE numeric(12,2);"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN slug TYPE text;"),
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ALTER COLUMN n TYPE bigint;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN n TYPE integer;"),
]

UNBOUNDED = ("text", "character varying", "numeric")


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def change_column_type(step: AlterColumnType, migration: Migration) -> Iterator[Finding]:
    if is_left_open(step) or not migration.finds(step.table) or (step.work == "none" and not step.rebuilds):
        return
    if any(other is step for other in in_session_zone(migration)) or step.work == "by time zone":
        return  # type-change-depends-on-timezone says so
    change = f"{step.old_type} to {step.new_type}" if step.old_type else f"to {step.new_type}"
    written = f"all of {step.table} is written anew" if step.work == "rewrite" else f"{listed(step.rebuilds)} is built anew"
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: {step.table.qualified}.{step.column}",
        message=f"type of {step.column}, {change}: {written}, and nobody reads or writes the table meanwhile",
        # The old type is not known: it may be one that changes without work.
        confidence=Confidence.CERTAIN if step.old_type else Confidence.LIKELY,
    )


def is_left_open(step: AlterColumnType) -> bool:
    """Whether the old type is unknown, and the new one is what others mostly grow into without work."""
    return step.old_type is None and step.using is None and step.new_type in UNBOUNDED
