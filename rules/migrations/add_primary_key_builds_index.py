"""ADD PRIMARY KEY that builds its index while nobody can use the table.

## Why it matters
Adding a primary key takes ACCESS EXCLUSIVE, reads the table to make its columns NOT NULL, and builds the index: nobody reads or
writes the table until that is done. An index that was built CONCURRENTLY before can be taken for the key in an instant, where the
columns are NOT NULL already.

## When it is fine
The migration makes the table itself. The table is small, or nobody uses it meanwhile.

## What to do
`CREATE UNIQUE INDEX CONCURRENTLY`, outside a transaction, then `ADD CONSTRAINT ... PRIMARY KEY USING INDEX`. A column that takes
NULL is made NOT NULL before that, with a validated CHECK: see set-not-null-scans.

## Sources
- PostgreSQL documentation, ALTER TABLE, "ADD table_constraint_using_index": with PRIMARY KEY, columns that are not NOT NULL are
  made so https://www.postgresql.org/docs/current/sql-altertable.html
- the measurement of the same for UNIQUE: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddColumn, AddPrimaryKey, Migration
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.indexes import steps_to_promote
from advisor.remedies.migrations.not_null import steps_to_require
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

TAGS = "CREATE TABLE tags (post_id bigint NOT NULL, name text NOT NULL);"
KEY = "ALTER TABLE tags ADD CONSTRAINT tags_pkey PRIMARY KEY (post_id, name);"
BAD = [
    prisma_migrations(TAGS, KEY),
    project({"migrations/042_key.sql": KEY}),
    prisma_migrations("CREATE TABLE tags (post_id bigint, name text);", KEY),
    prisma_migrations(f"{TAGS}\nCREATE TABLE marks (id bigint NOT NULL);", f"{KEY}\nALTER TABLE marks ADD PRIMARY KEY (id);"),
]
GOOD = [
    prisma_migrations(
        TAGS,
        "CREATE UNIQUE INDEX CONCURRENTLY tags_pkey ON tags (post_id, name);",
        "ALTER TABLE tags ADD CONSTRAINT tags_pkey PRIMARY KEY USING INDEX tags_pkey;",
    ),
    prisma_migrations(f"{TAGS}\n{KEY}"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def add_primary_key_builds_index(migration: Migration) -> Iterator[Finding]:
    added = [step for step in migration.operations if isinstance(step, AddPrimaryKey) and builds(step, migration)]
    if not added:
        return
    first, *others = added
    tables = [step.table for step in added]
    what = f"the indexes of {len(added)} primary keys are" if others else f"the index of {name_of(first)} is"
    ways = [in_steps(step, migration) for step in added]
    title = f"Build {', '.join(map(name_of, added))} CONCURRENTLY, and take {'them for the keys' if others else 'it for the key'}"
    steps = [step for way in ways for step in way]
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{name_of(first)}",
        message=f"{what} built under ACCESS EXCLUSIVE: nobody reads or writes {listed(tables)} until that is done",
        remedy=SafeSteps.instead_of(first, migration, title, *steps, alone=not others) if all(ways) else None,
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{name_of(step)}, too") for step in others),
    )


def builds(step: AddPrimaryKey, migration: Migration) -> bool:
    return step.using_index is None and migration.finds(step.table) and not is_rewritten(step, migration)


def name_of(step: AddPrimaryKey) -> str:
    return step.name or f"{step.table.name}_pkey"


def in_steps(step: AddPrimaryKey, migration: Migration) -> list[Step]:
    """NOT NULL first, then the index, then the key. A column that comes with the same migration is left to people."""
    added = {other.column for other in migration.operations if isinstance(other, AddColumn) and other.table == step.table}
    if step.index is None or not added.isdisjoint(step.columns):
        return []
    promoted = steps_to_promote(step.index, migration)
    required = [way for column in step.nullable_columns for way in steps_to_require(step.table, column)]
    return [*required, *promoted] if promoted else []


def is_rewritten(step: AddPrimaryKey, migration: Migration) -> bool:
    """Whether a column that comes with it has the table written anew at any rate, which is that column's finding."""
    return any(other.rewrites for other in migration.operations if isinstance(other, AddColumn) and other.column in step.columns)
