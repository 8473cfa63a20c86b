"""A LIMIT over a sort of many rows, where an index would give the order and stop after the first few.

## Why it matters
A top-N sort keeps few rows in memory, but it has to see all of them: the time grows with the table, not with the page. Measured on
300,000 orders: the ten latest 46 ms by sorting, 0.01 ms by an index on created_at; twenty of one status 45 ms and 0.02 ms.

## When it is fine
The rows to sort are few, or the statement is rare. The order changes from call to call, and an index for each would cost more
writes than it saves. Where a filter keeps few of the rows, an index on the filter is the first thing to have.

## What to do
Create an index on the columns that the filter compares by equality, then those of ORDER BY in its order; directions only have to
agree among each other, since an index is read backwards too. NULLS FIRST and LAST have to be as in the query.

## Sources
- PostgreSQL documentation, "Indexes and ORDER BY"; "Multicolumn Indexes"
- the measurement: PostgreSQL 18, tables in shared buffers
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import IndexKey, Plan, Schema
from advisor.model.plan.access import rows_read
from advisor.model.plan.limited_sorts import LimitedSort, index_columns, limited_sorts
from advisor.model.plan.times import exclusive_counts, inclusive_times
from advisor.remedies.scanned import index_for_scans
from advisor.rule import Confidence, Finding, PlanOptions, Severity, plan, rule, saving, sql

ORDERS = sql("""
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, total numeric, created_at timestamptz);
""")
BAD = [
    plan("""
        Limit  (cost=13186.89..13186.92 rows=10 width=18) (actual time=68.235..68.238 rows=10.00 loops=1)
          Buffers: shared hit=3704
          ->  Sort  (cost=13186.89..13936.89 rows=300000 width=18) (actual time=68.233..68.234 rows=10.00 loops=1)
                Sort Key: created_at DESC
                Sort Method: top-N heapsort  Memory: 26kB
                Buffers: shared hit=3704
                ->  Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=18) (actual time=0.010..31.677 rows=300000.00 loops=1)
                      Buffers: shared hit=3704
        Planning Time: 0.080 ms
        Execution Time: 68.262 ms
    """),
    ORDERS
    + plan("""
        Limit  (cost=9431.89..9431.94 rows=20 width=10) (actual time=25.944..25.948 rows=20.00 loops=1)
          Buffers: shared hit=3704
          ->  Sort  (cost=9431.89..9617.72 rows=74330 width=10) (actual time=25.942..25.945 rows=20.00 loops=1)
                Sort Key: total DESC, id DESC
                Sort Method: top-N heapsort  Memory: 26kB
                Buffers: shared hit=3704
                ->  Seq Scan on orders  (cost=0.00..7454.00 rows=74330 width=10) (actual time=0.009..19.017 rows=75000.00 loops=1)
                      Filter: (status = 'paid'::text)
                      Rows Removed by Filter: 225000
                      Buffers: shared hit=3704
        Planning Time: 0.077 ms
        Execution Time: 25.967 ms
    """),
]
GOOD = [
    plan("""
        Limit  (cost=0.42..1.18 rows=10 width=18) (actual time=0.006..0.009 rows=10.00 loops=1)
          Buffers: shared hit=13
          ->  Index Scan Backward using orders_created_at_idx on orders  (cost=0.42..22616.02 rows=300000 width=18) (actual time=0.005..0.008 rows=10.00 loops=1)
                Index Searches: 1
                Buffers: shared hit=13
        Planning Time: 0.018 ms
        Execution Time: 0.014 ms
    """),  # noqa: E501
    plan("""
        Limit  (cost=0.42..1.08 rows=20 width=10) (actual time=0.005..0.012 rows=20.00 loops=1)
          Buffers: shared hit=5
          ->  Index Only Scan Backward using orders_status_total_id_idx on orders  (cost=0.42..2439.60 rows=74010 width=10) (actual time=0.005..0.010 rows=20.00 loops=1)
                Index Cond: (status = 'paid'::text)
                Heap Fetches: 0
                Index Searches: 1
                Buffers: shared hit=5
        Planning Time: 0.026 ms
        Execution Time: 0.018 ms
    """),  # noqa: E501
    # the filter keeps few: an index on that is slow-sequential-scan's advice, with the order behind it
    plan("""
        Limit  (cost=11064.02..11064.07 rows=20 width=23) (actual time=15.913..15.918 rows=20.00 loops=1)
          ->  Sort  (cost=11064.02..11064.12 rows=40 width=23) (actual time=15.912..15.914 rows=20.00 loops=1)
                Sort Key: created_at DESC
                Sort Method: top-N heapsort  Memory: 27kB
                ->  Seq Scan on posts  (cost=0.00..11062.95 rows=40 width=23) (actual time=0.226..15.879 rows=40.00 loops=1)
                      Filter: (published AND (author_id = 4242))
                      Rows Removed by Filter: 299960
        Planning Time: 0.080 ms
        Execution Time: 15.941 ms
    """),
    # the order of a sum is known when the sum is, and that of an expression by an index on it alone
    plan("""
        Limit  (cost=9731.50..9731.53 rows=10 width=36) (actual time=85.300..85.310 rows=10.00 loops=1)
          ->  Sort  (cost=9731.50..9781.66 rows=20064 width=36) (actual time=85.298..85.300 rows=10.00 loops=1)
                Sort Key: (sum(total)) DESC
                Sort Method: top-N heapsort  Memory: 26kB
                ->  HashAggregate  (cost=8204.00..8454.80 rows=20064 width=36) (actual time=78.100..81.900 rows=20000.00 loops=1)
                      Group Key: customer_id
                      Batches: 1  Memory Usage: 7953kB
                      ->  Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=10) (actual time=0.008..20.100 rows=300000.00 loops=1)
        Planning Time: 0.110 ms
        Execution Time: 86.020 ms
    """),  # noqa: E501
]


@dataclass(frozen=True)
class SortedLimitOptions(PlanOptions):
    """When a sort below a LIMIT is worth a word."""

    min_rows: int = 10_000
    """Rows that were sorted."""
    ratio: float = 10.0
    """How many rows are sorted for each that is returned."""
    min_kept: float = 0.05
    """The part of the rows read that the scan's filter keeps; below that, the filter wants the index first."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def sort_before_limit(plan: Plan, schema: Schema | None, options: SortedLimitOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    for found in limited_sorts(plan, schema):
        columns, read = index_columns(found), sum(rows_read(scan.node) for scan in found.scans)
        enough = found.rows >= max(options.min_rows, options.ratio * found.wanted, options.min_kept * read)
        if columns and enough and options.weighs(plan, inclusive_times(plan)[found.sort]):
            yield describe(plan, found, columns, schema)


def describe(plan: Plan, found: LimitedSort, columns: tuple[str | IndexKey, ...], schema: Schema | None) -> Finding:
    blocks = exclusive_counts(plan, "Shared Hit Blocks", "Shared Read Blocks")
    return Finding(
        at=found.sort.location,
        subject=f"{found.name.qualified} by {found.by}",
        message=f"{found.rows:,.0f} rows of {found.of} are sorted by {found.by} for the first {found.wanted:,.0f}; "
        f"an index on ({', '.join(map(str, columns))}) would give them in order",
        remedy=index_for_scans([each.name for each in found.scans], columns, found.scans[0].table, schema),
        confidence=Confidence.CERTAIN if found.scans[0].table else Confidence.LIKELY,
        saving=saving(
            plan,
            inclusive_times(plan)[found.sort],
            blocks=sum(blocks[scan.node] for scan in found.scans),
            rows=found.rows - found.wanted,
        ),
    )
