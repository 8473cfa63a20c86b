"""A table with very many indexes.

## Why it matters
Every insert writes an entry into each of them, and so does every update but a HOT one, which an index on the changed column rules
out. Measured, 100,000 rows of 16 integers: 4 indexes beside the key take 5 times as long as none, 8 of them 8 to 12 times, 12 of
them 17 times. Vacuum reads each of them whole.

## When it is fine
The table is hardly written to and searched in many ways. Partial indexes, which most rows do not enter, are not counted.

## What to do
Drop those that no query uses (`pg_stat_user_indexes.idx_scan`, over a month and on every replica), and those that another one
contains. The option `indexes` is the number up to which this rule says nothing (default 12).

## Sources
- the measurement: benchmarks/indexes.py
- PostgreSQL documentation, "Heap-Only Tuples (HOT)" https://www.postgresql.org/docs/current/storage-hot.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Schema, Table
from advisor.rule import Confidence, Finding, Options, Severity, rule, sql


@dataclass(frozen=True)
class TooManyIndexes(Options):
    indexes: int = 12


COLUMNS = ", ".join(f"c{number} int" for number in range(12))
BAD = [
    sql(
        f"CREATE TABLE t (id bigint PRIMARY KEY, {COLUMNS});\n"
        + "\n".join(f"CREATE INDEX ON t (c{number});" for number in range(12))
    ),
]
GOOD = [
    sql(
        f"CREATE TABLE t (id bigint PRIMARY KEY, {COLUMNS});\n"
        + "\n".join(f"CREATE INDEX ON t (c{number});" for number in range(11))
    ),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def too_many_indexes(table: Table, schema: Schema, options: TooManyIndexes) -> Iterator[Finding]:
    count = sum(index.predicate is None for index in table.indexes)
    if count > options.indexes and schema.parent_of(table) is None:
        yield Finding(
            at=table.name_location or table.location,
            subject=table.subject(),
            message=f"{table.model or table.name} has {count} indexes: each insert writes into all of them",
            confidence=Confidence.LIKELY,
        )
