"""CONCURRENTLY inside a transaction, where it cannot run.

## Why it matters
CREATE INDEX, DROP INDEX, REINDEX and DETACH PARTITION with CONCURRENTLY commit in between, and PostgreSQL refuses them inside a
transaction: the migration fails ("cannot run inside a transaction block", error 25001). Most migration tools begin one
themselves; several statements that are sent in one piece are one too.

## When it is fine
The tool's opt-out stands where this program does not see it: a flag on the command line, a setting of the whole project.

## What to do
Take the statement out of BEGIN and COMMIT, or give it a migration of its own that opts out of the tool's transaction: the remedy
is written in the tool's form. Where the tool has no opt-out, run the statement by hand first and let the migration repeat it with
IF NOT EXISTS.

Flyway and the Supabase CLI see such statements and begin no transaction. Flyway wants them in a file of their own, and from 9.1 on
`flyway.postgresql.transactional.lock=false` besides: CREATE INDEX CONCURRENTLY would wait for the transaction that holds its lock.

## Sources
- PostgreSQL documentation, CREATE INDEX: "CREATE INDEX CONCURRENTLY cannot" be performed within a transaction block
  https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
- "Multiple Statements in a Simple Query" are one transaction https://www.postgresql.org/docs/current/protocol-flow.html
- Flyway's lock: https://github.com/flyway/flyway/issues/3682
- how each tool runs a migration, with its source: docs/migrations.md
"""

from collections.abc import Iterator

from advisor.model import CreateIndex, DetachPartition, DropIndex, Migration, Name, Operation, Reindex
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.indexes import reindex_sql
from advisor.remedies.migrations.partitions import detach_sql
from advisor.remedies.sql import index_sql, quote_name
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, slug text);"
BUILD = "CREATE INDEX CONCURRENTLY posts_slug ON posts (slug);"
GOOSE = "-- +goose Up\nCREATE TABLE posts (id bigint PRIMARY KEY, slug text);\n-- +goose Down\nDROP TABLE posts;"
BAD = [
    project({"migrations/001.sql": POSTS, "migrations/002.sql": f"BEGIN;\n{BUILD}\nCOMMIT;"}),
    project({"migrations/00001_posts.sql": GOOSE, "migrations/00002_slug.sql": f"-- +goose Up\n{BUILD}"}),
    prisma_migrations(POSTS, f"ALTER TABLE posts ADD COLUMN a int;\n{BUILD}"),
    project({"migrations/001.sql": "BEGIN;\nALTER TABLE hits DETACH PARTITION hits_2020 CONCURRENTLY;\nCOMMIT;"}),
    project(
        {
            "migrations/001.sql": POSTS,
            "migrations/002.sql": f"BEGIN;\n{BUILD}\nREINDEX TABLE CONCURRENTLY posts;\nDROP INDEX CONCURRENTLY posts_id;\n"
            "REINDEX DATABASE CONCURRENTLY shop;\nCOMMIT;",
        }
    ),
]
GOOD = [
    project({"migrations/001.sql": POSTS, "migrations/002.sql": f"BEGIN;\nALTER TABLE posts ADD a int;\nCOMMIT;\n{BUILD}"}),
    project({"migrations/00001_posts.sql": GOOSE, "migrations/00002_slug.sql": f"-- +goose NO TRANSACTION\n-- +goose Up\n{BUILD}"}),
    prisma_migrations(POSTS, BUILD),
    # a view is refreshed CONCURRENTLY in a transaction as well as outside
    project({"migrations/001.sql": "BEGIN;\nREFRESH MATERIALIZED VIEW CONCURRENTLY counts;\nCOMMIT;"}),
    # Flyway sees by itself what cannot run in a transaction
    project({"db/migration/V1__posts.sql": POSTS, "db/migration/V2__slug.sql": BUILD}),
    # it is there already: nothing is built
    project(
        {
            "migrations/001.sql": f"{POSTS}\nCREATE INDEX posts_slug ON posts (slug);",
            "migrations/002.sql": f"BEGIN;\n{BUILD.replace('posts_slug', 'IF NOT EXISTS posts_slug')}\nCOMMIT;",
        }
    ),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def concurrently_in_transaction(migration: Migration) -> Iterator[Finding]:
    inside = [moment.operation for moment in migration.moments if moment.transaction is not None]
    refused = [(step, text) for step in inside if (text := statement(step))]
    if not refused:
        return
    (first, _), *others = refused
    steps = [Step(f"{name_of(step)}_outside".replace(".", "_"), text, outside=True) for step, text in refused]
    names = listed([name_of(step) for step, _ in refused])
    begun = "BEGIN" if migration.transaction == "own" else f"the transaction of {migration.ran_by.title}"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {name_of(first)}",
        message=f"CONCURRENTLY of {names} {'stand' if others else 'stands'} inside {begun},"
        " where PostgreSQL refuses it: the migration fails",
        remedy=SafeSteps.instead_of(first, migration, f"Take {names} out of the transaction", *steps),
        confidence=Confidence.CERTAIN if migration.transaction == "own" else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{name_of(step)}, too") for step, _ in others),
    )


def statement(step: Operation) -> str | None:
    """What cannot run in a transaction, as SQL; None for everything else."""
    match step:
        case CreateIndex(concurrently=True, already_there=False):
            return index_sql(step.index, concurrently=True)
        case DropIndex(concurrently=True):
            return f"DROP INDEX CONCURRENTLY {quote_name(step.name)};"
        case Reindex(concurrently=True):
            return reindex_sql(step)
        case DetachPartition(concurrently=True, partition=Name() as partition):
            return detach_sql(step.table, partition)
    return None


def name_of(step: Operation) -> str:
    match step:
        case CreateIndex():
            return str(step.index)
        case DropIndex():
            return str(step.name)
        case Reindex():
            return str(step.name or step.whole or step.target)
        case DetachPartition():
            return str(step.partition)
    return ""
