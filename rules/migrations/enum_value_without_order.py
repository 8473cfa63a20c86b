"""ADD VALUE to an enum without BEFORE or AFTER.

## Why it matters
The values of an enum are ordered as they are listed, and ORDER BY, comparisons, min and max follow it. A value that is added
without a place goes to the end, and cannot be moved.

## When it is fine
The order means nothing, or the end is its place. That is why this rule is off unless a project asks for it.

## What to do
`ALTER TYPE mood ADD VALUE 'content' BEFORE 'happy';`

## Sources
- PostgreSQL documentation, ALTER TYPE, "ADD VALUE" https://www.postgresql.org/docs/current/sql-altertype.html
"""

from collections.abc import Iterator

from advisor.model import AddEnumValue, Migration
from advisor.rule import Finding, Severity, project, rule

MOOD = "CREATE TYPE mood AS ENUM ('sad', 'happy');"
BAD = [
    project({"migrations/001.sql": MOOD, "migrations/002.sql": "ALTER TYPE mood ADD VALUE 'content';"}),
    project({"migrations/042_mood.sql": "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'content';"}),
]
GOOD = [
    project({"migrations/001.sql": MOOD, "migrations/002.sql": "ALTER TYPE mood ADD VALUE 'content' BEFORE 'happy';"}),
    project({"migrations/042_mood.sql": "ALTER TYPE mood ADD VALUE 'elated' AFTER 'happy';"}),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def enum_value_without_order(step: AddEnumValue, migration: Migration) -> Iterator[Finding]:
    if not step.placed:
        yield Finding(
            at=step.location,
            subject=f"{migration.name}: {step.name.qualified}.{step.value}",
            message=f"value {step.value!r} of {step.name} is added without BEFORE or AFTER: it sorts behind all others",
        )
