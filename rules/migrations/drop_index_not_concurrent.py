"""DROP INDEX without CONCURRENTLY on a table that is in use.

## Why it matters
DROP INDEX takes ACCESS EXCLUSIVE on the index's table: it is done in an instant, but waits for every query that reads the table,
and everybody who comes after it waits behind it, readers too. In a transaction the lock stays until its end. CONCURRENTLY waits
for those queries without holding anybody up.

## When it is fine
The migration makes the table itself, drops the table or one of the index's columns, or sets a short `lock_timeout` and is tried
again when that runs out. With IF EXISTS, an index that no migration has made is probably not there: the finding is only possible.

## What to do
`DROP INDEX CONCURRENTLY`, outside a transaction. An index that belongs to a constraint goes with `ALTER TABLE ... DROP
CONSTRAINT`, and one on a partitioned table as a whole: neither knows CONCURRENTLY.

## Sources
- PostgreSQL documentation, DROP INDEX, "CONCURRENTLY" https://www.postgresql.org/docs/current/sql-dropindex.html
"""

from collections.abc import Iterator

from advisor.model import DropColumn, DropIndex, DropTable, Index, Migration, RenameColumn, Table
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.sql import quote_name, restore_index_sql
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, slug text);\nCREATE INDEX posts_slug ON posts (slug);"
BAD = [
    prisma_migrations(POSTS, "DROP INDEX posts_slug;"),
    project({"migrations/042_drop.sql": "DROP INDEX IF EXISTS posts_slug;"}),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN a int;\nDROP INDEX posts_slug;"),
    prisma_migrations(POSTS, "DROP INDEX IF EXISTS posts_old;\nDROP INDEX IF EXISTS posts_older;"),
    prisma_migrations(POSTS, "DROP INDEX posts_old;"),
    prisma_migrations(
        f"{POSTS}\nCREATE INDEX posts_id ON posts (id);",
        "DROP INDEX posts_slug, posts_id;\nDROP TABLE IF EXISTS tags;",
    ),
]
GOOD = [
    prisma_migrations(POSTS, "DROP INDEX CONCURRENTLY posts_slug;"),
    prisma_migrations(f"{POSTS}\nDROP INDEX posts_slug;"),
    prisma_migrations(POSTS, "DROP INDEX posts_slug;\nDROP TABLE posts;"),
    # the column goes, and its index with it
    prisma_migrations(POSTS, "DROP INDEX posts_slug;\nALTER TABLE posts DROP COLUMN slug;"),
    # a partitioned table's index cannot be dropped CONCURRENTLY
    project(
        {
            "migrations/001.sql": "CREATE TABLE hits (at date) PARTITION BY RANGE (at);\nCREATE INDEX hits_at ON hits (at);",
            "migrations/002.sql": "DROP INDEX hits_at;",
        }
    ),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def drop_index_not_concurrent(migration: Migration) -> Iterator[Finding]:
    dropped = [step for step in migration.operations if isinstance(step, DropIndex) and matters(step, migration)]
    if not dropped:
        return
    first, *others = dropped
    tables = dict.fromkeys(step.table for step in dropped if step.table)
    what = f"index {first.name} is" if not others else f"{len(dropped)} indexes are"
    title = f"Drop {', '.join(str(step.name) for step in dropped)} CONCURRENTLY"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.name.qualified}",
        message=f"{what} dropped without CONCURRENTLY: readers of {listed(tables) or 'the table'} wait behind it",
        remedy=SafeSteps.instead_of(first, migration, title, *(way_to_drop(s, migration) for s in dropped), alone=not others),
        confidence=Confidence.CERTAIN
        if any(migration.before.table(table) for table in tables)
        else Confidence.POSSIBLE
        if migration.before.tables and all(step.guarded for step in dropped)
        else Confidence.LIKELY,
        related=tuple(Related(step.location, f"index {step.name}, too") for step in others),
    )


def matters(step: DropIndex, migration: Migration) -> bool:
    """Whether the table is in use, stays, and is one whose index can go CONCURRENTLY."""
    if step.concurrently or step.table is None:
        return not step.concurrently
    table = migration.before.table(step.table)
    goes = any(isinstance(other, DropTable) and other.table == step.table for other in migration.operations)
    return migration.finds(step.table) and not goes and not columns_go(step, table, migration) and not is_divided(table)


def is_divided(table: Table | None) -> bool:
    return table is not None and table.kind == "partitioned table"


def columns_go(step: DropIndex, table: Table | None, migration: Migration) -> bool:
    """Whether the migration drops or renames a column of the index: that shuts readers out as well, CONCURRENTLY or not."""
    index = index_of(step, table)
    changed = {
        other.column for other in migration.operations if isinstance(other, DropColumn | RenameColumn) and other.table == step.table
    }
    return index is not None and not changed.isdisjoint(index.columns)


def index_of(step: DropIndex, table: Table | None) -> Index | None:
    return next((index for index in table.indexes if index.name == step.name.name), None) if table else None


def way_to_drop(step: DropIndex, migration: Migration) -> Step:
    table = migration.before.table(step.table) if step.table else None
    index = index_of(step, table)
    back = restore_index_sql(index, concurrently=True) if index else None
    return Step(f"drop_{step.name.name}", f"DROP INDEX CONCURRENTLY IF EXISTS {quote_name(step.name)};", back, outside=True)
