"""An integer or a smallint where bigint would never run out.

## Why it matters
`integer` ends at 2,147,483,647, `smallint` at 32,767; the next value is an error, on the day when the table is largest. A wider
type writes the table and its indexes anew while nobody can read. What is saved is 4 or 6 bytes a value, and often nothing: a row
is filled up to a multiple of 8 bytes.

## When it is fine
The values have a bound that lies far below: years, percentages, sizes of a page, states. Most columns are like that, which is why
this rule is off.

## What to do
`bigint` for what is counted or comes from elsewhere. Columns of primary and foreign keys are not told here: they have rules of
their own, which know what they cost.

## Sources
- PostgreSQL documentation, "Numeric Types" https://www.postgresql.org/docs/current/datatype-numeric.html
- PostgreSQL documentation, "Database Page Layout", on the alignment of rows
  https://www.postgresql.org/docs/current/storage-page-layout.html
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Column, Database, Schema, Table
from advisor.remedies import ChangeColumnType, ChangeColumnTypes
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

HIGHEST = {"smallint": "32,767", "integer": "2,147,483,647"}

BAD = [
    sql("CREATE TABLE pages (id bigint PRIMARY KEY, views integer NOT NULL DEFAULT 0, likes smallint, scores int[]);"),
    sql("CREATE TABLE counters (n serial);"),
    prisma("""
        model Page {
          id    BigInt @id
          views Int    @default(0)
        }
    """),
    project({"migrations/002.sql": "ALTER TABLE pages ADD COLUMN shares int;"}),
    sql("CREATE TABLE t (id bigint PRIMARY KEY, a integer, b smallint, c integer[], d integer, e smallint, f bigint);"),
]
GOOD = [
    sql("""
        CREATE TABLE authors (id integer PRIMARY KEY, views bigint);
        CREATE TABLE pages (id bigint PRIMARY KEY, author_id integer REFERENCES authors, share numeric(3), at timestamptz);
        CREATE VIEW shown AS SELECT 1 AS n;
    """),
    prisma("""
        model Page {
          id    Int    @id
          views BigInt @default(0)
        }
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def small_integer(database: Database) -> Iterator[Finding]:
    known = [(table, column) for table, column in database.columns() if column.base_type in ("bigint", *HIGHEST)]
    numbers = [(table, column) for table, column in known if not is_key(table, column)]
    small = [(table, column) for table, column in numbers if column.base_type in HIGHEST]
    changes = [change(table, column, database.schema) for table, column in small]
    yield from each_or_all(
        [finding(table, column, how) for (table, column), how in zip(small, changes, strict=True)],
        of=len(numbers),
        subject="small integers throughout",
        message=f"{len(small)} of {len(numbers)} whole numbers outside of keys end at 2,147,483,647 or before",
        remedy=ChangeColumnTypes("Make the whole numbers bigint", tuple(how for how in changes if how)),
    )


def finding(table: Table, column: Column, how: ChangeColumnType | None) -> Finding:
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} is {column.type}: it ends at {HIGHEST[column.base_type]}",
        remedy=how,
        confidence=Confidence.POSSIBLE,
    )


def change(table: Table, column: Column, schema: Schema) -> ChangeColumnType | None:
    return ChangeColumnType.of(table, column, column.type.replace(column.base_type, "bigint"), schema)


def is_key(table: Table, column: Column) -> bool:
    key = table.primary_key
    return (key is not None and column.name in key.columns) or any(column.name in other.columns for other in table.foreign_keys)
