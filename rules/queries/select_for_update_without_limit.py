"""Rows of a queue that are locked without SKIP LOCKED, or all at once.

## Why it matters
A worker that takes the next job by SELECT ... FOR UPDATE locks its row until it commits. A second worker's query finds the
same row first and waits for it: however many workers there are, one works. With SKIP LOCKED it takes the next one. Without a
LIMIT it is the other way round: the first worker locks every open job, and the others find none.

## When it is fine
The rows are those of one parent or one key, and must be read as they are and changed together; a worker must wait for that lock.
So only queries are judged that ask for rows by constants (`status = 'pending'`), as pollers do. NOWAIT, which fails at once, is a
choice of its own.

## What to do
`ORDER BY ... LIMIT 10 FOR UPDATE SKIP LOCKED`, with an index that serves the order among open jobs.

## Sources
- PostgreSQL documentation, "SELECT", "The Locking Clause": with SKIP LOCKED, rows that cannot be locked at once are skipped; it
  can be used to avoid lock contention with multiple consumers accessing a queue-like table
"""

from collections.abc import Iterator

from advisor.model import Part, Query
from advisor.remedies import RewriteCode
from advisor.rule import Confidence, Finding, Severity, rule, sql, typescript

from ._parts import parts_of, shown, subject

POOL = "import { Pool } from 'pg';\nconst pool = new Pool();\n"
BAD = [
    typescript(
        POOL
        + "export const next = () =>\n"
        + "  pool.query(\"SELECT id FROM jobs WHERE status = 'pending' ORDER BY id LIMIT 1 FOR UPDATE\");\n"
    ),
    typescript(
        POOL + "export const all = () => pool.query(\"SELECT id FROM jobs WHERE status = 'pending' FOR UPDATE SKIP LOCKED\");\n"
    ),
    sql("SELECT id FROM jobs WHERE run_at < now() AND locked_at IS NULL ORDER BY run_at FOR UPDATE;", "queries.sql"),
    sql(
        "UPDATE jobs SET status = 'running' WHERE id = (SELECT id FROM jobs WHERE status = 'open' ORDER BY id LIMIT 1 FOR UPDATE);",
        "queries.sql",
    ),
]
GOOD = [
    sql("SELECT id FROM jobs WHERE status = 'pending' ORDER BY id LIMIT 10 FOR UPDATE SKIP LOCKED;", "queries.sql"),
    sql("SELECT balance FROM accounts WHERE id = $1 FOR UPDATE;", "queries.sql"),
    sql("SELECT id FROM items WHERE order_id = $1 AND status = 'open' FOR UPDATE;", "queries.sql"),
    sql("SELECT id FROM jobs WHERE status = 'pending' ORDER BY id LIMIT 1 FOR UPDATE NOWAIT;", "queries.sql"),
    sql("SELECT id FROM jobs WHERE status = 'pending' FOR KEY SHARE;", "queries.sql"),
    sql("SELECT value FROM settings WHERE name = 'next_number' FOR UPDATE;", "queries.sql"),
    sql("SELECT id FROM jobs WHERE status = 'pending' LIMIT 1 FOR UPDATE;", "migrations/1_move/migration.sql"),
]
STATES = (
    "status",
    "state",
    "run_at",
    "scheduled",
    "due",
    "next_",
    "locked",
    "claimed",
    "processed",
    "available",
    "sent",
    "started",
    "done",
)
"""How the columns begin by which workers find what is to be done."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def select_for_update_without_limit(query: Query) -> Iterator[Finding]:
    for part in parts_of(query):
        if part.lock is None or part.lock.strength not in ("update", "no key update") or not polls(part):
            continue
        missing = [*(["SKIP LOCKED"] if part.lock.wait == "block" else []), *(["LIMIT"] if part.limit is None else [])]
        if part.lock.wait == "fail" or not missing:
            continue
        name = shown(part.relations[0])
        what = "workers wait for each other's row" if "SKIP LOCKED" in missing else "the first worker locks all of them"
        limit = f"LIMIT {part.limit.text}" if part.limit is not None else "LIMIT 10"
        yield Finding(
            at=part.lock.location,
            subject=subject(query, f"queue {name}"),
            message=f"rows of {name} are taken FOR UPDATE without {' and '.join(missing)}: {what}",
            remedy=RewriteCode("Skip what others have locked", query.location, f"{limit} FOR UPDATE SKIP LOCKED", "sql"),
            confidence=Confidence.LIKELY,
        )


def polls(part: Part) -> bool:
    """Whether it asks for whatever is to be done: by constants and times alone, one of them a state."""
    own = [predicate for predicate in part.predicates if not predicate.joins]
    given = any(predicate.value == "variable" and not is_time(predicate.value_text) for predicate in own)
    return bool(part.relations) and not given and any(predicate.column.lower().startswith(STATES) for predicate in own)


def is_time(text: str | None) -> bool:
    return text is not None and text.lower().startswith(
        ("now()", "current_timestamp", "clock_timestamp()", "statement_timestamp()")
    )
