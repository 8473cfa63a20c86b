"""Statements that lock or scan, and no statement_timeout.

## Why it matters
`lock_timeout` ends the waiting for a lock, not the work under it: a scan or a rewrite that takes longer than anybody thought
holds its lock until it is done. `statement_timeout` ends that too.

## When it is fine
The work is meant to take its time: an index built CONCURRENTLY, a constraint validated, a backfill in batches. The role that
migrates has a timeout of its own. That is why this rule is off unless a project asks for it.

## What to do
`SET statement_timeout = '1min';` at the head of the migration, or for the role; `SET statement_timeout = 0;` before what may take
long. One finding for a history, with the number of its migrations.

## Sources
- PostgreSQL documentation, "statement_timeout"
  https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT
"""

from collections.abc import Iterator

from advisor.model import Database, Migration, Moment
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, title text);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN title SET NOT NULL;"),
    project({"migrations/042_title.sql": "SET lock_timeout = '5s';\nALTER TABLE posts ALTER COLUMN title SET NOT NULL;"}),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN a int;", "SELECT 1;", "ALTER TABLE posts ADD COLUMN b int;"),
]
GOOD = [
    # what has run everywhere
    project(
        {"advisor.toml": "[migrations]\nstart-after = '042'\n", "migrations/042.sql": "ALTER TABLE posts ALTER title SET NOT NULL;"}
    ),
    prisma_migrations(POSTS, "SET statement_timeout = '1min';\nALTER TABLE posts ALTER COLUMN title SET NOT NULL;"),
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ALTER COLUMN title SET NOT NULL;"),
    project({"migrations/042_title.sql": "CREATE INDEX CONCURRENTLY posts_title ON posts (title);"}),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def missing_statement_timeout(database: Database) -> Iterator[Finding]:
    without = [(migration, moment) for migration in database.migrations if (moment := first_without(migration)) is not None]
    if without:
        newest, moment = without[-1]
        many = f"{len(without)} migrations lock" if len(without) > 1 else "the migration locks"
        yield Finding(
            at=moment.operation.location,
            subject=f"{database.folder if len(without) > 1 else newest.name}: statement_timeout",
            message=f"{many} tables in use without a statement_timeout: what takes longer than thought holds its lock to the end",
            confidence=Confidence.LIKELY,
        )


def first_without(migration: Migration) -> Moment | None:
    if migration.applied or migration.tool == "dump":
        return None
    moments = (moment for moment in migration.moments if "statement_timeout" not in moment.timeouts)
    return next((moment for moment in moments if moment.blocks), None)
