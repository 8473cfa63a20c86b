"""Renaming a value of an enum that the running application uses.

## Why it matters
The rows change with it at once, but the version of the application that is still running does not know the new name: it fails to
read what it gets (Prisma: "Value not found in enum"), and what it writes is refused.

## When it is fine
The application is stopped while it is migrated, or the same migration makes the type.

## What to do
Leave the value in the database alone, and rename in code: Prisma's `@map("old")` on the value. Or add the new value, let the
application read both, move the rows over in batches, and stop writing the old one; an enum's value cannot be dropped, which a
CHECK on a text column can.

## Sources
- PostgreSQL documentation, ALTER TYPE, "RENAME VALUE" https://www.postgresql.org/docs/current/sql-altertype.html
"""

from collections.abc import Iterator

from advisor.model import CreateType, Migration, RenameEnumValue
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

MOOD = "CREATE TYPE mood AS ENUM ('sad', 'happy');"
BAD = [
    prisma_migrations(MOOD, "ALTER TYPE mood RENAME VALUE 'happy' TO 'glad';"),
    project({"migrations/042_mood.sql": "ALTER TYPE mood RENAME VALUE 'happy' TO 'glad';"}),
]
GOOD = [
    prisma_migrations(f"{MOOD}\nALTER TYPE mood RENAME VALUE 'happy' TO 'glad';"),
    prisma_migrations(MOOD, "ALTER TYPE mood ADD VALUE 'glad';"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def rename_enum_value(step: RenameEnumValue, migration: Migration) -> Iterator[Finding]:
    if not any(isinstance(other, CreateType) and other.name == step.name for other in migration.operations):
        yield Finding(
            at=step.location,
            subject=f"{migration.name}: {step.name.qualified}.{step.value}",
            message=f"{step.value!r} of {step.name} becomes {step.new_value!r}: the running application does not know it",
            confidence=Confidence.LIKELY,
        )
