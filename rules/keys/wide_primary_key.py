"""A primary key of more than four columns.

## Why it matters
Each row's key stands a second time in the index, and a third time in every table that refers to it, where a foreign key repeats all
its columns and wants an index over them. URLs, caches and the code pass five values for one row, and a change of one of them
is an update of everything that refers to it.

## When it is fine
Nobody refers to the table: totals by day, country, device, browser and page, or a fact table that is loaded as it comes. So without
a foreign key to it the finding is only possible. The columns that a partitioned table must have in its key do not count.

## What to do
An identity column as the primary key, and the columns that were it as a unique key. The option `at_most` (default 4) says how many
columns a key may have.

## Sources
- PostgreSQL documentation, "Multicolumn Indexes": "Indexes with more than three columns are unlikely to be helpful unless the
  usage of the table is extremely stylized" https://www.postgresql.org/docs/current/indexes-multicolumn.html
- "Table Partitioning", section "Limitations": the key must include the partition key's columns
  https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-LIMITATIONS
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Database, Index, Schema, Table
from advisor.rule import Confidence, Finding, Options, Related, Severity, prisma, rule, sql

BAD = [
    sql("""
        CREATE TABLE seats (
            venue bigint, hall bigint, block text, row_no int, seat_no int, PRIMARY KEY (venue, hall, block, row_no, seat_no)
        );
        CREATE TABLE tickets (
            id bigint PRIMARY KEY, venue bigint, hall bigint, block text, row_no int, seat_no int,
            FOREIGN KEY (venue, hall, block, row_no, seat_no) REFERENCES seats
        );
        CREATE TABLE rooms (a int, b int, c int, d int, e int, PRIMARY KEY (a, b, c, d, e));
        CREATE TABLE doors (
            a int, b int, c int, d int, e int, f int, FOREIGN KEY (a, b, c, d, e) REFERENCES rooms,
            FOREIGN KEY (a, b, c, d, f) REFERENCES rooms
        );
    """),
    sql("""
        CREATE TABLE readings (
            site int, hall int, row_no int, device int, metric int, at date, PRIMARY KEY (site, hall, row_no, device, metric, at)
        ) PARTITION BY RANGE (at);
    """),
    prisma("""
        model Total {
          day     DateTime @db.Date
          country String
          device  String
          browser String
          page    String
          hits    Int

          @@id([day, country, device, browser, page])
        }
    """),
    sql(
        "\n".join(
            f"CREATE TABLE posts{letter} (a int, b int, c int, d int, e int, PRIMARY KEY (a, b, c, d, e));"
            for letter in "abcdefghijk"
        )
    ),
]
GOOD = [
    sql("CREATE TABLE shelves (site int, hall int, aisle int, level int, PRIMARY KEY (site, hall, aisle, level));"),
    sql("""
        CREATE TABLE readings (
            site int, hall int, device int, metric int, at date, PRIMARY KEY (site, hall, device, metric, at)
        ) PARTITION BY RANGE (at);
        CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    """),
    sql("CREATE TABLE t (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, UNIQUE (a, b, c, d, e));"),
]


@dataclass(frozen=True)
class Thresholds(Options):
    at_most: int = 4


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def wide_primary_key(database: Database, thresholds: Thresholds) -> Iterator[Finding]:
    schema = database.schema
    keyed = [(table, table.primary_key) for table in schema.tables if table.primary_key]
    wide = {table.name: (table, index) for table, index in keyed if width(index, table, schema) > thresholds.at_most}
    keys = [key for table in schema.tables if schema.parent_of(table) is None for key in table.foreign_keys]
    findings = []
    for name, (table, index) in wide.items():
        users = [key for key in keys if key.referenced_table == name]
        repeated = f", and {len(users)} foreign key{'s repeat' if len(users) > 1 else ' repeats'} them" if users else ""
        findings.append(
            Finding(
                at=index.location,
                subject=table.subject(),
                message=f"the primary key of {table.model or name} has {len(index.columns)} columns{repeated}",
                confidence=Confidence.LIKELY if users else Confidence.POSSIBLE,
                related=tuple(Related(key.location, f"{key.table} refers to it") for key in users[:4]),
            )
        )
    yield from each_or_all(
        findings,
        of=len(findings),
        subject="wide primary keys throughout",
        message=f"{len(findings)} primary keys have more than {thresholds.at_most} columns",
    )


def width(index: Index, table: Table, schema: Schema) -> int:
    """The columns of the primary key without those that the partitioning demands."""
    if table.kind not in ("table", "partitioned table") or schema.parent_of(table) or table.of_tool:
        return 0
    partition = {key.column for key in table.partition_key.keys} if table.partition_key else set()
    return sum(1 for column in index.columns if column not in partition)
