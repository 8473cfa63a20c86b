"""A dropped column.

## Why it matters
The data of the column is gone, and so are the indexes, keys and checks that it is part of. While a release goes out, the version of
the application before it is still running: what it selects by name, and what an ORM selects because its schema has the column,
fails from the moment the migration commits until the last old instance has stopped.

## When it is fine
The migration adds the column itself, or makes its table. No version that still runs names the column: its last reader was
released before. Then an inline ignore with the reason says so for good.

## What to do
Two releases. The first takes the column out of the code (Prisma: out of the schema, with a migration that is empty but for what
the remedy shows), the second drops it. A column that is NOT NULL without a default must lose NOT NULL first: otherwise every insert
of the code that no longer knows it fails. Keep a copy of what may be needed: there is no way back but a backup.

## Sources
- Prisma documentation, "Expand and contract": https://www.prisma.io/docs/guides/data-migration
- PostgreSQL documentation, ALTER TABLE, DROP COLUMN: indexes and table constraints that involve the column go as well
  https://www.postgresql.org/docs/current/sql-altertable.html
"""

from collections.abc import Iterator

from advisor.model import DropColumn, DropTable, Migration
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.sql import quote, quote_name
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, body text NOT NULL, draft text);"
DROP = "ALTER TABLE posts DROP COLUMN body;"
BAD = [
    prisma_migrations(POSTS, DROP),
    prisma_migrations(POSTS, "ALTER TABLE posts DROP COLUMN draft, DROP COLUMN body;"),
    project({"migrations/042_body.sql": DROP}),
    prisma_migrations("CREATE TABLE follows (a bigint, b bigint, PRIMARY KEY (a, b));", "ALTER TABLE follows DROP COLUMN b;"),
    prisma_migrations(
        "CREATE TABLE posts (id bigint PRIMARY KEY, a int NOT NULL DEFAULT 0, b int NOT NULL, c int NOT NULL);",
        "ALTER TABLE posts DROP COLUMN a, DROP COLUMN b;\nALTER TABLE posts DROP COLUMN c;",
    ),
    project({"migrations/001.sql": POSTS, "migrations/002.sql": DROP}),
]
GOOD = [
    prisma_migrations(f"{POSTS}\n{DROP}"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN old_body text;\nALTER TABLE posts DROP COLUMN old_body;"),
    # the whole table goes: drop-table says so
    prisma_migrations(POSTS, f"{DROP}\nDROP TABLE posts;"),
    prisma_migrations(POSTS, "ALTER TABLE posts DROP COLUMN IF EXISTS title;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def drop_column(migration: Migration) -> Iterator[Finding]:
    dropped = [step for step in migration.operations if isinstance(step, DropColumn) and is_in_use(step, migration)]
    if not dropped:
        return
    first, *others = dropped
    columns = [f"{step.table}.{step.column}" for step in dropped]
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.column}",
        message=f"{listed(columns)} {'go' if others else 'goes'} with all values, and running code that still reads"
        f" {'them' if others else 'it'} fails",
        remedy=in_two_releases(dropped, migration),
        confidence=Confidence.CERTAIN if any(migration.before.table(step.table) for step in dropped) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table}.{step.column}, too") for step in others),
    )


def is_in_use(step: DropColumn, migration: Migration) -> bool:
    """Whether there is such a column that somebody may read, and whose table stays."""
    if not migration.finds(step.table) or migration.adds(step.table, step.column):
        return False
    table = migration.before.table(step.table)
    if table is not None and table.complete and table.column(step.column or "") is None:
        return False
    return not any(isinstance(other, DropTable) and other.table == step.table for other in migration.operations)


def in_two_releases(steps: list[DropColumn], migration: Migration) -> SafeSteps | None:
    """What makes room for code without the columns, and what drops them; None where the first would be nothing."""
    required = [step for step in steps if must_be_given(step, migration)]
    if not required or any(migration.before.table(step.table) is None for step in steps):
        return None
    alters = [(f"ALTER TABLE {quote_name(step.table)}", quote(step.column or "")) for step in steps]
    asked = [f"{alter} ALTER COLUMN {column}" for step, (alter, column) in zip(steps, alters, strict=True) if step in required]
    loosen = "\n".join(f"{each} DROP NOT NULL;" for each in asked)
    back = "\n".join(f"{each} SET NOT NULL;" for each in asked)
    drop = "\n".join(f"{alter} DROP COLUMN {column};" for alter, column in alters)
    name = f"{steps[0].table.name}_{steps[0].column}"
    again = "\n".join(
        f"{alter} ADD COLUMN {column} {definition_of(step, migration)};"
        for step, (alter, column) in zip(steps, alters, strict=True)
    )
    names = listed([f"{step.table}.{step.column}" for step in required])
    return SafeSteps.instead_of(
        steps[0],
        migration,
        f"Let code do without {names} first, and drop it in the release after",
        Step(f"loosen_{name}", f"-- with the release that no longer names it\n{loosen}", back),
        Step(f"drop_{name}", f"-- with the release after that\n{drop}", f"-- the values come back from a backup only\n{again}"),
        alone=False,
    )


def must_be_given(step: DropColumn, migration: Migration) -> bool:
    """Whether an insert that leaves the column out fails."""
    table = migration.before.table(step.table)
    column = table.column(step.column or "") if table else None
    if column is None or table is None or step.column in (table.primary_key.columns if table.primary_key else ()):
        return False
    return not (column.nullable or column.default or column.identity or column.generated)


def definition_of(step: DropColumn, migration: Migration) -> str:
    """Type, default and NOT NULL, but where that is taken away before."""
    table = migration.before.table(step.table)
    column = table.column(step.column or "") if table else None
    if column is None:
        return "text"
    default = f" DEFAULT {column.default}" if column.default else ""
    return f"{column.type}{default}{' NOT NULL' if default and not column.nullable else ''}"
