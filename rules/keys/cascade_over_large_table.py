"""ON DELETE CASCADE through a chain of tables.

## Why it matters
One DELETE of one row becomes a delete in each table below, row by row, in one transaction. Nothing tells beforehand how many rows
that will be. All of them stay locked until the end, replicas and vacuum get them at once, and a key without an index anywhere below
makes it a scan for each row above. Nor can it be taken back: who deletes a customer by mistake has deleted the orders, the bills
and their lines.

## When it is fine
The parts have no life of their own and are few for each whole: the lines of an order, the settings of a user. How many there are
the schema does not tell, and so the finding is only possible, until `[assumptions.rows]` says that one of the tables has a million
rows or more.

## What to do
Delete from below, in batches of some thousands, before the row itself; or mark the row as deleted and let a job do it. RESTRICT
where a mistake would hurt. The option `levels` (default 3) says how many tables, one below the other, a delete may reach before it
is told; `rows` (default 1,000,000) from when on a table is large.

## Sources
- PostgreSQL documentation, "Constraints", section "Foreign Keys": "if the two tables represent independent objects, then RESTRICT
  or NO ACTION is more appropriate" https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
- how it is done, one statement for each row deleted: `RI_FKey_cascade_del` in ri_triggers.c
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from advisor.habits import said_once
from advisor.model import Database, ForeignKey, Name, Schema, Target
from advisor.rule import Confidence, Finding, Options, Related, Severity, prisma, project, rule, sql

CHAIN = """
    CREATE TABLE companies (id bigint PRIMARY KEY);
    CREATE TABLE customers (id bigint PRIMARY KEY, company_id bigint NOT NULL REFERENCES companies ON DELETE CASCADE);
    CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE);
    CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE);
"""

BAD = [
    sql(CHAIN),
    project({"advisor.toml": "[assumptions.rows]\nlines = 80_000_000\n", "schema.sql": CHAIN}),
    sql(
        CHAIN
        + """
        CREATE TABLE events (id bigint, line_id bigint REFERENCES lines ON DELETE CASCADE, at date) PARTITION BY RANGE (at);
        CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE TABLE areas (id bigint PRIMARY KEY);
        CREATE TABLE towns (id bigint PRIMARY KEY, area_id bigint NOT NULL REFERENCES areas ON DELETE CASCADE);
        CREATE TABLE streets (id bigint PRIMARY KEY, town_id bigint NOT NULL REFERENCES towns ON DELETE CASCADE);
        CREATE TABLE houses (id bigint PRIMARY KEY, street_id bigint NOT NULL REFERENCES streets ON DELETE CASCADE);
    """
    ),
    prisma("""
        model Org {
          id       Int       @id
          projects Project[]
        }
        model Project {
          id    Int    @id
          orgId Int
          org   Org    @relation(fields: [orgId], references: [id], onDelete: Cascade)
          runs  Run[]
        }
        model Run {
          id        Int     @id
          projectId Int
          project   Project @relation(fields: [projectId], references: [id], onDelete: Cascade)
          steps     Step[]
        }
        model Step {
          id    Int @id
          runId Int
          run   Run @relation(fields: [runId], references: [id], onDelete: Cascade)
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE);
        CREATE TABLE comments (id bigint PRIMARY KEY, post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE);
    """),
    sql("""
        CREATE TABLE a (id bigint PRIMARY KEY);
        CREATE TABLE b (id bigint PRIMARY KEY, a bigint REFERENCES a ON DELETE CASCADE, b bigint REFERENCES b ON DELETE CASCADE);
        CREATE TABLE c (id bigint PRIMARY KEY, b_id bigint REFERENCES b ON DELETE RESTRICT);
        CREATE TABLE d (id bigint PRIMARY KEY, c_id bigint REFERENCES c ON DELETE CASCADE);
    """),
]

Below = Mapping[Name, list[ForeignKey]]


@dataclass(frozen=True)
class Thresholds(Options):
    levels: int = 3
    rows: int = 1_000_000


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def cascade_over_large_table(database: Database, thresholds: Thresholds, target: Target) -> Iterator[Finding]:
    below = cascades(database.schema)
    reached = {key.table for keys in below.values() for key in keys}
    findings = []
    for start in sorted(set(below) - reached):
        paths = ways_down(start, below)
        longest = max(paths.values(), key=len)
        if len(longest) >= thresholds.levels:
            findings.append(finding(start, longest, list(paths), thresholds, target))
    unsure = [each for each in findings if each.confidence is Confidence.POSSIBLE]
    yield from [each for each in findings if each.confidence is not Confidence.POSSIBLE]
    if len(unsure) > 1:
        deepest = max(unsure, key=lambda each: len(each.related))
        message = f"deletes in {len(unsure)} tables go {thresholds.levels} tables deep or more: {deepest.message}"
        yield said_once(unsure, "cascades throughout", message)
    else:
        yield from unsure


def cascades(schema: Schema) -> Below:
    """By table, the foreign keys through which a delete in it goes on; those of partitions are their parents'."""
    found: dict[Name, list[ForeignKey]] = {}
    for table in schema.tables:
        if schema.parent_of(table) is None and not table.implicit:
            for key in table.foreign_keys:
                if key.on_delete == "CASCADE" and key.referenced_table != table.name:
                    found.setdefault(key.referenced_table, []).append(key)
    return found


def ways_down(start: Name, below: Below) -> dict[Name, list[ForeignKey]]:
    """For each table that a delete reaches, the way that goes down one level at a time, each table met once."""
    paths: dict[Name, list[ForeignKey]] = {}
    level: dict[Name, list[ForeignKey]] = {start: []}
    while level:
        deeper: dict[Name, list[ForeignKey]] = {}
        for name, path in level.items():
            for key in below.get(name, ()):
                if key.table not in paths and key.table != start:
                    deeper.setdefault(key.table, [*path, key])
        paths |= deeper
        level = deeper
    return paths


def finding(start: Name, longest: list[ForeignKey], reached: list[Name], thresholds: Thresholds, target: Target) -> Finding:
    large = [name for name in reached if (target.rows_of(name) or 0) >= thresholds.rows]
    rows = f", {large[0]} with {target.rows_of(large[0]):,} rows" if large else ""
    chain = " → ".join(map(str, [start, *(key.table for key in longest)]))
    return Finding(
        at=longest[0].location,
        subject=start.qualified,
        message=f"deleting a row of {start} deletes from {len(reached)} tables in one transaction ({chain}){rows}",
        confidence=Confidence.LIKELY if large else Confidence.POSSIBLE,
        related=tuple(Related(key.location, f"{key.table} goes with {key.referenced_table}") for key in longest[1:]),
    )
