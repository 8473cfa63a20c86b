"""A table with one column, or with none.

## Why it matters
It says that something exists, and nothing about it: mostly it was begun and left, or columns are still to come, or it is what
remains after others were dropped. Each such table is a look-up more, and a name more to understand.

## When it is fine
A list of what is allowed, to which foreign keys refer; such tables are left alone. A queue of ids, a lock, a table of test rows.

## What to do
Drop it, if nothing reads it; or add what it was made for. A list of few values that never changes may be a CHECK.

## Sources
- pg-index-health, "tables_with_zero_or_one_column" https://github.com/mfvanek/pg-index-health
- PostgreSQL documentation, CREATE TABLE: "PostgreSQL allows a table of no columns to be created"
  https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-COMPATIBILITY
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Schema, Table
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

from ._tables import own_tables

BAD = [
    sql("CREATE TABLE markers (id bigint PRIMARY KEY); CREATE TABLE nothing ();"),
    sql("CREATE TABLE notes (id bigint PRIMARY KEY, body text); ALTER TABLE notes DROP COLUMN body;"),
    prisma("""
        model Marker {
          id Int @id
        }
    """),
    sql("\n".join(f"CREATE TABLE lone{number} (id bigint PRIMARY KEY);" for number in range(11))),
]
GOOD = [
    sql("""
        CREATE TABLE currencies (code text PRIMARY KEY);  -- what is allowed
        CREATE TABLE prices (id bigint PRIMARY KEY, currency text REFERENCES currencies);
        CREATE VIEW open AS SELECT id FROM prices;
        CREATE TABLE special_prices () INHERITS (prices);
        CREATE TABLE schema_migrations (version text PRIMARY KEY);
    """),
    prisma("""
        model Marker {
          id    Int    @id
          posts Post[]
        }
        model Post {
          id       Int    @id
          markerId Int
          marker   Marker @relation(fields: [markerId], references: [id])
        }
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def single_column_table(schema: Schema) -> Iterator[Finding]:
    tables = [table for table in own_tables(schema) if table.complete]
    wanted = {key.referenced_table for table in schema.tables for key in table.foreign_keys}
    wanted |= {relation.target for table in schema.tables for relation in table.relations}
    wanted |= {parent for table in schema.tables for parent in table.inherits}
    findings = [finding(table) for table in tables if len(table.columns) < 2 and table.name not in wanted]
    message = f"{len(findings)} of {len(tables)} tables have one column or none, and none refers to them"
    yield from each_or_all(findings, of=len(tables), subject="tables of one column throughout", message=message)


def finding(table: Table) -> Finding:
    what = f"only the column {table.columns[0].name}" if table.columns else "no column"
    return Finding(
        at=table.name_location or table.location,
        subject=table.subject(),
        message=f"{table.name} has {what}, and no table refers to it",
        confidence=Confidence.POSSIBLE,
    )
