"""REFRESH MATERIALIZED VIEW CONCURRENTLY of a view that has no unique index.

## Why it matters
The statement fails: PostgreSQL matches old rows with new ones by a unique index over plain columns, without WHERE, and refuses to
work where the view has none. A migration that fails half way stops the deployment.

## When it is fine
Never: the migration cannot run. Where the index is made outside the migrations, put it into one.

## What to do
Create the unique index first, over the columns that tell the view's rows apart.

## Sources
- PostgreSQL documentation, REFRESH MATERIALIZED VIEW: CONCURRENTLY "is only allowed if there is at least one UNIQUE index on the
  materialized view which uses only column names and includes all rows"
  https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html
"""

from collections.abc import Iterator

from advisor.model import Migration, RefreshMaterializedView
from advisor.rule import Finding, Severity, prisma_migrations, project, rule

VIEW = "CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint);\nCREATE MATERIALIZED VIEW counts AS "
VIEW += "SELECT author_id, count(*) FROM posts GROUP BY author_id;"
REFRESH = "REFRESH MATERIALIZED VIEW CONCURRENTLY counts;"
BAD = [
    prisma_migrations(VIEW, REFRESH),
    prisma_migrations(VIEW, f"CREATE INDEX counts_author ON counts (author_id);\n{REFRESH}"),
    prisma_migrations(VIEW, f"CREATE UNIQUE INDEX counts_author ON counts (author_id) WHERE author_id > 0;\n{REFRESH}"),
    prisma_migrations(VIEW, f"CREATE UNIQUE INDEX counts_author ON counts (abs(author_id));\n{REFRESH}"),
]
GOOD = [
    prisma_migrations(VIEW, f"CREATE UNIQUE INDEX counts_author ON counts (author_id);\n{REFRESH}"),
    prisma_migrations(VIEW, "REFRESH MATERIALIZED VIEW counts;"),
    project({"migrations/042_refresh.sql": REFRESH}),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def refresh_view_needs_unique_index(step: RefreshMaterializedView, migration: Migration) -> Iterator[Finding]:
    if step.concurrently and step.has_unique_index is False:
        yield Finding(
            at=step.location,
            subject=f"{migration.name}: {step.view.qualified}",
            message=f"materialized view {step.view} has no unique index over plain columns: REFRESH ... CONCURRENTLY of it fails",
        )
