"""DROP SCHEMA.

## Why it matters
With CASCADE everything in the schema goes: tables and their rows, types, functions, and what depends on them in other schemas,
which the statement does not name. Without CASCADE it fails as long as anything is left in it.

## When it is fine
The migration makes the schema itself, or the schema is not there (IF EXISTS). It has been emptied before: then without CASCADE,
so that a mistake fails.

## What to do
Drop what is in it by name, table by table, and then the schema without CASCADE.

## Sources
- PostgreSQL documentation, DROP SCHEMA: "objects in other schemas could be dropped"
  https://www.postgresql.org/docs/current/sql-dropschema.html
"""

from collections.abc import Iterator

from advisor.model import CreateSchema, DropObject, DropTable, Migration
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

BILLING = "CREATE SCHEMA billing;\nCREATE TABLE billing.invoices (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(BILLING, "DROP SCHEMA billing CASCADE;"),
    project({"migrations/042_billing.sql": "DROP SCHEMA IF EXISTS billing CASCADE;"}),
]
GOOD = [
    prisma_migrations(f"{BILLING}\nDROP SCHEMA billing CASCADE;"),
    # it can only succeed on what is empty
    prisma_migrations(BILLING, "DROP TABLE billing.invoices;\nDROP SCHEMA billing;"),
    prisma_migrations(BILLING, "DROP SCHEMA IF EXISTS reporting CASCADE;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def drop_schema(step: DropObject, migration: Migration) -> Iterator[Finding]:
    if step.kind != "schema" or makes(step.name, migration) or is_not_there(step, migration):
        return
    tables = [
        table for table in migration.before.tables if table.name.schema == step.name and not is_dropped(table.name, migration)
    ]
    if not step.cascade and not tables:
        return
    what = f"{len(tables)} table{'s' * (len(tables) != 1)} of it" if tables else "all that it holds"
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: schema {step.name}",
        message=f"schema {step.name} goes with {what}, and with what depends on that elsewhere"
        if step.cascade
        else f"schema {step.name} still holds {what}: the statement fails",
        confidence=Confidence.CERTAIN if tables else Confidence.LIKELY,
    )


def makes(schema: str, migration: Migration) -> bool:
    return any(isinstance(step, CreateSchema) and step.name == schema for step in migration.operations)


def is_not_there(step: DropObject, migration: Migration) -> bool:
    """Whether IF EXISTS finds nothing, for all that the history has made before."""
    before = migration.before
    return step.guarded and bool(before.tables) and step.name not in before.schemas


def is_dropped(table: object, migration: Migration) -> bool:
    return any(isinstance(step, DropTable) and step.table == table for step in migration.operations)
