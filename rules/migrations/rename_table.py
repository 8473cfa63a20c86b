"""Renaming a table that the running application uses.

## Why it matters
While a new version of the application is rolled out, the old one still runs: from the moment of the renaming each of its queries
of the table fails.

## When it is fine
The application is stopped while it is migrated. One table takes the place of another in one transaction: then the name stays, and
nothing is said.

## What to do
Leave the name in the database alone, and rename in code: Prisma's `@@map("old_name")`. Where the name must change, leave a view
of the old name behind, in the same transaction: a view of one table that names all columns can be written to as well. Drop it in
a later release.

## Sources
- PostgreSQL documentation, CREATE VIEW, "Updatable Views"
  https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS
"""

from collections.abc import Iterator, Sequence

from advisor.model import CreateTable, CreateView, Migration, Name, RenameTable
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.sql import quote, quote_name
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts RENAME TO articles;"),
    project({"migrations/042_posts.sql": "ALTER TABLE posts RENAME TO articles;"}),
    prisma_migrations(
        f"{POSTS}\nCREATE TABLE tags (id bigint PRIMARY KEY);",
        "ALTER TABLE posts RENAME TO articles;\nALTER TABLE tags RENAME TO topics;",
    ),
    prisma_migrations(f"{POSTS}\nCREATE VIEW recent AS SELECT id FROM posts;", "ALTER VIEW recent RENAME TO latest;"),  # noqa: S608 - an example
]
GOOD = [
    prisma_migrations(f"{POSTS}\nCREATE INDEX posts_id ON posts (id);", "ALTER INDEX posts_id RENAME TO articles_id;"),
    prisma_migrations(f"{POSTS}\nALTER TABLE posts RENAME TO articles;"),
    # the new one takes its place
    prisma_migrations(
        POSTS, "CREATE TABLE next (id bigint PRIMARY KEY);\nALTER TABLE posts RENAME TO old;\nALTER TABLE next RENAME TO posts;"
    ),
    prisma_migrations(POSTS, "ALTER TABLE posts RENAME TO articles;\nCREATE VIEW posts AS SELECT * FROM articles;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def rename_table(migration: Migration) -> Iterator[Finding]:
    taken = names_taken(migration)
    renamed = [step for step in migration.operations if isinstance(step, RenameTable) and is_missed(step, migration, taken)]
    if not renamed:
        return
    first, *others = renamed
    changes = [f"{step.table} becomes {step.new_name}" for step in renamed]
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}",
        message=f"{listed(changes, 1)}: the running version of the application fails on {'them' if others else 'it'}",
        remedy=with_views(renamed, migration) if all(step.kind == "table" for step in renamed) else None,
        confidence=Confidence.LIKELY,
        related=tuple(Related(step.location, change) for step, change in zip(others, changes[1:], strict=True)),
    )


def is_missed(step: RenameTable, migration: Migration, taken: set[Name]) -> bool:
    return not migration.creates(step.table) and step.table not in taken and step.kind != "index"


def with_views(steps: Sequence[RenameTable], migration: Migration) -> SafeSteps:
    there: list[str] = []
    back: list[str] = []
    for step in steps:
        old, new = quote_name(step.table), quote_name(step.new_name)
        view = f"CREATE VIEW {old} AS SELECT * FROM {new};"  # noqa: S608 - to paste
        there += [f"ALTER TABLE {old} RENAME TO {quote(step.new_name.name)};", view]
        back = [f"DROP VIEW {old};", f"ALTER TABLE {new} RENAME TO {quote(step.table.name)};", *back]
    way = Step(f"rename_{steps[0].table.name}", "\n".join(there), "\n".join(back))
    what = f"Leave {'views' if len(steps) > 1 else f'a view {steps[0].table}'} behind"
    return SafeSteps.instead_of(steps[0], migration, what, way, alone=len(steps) == 1)


def names_taken(migration: Migration) -> set[Name]:
    """The names that something else has when the migration is done."""
    made = {step.table for step in migration.operations if isinstance(step, CreateTable)}
    views = {step.view for step in migration.operations if isinstance(step, CreateView)}
    return made | views | {step.new_name for step in migration.operations if isinstance(step, RenameTable)}
