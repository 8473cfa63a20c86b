"""CREATE INDEX without CONCURRENTLY on a table that is in use.

## Why it matters
CREATE INDEX holds a SHARE lock on its table until the index is built, and until the end of the transaction around it: nobody
can insert, update or delete meanwhile, and every writer behind the first queues up. Measured on a million narrow rows: it
took 310 ms, in which an insert waited 305 ms; CONCURRENTLY took 430 ms, in which none waited more than 3 ms. The wait grows
with the table: for a hundred million rows it is an outage. The same goes for an index on a materialized view: it blocks
REFRESH.

## When it is fine
The migration makes the table itself, or adds a required column without a default to it (which runs on an empty table alone), the
table is small and stays so, or the application is stopped while it runs.

## What to do
`CREATE INDEX CONCURRENTLY`: it reads the table twice and waits for older transactions, but blocks no writer. It cannot run
inside a transaction, and leaves an INVALID index behind when it fails: drop that and try again.

- Prisma Migrate sends a migration file to the server in one piece, which PostgreSQL runs as one transaction unless it holds a
  single statement: give the index a migration of its own (`prisma migrate dev --create-only`). Versions of 2026 split a file
  themselves, but the shadow database took longer to learn it.
- Other tools have a switch: `-- +goose NO TRANSACTION`, `disable_ddl_transaction!`, `atomic = False`, `-- migrate:up
  transaction:false`.
- A partitioned table cannot be indexed CONCURRENTLY: create the index ON ONLY the parent, CONCURRENTLY on each partition, and
  attach.

Never edit a migration that is applied anywhere: tools compare checksums.

## Sources
- PostgreSQL documentation, CREATE INDEX, section "Building Indexes Concurrently": "a standard index build locks out writes
  (but not reads) on the table until it's done"
  https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
- "Explicit Locking": SHARE is taken by CREATE INDEX https://www.postgresql.org/docs/current/explicit-locking.html
- "Multiple Statements in a Simple Query" are one transaction https://www.postgresql.org/docs/current/protocol-flow.html
- the measurement: benchmarks/foreign_key.py
- Prisma: https://github.com/prisma/prisma/issues/14456 (error 25001), https://github.com/prisma/prisma-engines/pull/5767 and
  https://github.com/prisma/prisma-engines/pull/5799 (splitting)
"""

from collections.abc import Iterator

from advisor.model import CreateIndex, Migration
from advisor.remedies.migrations import SafeSteps
from advisor.remedies.migrations.indexes import steps_to_build
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule, sql

BAD = [
    prisma_migrations(
        "CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint);",
        "CREATE INDEX posts_author_id_idx ON posts (author_id);",
    ),
    project(
        {
            "migrations/001_users.sql": "CREATE TABLE users (id bigint PRIMARY KEY, email text);",
            "migrations/002_email.sql": "CREATE UNIQUE INDEX users_email ON users (email);",
        }
    ),
    project({"migrations/017_orders.sql": "CREATE INDEX orders_customer ON orders (customer_id);"}),
    project(
        {
            "migrations/001.sql": "CREATE TABLE hits (id bigint, at date) PARTITION BY RANGE (at);",
            "migrations/002.sql": "CREATE INDEX hits_id ON hits (id);",
        }
    ),
    project(
        {
            "migrations/001.sql": "CREATE TABLE a (x int);\nCREATE TABLE b (x int);\nCREATE MATERIALIZED VIEW c AS TABLE a;",
            "migrations/002.sql": "CREATE INDEX a_x ON a (x);\nCREATE INDEX b_x ON b (x);\nCREATE INDEX c_x ON c (x);",
        }
    ),
]
GOOD = [
    prisma_migrations(
        "CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint);\nCREATE INDEX posts_author_id_idx ON posts (author_id);",
        "CREATE INDEX CONCURRENTLY posts_id_idx ON posts (id);",
    ),
    project(
        {
            "migrations/001.sql": "CREATE TABLE hits (id bigint, at date) PARTITION BY RANGE (at);",
            "migrations/002.sql": "CREATE INDEX hits_id ON ONLY hits (id);",
        }
    ),
    prisma_migrations(
        "CREATE TABLE sessions (id bigint PRIMARY KEY);",
        # NOT NULL without a default: it runs on an empty table alone, so nobody waits for the index
        "ALTER TABLE sessions ADD COLUMN token text NOT NULL;\nCREATE UNIQUE INDEX sessions_token_key ON sessions (token);",
    ),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint);
        CREATE INDEX posts_author_id_idx ON posts (author_id);
    """),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def create_index_not_concurrent(migration: Migration) -> Iterator[Finding]:
    built = [step for step in migration.operations if isinstance(step, CreateIndex) and blocks(step, migration)]
    if not built:
        return
    first, *others = built
    tables = dict.fromkeys(step.table for step in built)
    known = [migration.before.table(table) for table in tables]
    blocked = "refreshes" if known[0] and known[0].kind == "materialized view" else "writes"
    what = f"index {first.index} is" if not others else f"{len(built)} indexes are"
    steps = [part for step in built for part in steps_to_build(step.index, migration)]
    title = f"Build {', '.join(str(step.index) for step in built)} CONCURRENTLY"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.index}",
        message=f"{what} built without CONCURRENTLY: {blocked} of {listed(tables)} wait until it is done",
        remedy=SafeSteps.instead_of(first, migration, title, *steps, alone=not others),
        # A table that the input never creates is assumed to exist, with rows.
        confidence=Confidence.CERTAIN if any(known) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"index {step.index}, too") for step in others),
    )


def blocks(step: CreateIndex, migration: Migration) -> bool:
    """Whether writers of a table that is in use wait for it."""
    return migration.finds(step.table) and not (step.concurrently or step.on_only or step.already_there)
