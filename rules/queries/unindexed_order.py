"""A plan for ORDER BY and LIMIT that sorts a large set, which an index could give in order.

## Why it matters
A sort has to see all rows before it can give the first; an index in that order stops after the page. Measured on 300,000
orders: the ten latest 46 ms by sorting, 0.01 ms by an index on created_at.

## When it is fine
The set is small, the statement rare, or the order is another one each time. This rule speaks of plans that were not run, by the
planner's costs; what a plan that was run shows is told by sort-before-limit, with its time.

## What to do
Create an index on the columns compared by equality, then those of ORDER BY in its order.

## Sources
- PostgreSQL documentation, "Indexes and ORDER BY"
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import IndexKey, Plan, Schema
from advisor.model.plan.limited_sorts import LimitedSort, index_columns, limited_sorts
from advisor.remedies.scanned import index_for_scans
from advisor.rule import Confidence, Finding, Options, Saving, Severity, plan, rule, sql

SCHEMA = sql("CREATE TABLE orders (id int PRIMARY KEY, status text NOT NULL, total numeric, created_at timestamptz NOT NULL);")
BAD = [
    plan("""
        Limit  (cost=13186.89..13186.92 rows=10 width=18)
          ->  Sort  (cost=13186.89..13936.89 rows=300000 width=18)
                Sort Key: created_at DESC
                ->  Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=18)
    """),
    SCHEMA
    + plan("""
        Limit  (cost=9431.36..9431.41 rows=20 width=10)
          ->  Sort  (cost=9431.36..9617.14 rows=74310 width=10)
                Sort Key: total DESC, id DESC
                ->  Seq Scan on orders  (cost=0.00..7454.00 rows=74310 width=10)
                      Filter: (status = 'paid'::text)
    """),
]
GOOD = [
    plan("""
        Limit  (cost=0.42..1.18 rows=10 width=18)
          ->  Index Scan Backward using orders_created_at_idx on orders  (cost=0.42..22616.35 rows=300000 width=18)
    """),
    # a small table
    plan("""
        Limit  (cost=28.17..28.20 rows=10 width=18)
          ->  Sort  (cost=28.17..30.67 rows=1000 width=18)
                Sort Key: created_at DESC
                ->  Seq Scan on orders  (cost=0.00..17.00 rows=1000 width=18)
    """),
    # it was run: sort-before-limit tells
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
    # an expression
    plan("""
        Limit  (cost=13186.89..13186.92 rows=10 width=18)
          ->  Sort  (cost=13186.89..13936.89 rows=300000 width=18)
                Sort Key: (md5(status))
                ->  Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=18)
    """),
]


@dataclass(frozen=True)
class OrderOptions(Options):
    """When a sort that was only planned is worth a word."""

    min_rows: int = 10_000
    """Rows to be sorted, by estimate."""
    ratio: float = 10.0
    """How many rows are to be sorted for each that is wanted."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def unindexed_order(plan: Plan, schema: Schema | None, options: OrderOptions) -> Iterator[Finding]:
    if plan.root.analyzed:
        return
    for found in limited_sorts(plan, schema):
        columns = index_columns(found)
        if columns and found.rows >= max(options.min_rows, options.ratio * found.wanted):
            yield describe(found, columns, schema)


def describe(found: LimitedSort, columns: tuple[str | IndexKey, ...], schema: Schema | None) -> Finding:
    listed = ", ".join(map(str, columns))
    return Finding(
        at=found.sort.location,
        subject=f"{found.name.qualified} by {found.by}",
        message=f"about {found.rows:,.0f} rows of {found.name} are to be sorted by {found.by} for the first {found.wanted:,.0f}; "
        f"an index on ({listed}) would give them in order",
        remedy=index_for_scans([each.name for each in found.scans], columns, found.scans[0].table, schema),
        confidence=Confidence.LIKELY if found.scans[0].table else Confidence.POSSIBLE,
        saving=Saving(rows=round(found.rows - found.wanted)),
    )
