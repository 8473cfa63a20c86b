"""Transactions that take strong locks, and no idle_in_transaction_session_timeout.

## Why it matters
A client that stops in the middle of its transaction (a laptop that sleeps, a deployment that hangs between two statements) keeps
its locks, and everybody waits for them until somebody ends the session.

## When it is fine
The tool sends the whole migration in one piece, so that it never idles, or the role has the timeout. That is why this rule is off
unless a project asks for it.

## What to do
`SET idle_in_transaction_session_timeout = '30s';` at the head of the migration, or for the role. One finding for a history, with
the number of its migrations.

## Sources
- PostgreSQL documentation, "idle_in_transaction_session_timeout"
  https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
"""

from collections.abc import Iterator

from advisor.model import Database, Migration, Moment
from advisor.rule import Confidence, Finding, Severity, project, rule

TITLE = "ALTER TABLE posts ADD COLUMN title text;"
TIMEOUT = "SET idle_in_transaction_session_timeout = '30s';"
BAD = [
    project({"migrations/042_title.sql": f"SET lock_timeout = '5s';\nBEGIN;\n{TITLE}\nCOMMIT;"}),
    project({"migrations/00042_title.sql": f"-- +goose Up\n{TITLE}"}),
    project({"migrations/042_title.sql": TITLE}),
    project(
        {"migrations/042_title.sql": TITLE, "migrations/043_title.sql": f"{TIMEOUT}\n{TITLE}", "migrations/044_title.sql": TITLE}
    ),
]
GOOD = [
    # what has run everywhere
    project({"advisor.toml": "[migrations]\nstart-after = '042_title'\n", "migrations/042_title.sql": f"BEGIN;\n{TITLE}\nCOMMIT;"}),
    project({"migrations/042_title.sql": f"{TIMEOUT}\nBEGIN;\n{TITLE}\nCOMMIT;"}),
    project({"migrations/00042_title.sql": f"-- +goose Up\n{TIMEOUT}\n{TITLE}"}),
    project({"migrations/042_title.sql": "CREATE INDEX CONCURRENTLY posts_title ON posts (title);"}),
]

SETTING = "idle_in_transaction_session_timeout"


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def missing_idle_timeout(database: Database) -> Iterator[Finding]:
    without = [(migration, moment) for migration in database.migrations if (moment := first_without(migration)) is not None]
    if without:
        newest, moment = without[-1]
        many = f"{len(without)} migrations lock" if len(without) > 1 else "the migration locks"
        yield Finding(
            at=moment.operation.location,
            subject=f"{database.folder if len(without) > 1 else newest.name}: {SETTING}",
            message=f"{many} tables in use without an {SETTING}: a client that stops half way keeps its locks",
            confidence=Confidence.LIKELY,
        )


def first_without(migration: Migration) -> Moment | None:
    """What is sent in one piece cannot stop half way; how files that no tool claims are sent is not known."""
    if migration.applied or migration.tool == "dump" or migration.ran_by.runs == "one batch":
        return None
    return next((moment for moment in migration.moments if SETTING not in moment.timeouts and moment.blocks), None)
