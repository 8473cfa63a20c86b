"""A LIMIT whose OFFSET reads far more rows than it returns.

## Why it matters
The rows before the page are found, fetched, put in order and thrown away. The later the page, the slower: measured on
300,000 posts, the page at OFFSET 100,000 takes 14.4 ms and reads 100,020 rows for 20, the same page by keyset 0.03 ms
and 21 rows.

## When it is fine
A small set, or a page number that people type once a month. An OFFSET that never grows.

## What to do
Go on after the last row seen: compare the order's columns, ended by a unique one, with that row's values, and let an
index begin with those columns.

## Sources
- PostgreSQL documentation, "LIMIT and OFFSET" ("the rows skipped by an OFFSET clause still have to be computed inside
  the server"); "Row and Array Comparisons"
- Markus Winand, "Use The Index, Luke", chapter "Partial Results"
- the measurement: PostgreSQL 18, tables in shared buffers
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import IndexKey, Plan, PlanNode, Schema
from advisor.model.plan_access import Access, access_of, elapsed, sort_keys
from advisor.remedies import RewriteCode
from advisor.remedies.keyset import after_in_sql, order_in_sql
from advisor.rule import Confidence, Finding, Options, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE TABLE posts (id int PRIMARY KEY, slug varchar(80), created_at timestamptz NOT NULL);
    CREATE INDEX posts_created_at_idx ON posts (created_at);
""")
BAD = [
    SCHEMA
    + plan("""
        Limit  (cost=5045.19..5046.20 rows=20 width=23) (actual time=14.397..14.402 rows=20.00 loops=1)
          Buffers: shared hit=2716
          ->  Index Scan Backward using posts_created_at_idx on posts  (cost=0.42..15118.64 rows=299681 width=23) (actual time=0.014..11.629 rows=100020.00 loops=1)
                Index Searches: 1
                Buffers: shared hit=2716
        Planning Time: 0.074 ms
        Execution Time: 14.421 ms
    """),  # noqa: E501
    plan("""
        Limit  (cost=5045.19..5046.20 rows=20 width=23)
          ->  Index Scan Backward using posts_created_at_idx on posts  (cost=0.42..15118.64 rows=299681 width=23)
    """),
]
GOOD = [
    SCHEMA
    + plan("""
        Limit  (cost=0.49..2.55 rows=20 width=23) (actual time=0.017..0.019 rows=20.00 loops=1)
          ->  Incremental Sort  (cost=0.49..19633.72 rows=190730 width=23) (actual time=0.017..0.017 rows=20.00 loops=1)
                Sort Key: created_at DESC, id DESC
                Presorted Key: created_at
                Full-sort Groups: 1  Sort Method: quicksort  Average Memory: 26kB  Peak Memory: 26kB
                ->  Index Scan Backward using posts_created_at_idx on posts  (cost=0.42..11050.87 rows=190730 width=23) (actual time=0.010..0.012 rows=21.00 loops=1)
                      Index Cond: (created_at <= '2025-02-01 00:00:00+00'::timestamp with time zone)
                      Filter: (ROW(created_at, id) < ROW('2025-02-01 00:00:00+00'::timestamp with time zone, 199999))
                      Index Searches: 1
        Planning Time: 0.038 ms
        Execution Time: 0.027 ms
    """),  # noqa: E501
    plan("""
        Limit  (cost=0.42..1.47 rows=20 width=23)
          ->  Index Scan Backward using posts_created_at_idx on posts  (cost=0.42..15118.64 rows=299681 width=23)
    """),
]


@dataclass(frozen=True)
class OffsetOptions(Options):
    """When rows skipped by OFFSET are worth a word."""

    min_time: float = 10.0
    """Milliseconds of a whole statement below which it is left alone."""
    min_skipped: int = 1_000
    """Rows thrown away before the page."""
    min_skipped_by_estimate: int = 10_000
    """The same without ANALYZE, by the planner's costs."""
    ratio: float = 10.0
    """How many rows are skipped for each that is returned."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def offset_discards_rows(plan: Plan, schema: Schema | None, options: OffsetOptions) -> Iterator[Finding]:
    total = elapsed(plan)
    if total is not None and total < options.min_time:
        return
    for node in plan.walk():
        child = next((child for child in node.children if child.text("Parent Relationship") != "InitPlan"), None)
        if node.type != "Limit" or child is None:
            continue
        skipped = skipped_rows(node, child)
        returned = node.total_rows if node.analyzed else node.estimated_rows
        enough = options.min_skipped if node.analyzed else options.min_skipped_by_estimate
        if skipped >= max(enough, options.ratio * returned):
            yield describe(node, skipped, returned, schema)


def skipped_rows(node: PlanNode, child: PlanNode) -> float:
    """Rows that the Limit took from its input and did not hand on: those before the OFFSET.

    Without ANALYZE, the planner's costs tell: a Limit starts when its input has given the rows before the OFFSET, so its start-up
    cost stands as far above the input's as they are of the whole (`adjust_limit_rows_costs` in `pathnode.c`).
    """
    if node.analyzed:
        return child.total_rows - node.total_rows
    start, end = child.number("Startup Cost"), child.number("Total Cost")
    if end <= start:
        return 0.0
    return (node.number("Startup Cost") - start) / (end - start) * child.estimated_rows


def describe(node: PlanNode, skipped: float, returned: float, schema: Schema | None) -> Finding:
    scans = [access for below in node.walk() if (access := access_of(below, schema)) is not None]
    order = order_below(node, scans[0]) if len(scans) == 1 else ()
    subject = scans[0].name.qualified if len(scans) == 1 else "the result"
    words = ("", "returns") if node.analyzed else ("about ", "is to return")
    return Finding(
        at=node.location,
        subject=f"Limit over {subject}",
        message=f"OFFSET reads {words[0]}{skipped:,.0f} rows and throws them away, for a page that {words[1]} {returned:,.0f}",
        remedy=keyset(node, scans[0], order, returned) if order else None,
        confidence=Confidence.CERTAIN if node.analyzed else Confidence.LIKELY,
    )


def order_below(node: PlanNode, scan: Access) -> tuple[IndexKey, ...]:
    """The order of the rows, ended by the primary key: a Sort's keys, or those of the index that was read, in its direction."""
    sort = next((below for below in node.walk() if below.type in ("Sort", "Incremental Sort")), None)
    keys = sort_keys(sort) if sort is not None else keys_of_index(scan)
    primary = scan.table.primary_key if scan.table else None
    if not keys or primary is None or None in primary.columns:
        return keys
    named = {key.column for key in keys}
    return (*keys, *(IndexKey(column, descending=keys[-1].descending) for column in primary.columns if column not in named))


def keys_of_index(scan: Access) -> tuple[IndexKey, ...]:
    indexes = scan.table.indexes if scan.table else ()
    used = next((index for index in indexes if index.name == scan.node.text("Index Name")), None)
    if used is None or None in used.columns:
        return ()
    backward = scan.node.text("Scan Direction") == "Backward"
    return tuple(IndexKey(key.column, descending=key.descending != backward) for key in used.keys)


def keyset(node: PlanNode, scan: Access, order: tuple[IndexKey, ...], returned: float) -> RewriteCode:
    parameters = [f"${number}" for number in range(1, len(order) + 1)]
    columns = ", ".join(key.column or "" for key in order)
    unique = "" if scan.table else "-- end the order by a unique column, and compare it too\n"
    return RewriteCode(
        f"Page through {scan.name} by {columns}",
        node.location,
        f"-- {', '.join(parameters)}: {columns} of the last row of the page before; the first page has no such condition\n{unique}"
        f"WHERE {after_in_sql(order, parameters)}\nORDER BY {order_in_sql(order)}\nLIMIT {returned:.0f}",
        "sql",
    )
