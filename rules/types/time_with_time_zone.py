"""A time of day with a time zone.

## Why it matters
`timetz` keeps an offset, not a zone: whether `09:00+02` is nine o'clock in Berlin or in Cairo, and what it becomes when summer time
ends, cannot be told without a date. The same hour in January and in July are two values that are not equal. The type is there
because the SQL standard defines it; it takes 12 bytes where `time` and `timestamptz` take 8. Prisma reads and writes it without
the offset.

## When it is fine
Data that must go back to another system exactly as it came.

## What to do
A moment: `timestamptz`. An hour that recurs (opening times): `time`, with the name of the zone (`Europe/Berlin`) in a column of its
own. The cast to `time` drops the offset; where offsets differ, bring the values to one zone first: `USING (at AT TIME ZONE
'UTC')::time`.

## Sources
- PostgreSQL documentation, "Date/Time Types": "The type time with time zone is defined by the SQL standard, but the definition
  exhibits properties which lead to questionable usefulness" https://www.postgresql.org/docs/current/datatype-datetime.html
- PostgreSQL wiki, "Don't use timetz" https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timetz
- Prisma: https://github.com/prisma/prisma/issues/7917
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Column, Schema, Table
from advisor.remedies import ChangeColumnType
from advisor.rule import Finding, Severity, prisma, project, rule, sql

DROPPED = "The offset of each value is dropped. Keep the name of the zone in a column of its own."

BAD = [
    sql("CREATE TABLE shops (id bigint PRIMARY KEY, opens_at timetz NOT NULL, closes_at time(0) with time zone);"),
    sql("""
        CREATE TABLE shops (id bigint PRIMARY KEY, opens_at timetz, opens time GENERATED ALWAYS AS (opens_at::time) STORED);
    """),
    prisma("""
        model Shop {
          id      Int      @id
          opensAt DateTime @db.Timetz(6)
        }
    """),
    project({"migrations/012.sql": "ALTER TABLE shops ADD COLUMN breaks timetz[];"}),
]
GOOD = [
    sql("CREATE TABLE shops (id bigint PRIMARY KEY, opens_at time NOT NULL, time_zone text NOT NULL, founded_at timestamptz);"),
    prisma("""
        model Shop {
          id      Int      @id
          opensAt DateTime @db.Time(6)
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def time_with_time_zone(column: Column, table: Table, schema: Schema) -> Iterator[Finding]:
    if column.base_type != "time with time zone":
        return
    how = ChangeColumnType.of(table, column, column.type.replace("with time zone", "without time zone"), schema)
    yield Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} keeps a time of day with an offset, which without a date means no moment and no zone",
        remedy=replace(how, note=DROPPED) if how else None,
    )
