"""A json column that is not jsonb.

## Why it matters
`json` keeps the text as it came and parses it anew for each access. Measured on 100,000 documents of 2 kB: a filter on one key
takes 113 ms on json, 46 ms on jsonb. It has no equality (`DISTINCT`, `GROUP BY`, `UNION` over a row with such a column fail: "could
not identify an equality operator for type json"), none of the operators for containment and existence, and no GIN index.

## When it is fine
The text itself matters: blanks, the order of keys, keys that occur twice, a signature over it. Nothing is said of columns whose
names say raw or original. Documents that are only written and read back whole win nothing by jsonb.

## What to do
`jsonb`. It drops blanks, sorts keys, keeps the last of equal ones, and refuses `\\u0000` and numbers that `numeric` cannot hold:
try the cast first. Prisma: `Json` alone is jsonb.

## Sources
- PostgreSQL documentation, "JSON Types": "In general, most applications should prefer to store JSON data as jsonb, unless there are
  quite specialized needs, such as legacy assumptions about ordering of object keys"
  https://www.postgresql.org/docs/current/datatype-json.html
- the measurement: benchmarks/column_types.py
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.habits import each_or_all
from advisor.model import Column, Database, Schema, Table
from advisor.remedies import ChangeColumnType, ChangeColumnTypes
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

AS_WRITTEN = frozenset("raw original verbatim signed".split())
COST = "it is parsed anew for each access, has no equality and no GIN index"
TRY_FIRST = "Refused where a value holds \\u0000 or a number that numeric cannot hold. Blanks and the order of keys are lost."

BAD = [
    sql("CREATE TABLE events (id bigint PRIMARY KEY, payload json NOT NULL DEFAULT '{}', parts json[]);"),
    prisma("""
        model Event {
          id      Int  @id
          payload Json @db.Json
        }
    """),
    project({"migrations/003.sql": "ALTER TABLE events ADD COLUMN meta json;"}),
    sql("CREATE TABLE t (id bigint PRIMARY KEY, a json, b json, c json[], d json, e json, f jsonb);"),
]
GOOD = [
    sql("CREATE TABLE events (id bigint PRIMARY KEY, payload jsonb NOT NULL, raw_body json, json text);"),
    prisma("""
        model Event {
          id      Int  @id
          payload Json
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def json_not_jsonb(database: Database) -> Iterator[Finding]:
    documents = [(table, column) for table, column in database.columns() if column.base_type in ("json", "jsonb")]
    old = [
        (table, column) for table, column in documents if column.base_type == "json" and not AS_WRITTEN & frozenset(column.words)
    ]
    changes = [change(table, column, database.schema) for table, column in old]
    yield from each_or_all(
        [
            Finding(
                at=column.location,
                subject=table.subject(column.name),
                message=f"{table.name}.{column.name} is json, not jsonb: {COST}",
                remedy=how,
                confidence=Confidence.LIKELY,
            )
            for (table, column), how in zip(old, changes, strict=True)
        ],
        of=len(documents),
        subject="json throughout",
        message=f"{len(old)} of {len(documents)} JSON columns are json, not jsonb: {COST}",
        remedy=ChangeColumnTypes("Make the json columns jsonb", tuple(how for how in changes if how)),
    )


def change(table: Table, column: Column, schema: Schema) -> ChangeColumnType | None:
    how = ChangeColumnType.of(table, column, column.type.replace("json", "jsonb", 1), schema)
    return replace(how, note=TRY_FIRST) if how else None
