"""A destructive migration without a way back, in a history whose migrations have one.

## Why it matters
Whoever rolls back stops at this migration: the tool finds nothing to run, or takes nothing for done. What was dropped is gone at
any rate, but the way back can make the table or column again, so that the code before it runs.

## When it is fine
The project never rolls back: then the history has no way back anywhere, and this rule is silent.

## What to do
Write the way back, even if it only makes the empty table or column again; say in it what is lost.

## Sources
- where each tool keeps its way back: docs/migrations.md
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.habits import each_or_all
from advisor.model import Database, DropColumn, DropTable, Migration, Operation
from advisor.rule import Confidence, Finding, Severity, project, rule

UP = "CREATE TABLE posts (id bigint PRIMARY KEY, title text);"
FIRST = {"migrations/000001_posts.up.sql": UP, "migrations/000001_posts.down.sql": "DROP TABLE posts;"}
DROP = "ALTER TABLE posts DROP COLUMN title;"
BAD = [
    project({**FIRST, "migrations/000002_title.up.sql": DROP}),
    project(
        {
            "migrations/00001_posts.sql": f"-- +goose Up\n{UP}\n-- +goose Down\nDROP TABLE posts;",
            "migrations/00002_drop.sql": "-- +goose Up\nDROP TABLE posts;\n-- +goose Down\n",
        }
    ),
    project(
        {
            **FIRST,
            "migrations/000002_title.up.sql": DROP,
            "migrations/000003_tags.up.sql": "CREATE TABLE tags (id bigint);",
            "migrations/000004_tags.up.sql": "DROP TABLE tags;",
            "migrations/000005_posts.up.sql": "DROP TABLE posts;",
        }
    ),
]
GOOD = [
    # what it makes itself, and what holds nothing
    project(
        {
            **FIRST,
            "migrations/000002_tags.up.sql": "CREATE TABLE tags (id bigint, n int);\nALTER TABLE tags DROP COLUMN n;\n"
            "CREATE VIEW titles AS SELECT title FROM posts;\nDROP VIEW titles;\nDROP TABLE tags;",
        }
    ),
    project(
        {**FIRST, "migrations/000002_title.up.sql": DROP, "migrations/000002_title.down.sql": "ALTER TABLE posts ADD title text;"}
    ),
    project({**FIRST, "migrations/000002_slug.up.sql": "ALTER TABLE posts ADD COLUMN slug text;"}),
    # nobody writes ways back here
    project({"migrations/000001_posts.up.sql": UP, "migrations/000002_title.up.sql": DROP}),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def irreversible_migration(database: Database) -> Iterator[Finding]:
    tools = {migration.tool for migration in database.migrations if migration.down}
    past: list[Finding] = []
    for migration in database.migrations:
        if migration.tool not in tools or migration.down or migration.applied:
            continue
        step = next((step for step in migration.operations if destroys(step, migration)), None)
        if step is not None and migration.later == 0:
            yield finding(step, migration)
        elif step is not None:
            past.append(replace(finding(step, migration), confidence=Confidence.POSSIBLE))
    message = f"{len(past)} older migrations drop tables or columns and have no way back, where others of their history have one"
    yield from each_or_all(past, of=len(past), subject="ways back", message=message)


def finding(step: Operation, migration: Migration) -> Finding:
    return Finding(
        at=step.location,
        subject=f"{migration.name}: way back",
        message=f"{migration.name} drops {name_of(step)} and has no way back, where others of its history have one",
        confidence=Confidence.LIKELY,
    )


def destroys(step: Operation, migration: Migration) -> bool:
    """What the migration made itself is no loss; nor is a view, which holds nothing."""
    if isinstance(step, DropTable):
        return step.kind in ("table", "partitioned table") and not migration.creates(step.table)
    return isinstance(step, DropColumn) and not migration.creates(step.table)


def name_of(step: Operation) -> str:
    return f"{step.table}.{step.column}" if isinstance(step, DropColumn) else str(getattr(step, "table", ""))
