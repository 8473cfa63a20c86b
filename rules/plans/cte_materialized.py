"""A CTE that is built whole, of which its readers keep a few rows.

## Why it matters
A materialized CTE is a wall: conditions outside do not reach the tables inside, and no index serves them. Measured on 300,000
orders: the orders of one customer through a CTE 68 ms, all rows copied first; written as NOT MATERIALIZED 0.03 ms by the
index.

## When it is fine
The copy is the point: a costly computation read several times, a function with side effects, a condition that must not be
reordered. A recursive CTE and one that changes rows are always built.

## What to do
Since version 12 a CTE that is read once is read through by itself, unless it says MATERIALIZED or calls a volatile function.
Write `AS NOT MATERIALIZED`, also where it is read twice with different conditions; before 12, a subquery in FROM. Or put the
condition inside.

## Sources
- PostgreSQL documentation, "WITH Queries", section "Common Table Expression Materialization"
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan
from advisor.model.plan.ctes import Cte, read_in_vain
from advisor.model.plan.times import exclusive_counts, exclusive_times, inclusive_times
from advisor.rule import Confidence, Finding, PlanOptions, Related, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=13454.04..13454.05 rows=1 width=32) (actual time=65.394..65.396 rows=1.00 loops=1)
          Buffers: shared hit=3704, temp written=914
          CTE recent
            ->  Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=14) (actual time=0.008..22.785 rows=300000.00 loops=1)
                  Buffers: shared hit=3704
          ->  CTE Scan on recent  (cost=0.00..6750.00 rows=15 width=16) (actual time=3.245..65.359 rows=15.00 loops=1)
                Filter: (customer_id = 4242)
                Rows Removed by Filter: 299985
                Storage: Disk  Maximum Storage: 7312kB
                Buffers: shared hit=3704, temp written=914
        Planning Time: 0.078 ms
        Execution Time: 66.456 ms
    """),
    plan("""
        Result  (cost=19304.32..19304.33 rows=1 width=16) (actual time=64.992..64.998 rows=1.00 loops=1)
          Buffers: shared hit=2804, temp read=2015 written=2015
          CTE entries
            ->  Seq Scan on ledger  (cost=0.00..5804.00 rows=300000 width=45) (actual time=0.014..12.417 rows=300000.00 loops=1)
                  Buffers: shared hit=2804
          InitPlan 2
            ->  Aggregate  (cost=6750.15..6750.16 rows=1 width=8) (actual time=49.208..49.210 rows=1.00 loops=1)
                  Buffers: shared hit=2804, temp written=2014
                  ->  CTE Scan on entries  (cost=0.00..6750.00 rows=60 width=4) (actual time=0.016..49.184 rows=60.00 loops=1)
                        Filter: (account = 7)
                        Rows Removed by Filter: 299940
                        Storage: Disk  Maximum Storage: 16114kB
                        Buffers: shared hit=2804, temp written=2014
          InitPlan 3
            ->  Aggregate  (cost=6750.15..6750.16 rows=1 width=8) (actual time=15.774..15.775 rows=1.00 loops=1)
                  Buffers: temp read=2015 written=1
                  ->  CTE Scan on entries entries_1  (cost=0.00..6750.00 rows=60 width=0) (actual time=0.015..15.756 rows=60.00 loops=1)
                        Filter: (account = 8)
                        Rows Removed by Filter: 299940
                        Storage: Disk  Maximum Storage: 16114kB
                        Buffers: temp read=2015 written=1
        Planning Time: 0.101 ms
        Execution Time: 66.841 ms
    """),  # noqa: E501
]
GOOD = [
    plan("""
        Aggregate  (cost=61.90..61.91 rows=1 width=32) (actual time=0.022..0.023 rows=1.00 loops=1)
          Buffers: shared hit=18
          ->  Bitmap Heap Scan on orders  (cost=4.54..61.86 rows=15 width=6) (actual time=0.010..0.018 rows=15.00 loops=1)
                Recheck Cond: (customer_id = 4242)
                Heap Blocks: exact=15
                Buffers: shared hit=18
                ->  Bitmap Index Scan on orders_customer_id_idx  (cost=0.00..4.54 rows=15 width=0) (actual time=0.005..0.006 rows=15.00 loops=1)
                      Index Cond: (customer_id = 4242)
                      Index Searches: 1
                      Buffers: shared hit=3
        Planning Time: 0.033 ms
        Execution Time: 0.032 ms
    """),  # noqa: E501
    plan("""
        Result  (cost=11.27..11.28 rows=1 width=16) (actual time=0.029..0.030 rows=1.00 loops=1)
          Buffers: shared hit=8
          InitPlan 1
            ->  Aggregate  (cost=5.62..5.63 rows=1 width=8) (actual time=0.016..0.016 rows=1.00 loops=1)
                  Buffers: shared hit=4
                  ->  Index Only Scan using ledger_account_amount_idx on ledger  (cost=0.42..5.47 rows=60 width=4) (actual time=0.007..0.011 rows=60.00 loops=1)
                        Index Cond: (account = 7)
                        Heap Fetches: 0
                        Index Searches: 1
                        Buffers: shared hit=4
          InitPlan 2
            ->  Aggregate  (cost=5.62..5.63 rows=1 width=8) (actual time=0.012..0.012 rows=1.00 loops=1)
                  Buffers: shared hit=4
                  ->  Index Only Scan using ledger_account_amount_idx on ledger ledger_1  (cost=0.42..5.47 rows=60 width=0) (actual time=0.004..0.008 rows=60.00 loops=1)
                        Index Cond: (account = 8)
                        Heap Fetches: 0
                        Index Searches: 1
                        Buffers: shared hit=4
        Planning Time: 0.061 ms
        Execution Time: 0.044 ms
    """),  # noqa: E501
    # it is read twice, and most of it is kept
    plan("""
        Hash Join  (cost=900.00..2300.00 rows=40000 width=16) (actual time=20.000..52.000 rows=40000.00 loops=1)
          Hash Cond: (a.id = b.id)
          CTE x
            ->  Seq Scan on t  (cost=0.00..616.00 rows=40000 width=8) (actual time=0.010..4.000 rows=40000.00 loops=1)
          ->  CTE Scan on x a  (cost=0.00..800.00 rows=40000 width=8) (actual time=0.010..12.000 rows=40000.00 loops=1)
                Storage: Memory  Maximum Storage: 2097kB
          ->  Hash  (cost=800.00..800.00 rows=40000 width=8) (actual time=19.000..19.000 rows=39000.00 loops=1)
                Buckets: 65536  Batches: 1  Memory Usage: 2075kB
                ->  CTE Scan on x b  (cost=0.00..900.00 rows=40000 width=8) (actual time=0.001..8.000 rows=39000.00 loops=1)
                      Filter: (id > 1000)
                      Rows Removed by Filter: 1000
                      Storage: Memory  Maximum Storage: 2097kB
        Planning Time: 0.100 ms
        Execution Time: 55.000 ms
    """),
]


@dataclass(frozen=True)
class CteOptions(PlanOptions):
    """When a CTE that is built in vain is worth a word."""

    min_rows: int = 5_000
    """Rows that it made."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def cte_materialized(plan: Plan, options: CteOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    for cte in read_in_vain(plan).values():
        time = inclusive_times(plan).get(cte.source, 0.0) + sum(exclusive_times(plan).get(scan, 0.0) for scan in cte.scans)
        if cte.source.total_rows >= options.min_rows and options.weighs(plan, time):
            yield describe(plan, cte, time)


def describe(plan: Plan, cte: Cte, time: float) -> Finding:
    kept = sum(scan.total_rows for scan in cte.scans)
    filters = " and ".join(dict.fromkeys(scan.text("Filter") or "" for scan in cte.scans))
    blocks = exclusive_counts(plan, "Shared Hit Blocks", "Shared Read Blocks", "Temp Read Blocks", "Temp Written Blocks")
    first, *others = cte.scans
    return Finding(
        at=first.location,
        subject=f"CTE {cte.name}",
        message=f"CTE {cte.name} is built with {cte.source.total_rows:,.0f} rows, of which {filters} keeps {kept:,.0f}; "
        f"WITH {cte.name} AS NOT MATERIALIZED (...) lets the condition reach the tables",
        confidence=Confidence.LIKELY,
        related=tuple(Related(scan.location, "and read here") for scan in others),
        saving=saving(
            plan, time, blocks=sum(blocks[node] for node in (*cte.source.walk(), *cte.scans)), rows=cte.source.total_rows - kept
        ),
    )
