"""DROP TABLESPACE.

## Why it matters
It fails while anything of any database of the server lies in it, and what removes the last object from it has moved a table, which
locks it until it is copied. On a hosted database there are no tablespaces to drop.

## When it is fine
The tablespace is empty, and whoever runs the migration may drop it. This rule is off unless it is selected.

## What to do
Look what lies in it first (`pg_tablespace_databases`), in every database of the server; drop it by hand.

## Sources
- PostgreSQL documentation, DROP TABLESPACE https://www.postgresql.org/docs/current/sql-droptablespace.html
"""

from collections.abc import Iterator

from advisor.model import DropObject, Migration
from advisor.rule import Finding, Severity, project, rule

BAD = [project({"migrations/042_disks.sql": "DROP TABLESPACE fast_disks;"})]
GOOD = [project({"migrations/042_disks.sql": "CREATE INDEX CONCURRENTLY posts_at ON posts (at) TABLESPACE fast_disks;"})]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def drop_tablespace(step: DropObject, migration: Migration) -> Iterator[Finding]:
    if step.kind == "tablespace":
        yield Finding(
            at=step.location,
            subject=f"{migration.name}: tablespace {step.name}",
            message=f"tablespace {step.name} cannot be dropped while anything of any database lies in it",
        )
