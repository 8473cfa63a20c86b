"""A dropped table.

## Why it matters
All its rows are gone, and the version of the application that is still running fails on it. And the drop waits for more than its
own table: it takes ACCESS EXCLUSIVE on every table that its foreign keys refer to, since their triggers go too.

## When it is fine
The migration makes the table itself. The table is a view of others, or is not there (IF EXISTS). No version that still runs names
it, and its rows are kept elsewhere: then an inline ignore with the reason says so for good.

## What to do
Retire it first: under another name nobody reaches it, and it is back at once if somebody turns out to need it. Drop it a release
later, after a `pg_dump --table` of what may be asked for again. The foreign keys go one by one before it, each under
`lock_timeout`, so that no two busy tables are locked at once.

## Sources
- PostgreSQL documentation, DROP TABLE https://www.postgresql.org/docs/current/sql-droptable.html
- the locks on the tables referred to were traced: tests/model/migration/test_effects.py, DROP TABLE
"""

from collections.abc import Iterator

from advisor.model import CreateTable, DropTable, Migration, Name
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.constraints import drop_constraint_sql
from advisor.remedies.sql import quote, quote_name, with_suffix
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

KEPT = ("table", "partitioned table", "partition")
"""Kinds of relations that hold rows which are nowhere else."""
USERS = "CREATE TABLE users (id bigint PRIMARY KEY);"
POSTS = f"{USERS}\nCREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint REFERENCES users);"
BAD = [
    prisma_migrations(POSTS, "DROP TABLE posts;"),
    prisma_migrations(POSTS, "DROP TABLE posts CASCADE;\nDROP TABLE users;"),
    project({"migrations/042_posts.sql": "DROP TABLE posts;"}),
    # a new one is made, but its rows are gone
    project({"migrations/001.sql": USERS, "migrations/002.sql": f"DROP TABLE IF EXISTS users;\n{USERS}"}),
]
GOOD = [
    prisma_migrations(POSTS, "CREATE TABLE news (id int);\nDROP TABLE news;\nDROP TABLE IF EXISTS old_posts;"),
    prisma_migrations(f"{POSTS}\nCREATE VIEW recent AS SELECT * FROM posts;", "DROP VIEW recent;"),  # noqa: S608 - an example
    # it makes room for itself in a database that may have it already
    project({"db/a.sql": POSTS, "db/b.sql": f"DROP TABLE IF EXISTS posts, users;\n{POSTS}"}),
    project({"migrations/001_posts.sql": "DROP TABLE IF EXISTS posts;\nCREATE TABLE posts (id bigint PRIMARY KEY);"}),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def drop_table(migration: Migration) -> Iterator[Finding]:
    dropped = [step for step in migration.operations if isinstance(step, DropTable) and holds_rows(step, migration)]
    if not dropped:
        return
    first, *others = dropped
    tables = dict.fromkeys(step.table for step in dropped)
    beside = {table: None for step in dropped for table in step.references if table not in tables and migration.finds(table)}
    locked = f"; the drop locks {listed(beside)} too" if beside else ""
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}",
        message=f"{listed(tables)} {'go' if others else 'goes'} with all rows, and running code that still reads"
        f" {'them' if others else 'it'} fails{locked}",
        remedy=retired_first(first, migration) if not others and is_plain(first, migration) else None,
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table}, too") for step in others),
    )


def holds_rows(step: DropTable, migration: Migration) -> bool:
    """Whether there is such a table for all that is known, which the migration has not made itself."""
    if step.kind not in KEPT or (migration.creates(step.table) and not is_made_again(step, migration)):
        return False
    if step.guarded and is_made_again(step, migration) and is_script(migration):
        return False
    if step.guarded and migration.before.table(step.table) is None:
        return not migration.before.tables and not is_made_again(step, migration)
    return not migration.proves_empty(step.table)


def is_script(migration: Migration) -> bool:
    """Whether it is of no history: what other files make need not be there before it."""
    return migration.tool == "sql" and migration.version is None


def is_made_again(step: DropTable, migration: Migration) -> bool:
    """Whether it is made after it is dropped."""
    after = migration.operations[migration.operations.index(step) :]
    return any(isinstance(other, CreateTable) and other.table == step.table for other in after)


def is_plain(step: DropTable, migration: Migration) -> bool:
    """Whether nothing depends on it, so that another name changes nothing but who can reach it."""
    return step.kind == "table" and not step.cascade and not is_made_again(step, migration)


def retired_first(step: DropTable, migration: Migration) -> SafeSteps:
    table, retired = step.table, Name(step.table.schema, with_suffix(step.table.name, "_retired"))
    known = migration.before.table(table)
    keys = [key for key in known.foreign_keys if key.name] if known else []
    rename = f"ALTER TABLE {quote_name(table)} RENAME TO {quote(retired.name)};"
    back = f"ALTER TABLE {quote_name(retired)} RENAME TO {quote(table.name)};"
    unbind = [Step(f"unbind_{key.name}", drop_constraint_sql(retired, key.name or "")) for key in keys]
    return SafeSteps.instead_of(
        step,
        migration,
        f"Retire {table} under another name, and drop it in the release after",
        Step(f"retire_{table.name}", f"-- with the release that no longer names it; back: {back}\n{rename}"),
        *unbind,
        Step(f"drop_{table.name}", f"-- with the release after that\nDROP TABLE {quote_name(retired)};"),
        alone=False,
    )
