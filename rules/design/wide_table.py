"""A table with very many columns.

## Why it matters
PostgreSQL writes a new version of the whole row, whatever part of it changes (but for large values, which it keeps apart), and
reads whole pages, whatever columns are asked for. Measured on 100,000 rows: one counter of each row takes 0.2 s and 32 MiB of log
among 8 columns, 1.2 s and 202 MiB among 80; the sum of that counter 19 ms and 44 ms. An ORM that names no columns fetches them
all, for a list of names too.

Mostly such a table is several: addresses, settings, counters and texts of one thing, of which each has writers, readers and
missing values of its own.

## When it is fine
Reporting tables that a job fills and whose columns are what it measures, copies of files and of other systems' tables, a table of
one row with an application's settings. How rows are used is not to be seen in a schema: findings are only possible.

## What to do
Move what is written or read apart from the rest to a table of its own, with the same key: what changes often, what is large, what
most rows leave empty. Columns that begin with the same word are a good place to begin. The option `more_than` says from how many
columns on (default 60).

## Sources
- PostgreSQL documentation, "Heap-Only Tuples" and "Database Page Layout": an update makes a new version of the row
  https://www.postgresql.org/docs/current/storage-hot.html
- the measurement: benchmarks/table_design.py
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Schema, Table
from advisor.rule import Confidence, Finding, Options, Severity, prisma, project, rule, sql

from ._tables import own_tables

VERBS = frozenset("is has can show use enable allow min max num total last first new old".split())
"""First words of columns that have nothing else in common."""
ENOUGH = 5


def columns(count: int, name: str = "measure") -> str:
    return ", ".join(f"{name}_{letter}{other} integer" for letter in "abcdefghij" for other in "klmnopqrst"[: count // 10])


FEW = "[rules.wide-table]\nmore_than = 3\n"

BAD = [
    project(
        {"advisor.toml": FEW, "schema.sql": "CREATE TABLE posts (id bigint PRIMARY KEY, title text, body text, views bigint);"}
    ),
    sql(f"CREATE TABLE customers (id bigint PRIMARY KEY, {columns(50)}, {columns(10, 'billing')});"),
    project({"advisor.toml": FEW})
    + prisma("""
        model Post {
          id    Int    @id
          title String
          body  String
          views BigInt
        }
    """),
    sql(
        "\n".join(
            f"CREATE TABLE posts{letter} ({', '.join(f'part{number} text' for number in range(120))});" for letter in "abcdefghijk"
        )
    ),
]
GOOD = [
    sql(f"CREATE TABLE customers ({columns(60)});"),
    project({"advisor.toml": FEW})
    + sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, title text, body text);
        CREATE VIEW report AS SELECT *, length(title) AS letters, length(body) AS size FROM posts;
        CREATE FOREIGN TABLE elsewhere (id bigint, title text, body text, views bigint) SERVER other;
        CREATE TABLE schema_migrations (version text, name text, ran_at timestamptz, checksum text);
    """),
    project({"advisor.toml": FEW})
    + prisma("""
        model Post {
          id      Int       @id
          title   String
          body    String
          replies Comment[]
          tags    Tag[]
        }
        model Comment {
          id     Int   @id
          postId Int
          post   Post  @relation(fields: [postId], references: [id])
        }
        model Tag {
          id    Int    @id
          posts Post[]
        }
    """),
]


@dataclass(frozen=True)
class Thresholds(Options):
    more_than: int = 60


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def wide_table(schema: Schema, options: Thresholds) -> Iterator[Finding]:
    tables = list(own_tables(schema))
    findings = [finding(table) for table in tables if len(table.columns) > options.more_than]
    message = (
        f"{len(findings)} of {len(tables)} tables have more than {options.more_than} columns: each change writes a whole row anew"
    )
    yield from each_or_all(findings, of=len(tables), subject="wide tables throughout", message=message)


def finding(table: Table) -> Finding:
    return Finding(
        at=table.name_location or table.location,
        subject=table.subject(),
        message=f"{table.name} has {len(table.columns)} columns{together(table)}: a change of one writes the whole row anew",
        confidence=Confidence.POSSIBLE,
    )


def together(table: Table) -> str:
    """The columns that begin with the same word and most likely are a thing of their own."""
    firsts = Counter(column.words[0] for column in table.columns if len(column.words) > 1 and column.words[0] not in VERBS)
    common = [f"{count} of {word}" for word, count in firsts.most_common(3) if count >= ENOUGH]
    return f" ({', '.join(common)})" if common else ""
