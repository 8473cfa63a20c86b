"""ADD PRIMARY KEY USING INDEX over a column that takes NULL.

## Why it matters
The index is there, but the columns of a primary key are NOT NULL: PostgreSQL makes them so, and reads the whole table under
ACCESS EXCLUSIVE to be sure. What was built CONCURRENTLY to spare everybody the waiting is won for nothing.

## When it is fine
The table is small.

## What to do
Make the columns NOT NULL before, without a scan under that lock: a CHECK NOT VALID, VALIDATE in another transaction, then SET NOT
NULL, which a validated CHECK proves.

## Sources
- PostgreSQL documentation, ALTER TABLE, "ADD table_constraint_using_index": "a full table scan is required" where columns are not
  marked NOT NULL https://www.postgresql.org/docs/current/sql-altertable.html
"""

from collections.abc import Iterator

from advisor.model import AddPrimaryKey, Migration
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.constraints import drop_constraint_sql
from advisor.remedies.migrations.not_null import steps_to_require
from advisor.remedies.sql import quote, quote_name
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, rule

TAGS = "CREATE TABLE tags (post_id bigint, name text NOT NULL);"
INDEX = "CREATE UNIQUE INDEX CONCURRENTLY tags_pkey ON tags (post_id, name);"
KEY = "ALTER TABLE tags ADD CONSTRAINT tags_pkey PRIMARY KEY USING INDEX tags_pkey;"
BAD = [prisma_migrations(TAGS, INDEX, KEY)]
GOOD = [
    prisma_migrations(TAGS.replace("bigint,", "bigint NOT NULL,"), INDEX, KEY),
    prisma_migrations(
        TAGS,
        INDEX,
        "ALTER TABLE tags ADD CONSTRAINT c CHECK (post_id IS NOT NULL) NOT VALID;",
        "ALTER TABLE tags VALIDATE CONSTRAINT c;",
        f"ALTER TABLE tags ALTER COLUMN post_id SET NOT NULL;\n{KEY}",
    ),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def primary_key_on_nullable_column(step: AddPrimaryKey, migration: Migration) -> Iterator[Finding]:
    if step.using_index is None or not step.nullable_columns or not migration.finds(step.table):
        return
    name = step.name or step.using_index
    required = [way for column in step.nullable_columns for way in steps_to_require(step.table, column)]
    table, index = quote_name(step.table), quote(step.using_index)
    add = f"ALTER TABLE {table} ADD CONSTRAINT {quote(name)} PRIMARY KEY USING INDEX {index};"
    columns = ", ".join(map(quote, step.columns))
    back = f"{drop_constraint_sql(step.table, name)}\nCREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} ({columns});"
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: {step.table.qualified}.{name}",
        message=f"{listed(step.nullable_columns)} may be NULL: the key reads all of {step.table} under ACCESS EXCLUSIVE to be sure",
        remedy=SafeSteps.instead_of(
            step, migration, f"Make {listed(step.nullable_columns)} NOT NULL before", *required, Step(f"key_{name}", add, back)
        ),
        confidence=Confidence.CERTAIN,
    )
