"""An index that a unique one replaces.

## Why it matters
As long as it was not unique, nothing kept two rows from being alike. If there are such rows, the migration fails: not on the
developer's machine and not in CI, but in production, where the rows are.

## When it is fine
The migration makes the table itself. Somebody has looked for rows that are alike, and the code cannot make new ones meanwhile.

## What to do
Look for them first, as below, and settle them before the migration. Build the unique index CONCURRENTLY: where it fails, it leaves
an invalid index and stops nobody; drop the old index only after it.

## Sources
- PostgreSQL documentation, CREATE INDEX, "Building Indexes Concurrently": what a uniqueness violation leaves behind
  https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from collections.abc import Iterator

from advisor.model import AddUnique, CreateIndex, DropIndex, Index, Migration
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, slug text, blog_id bigint);\nCREATE INDEX posts_slug ON posts (slug);"
BAD = [
    prisma_migrations(POSTS, "DROP INDEX posts_slug;\nCREATE UNIQUE INDEX posts_slug_key ON posts (slug);"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD CONSTRAINT posts_slug_key UNIQUE (slug);\nDROP INDEX posts_slug;"),
    project(
        {
            "migrations/001_posts.sql": POSTS,
            "migrations/002_slug.sql": "DROP INDEX posts_slug;\nCREATE UNIQUE INDEX posts_slug_key ON posts (slug);",
        }
    ),
]
GOOD = [
    prisma_migrations(f"{POSTS}\nDROP INDEX posts_slug;\nCREATE UNIQUE INDEX posts_slug_key ON posts (slug);"),
    prisma_migrations(POSTS, "DROP INDEX posts_slug;\nCREATE UNIQUE INDEX posts_slug_key ON posts (blog_id, slug);"),
    # it was unique before
    prisma_migrations(
        POSTS.replace("CREATE INDEX", "CREATE UNIQUE INDEX"),
        "DROP INDEX posts_slug;\nCREATE UNIQUE INDEX slug_key ON posts (slug);",
    ),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def index_made_unique(migration: Migration) -> Iterator[Finding]:
    dropped = [step.name.name for step in migration.operations if isinstance(step, DropIndex) and step.table is not None]
    for step in migration.operations if dropped else ():
        index = step.index if isinstance(step, CreateIndex | AddUnique) else None
        if index is None or not index.unique or not migration.finds(index.table):
            continue
        table = migration.before.table(index.table)
        known = table.indexes if table else ()
        if any(other.name in dropped and is_same(other, index) and not other.unique for other in known) and not any(
            other.unique and is_same(other, index) for other in known
        ):
            columns = f"({', '.join(map(str, index.columns))})"
            yield Finding(
                at=step.location,
                subject=f"{migration.name}: {index.table.qualified} {columns}",
                message=f"{index.table} {columns} was not unique so far: rows that are alike make this fail",
                remedy=look_first(index),
                confidence=Confidence.LIKELY,
            )


def is_same(left: Index, right: Index) -> bool:
    """Whether both are over the same rows and the same plain columns."""
    return left.columns == right.columns and None not in left.columns and left.predicate == right.predicate


def look_first(index: Index) -> RunSql:
    columns = ", ".join(quote(column or "") for column in index.columns)
    rows = quote_name(index.table) + (f" WHERE {index.predicate}" if index.predicate else "")
    sql = f"SELECT {columns}, count(*) FROM {rows} GROUP BY {columns} HAVING count(*) > 1;"  # noqa: S608 - to paste
    return RunSql(f"Look for rows of {index.table} that are alike first", sql)
