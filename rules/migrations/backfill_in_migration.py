"""UPDATE or DELETE of a whole table in a migration.

## Why it matters
One statement that changes every row locks every row until its transaction ends, writes a second version of each, which vacuum has
to clear away, and all of it to the WAL, which replicas have to follow. Beside DDL, in one transaction, the table's strong lock is
kept as long too. A condition on a column that the same migration adds picks every row (IS NULL) or none (IS NOT NULL), and reads
the whole table either way. Measured on a million rows: an UPDATE of all took 3.6 s, in which a write waited 3.6 s.

## When it is fine
The table is small, or the migration makes it. Single rows by their key are none of this rule's business. A column that was just
added holds one value everywhere: its default does the same without touching a row.

## What to do
Fill in batches, each in a transaction of its own, outside the migration: by ranges of the key, a few thousand rows at a time, and
only what is not filled yet. Then a second migration for what needs all rows filled (SET NOT NULL).

## Sources
- PostgreSQL documentation, "Explicit Locking", "Row-Level Locks"
  https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS; "Routine Vacuuming"
  https://www.postgresql.org/docs/current/routine-vacuuming.html
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddColumn, ChangeRows, Migration
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

EVERY, SOME, NONE = "every row", "the rows it picks", "no row"
POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, slug text, title text);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN lower text;\nUPDATE posts SET lower = lower(slug);"),
    project({"migrations/042_status.sql": "BEGIN;\nUPDATE users SET status = 'active';\nCOMMIT;"}),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN lower text;\nUPDATE posts SET lower = lower(slug) WHERE lower IS NULL;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN lower text;\nUPDATE posts SET slug = lower WHERE lower IS NOT NULL;"),
    prisma_migrations(
        POSTS,
        "ALTER TABLE posts ADD COLUMN lower text;\nUPDATE posts SET lower = slug;\nDELETE FROM posts WHERE lower IS NOT NULL;",
    ),
    prisma_migrations(
        POSTS,
        "ALTER TABLE posts ADD COLUMN a int DEFAULT 1, ADD COLUMN IF NOT EXISTS b int;\n"
        "DELETE FROM posts WHERE a IS NULL AND b IS NULL;",
    ),
    # what is filled here and there is no longer empty; what was there before may not have been
    prisma_migrations(
        POSTS,
        "ALTER TABLE posts ADD COLUMN a text;\nUPDATE posts SET a = slug WHERE slug > 'm';\n"
        "UPDATE posts SET title = '' WHERE a IS NULL;",
    ),
    prisma_migrations(
        POSTS,
        "ALTER TABLE posts ADD COLUMN a text;\nINSERT INTO posts (id, a) SELECT id, 'x' FROM posts;\n"
        "UPDATE posts SET title = a WHERE a IS NOT NULL;",
    ),
    prisma_migrations(
        POSTS, "ALTER TABLE posts ADD COLUMN IF NOT EXISTS slug text;\nUPDATE posts SET title = '' WHERE slug IS NULL;"
    ),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN no serial;\nUPDATE posts SET title = '' WHERE no IS NULL;"),
    project({"migrations/042_old.sql": "DELETE FROM events WHERE at < now() - interval '1 year';"}),
]
GOOD = [
    prisma_migrations(f"{POSTS}\nUPDATE posts SET title = slug;"),
    prisma_migrations(POSTS, "UPDATE posts SET title = 'Welcome' WHERE id = 1;"),
    prisma_migrations(POSTS, "UPDATE posts SET title = 'Welcome' WHERE id IN (1, 2, 3);"),
    prisma_migrations(POSTS, "INSERT INTO posts (id, slug) VALUES (1, 'welcome');"),
    # NOT NULL without a default: it runs on an empty table alone
    prisma_migrations(POSTS, "ALTER TABLE posts ADD COLUMN a int NOT NULL;\nUPDATE posts SET title = slug;"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def backfill_in_migration(migration: Migration) -> Iterator[Finding]:
    steps = [step for step in migration.operations if isinstance(step, ChangeRows) and changes_many(step, migration)]
    # Those of every row first: the others may be few.
    for step in sorted(steps, key=lambda step: share_of(step, migration) != EVERY)[:1]:
        share, table = share_of(step, migration), step.table
        wanted = [column for column in step.present if column in empty_columns(step, migration)]
        yield Finding(
            at=step.location,
            subject=f"{migration.name}: {step.verb} {table and table.qualified}",
            message=f"one {step.verb.upper()} reads all of {table} for rows with {wanted[0]}, which the migration adds: none has it"
            if wanted
            else f"one {step.verb.upper()} of {share} of {table} keeps them locked to the end of its transaction",
            confidence=Confidence.POSSIBLE if share == SOME else Confidence.LIKELY,
            related=tuple(Related(other.location, f"and this of {other.table}") for other in steps if other is not step),
        )


def changes_many(step: ChangeRows, migration: Migration) -> bool:
    """Whether it changes more than single rows of a table in use."""
    return step.verb in ("update", "delete") and not step.by_key and step.table is not None and migration.finds(step.table)


def share_of(step: ChangeRows, migration: Migration) -> str:
    """How many rows its condition picks. A column that has just been added holds nothing in any."""
    empty = empty_columns(step, migration)
    if not empty.isdisjoint(step.present):
        return NONE
    return EVERY if not step.filtered or (step.by_absence and empty.issuperset(step.absent)) else SOME


def empty_columns(step: ChangeRows, migration: Migration) -> set[str]:
    """The columns of its table that the migration has added before it without a default, and not filled since."""
    empty: set[str] = set()
    for before in migration.operations[: migration.operations.index(step)]:
        if isinstance(before, AddColumn) and before.table == step.table and is_empty(before):
            empty.add(before.column or "")
        elif isinstance(before, ChangeRows) and before.table == step.table:
            empty.difference_update(before.sets if before.verb == "update" else tuple(empty))
    return empty


def is_empty(step: AddColumn) -> bool:
    return step.default == "none" and step.generated is None and not (step.rewrites or step.already_there or step.guarded)
