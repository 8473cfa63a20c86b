"""DROP DATABASE.

## Why it matters
Every schema, table and row of it is gone at once, on every machine where the file is run. Nothing but a backup brings it back.

## When it is fine
A script that sets up a database for development or tests, outside of the migrations that run in production: of a file without a
version, the finding is only possible, and there is none where the same file makes the database anew.

## What to do
Take it out of the migration. Where a database has outlived its use, drop it by hand, after a last dump that somebody has
restored once.

## Sources
- PostgreSQL documentation, DROP DATABASE: "cannot be undone. Use it with care!"
  https://www.postgresql.org/docs/current/sql-dropdatabase.html
"""

from collections.abc import Iterator

from advisor.model import CreateDatabase, DropObject, Migration
from advisor.rule import Confidence, Finding, Severity, project, rule

BAD = [
    project({"migrations/042_reset.sql": "DROP DATABASE shop;"}),
    project({"migrations/042_reset.sql": "DROP DATABASE IF EXISTS shop WITH (FORCE);\nCREATE DATABASE shop;"}),
    project({"scripts/drop.sql": "DROP DATABASE shop;\nCREATE DATABASE other;"}),
    project({"migrations/042_reset.sql": "DROP DATABASE shop;\nCREATE DATABASE shop;\nDROP DATABASE shop;"}),
]
GOOD = [
    project({"migrations/042_reset.sql": "CREATE DATABASE scratch;\nDROP DATABASE scratch;\nDROP ROLE scratch;"}),
    project({"scripts/reset.sql": "DROP DATABASE IF EXISTS shop;\nCREATE DATABASE shop;"}),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def drop_database(migration: Migration) -> Iterator[Finding]:
    made: set[str] = set()
    script = migration.tool == "sql" and migration.version is None
    anew = {step.name for step in migration.operations if isinstance(step, CreateDatabase)} if script else set()
    for step in migration.operations:
        if isinstance(step, CreateDatabase):
            made.add(step.name)
        if isinstance(step, DropObject) and step.kind == "database" and step.name not in made | anew:
            yield Finding(
                at=step.location,
                subject=f"{migration.name}: database {step.name}",
                message=f"database {step.name} goes with everything in it",
                confidence=Confidence.POSSIBLE if script else Confidence.CERTAIN,
            )
