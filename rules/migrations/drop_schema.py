"""DROP SCHEMA.

## Why it matters
With CASCADE everything in the schema goes: tables and their rows, types, functions, and what depends on them in other schemas,
which the statement does not name. Without CASCADE it fails as long as anything is left in it.

## When it is fine
The migration has made the schema itself, or the schema is not there (IF EXISTS). It has been emptied before: then without CASCADE,
so that a mistake fails.

## What to do
Drop what is in it by name, table by table, and then the schema without CASCADE.

## Sources
- PostgreSQL documentation, DROP SCHEMA: "objects in other schemas could be dropped"
  https://www.postgresql.org/docs/current/sql-dropschema.html
"""

from collections.abc import Iterator

from advisor.model import CreateSchema, DropObject, DropTable, Migration
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

BILLING = "CREATE SCHEMA billing;\nCREATE TABLE billing.invoices (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(BILLING, "DROP SCHEMA billing CASCADE;"),
    project({"migrations/042_billing.sql": "DROP SCHEMA IF EXISTS billing CASCADE;"}),
    prisma_migrations(f"{BILLING}\nCREATE TABLE billing.lines (id bigint PRIMARY KEY);", "DROP SCHEMA billing;"),
    # it was there before: its rows are gone, though a new one is made
    prisma_migrations(BILLING, f"DROP SCHEMA IF EXISTS billing CASCADE;\n{BILLING}"),
    prisma_migrations(
        f"{BILLING}\nCREATE SCHEMA audit;",
        "DROP TABLE billing.invoices;\nDROP SCHEMA billing, audit, other CASCADE;\nDROP SCHEMA IF EXISTS gone CASCADE;",
    ),
]
GOOD = [
    prisma_migrations(f"{BILLING}\nDROP SCHEMA billing CASCADE;"),
    # it can only succeed on what is empty
    prisma_migrations(BILLING, "DROP TABLE billing.invoices;\nDROP SCHEMA billing;"),
    prisma_migrations(BILLING, "DROP SCHEMA IF EXISTS reporting CASCADE;\nDROP SCHEMA IF EXISTS reporting;"),
    # it makes room for itself in a database that may have it already
    project({"db/billing.sql": f"DROP SCHEMA IF EXISTS billing CASCADE;\n{BILLING}"}),
    prisma_migrations(BILLING, "DROP TYPE IF EXISTS billing CASCADE;\nDROP SEQUENCE billing CASCADE;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def drop_schema(migration: Migration) -> Iterator[Finding]:
    schemas = [step for step in migration.operations if isinstance(step, DropObject) and step.kind == "schema"]
    dropped = [(step, tables_left(step.name, migration)) for step in schemas if is_there(step, migration)]
    told = [(step, tables) for step, tables in dropped if step.cascade or tables]
    if not told:
        return
    (first, tables), *others = told
    what = f"{tables} table{'s' * (tables != 1)}"
    more = f"; so {'do' if len(others) > 1 else 'does'} {listed([step.name for step, _ in others])}" if others else ""
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: schema {first.name}",
        message=f"schema {first.name} goes with {f'{what} of it' if tables else 'all that it holds'},"
        f" and with what depends on that elsewhere{more}"
        if first.cascade
        else f"schema {first.name} still holds {what}: the statement fails",
        confidence=Confidence.CERTAIN if tables else Confidence.LIKELY,
        related=tuple(Related(step.location, f"schema {step.name}, too") for step, _ in others),
    )


def is_there(step: DropObject, migration: Migration) -> bool:
    """Whether there is such a schema before it, for all that is known."""
    before = migration.before
    place = migration.operations.index(step)
    made = [at for at, other in enumerate(migration.operations) if isinstance(other, CreateSchema) and other.name == step.name]
    if any(at < place for at in made):
        return False
    known = step.name in before.schemas
    return known or not (step.guarded and (before.tables or made))


def tables_left(schema: str, migration: Migration) -> int:
    """How many of its tables the migration does not drop by name."""
    dropped = {step.table for step in migration.operations if isinstance(step, DropTable)}
    return sum(table.name.schema == schema and table.name not in dropped for table in migration.before.tables)
