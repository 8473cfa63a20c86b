"""timestamp to timestamptz, or back, without saying in which zone.

## Why it matters
The values are converted as the session's TimeZone says: the same migration makes other moments of them on a laptop than on the
server. And only where TimeZone is UTC and the new type keeps microseconds does PostgreSQL spare itself the work (12 and later);
elsewhere it writes the whole table anew under ACCESS EXCLUSIVE. `timestamptz(3)`, which Prisma's `@db.Timestamptz(3)` means, is
written anew in every zone: rounding is one more function over each value.

## When it is fine
Every session that migrates has UTC, and the values were written as UTC. The migration makes the table itself.

## What to do
`SET TimeZone = 'UTC';` before the change, where the values are UTC: nothing is rewritten then, if the new type has no precision
below 6. Where they are local times of one
zone, say so: `USING at AT TIME ZONE 'Europe/Berlin'`, which rewrites the table.

## Sources
- PostgreSQL documentation, release notes of 12: no rewrite "when the session time zone is UTC"
  https://www.postgresql.org/docs/release/12.0/; src/backend/utils/adt/timestamp.c, `TimestampTimestampTzRequiresRewrite`
"""

from collections.abc import Iterator

from advisor.model import AlterColumnType, Migration
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

from ._time_zones import in_session_zone

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, at timestamp);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN at TYPE timestamptz(3);"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN at TYPE timestamptz;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN at SET DATA TYPE timestamptz USING at::timestamptz;"),
]
GOOD = [
    prisma_migrations(POSTS, "SET TimeZone = 'UTC';\nALTER TABLE posts ALTER COLUMN at TYPE timestamptz(3);"),
    # it says which zone is meant; that it rewrites is said by change-column-type
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN at TYPE timestamptz USING at AT TIME ZONE 'UTC';"),
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ALTER COLUMN at TYPE timestamptz(3);"),
    project({"migrations/042.sql": "ALTER TABLE posts ALTER COLUMN at TYPE timestamptz USING at AT TIME ZONE 'UTC';"}),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def type_change_depends_on_timezone(migration: Migration) -> Iterator[Finding]:
    for step in in_session_zone(migration):
        yield finding(step, migration)


def finding(step: AlterColumnType, migration: Migration) -> Finding:
    alter = f"ALTER TABLE {quote_name(step.table)} ALTER COLUMN {quote(step.column or '')} TYPE"
    text = f"SET LOCAL TimeZone = 'UTC';\n{alter} {step.new_type};"
    if migration.transaction == "none":
        text = f"SET TimeZone = 'UTC';\n{alter} {step.new_type};\nRESET TimeZone;"
    way = Step(f"zone_{step.table.name}_{step.column}", text, f"SET TimeZone = 'UTC';\n{alter} {step.old_type};")
    rewrite = "and the table is written anew" if step.work == "rewrite" else "and but in UTC the table is written anew"
    return Finding(
        at=step.location,
        subject=f"{migration.name}: {step.table.qualified}.{step.column}",
        message=f"{step.column} becomes {step.new_type} by the session's time zone: other values on another machine, {rewrite}",
        remedy=SafeSteps.instead_of(step, migration, f"Convert {step.table}.{step.column} in UTC", way),
        confidence=Confidence.LIKELY,
    )
