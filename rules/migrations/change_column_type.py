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
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

from ._time_zones import in_session_zone

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, n int, slug varchar(80), at timestamp, price numeric(10,2));"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN n TYPE bigint;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN slug SET DATA TYPE varchar(40);"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN n TYPE text USING n::text;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN price TYPE numeric(12,4);"),
    prisma_migrations(
        f"{POSTS}\nCREATE TABLE tags (n int);",
        "ALTER TABLE posts ALTER n TYPE bigint, ALTER slug TYPE int USING 1;\nALTER TABLE tags ALTER n TYPE text;",
    ),
    prisma_migrations(
        "CREATE TABLE posts (id bigint PRIMARY KEY, n int);\nCREATE INDEX posts_n ON posts (n);",
        "ALTER TABLE posts ALTER COLUMN n TYPE oid;",
    ),
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
def change_column_type(migration: Migration) -> Iterator[Finding]:
    # type-change-depends-on-timezone speaks of those
    elsewhere = {id(step) for step in in_session_zone(migration)}
    changed = [
        step
        for step in migration.operations
        if isinstance(step, AlterColumnType) and id(step) not in elsewhere and makes_work(step) and migration.finds(step.table)
    ]
    if not changed:
        return
    first, *others = changed
    tables = dict.fromkeys(step.table for step in changed)
    anew = [f"all of {table}" for table in tables if any(step.work == "rewrite" for step in changed if step.table == table)]
    anew += [f"index {index}" for step in changed if step.work == "none" for index in step.rebuilds]
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.column}",
        message=f"{listed(map(change_of, changed), 1)}: {listed(anew)} {'is' if len(anew) == 1 else 'are'} written anew,"
        f" and nobody reads or writes {listed(tables)} meanwhile",
        # Where the old type is not known, it may be one that changes without work.
        confidence=Confidence.CERTAIN if any(step.old_type for step in changed) else Confidence.LIKELY,
        related=tuple(Related(step.location, change_of(step)) for step in others),
    )


def change_of(step: AlterColumnType) -> str:
    return (
        f"{step.table}.{step.column} turns from {step.old_type} into {step.new_type}"
        if step.old_type
        else (f"{step.table}.{step.column} turns into {step.new_type}")
    )


def makes_work(step: AlterColumnType) -> bool:
    return not is_left_open(step) and (step.work == "rewrite" or (step.work == "none" and bool(step.rebuilds)))


def is_left_open(step: AlterColumnType) -> bool:
    """Whether the old type is unknown, and the new one is what others mostly grow into without work."""
    return step.old_type is None and step.using is None and step.new_type in UNBOUNDED
