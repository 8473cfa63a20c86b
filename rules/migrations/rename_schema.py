"""Renaming a schema that the running application uses.

## Why it matters
Every query that names the schema, every `search_path` that leads to it, and every function that does either fails from that
moment on, while the old version of the application still runs.

## When it is fine
The application is stopped while it is migrated, or the same migration makes the schema.

## What to do
Make the new schema and move the tables over one by one, leaving views of the old names behind; drop the old schema in a later
release.

## Sources
- PostgreSQL documentation, ALTER SCHEMA https://www.postgresql.org/docs/current/sql-alterschema.html
"""

from collections.abc import Iterator

from advisor.model import CreateSchema, Migration, RenameSchema
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

BAD = [
    prisma_migrations("CREATE SCHEMA billing;", "ALTER SCHEMA billing RENAME TO invoicing;"),
    project({"migrations/042_billing.sql": "ALTER SCHEMA billing RENAME TO invoicing;"}),
]
GOOD = [
    prisma_migrations("CREATE SCHEMA billing;\nALTER SCHEMA billing RENAME TO invoicing;"),
    project({"migrations/042_billing.sql": "ALTER SCHEMA billing OWNER TO app;"}),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def rename_schema(step: RenameSchema, migration: Migration) -> Iterator[Finding]:
    if not any(isinstance(other, CreateSchema) and other.name == step.name for other in migration.operations):
        yield Finding(
            at=step.location,
            subject=f"{migration.name}: {step.name}",
            message=f"schema {step.name} becomes {step.new_name}: the version of the application that is running fails on it",
            confidence=Confidence.LIKELY,
        )
