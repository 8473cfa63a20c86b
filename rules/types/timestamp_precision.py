"""A time of precision 0: seconds are rounded, not cut off.

## Why it matters
`timestamp(0)` and `timestamptz(0)` round to the next second, up as well as down: what is written at half a second to midnight is of
the next day, at New Year of the next year, and `created_at` may lie in the future of the statement that wrote it. `time(0)` makes
24:00:00 of the last half second of a day, which many clients cannot read. And of what happens in one second the order is lost. No
room is saved: the type takes 8 bytes whatever its precision.

## When it is fine
Every value comes in whole seconds: from a file, from another system, from a form (a start, an end, a due date are only possible
findings). Ecto's `:utc_datetime` and Laravel cut the fractions off before they write: where one of them keeps its books in the
database, this is told once, and is only possible.

## What to do
Leave the precision away, which keeps microseconds. That changes the catalog alone, PostgreSQL touches no row. Where whole seconds
are wanted, show them so, or write `date_trunc('second', now())`, which cuts off.

## Sources
- PostgreSQL wiki, "Don't use timestamp(0) or timestamptz(0)"
  https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timestamp.280.29_or_timestamptz.280.29
- PostgreSQL documentation, "Date/Time Types" https://www.postgresql.org/docs/current/datatype-datetime.html
- tried on PostgreSQL 18: `'2026-12-31 23:59:59.6'::timestamp(0)` is 2027-01-01 00:00:00, `'23:59:59.7'::time(0)` is 24:00:00; the
  file of a table (`pg_relation_filenode`) stays the same when the precision is left away
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.habits import each_or_all
from advisor.model import Column, Database, Schema, Table
from advisor.remedies import ChangeColumnType, ChangeColumnTypes
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

TIMES = frozenset({"timestamp without time zone", "timestamp with time zone", "time without time zone"})

KEPT = {"schema_migrations": "inserted_at", "migrations": "batch"}
"""In which table Ecto and Laravel keep their books, and by which column that is to be seen."""
PLANNED = frozenset("start starts end ends begin begins due scheduled from until opens closes opening closing".split())
"""Words of times that people choose, who choose no fractions."""

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, created_at timestamptz(0) NOT NULL DEFAULT now());"),
    sql("CREATE TABLE shops (id bigint PRIMARY KEY, opens time(0), holidays timestamp(0)[]);"),
    prisma("""
        model Post {
          id        Int      @id
          createdAt DateTime @default(now()) @db.Timestamptz(0)
        }
    """),
    project({"migrations/002.sql": "ALTER TABLE posts ADD COLUMN seen_at timestamp(0) with time zone;"}),
    sql("CREATE TABLE t (at timestamp(0), next timestamp(0) GENERATED ALWAYS AS (at + interval '1 day') STORED);"),
    sql("CREATE TABLE t (id int, a timestamp(0), b timestamp(0), c timestamptz(0), d time(0), e timestamp(0), f date);"),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, created_at timestamptz(3), seen_at timestamptz, lasts interval(0), on_day date);
        CREATE VIEW shown AS SELECT created_at::timestamptz(0) AS created_at FROM posts;
        CREATE TABLE prices (id bigint PRIMARY KEY, total numeric(10, 0));
    """),
    prisma("""
        model Post {
          id        Int      @id
          createdAt DateTime @default(now()) @db.Timestamptz(3)
        }
    """),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def timestamp_precision(database: Database) -> Iterator[Finding]:
    times = [(table, column) for table, column in database.columns() if column.base_type in TIMES]
    rounded = [(table, column) for table, column in times if column.modifiers == (0,)]
    changes = [change(table, column, database.schema) for table, column in rounded]
    confidence = Confidence.POSSIBLE if cuts_off(database.schema) else Confidence.LIKELY
    findings = [finding(table, column, how, confidence) for (table, column), how in zip(rounded, changes, strict=True)]
    yield from each_or_all(
        findings,
        of=len(findings) if cuts_off(database.schema) else len(times),
        subject="precision 0 throughout",
        message=f"{len(rounded)} of {len(times)} times have precision 0: they are rounded to the next second, not cut off",
        remedy=ChangeColumnTypes("Give the times their microseconds", tuple(how for how in changes if how)),
    )


def cuts_off(schema: Schema) -> bool:
    """Whether Ecto or Laravel keep their books here: what they write has whole seconds already."""
    return any(table.column(KEPT[table.name.name]) is not None for table in schema.tables if table.name.name in KEPT)


def finding(table: Table, column: Column, how: ChangeColumnType | None, confidence: Confidence) -> Finding:
    last = "the last half second of a day becomes 24:00:00" if column.base_type.startswith("time ") else "up as well as down"
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} is {column.type}: values are rounded to whole seconds, {last}",
        remedy=how,
        confidence=confidence if PLANNED.isdisjoint(column.words) else Confidence.POSSIBLE,
    )


def change(table: Table, column: Column, schema: Schema) -> ChangeColumnType | None:
    how = ChangeColumnType.of(table, column, column.type.replace("(0)", ""), schema)
    return replace(how, rewrites=False) if how else None
