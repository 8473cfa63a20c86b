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

from collections.abc import Iterator, Sequence

from advisor.model import AlterColumnType, Migration
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.sql import quote, quote_name
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

from ._time_zones import in_session_zone

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, at timestamp);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN at TYPE timestamptz(3);"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN at TYPE timestamptz;"),
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN at SET DATA TYPE timestamptz USING at::timestamptz;"),
    prisma_migrations(POSTS, "SET TimeZone = 'Europe/Berlin';\nALTER TABLE posts ALTER COLUMN at TYPE timestamptz;"),
    prisma_migrations(
        "CREATE TABLE posts (id bigint PRIMARY KEY, at timestamptz, seen timestamptz);",
        "SET statement_timeout = 0;\nALTER TABLE posts ALTER at TYPE timestamp, ALTER seen TYPE timestamp;",
    ),
]
GOOD = [
    prisma_migrations(POSTS, "SET TimeZone = 'UTC';\nALTER TABLE posts ALTER COLUMN at TYPE timestamptz(3);"),
    *(
        prisma_migrations(POSTS, f"SET {zone};\nALTER TABLE posts ALTER COLUMN at TYPE timestamptz;")
        for zone in ("TIME ZONE 'UTC'", "timezone TO 'GMT'", "TimeZone = 'Etc/UTC'", "TIME ZONE '+00:00'", "timezone = '+00'")
    ),
    # it says which zone is meant; that it rewrites is said by change-column-type
    prisma_migrations(POSTS, "ALTER TABLE posts ALTER COLUMN at TYPE timestamptz USING at AT TIME ZONE 'UTC';"),
    prisma_migrations(f"{POSTS}\nALTER TABLE posts ALTER COLUMN at TYPE timestamptz(3);"),
    project({"migrations/042.sql": "ALTER TABLE posts ALTER COLUMN at TYPE timestamptz USING at AT TIME ZONE 'UTC';"}),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def type_change_depends_on_timezone(migration: Migration) -> Iterator[Finding]:
    steps = list(in_session_zone(migration))
    if not steps:
        return
    first, *others = steps
    columns = [f"{step.table}.{step.column}" for step in steps]
    tables = dict.fromkeys(step.table for step in steps)
    unless = "" if any(step.work == "rewrite" for step in steps) else " unless that is UTC"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.column}",
        message=f"{listed(columns)} {'become' if others else 'becomes'} {first.new_type} by the session's time zone:"
        f" other values on another machine, and {listed(tables)} {'is' if len(tables) == 1 else 'are'} written anew{unless}",
        remedy=in_utc(steps, migration),
        confidence=Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table}.{step.column}, too") for step in others),
    )


def in_utc(steps: Sequence[AlterColumnType], migration: Migration) -> SafeSteps:
    alters = [(f"ALTER TABLE {quote_name(step.table)} ALTER COLUMN {quote(step.column or '')} TYPE", step) for step in steps]
    lone = migration.transaction == "none"
    there, back = (
        "\n".join(f"{alter} {kind};" for alter, kind in changes)
        for changes in (
            [(alter, step.new_type) for alter, step in alters],
            [(alter, step.old_type) for alter, step in alters],
        )
    )
    first = steps[0]
    text = f"SET TimeZone = 'UTC';\n{there}\nRESET TimeZone;" if lone else f"SET LOCAL TimeZone = 'UTC';\n{there}"
    way = Step(f"zone_{first.table.name}_{first.column}", text, f"SET TimeZone = 'UTC';\n{back}")
    what = f"Convert {listed([f'{step.table}.{step.column}' for step in steps])} in UTC"
    return SafeSteps.instead_of(first, migration, what, way, alone=len(steps) == 1)
