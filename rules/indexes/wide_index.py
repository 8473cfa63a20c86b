"""An index of many key columns.

## Why it matters
Each key after the first few narrows little more, but every row writes it, and an update of any of the columns writes the index
again: it cannot be a HOT update any more. A wide index serves one query; three narrow ones can be combined.

## When it is fine
It enforces something: unique indexes and keys are left alone. One hot query needs just this order, and reads it all.

## What to do
Keep the columns of the equalities, then the one that is sorted or ranged; move those that are only read into INCLUDE. The option
`columns` is the number of key columns from which on this rule still says nothing (default 4).

## Sources
- PostgreSQL documentation, "Multicolumn Indexes": "indexes with more than three columns are unlikely to be helpful unless the
  usage of the table is extremely stylized" https://www.postgresql.org/docs/current/indexes-multicolumn.html
- on HOT: https://www.postgresql.org/docs/current/storage-hot.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Index, Schema, Table
from advisor.rule import Confidence, Finding, Options, Severity, prisma, rule, sql


@dataclass(frozen=True)
class WideIndex(Options):
    columns: int = 4


BAD = [
    sql("CREATE TABLE t (id bigint PRIMARY KEY, a int, b int, c int, d int, e int);\nCREATE INDEX t_wide ON t (a, b, c, d, e);"),
    prisma("""
        model Visit {
          id      Int      @id
          site    Int
          path    String
          country String
          browser String
          at      DateTime

          @@index([site, path, country, browser, at])
        }
    """),
]
GOOD = [
    sql("CREATE TABLE t (id bigint PRIMARY KEY, a int, b int, c int, d int, e int);\nCREATE INDEX ON t (a, b, c, d) INCLUDE (e);"),
    sql("CREATE TABLE t (id bigint PRIMARY KEY, a int, b int, c int, d int, e int, UNIQUE (a, b, c, d, e));"),
    sql(
        "CREATE TABLE t (id bigint PRIMARY KEY, a int, b int, c int, d int, e int);\nCREATE INDEX ON t USING brin (a, b, c, d, e);"
    ),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def wide_index(table: Table, schema: Schema, options: WideIndex) -> Iterator[Finding]:
    plain = [index for index in schema.own_indexes(table) if index.method == "btree" and not index.unique and not index.constraint]
    wide = [finding(index, table) for index in plain if len(index.keys) > options.columns]
    message = f"{len(wide)} indexes of {table.name} have more than {options.columns} key columns: the last ones narrow little"
    yield from each_or_all(wide, of=len(plain), subject=f"{table.subject()}: wide indexes", message=message)


def finding(index: Index, table: Table) -> Finding:
    return Finding(
        at=index.location,
        subject=f"{table.subject()}.{index}",
        message=f"index {index} has {len(index.keys)} key columns: the last ones narrow little, and all are written",
        confidence=Confidence.POSSIBLE,
    )
