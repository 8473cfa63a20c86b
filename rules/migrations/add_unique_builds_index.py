"""ADD UNIQUE that builds its index while nobody can use the table.

## Why it matters
Adding a unique constraint takes ACCESS EXCLUSIVE and builds the index under it: nobody reads or writes the table until that is
done, and where two rows are alike it fails at the end. An index that was built CONCURRENTLY before can be taken for the
constraint in an instant. Measured on a million rows: 390 ms, in which a write waited 388 ms; CREATE UNIQUE INDEX CONCURRENTLY
took 674 ms, in which none waited more than 6 ms, and ADD ... USING INDEX 1 ms.

## When it is fine
The migration makes the table itself. The table is small, or nobody uses it meanwhile.

## What to do
`CREATE UNIQUE INDEX CONCURRENTLY`, outside a transaction, then `ADD CONSTRAINT ... UNIQUE USING INDEX`, which renames the index
to the constraint's name. The columns must be as the index has them: no expressions, no WHERE, default order.

## Sources
- PostgreSQL documentation, ALTER TABLE, "ADD table_constraint_using_index"
  https://www.postgresql.org/docs/current/sql-altertable.html
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddColumn, AddUnique, Migration
from advisor.remedies.migrations import SafeSteps
from advisor.remedies.migrations.indexes import steps_to_promote
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, slug text, blog_id bigint);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ADD CONSTRAINT posts_slug UNIQUE (slug);"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD UNIQUE NULLS NOT DISTINCT (blog_id, slug);"),
    prisma_migrations(
        f"{POSTS}\nCREATE TABLE tags (name text);",
        "ALTER TABLE posts ADD CONSTRAINT posts_slug UNIQUE (slug);\nALTER TABLE tags ADD UNIQUE (name);\n"
        "ALTER TABLE posts ADD UNIQUE (blog_id);",
    ),
    project({"migrations/042_slug.sql": "ALTER TABLE posts ADD CONSTRAINT posts_slug UNIQUE (slug);"}),
    project({"migrations/042_code.sql": "ALTER TABLE posts ADD COLUMN code text UNIQUE;"}),
]
GOOD = [
    prisma_migrations(
        POSTS,
        "CREATE UNIQUE INDEX CONCURRENTLY posts_slug ON posts (slug);",
        "ALTER TABLE posts ADD CONSTRAINT posts_slug UNIQUE USING INDEX posts_slug;",
    ),
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ADD UNIQUE (slug);"),
    # NOT NULL without a default: it runs on an empty table alone
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN code text NOT NULL UNIQUE;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def add_unique_builds_index(migration: Migration) -> Iterator[Finding]:
    added = [step for step in migration.operations if isinstance(step, AddUnique) and builds(step, migration)]
    if not added:
        return
    first, *others = added
    tables = dict.fromkeys(step.table for step in added)
    what = f"the index of {name_of(first)} is" if not others else f"the indexes of {len(added)} unique constraints are"
    steps = [way for step in added if step.index for way in steps_to_promote(step.index, migration)]
    title = f"Build {', '.join(name_of(step) for step in added)} CONCURRENTLY, and take it for the constraint"
    whole = all(step.index and not step.index.deferrable and not is_new(step, migration) for step in added)
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{name_of(first)}",
        message=f"{what} built under ACCESS EXCLUSIVE: nobody reads or writes {listed(tables)} until that is done",
        remedy=SafeSteps.instead_of(first, migration, title, *steps, alone=not others) if whole and steps else None,
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{name_of(step)}, too") for step in others),
    )


def builds(step: AddUnique, migration: Migration) -> bool:
    return step.using_index is None and migration.finds(step.table) and not is_rewritten(step, migration)


def is_rewritten(step: AddUnique, migration: Migration) -> bool:
    """Whether a column that comes with it has the table written anew at any rate, which is that column's finding."""
    return any(other.rewrites for other in migration.operations if isinstance(other, AddColumn) and other.column in step.columns)


def is_new(step: AddUnique, migration: Migration) -> bool:
    """Whether one of its columns comes with the same migration: then there is more to take apart than the constraint."""
    added = {other.column for other in migration.operations if isinstance(other, AddColumn) and other.table == step.table}
    return not added.isdisjoint(step.columns)


def name_of(step: AddUnique) -> str:
    return step.name or f"{step.table.name}_{'_'.join(step.columns)}_key"
