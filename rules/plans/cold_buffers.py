"""Most blocks of a statement came from outside shared buffers.

## Why it matters
A block from the operating system's cache costs some microseconds more than one from shared buffers, one from a disk some hundreds:
the same plan takes another time on the next run. Measured on 110 MB: 25 ms from shared buffers, 60 ms from the system's cache.
Times of a first run say more of the cache than of the plan.

## When it is fine
It is the first run, or the statement is rare, and what it reads is wanted by nobody else. A sequential scan of a table larger than
a quarter of shared buffers goes through a small ring of its own and never fills them.

## What to do
Run it a second time before judging. Where blocks still come from outside, read fewer of them (an index, fewer columns in an
index-only scan, a smaller table), or give the server more memory: shared_buffers of about a quarter of it.

## Sources
- PostgreSQL documentation, "Resource Consumption": shared_buffers; "EXPLAIN", option BUFFERS
- `GetAccessStrategy` in `src/backend/storage/buffer/freelist.c`: the ring of a large scan
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan
from advisor.model.plan.times import exclusive_counts, exclusive_io_times
from advisor.model.plan.titles import title_of
from advisor.rule import Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=15861.59..15861.60 rows=1 width=8) (actual time=36.196..36.198 rows=1.00 loops=1)
          Buffers: shared read=13637
          ->  Seq Scan on archive  (cost=0.00..15512.00 rows=139835 width=0) (actual time=0.246..29.379 rows=140000.00 loops=1)
                Filter: (year >= 1992)
                Rows Removed by Filter: 10000
                Buffers: shared read=13637
        Planning:
          Buffers: shared hit=15
        Planning Time: 0.153 ms
        Execution Time: 36.221 ms
    """),
]
GOOD = [
    plan("""
        Aggregate  (cost=3285.59..3285.61 rows=1 width=8) (actual time=13.531..13.533 rows=1.00 loops=1)
          Buffers: shared read=121
          ->  Index Only Scan using archive_year_idx on archive  (cost=0.29..2935.43 rows=140065 width=0) (actual time=0.048..7.937 rows=140000.00 loops=1)
                Index Cond: (year >= 1992)
                Heap Fetches: 0
                Index Searches: 1
                Buffers: shared read=121
        Planning:
          Buffers: shared hit=13
        Planning Time: 0.130 ms
        Execution Time: 13.553 ms
    """),  # noqa: E501
    # a few blocks
    plan("""
        Index Scan using posts_pkey on posts  (cost=0.42..8.44 rows=1 width=23) (actual time=14.010..14.020 rows=1.00 loops=1)
          Index Cond: (id = 4242)
          Index Searches: 1
          Buffers: shared read=4
        Planning Time: 0.040 ms
        Execution Time: 14.040 ms
    """),
]


@dataclass(frozen=True)
class ColdOptions(PlanOptions):
    """When reads are worth a word."""

    min_blocks: int = 2_000
    """Blocks of 8 kB that came from outside shared buffers."""
    min_cold: float = 0.5
    """The part of all blocks that they are."""
    max_waited: float = 0.5
    """The part of the time that reads may take, where it is known: above, io-dominates tells of them."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def cold_buffers(plan: Plan, options: ColdOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    read, total = (
        plan.root.number("Shared Read Blocks"),
        plan.root.number("Shared Read Blocks") + plan.root.number("Shared Hit Blocks"),
    )
    waited = sum(exclusive_io_times(plan).values())
    if read < max(options.min_blocks, options.min_cold * total) or waited > options.max_waited * (plan.elapsed or 0.0):
        return
    own = exclusive_counts(plan, "Shared Read Blocks")
    worst = max(own, key=lambda node: own[node])
    most = f", {own[worst]:,.0f} of them by {title_of(worst)}" if own[worst] < 0.95 * read else f", by {title_of(worst)}"
    yield Finding(
        at=worst.location,
        subject=f"reads of {title_of(worst)}",
        message=f"{read:,.0f} of {total:,.0f} blocks came from outside shared buffers{most}: "
        "run it once more before judging its time",
        saving=saving(plan, waited or None, blocks=read),
    )
