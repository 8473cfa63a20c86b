"""A table without a column that the project demands of each.

## Why it matters
Jobs and tools that go over all tables rely on what each of them has: when a row was made and last changed (which rows to copy
next), whose it is (which tenant), whether it counts as deleted. A table without it is left out, or stops the job.

## When it is fine
Tables between two others that only hold pairs, and are written once. Leave such a table out by a suppression at its name.

## What to do
The option `columns` lists what is demanded, each with its type or without: `["created_at timestamptz", "updated_at"]`. `createdAt`
does for `created_at`. The default is created_at and updated_at, of any type. A new column is added without a default, so that
PostgreSQL touches no row.

## Sources
- Rails, `timestamps` https://api.rubyonrails.org/classes/ActiveRecord/Timestamp.html
- PostgreSQL documentation, ALTER TABLE, ADD COLUMN https://www.postgresql.org/docs/current/sql-altertable.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Schema, Table
from advisor.model.schema import printed_type, words_of
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Finding, Options, Severity, prisma, project, rule, sql

from ._tables import own_tables

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, created_at timestamptz);"),
    project(
        {
            "advisor.toml": "[rules.required-columns]\ncolumns = ['tenant_id uuid', 'created_at timestamptz']\n",
            "schema.sql": "CREATE TABLE posts (id bigint PRIMARY KEY, tenant_id text, created_at timestamptz);",
        }
    ),
    prisma("""
        model Post {
          id        Int      @id
          createdAt DateTime
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, created_at timestamptz, "updatedAt" timestamp);
        CREATE VIEW shown AS SELECT id FROM posts;
        CREATE TABLE special_posts (price numeric) INHERITS (posts);
        CREATE TABLE schema_migrations (version text PRIMARY KEY);
        CREATE TABLE copied AS SELECT * FROM elsewhere;  -- what it has is not known
    """),
    project(
        {
            "advisor.toml": "[rules.required-columns]\ncolumns = ['tenant_id uuid']\n",
            "schema.sql": "CREATE TABLE posts (id bigint PRIMARY KEY, tenant_id uuid NOT NULL);",
        }
    ),
    prisma("""
        model Post {
          id        Int      @id
          createdAt DateTime @map("created")
          createdOn DateTime @map("created_at")
          updatedAt DateTime
        }
    """),
]


@dataclass(frozen=True)
class Demanded(Options):
    columns: tuple[str, ...] = ("created_at", "updated_at")


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def required_columns(schema: Schema, options: Demanded) -> Iterator[Finding]:
    tables = [table for table in own_tables(schema) if table.complete]
    demanded = [(name, printed_type(kind) if kind else None) for name, _, kind in (each.partition(" ") for each in options.columns)]
    findings = [finding for table in tables for finding in lacks(table, demanded)]
    names = " and ".join(name for name, _ in demanded)
    message = f"{len({finding.at for finding in findings})} of {len(tables)} tables do not have {names} as the project demands"
    yield from each_or_all(findings, of=len(tables), subject="demanded columns", message=message)


def lacks(table: Table, demanded: Sequence[tuple[str, str | None]]) -> Iterator[Finding]:
    """What is wrong with a table: one finding for all columns that it lacks, one for each that has another type."""
    there = {column.words: column for column in table.columns}
    missing = [(name, kind) for name, kind in demanded if words_of(name) not in there]
    if missing:
        yield Finding(
            at=table.name_location or table.location,
            subject=table.subject(),
            message=f"{table.name} does not have {' and '.join(name for name, _ in missing)}, which the project demands",
            remedy=added(table, [(name, kind) for name, kind in missing if kind]) if all(kind for _, kind in missing) else None,
        )
    for name, kind in demanded:
        column = there.get(words_of(name))
        if column and kind and kind not in (column.type, column.base_type):
            message = f"{table.name}.{column.name} is {column.type}, the project demands {kind}"
            yield Finding(at=column.location, subject=table.subject(column.name), message=message)


def added(table: Table, columns: Sequence[tuple[str, str]]) -> RunSql:
    place = f"ALTER TABLE {quote_name(table.name)}"
    add = ", ".join(f"ADD COLUMN {quote(name)} {kind}" for name, kind in columns)
    drop = ", ".join(f"DROP COLUMN {quote(name)}" for name, _ in columns)
    return RunSql(f"Add what {table.name} lacks", f"{place} {add};", f"{place} {drop};")
