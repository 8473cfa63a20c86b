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

from advisor.model import Plan, Schema
from advisor.model.plan.offsets import Skip, page_order, skips_of
from advisor.model.plan.times import inclusive_times
from advisor.remedies.next_page import next_page
from advisor.rule import Finding, PlanOptions, Severity, plan, rule, saving, sql

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
class OffsetOptions(PlanOptions):
    """When rows skipped by OFFSET are worth a word."""

    min_skipped: int = 1_000
    """Rows thrown away before the page."""
    ratio: float = 10.0
    """How many rows are skipped for each that is returned."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def offset_discards_rows(plan: Plan, schema: Schema | None, options: OffsetOptions) -> Iterator[Finding]:
    if not plan.root.analyzed or (plan.elapsed is not None and options.skips(plan)):
        return
    for skip in skips_of(plan):
        if skip.rows >= max(options.min_skipped, options.ratio * skip.returned):
            yield describe(plan, skip, schema)


def describe(plan: Plan, skip: Skip, schema: Schema | None) -> Finding:
    scan, order = page_order(skip, schema)
    time = inclusive_times(plan).get(skip.input)
    return Finding(
        at=skip.limit.location,
        subject=f"Limit over {scan.name.qualified if scan else 'the result'}",
        message=f"OFFSET reads {skip.rows:,.0f} rows and throws them away, for a page that returns {skip.returned:,.0f}",
        remedy=next_page(skip, scan, order) if scan and order else None,
        saving=saving(plan, time * skip.rows / (skip.rows + skip.returned) if time else None, rows=skip.rows),
    )
