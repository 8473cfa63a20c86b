"""A migration history that cannot be run from its beginning.

## Why it matters
Of two migrations with one version Flyway, golang-migrate and goose run neither, for they stop when they read the folder; other
tools take the second for one that has run. A migration that changes what only a later one makes fails in every new database: in
CI, on a colleague's machine, at the next customer; only those that grew with the history do not notice. Prisma keeps in
migration_lock.toml for which database its migrations were made: with another one than the schema's it refuses to run them; without
the file it does not look.

## When it is fine
The tables are made by something that is not in the history: a dump that is loaded first, another service. Then nothing here makes
them later either, and this rule is silent.

## What to do
Give one of the two a new version, if it has not run anywhere; put the migration that makes the table first, with a later `IF NOT
EXISTS` for the databases that have it; check in migration_lock.toml.

## Sources
- how each tool orders its migrations: docs/migrations.md
- https://github.com/golang-migrate/migrate/issues/381 ("duplicate migration file"); https://github.com/pressly/goose/pull/1118
  ("duplicate version"); Flyway: "Found more than one migration with version"
- Prisma Migrate, "migration_lock.toml":
  https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeGuard

from advisor.model import AlterTable, CreateIndex, CreateTable, Database, LockFault, Migration, Name, Operation
from advisor.rule import Confidence, Finding, Related, Severity, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
SCHEMA = """
    datasource db {
      provider = "postgresql"
    }
    model posts {
      id BigInt @id
    }
"""
STEP = "prisma/migrations/20240501100000_posts/migration.sql"
LOCK = "prisma/migrations/migration_lock.toml"
BAD = [
    project({"migrations/V1__posts.sql": POSTS, "migrations/V2__a.sql": "SELECT 1;", "migrations/V2__b.sql": "SELECT 2;"}),
    project(
        {
            "migrations/000001_posts.up.sql": "ALTER TABLE posts ADD COLUMN title text;",
            "migrations/000002_title.up.sql": POSTS,
        }
    ),
    project({"db/migrations/1_posts.up.sql": POSTS, "db/migrations/01_title.up.sql": "SELECT 1;"}),
    project({"migrations/V1__posts.sql": POSTS, "migrations/V1.0__a.sql": "SELECT 1;"}),
    project({"migrations/2024-05-01-100000_posts/up.sql": POSTS, "migrations/2024-05-01-100000_title/up.sql": "SELECT 1;"}),
    project({"prisma/schema.prisma": SCHEMA, LOCK: '# of Prisma\nprovider = "sqlite"\n', STEP: POSTS}),
    project({"prisma/schema.prisma": SCHEMA, STEP: POSTS}),
]
GOOD = [
    project({"prisma/schema.prisma": SCHEMA, LOCK: 'provider = "postgresql"\n', STEP: POSTS}),
    # Diesel's version is the whole time, and golang-migrate looks into one folder
    project({"migrations/2024-05-01-100000_posts/up.sql": POSTS, "migrations/2024-05-02-100000_title/up.sql": "SELECT 1;"}),
    project({"migrations/0/01_posts.up.sql": POSTS, "migrations/1/01_title.up.sql": "ALTER TABLE posts ADD COLUMN title text;"}),
    project({"db/migrations/1_posts.sql": f"-- migrate:up\n{POSTS}", "db/migrations/01_a.sql": "-- migrate:up\nSELECT 1;"}),
    project({"migrations/V1__posts.sql": POSTS, "migrations/V2__a.sql": "SELECT 1;", "migrations/V2.1__b.sql": "SELECT 2;"}),
    # what makes it is elsewhere
    project({"migrations/000001_title.up.sql": "ALTER TABLE posts ADD COLUMN title text;"}),
    # made again, after it was dropped
    project(
        {
            "migrations/000001_posts.up.sql": POSTS,
            "migrations/000002_drop.up.sql": "ALTER TABLE posts ADD COLUMN title text;\nDROP TABLE posts;",
            "migrations/000003_posts.up.sql": POSTS,
        }
    ),
]


KNOWN_BY_VERSION = frozenset(
    {"atlas", "dbmate", "diesel", "flyway", "golang-migrate", "goose", "hasura", "pop", "sqlx", "supabase"}
)
"""Tools that note a migration by its number; the others note its whole name, and may have two of one time."""
NUMBERED = frozenset({"flyway", "golang-migrate", "goose", "hasura", "sqlx"})
"""Those that read the version as a number (Go's ParseUint and ParseInt, Rust's i64, Flyway's BigInteger); the others as text."""


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def migration_history_broken(database: Database) -> Iterator[Finding]:
    yield from same_versions(database)
    yield from too_early(database)
    if database.lock_fault is not None:
        yield wrong_lock(database.lock_fault)


def wrong_lock(fault: LockFault) -> Finding:
    lost = "Prisma does not notice when they are run on another kind of database"
    return Finding(
        at=fault.location,
        subject="migration_lock.toml",
        message=f"migration_lock.toml names {fault.provider}, the schema postgresql: prisma migrate stops with P3019"
        if fault.provider
        else f"there is no migration_lock.toml beside the migrations: {lost}",
        severity=None if fault.provider else Severity.WARNING,
    )


def same_versions(database: Database) -> Iterator[Finding]:
    versions: dict[tuple[str, object], list[Migration]] = defaultdict(list)
    for migration in database.migrations:
        if migration.version is not None and migration.tool in KNOWN_BY_VERSION and not migration.repeatable:
            versions[migration.tool, as_compared(migration.version, migration.tool)].append(migration)
    for first, *others in versions.values():
        for other in others:
            yield Finding(
                at=other.location,
                subject=f"{other.name}: version {other.version}",
                message=f"{other.name} has the version of {first.name}: {other.ran_by.title} refuses both, or runs one alone",
                related=(Related(first.location, f"has version {first.version} too"),),
            )


def as_compared(version: str, tool: str) -> object:
    """A version as its tool compares it: `01` and `1` are one where it is read as a number, `1.0` and `1` are for Flyway."""
    folder, _, own = version.rpartition("/")
    parts = own.split(".")
    if tool not in NUMBERED or not all(part.isdigit() for part in parts):
        return version
    numbers = [int(part) for part in parts]
    while tool == "flyway" and numbers and numbers[-1] == 0:
        numbers.pop()
    return folder, tuple(numbers)


def too_early(database: Database) -> Iterator[Finding]:
    """What is changed before the one migration that makes it."""
    ordered = [migration for migration in database.migrations if migration.version is not None]
    makers: dict[Name, tuple[int, CreateTable]] = {}
    for place, migration in enumerate(ordered):
        for made in migration.operations:
            if isinstance(made, CreateTable) and not made.guarded:
                makers.setdefault(made.table, (place, made))
    for place, migration in enumerate(ordered):
        step = next((step for step in migration.operations if changes_unseen(step, migration) and step.table in makers), None)
        made_at, maker = makers[step.table] if step is not None else (-1, None)
        if step is not None and maker is not None and made_at > place and ordered[made_at].tool == migration.tool:
            later = ordered[made_at].name
            yield Finding(
                at=step.location,
                subject=f"{migration.name}: {step.table.qualified}",
                message=f"{migration.name} changes {step.table}, which {later} makes only later: it fails in a new database",
                confidence=Confidence.LIKELY,
                related=(Related(maker.location, f"makes {step.table}"),),
            )


def changes_unseen(step: Operation, migration: Migration) -> TypeGuard[AlterTable | CreateIndex]:
    return (
        isinstance(step, (AlterTable, CreateIndex)) and migration.before.table(step.table) is None and migration.finds(step.table)
    )
