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
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

MOOD = "CREATE TYPE mood AS ENUM ('sad', 'happy');"
BAD = [
    prisma_migrations(MOOD, "ALTER TYPE mood RENAME VALUE 'happy' TO 'glad';"),
    project({"migrations/042_mood.sql": "ALTER TYPE mood RENAME VALUE 'happy' TO 'glad';"}),
    prisma_migrations(MOOD, "ALTER TYPE mood RENAME VALUE 'happy' TO 'glad';\nALTER TYPE mood RENAME VALUE 'sad' TO 'blue';"),
]
GOOD = [
    prisma_migrations(f"{MOOD}\nALTER TYPE mood RENAME VALUE 'happy' TO 'glad';"),
    prisma_migrations(MOOD, "ALTER TYPE mood ADD VALUE 'glad';"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def rename_enum_value(migration: Migration) -> Iterator[Finding]:
    made = {step.name for step in migration.operations if isinstance(step, CreateType)}
    renamed = [step for step in migration.operations if isinstance(step, RenameEnumValue) and step.name not in made]
    if not renamed:
        return
    first, *others = renamed
    changes = [f"{step.value!r} of {step.name} becomes {step.new_value!r}" for step in renamed]
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.name.qualified}.{first.value}",
        message=f"{listed(changes, 1)}: the running application does not know {'them' if others else 'it'}",
        confidence=Confidence.LIKELY,
        related=tuple(Related(step.location, change) for step, change in zip(others, changes[1:], strict=True)),
    )
