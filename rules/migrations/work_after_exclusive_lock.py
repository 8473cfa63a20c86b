"""Slow work in a transaction that already holds ACCESS EXCLUSIVE on a table in use.

## Why it matters
Locks are kept to the end of the transaction. A column that is added in a millisecond keeps everybody out of its table for as long
as the statements after it take: an index that is built, a constraint that is checked, an UPDATE of many rows, in this table or in
any other.

## When it is fine
The later work is short: the tables are small. The tool runs each statement by itself, which is not seen here (files that no tool
claims are taken for psql's, so that what is said of them is only possible; `[migrations] in-transaction` says otherwise).

## What to do
Put the slow work into a migration of its own: before, or after. The order alone helps too: what takes long first, under its
weaker lock, what takes ACCESS EXCLUSIVE for an instant last.

## Sources
- PostgreSQL documentation, "Explicit Locking": "Once acquired, a lock is normally held until the end of the transaction"
  https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
"""

from collections.abc import Iterator

from advisor.model import AddForeignKey, ChangeRows, Lock, Migration, Moment, Name
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

TABLES = "CREATE TABLE posts (id bigint PRIMARY KEY, slug text);\nCREATE TABLE tags (id bigint PRIMARY KEY, name text);"
ADD = "ALTER TABLE posts ADD COLUMN title text;"
BAD = [
    prisma_migrations(TABLES, f"{ADD}\nCREATE INDEX tags_name ON tags (name);"),
    prisma_migrations(TABLES, f"{ADD}\nUPDATE posts SET title = slug;"),
    project({"migrations/042_title.sql": f"BEGIN;\n{ADD}\nALTER TABLE posts ADD CONSTRAINT c CHECK (slug <> '');\nCOMMIT;"}),
]
GOOD = [
    prisma_migrations(TABLES, f"CREATE INDEX tags_name ON tags (name);\n{ADD}"),
    project({"migrations/042_title.sql": f"BEGIN;\n{ADD}\nCOMMIT;\nCREATE INDEX tags_name ON tags (name);"}),
    prisma_migrations(TABLES, f"{ADD}\nALTER TABLE tags ADD COLUMN slug text;"),
    prisma_migrations(TABLES, f"{ADD}\nCREATE TABLE drafts (id bigint PRIMARY KEY);\nCREATE INDEX drafts_id ON drafts (id);"),
    # a new table's foreign key has nothing to check
    prisma_migrations(
        TABLES,
        f"{ADD}\nCREATE TABLE drafts (post_id bigint);\nALTER TABLE drafts ADD FOREIGN KEY (post_id) REFERENCES tags (id);",
    ),
    # one row, by its key
    prisma_migrations(TABLES, f"{ADD}\nUPDATE posts SET title = 'x' WHERE id = 1;"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD, yields=True)
def work_after_exclusive_lock(migration: Migration) -> Iterator[Finding]:
    known = migration.transaction != "none"
    holding: tuple[int | None, Moment, Name] | None = None
    for moment in migration.moments if known or migration.tool == "sql" else ():
        if holding is not None and holding[0] != moment.transaction:
            holding = None
        if holding is not None and is_slow(moment, migration):
            yield finding(moment, holding[1], holding[2], migration, certain=known)
            return
        if holding is None and (known is (moment.transaction is not None)) and (table := locked(moment, migration)) is not None:
            holding = (moment.transaction, moment, table)


def locked(moment: Moment, migration: Migration) -> Name | None:
    """The table in use that nobody can read from now on."""
    found = (effect.relation for effect in moment.blocking if effect.lock is Lock.ACCESS_EXCLUSIVE)
    return next((relation for relation in found if migration.finds(relation)), None)


def is_slow(moment: Moment, migration: Migration) -> bool:
    """Whether it reads, writes or indexes a table in use as a whole, or changes more than single rows of it."""
    step = moment.operation
    if isinstance(step, ChangeRows):
        return step.verb in ("update", "delete") and not step.by_key and step.table is not None and migration.finds(step.table)
    if isinstance(step, AddForeignKey) and not migration.finds(step.table):
        return False  # a table without rows refers to nothing, however many the other one has
    return any((e.scans or e.rewrites or e.builds) and migration.finds(e.relation) for e in moment.blocking)


def finding(moment: Moment, holder: Moment, table: Name, migration: Migration, *, certain: bool) -> Finding:
    return Finding(
        at=moment.operation.location,
        subject=f"{migration.name}: {table.qualified}",
        message=f"this works through a whole table while the transaction keeps everybody out of {table}",
        confidence=Confidence.LIKELY if certain else Confidence.POSSIBLE,
        related=(Related(holder.operation.location, f"takes ACCESS EXCLUSIVE on {table}, until the transaction ends"),),
    )
