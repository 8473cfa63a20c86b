"""A migration history that cannot be run from its beginning.

## Why it matters
Two migrations of one version are run in an order that nobody chose, or one of them is not run at all. A migration that changes
what only a later one makes fails in every new database: in CI, on a colleague's machine, at the next customer; only those that
grew with the history do not notice. Prisma refuses to work with a folder of migrations without its lock file.

## When it is fine
The tables are made by something that is not in the history: a dump that is loaded first, another service. Then nothing here makes
them later either, and this rule is silent.

## What to do
Give one of the two a new version, if it has not run anywhere; put the migration that makes the table first, with a later `IF NOT
EXISTS` for the databases that have it; check in migration_lock.toml.

## Sources
- how each tool orders its migrations: docs/migrations.md
- Prisma Migrate, "migration_lock.toml":
  https://www.prisma.io/docs/orm/prisma-migrate/understanding-prisma-migrate/migration-histories
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeGuard

from advisor.model import AlterTable, CreateIndex, CreateTable, Database, Migration, Name, Operation
from advisor.rule import Confidence, Finding, Related, Severity, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
BAD = [
    project({"migrations/V1__posts.sql": POSTS, "migrations/V2__a.sql": "SELECT 1;", "migrations/V2__b.sql": "SELECT 2;"}),
    project(
        {
            "migrations/000001_posts.up.sql": "ALTER TABLE posts ADD COLUMN title text;",
            "migrations/000002_title.up.sql": POSTS,
        }
    ),
]
GOOD = [
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


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def migration_history_broken(database: Database) -> Iterator[Finding]:
    yield from same_versions(database)
    yield from too_early(database)


def same_versions(database: Database) -> Iterator[Finding]:
    versions: dict[tuple[str, str], list[Migration]] = defaultdict(list)
    for migration in database.migrations:
        if migration.version is not None and migration.tool in KNOWN_BY_VERSION and not migration.repeatable:
            versions[migration.tool, migration.version].append(migration)
    for (_, version), (first, *others) in versions.items():
        for other in others:
            yield Finding(
                at=other.location,
                subject=f"{other.name}: version {version}",
                message=f"{other.name} has the version of {first.name}: {other.ran_by.title} runs one alone, or both in any order",
                related=(Related(first.location, f"has version {version} too"),),
            )


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
