"""SET NOT NULL that reads every row while nobody can use the table.

## Why it matters
SET NOT NULL takes ACCESS EXCLUSIVE and reads the whole table to be sure that no row has NULL. A CHECK (column IS NOT NULL) that
is validated proves it: then nothing is read (PostgreSQL 12 and later). From version 18 on, a NOT NULL constraint itself can be
added NOT VALID and validated afterwards. Measured on a million rows: 88 ms, in which a write waited 88 ms; wide rows take longer.

## When it is fine
The migration makes the table itself. The table is small, or nobody uses it meanwhile.

## What to do
Add a CHECK NOT VALID, validate it in another transaction, while readers and writers go on, then SET NOT NULL, and drop the CHECK.

## Sources
- PostgreSQL documentation, ALTER TABLE, "SET NOT NULL": "if a valid CHECK constraint is found which proves no NULL can exist,
  then the table scan is skipped"
  https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddCheck, Migration, SetNotNull, ValidateConstraint
from advisor.remedies.migrations import SafeSteps
from advisor.remedies.migrations.not_null import steps_to_require
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, title text, slug text);"
REQUIRE = "ALTER TABLE posts ALTER COLUMN title SET NOT NULL;"
CHECK = "ALTER TABLE posts ADD CONSTRAINT c CHECK (title IS NOT NULL) NOT VALID;"
BAD = [
    prisma_migrations(POSTS, REQUIRE),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER title SET NOT NULL, ALTER slug SET NOT NULL;"),
    project({"migrations/042_title.sql": REQUIRE}),
    # it is not validated yet
    prisma_migrations(POSTS, CHECK, REQUIRE),
    # what is validated says it of another column, or of another table
    project({"migrations/042.sql": f"{CHECK.replace('title', 'slug')}\nALTER TABLE posts VALIDATE CONSTRAINT c;\n{REQUIRE}"}),
    project({"migrations/042.sql": f"{CHECK.replace('posts', 'tags')}\nALTER TABLE tags VALIDATE CONSTRAINT c;\n{REQUIRE}"}),
    project({"migrations/042.sql": f"{CHECK}\nALTER TABLE posts VALIDATE CONSTRAINT d;\n{REQUIRE}"}),
    project({"migrations/042.sql": f"{REQUIRE}\n{CHECK}\nALTER TABLE posts VALIDATE CONSTRAINT c;"}),
]
GOOD = [
    prisma_migrations(POSTS, CHECK, "ALTER TABLE posts VALIDATE CONSTRAINT c;", f"{REQUIRE}\nALTER TABLE posts DROP CONSTRAINT c;"),
    prisma_migrations(f"{POSTS}\n{REQUIRE}"),
    project({"migrations/042.sql": f"{CHECK}\nALTER TABLE posts VALIDATE CONSTRAINT c;\n{REQUIRE}"}),
    # it is NOT NULL already
    prisma_migrations("CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL);", REQUIRE),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def set_not_null_scans(migration: Migration) -> Iterator[Finding]:
    required = [step for step in migration.operations if isinstance(step, SetNotNull) and reads_all(step, migration)]
    if not required:
        return
    first, *others = required
    tables = dict.fromkeys(step.table for step in required)
    columns = [f"{step.table}.{step.column}" for step in required]
    steps = [way for step in required for way in steps_to_require(step.table, step.column or "")]
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.column}",
        message=f"SET NOT NULL of {listed(columns)} reads every row: nobody reads or writes {listed(tables)} until that is done",
        remedy=SafeSteps.instead_of(
            first, migration, f"Prove that {listed(columns)} holds no NULL before", *steps, alone=not others
        ),
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table}.{step.column}, too") for step in others),
    )


def reads_all(step: SetNotNull, migration: Migration) -> bool:
    return not step.proven and migration.finds(step.table) and not proven_here(step, migration)


def proven_here(step: SetNotNull, migration: Migration) -> bool:
    """Of a table that the input never creates: whether the migration itself adds the CHECK and validates it before."""
    if migration.before.table(step.table) is not None:
        return False
    proofs: set[str | None] = set()
    for other in migration.operations:
        if other is step:
            return False
        if isinstance(other, AddCheck) and other.table == step.table and states(other, step.column):
            proofs.add(other.name)
        if isinstance(other, ValidateConstraint) and other.table == step.table and other.name in proofs:
            return True
    return False


def states(check: AddCheck, column: str | None) -> bool:
    return check.expression.replace('"', "") == f"{column} IS NOT NULL"
