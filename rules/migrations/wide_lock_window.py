"""Several tables in use under ACCESS EXCLUSIVE in one transaction.

## Why it matters
Each lock is kept until the transaction ends, while the next one is waited for: if that takes long, because somebody reads the
second table, the first one is closed as well. And a transaction of the application that takes the same tables in the other order
ends in a deadlock, in which either may be the one that is killed.

## When it is fine
The tables are hardly used, or a short `lock_timeout` ends the waiting: then this rule is silent. The tool runs each statement by
itself, which is not seen here (files that no tool claims are taken for psql's, so that what is said of them is only possible).

## What to do
One migration a table. Or set `lock_timeout`, and take the busiest table last. Option `tables` (2) is the number from which on it
is said.

## Sources
- PostgreSQL documentation, "Explicit Locking", "Deadlocks"
  https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from advisor.model import AlterTable, Lock, Migration, Moment, Name
from advisor.rule import Confidence, Finding, Options, Related, Severity, prisma_migrations, project, rule

TABLES = "CREATE TABLE posts (id bigint PRIMARY KEY);\nCREATE TABLE tags (id bigint PRIMARY KEY);"
POSTS, TAGS = "ALTER TABLE posts ADD COLUMN title text;", "ALTER TABLE tags ADD COLUMN name text;"
BAD = [
    prisma_migrations(TABLES, f"{POSTS}\n{TAGS}"),
    project({"migrations/042_names.sql": f"BEGIN;\n{POSTS}\n{TAGS}\nCOMMIT;"}),
]
GOOD = [
    prisma_migrations(TABLES, POSTS, TAGS),
    prisma_migrations(TABLES, f"SET lock_timeout = '5s';\n{POSTS}\n{TAGS}"),
    prisma_migrations(TABLES, f"{POSTS}\nALTER TABLE posts ADD COLUMN slug text;"),
    project({"migrations/042_names.sql": f"BEGIN;\n{POSTS}\nCOMMIT;\n{TAGS}"}),
    # a foreign key takes a weaker lock, on both of its tables
    prisma_migrations(TABLES, f"{POSTS}\nALTER TABLE posts ADD FOREIGN KEY (id) REFERENCES tags (id) NOT VALID;"),
]


@dataclass(frozen=True)
class WindowOptions(Options):
    """`tables`: as many of them under ACCESS EXCLUSIVE at once are too many."""

    tables: int = 2


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD, yields=True)
def wide_lock_window(migration: Migration, options: WindowOptions) -> Iterator[Finding]:
    known = migration.transaction != "none"
    if not known and migration.tool != "sql":
        return
    held = max(windows(migration, known=known), key=len, default={})
    if len(held) >= options.tables:
        yield finding(migration, held, likely=known and len(held) > options.tables)


def windows(migration: Migration, *, known: bool) -> Iterator[dict[Name, Moment]]:
    """For each transaction, the tables that it closes, and the first statement that does."""
    for transaction, moments in groupby(migration.moments, key=lambda moment: moment.transaction):
        if known and transaction is None:
            continue
        held: dict[Name, Moment] = {}
        for moment in moments:
            table = altered(moment, migration)
            if table is not None and not moment.timeouts.get("lock_timeout"):
                held.setdefault(table, moment)
        yield held


def altered(moment: Moment, migration: Migration) -> Name | None:
    """The table in use that a statement is about, if nobody can read it from now on."""
    step = moment.operation
    if not isinstance(step, AlterTable) or not migration.finds(step.table):
        return None
    closed = any(effect.relation == step.table and effect.lock is Lock.ACCESS_EXCLUSIVE for effect in moment.blocking)
    return step.table if closed else None


def finding(migration: Migration, held: dict[Name, Moment], *, likely: bool) -> Finding:
    *first, (last, moment) = held.items()
    closed = ", ".join(str(table) for table, _ in first)
    return Finding(
        at=moment.operation.location,
        subject=f"{migration.name}: {', '.join(table.qualified for table in held)}",
        message=f"nobody reads {closed} while the migration waits for {last}: ACCESS EXCLUSIVE on all of them at once",
        confidence=Confidence.LIKELY if likely else Confidence.POSSIBLE,
        related=tuple(Related(one.operation.location, f"takes ACCESS EXCLUSIVE on {table}") for table, one in first),
    )
