"""REFRESH MATERIALIZED VIEW without CONCURRENTLY.

## Why it matters
REFRESH holds ACCESS EXCLUSIVE on the view while its query runs: nobody reads it until that is done. CONCURRENTLY works out the
difference beside it, and readers see the old rows until then; only other refreshes wait.

## When it is fine
The same migration makes the view. Nobody reads it at that hour. Nearly all rows change, and the view is small: then CONCURRENTLY
costs more than it saves. WITH NO DATA empties the view: whoever reads it afterwards gets an error until it is filled.

## What to do
`REFRESH MATERIALIZED VIEW CONCURRENTLY`. It needs a unique index over plain columns of the view, without WHERE, and a view that
has been filled before.

## Sources
- PostgreSQL documentation, REFRESH MATERIALIZED VIEW, "CONCURRENTLY"
  https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html
"""

from collections.abc import Iterator

from advisor.model import Migration, RefreshMaterializedView
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.sql import quote_name
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

VIEW = "CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint);\nCREATE MATERIALIZED VIEW counts AS "
VIEW += "SELECT author_id, count(*) FROM posts GROUP BY author_id;\nCREATE UNIQUE INDEX counts_author ON counts (author_id);"
BAD = [
    prisma_migrations(VIEW, "REFRESH MATERIALIZED VIEW counts;"),
    project({"migrations/042_refresh.sql": "REFRESH MATERIALIZED VIEW reporting.monthly;"}),
    project({"migrations/042_refresh.sql": "REFRESH MATERIALIZED VIEW monthly WITH NO DATA;"}),
]
GOOD = [
    prisma_migrations(VIEW, "REFRESH MATERIALIZED VIEW CONCURRENTLY counts;"),
    prisma_migrations(f"{VIEW}\nREFRESH MATERIALIZED VIEW counts;"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def refresh_view_not_concurrent(step: RefreshMaterializedView, migration: Migration) -> Iterator[Finding]:
    if step.concurrently or not migration.finds(step.view):
        return
    cost = "nobody reads it until its query is done" if step.with_data else "reading it is an error until it is filled again"
    view = migration.before.table(step.view)
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: {step.view.qualified}",
        message=f"materialized view {step.view} is refreshed without CONCURRENTLY: {cost}",
        remedy=concurrently(step, migration) if step.with_data and step.has_unique_index is not False else None,
        confidence=Confidence.CERTAIN if view else Confidence.LIKELY,
    )


def concurrently(step: RefreshMaterializedView, migration: Migration) -> SafeSteps:
    text = f"REFRESH MATERIALIZED VIEW CONCURRENTLY {quote_name(step.view)};"
    return SafeSteps.instead_of(step, migration, f"Refresh {step.view} CONCURRENTLY", Step(f"refresh_{step.view.name}", text))
