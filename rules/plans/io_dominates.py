"""A statement that waits for reads and writes most of its time.

## Why it matters
What is slow is the disk, or the network that it hangs at, and not the plan: an index that reads fewer blocks helps, a quicker join
does not. On a volume in a network a block costs about a millisecond, from the system's cache some microseconds.

## When it is fine
It is the first run after a start or a restore: the second one shows what the caches leave.

## What to do
Read fewer blocks: an index, an index-only scan after VACUUM, CLUSTER or a smaller table where rows lie far apart. Give the server
more memory, raise `effective_io_concurrency` where storage serves many reads at once, and look for what else uses the disk.

## Sources
- PostgreSQL documentation, "Run-time Statistics": track_io_timing; "EXPLAIN", option BUFFERS: I/O Timings
- "Resource Consumption": effective_io_concurrency (1 before version 18, 16 since)
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.differences import went_to_disk
from advisor.model.plan.times import exclusive_counts, exclusive_io_times
from advisor.model.plan.titles import title_of
from advisor.rule import Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=40002.84..40002.85 rows=1 width=8) (actual time=185.771..185.773 rows=1.00 loops=1)
          Buffers: shared hit=97 read=39903
          I/O Timings: shared read=108.842
          ->  Seq Scan on queue  (cost=0.00..40002.65 rows=75 width=0) (actual time=3.346..185.694 rows=66.00 loops=1)
                Filter: (state = 'new'::text)
                Rows Removed by Filter: 134
                Buffers: shared hit=97 read=39903
                I/O Timings: shared read=108.842
        Planning:
          Buffers: shared hit=21 read=4 dirtied=1
          I/O Timings: shared read=0.017
        Planning Time: 0.168 ms
        Execution Time: 185.800 ms
    """),
]
GOOD = [
    plan("""
        Aggregate  (cost=102.66..102.67 rows=1 width=8) (actual time=1.150..1.150 rows=1.00 loops=1)
          Buffers: shared read=100
          I/O Timings: shared read=0.916
          ->  Seq Scan on queue  (cost=0.00..102.50 rows=64 width=0) (actual time=0.331..1.140 rows=66.00 loops=1)
                Filter: (state = 'new'::text)
                Rows Removed by Filter: 134
                Buffers: shared read=100
                I/O Timings: shared read=0.916
        Planning:
          Buffers: shared hit=21 read=5 dirtied=1
          I/O Timings: shared read=0.020
        Planning Time: 0.125 ms
        Execution Time: 1.162 ms
    """),
    # it reads, but that is not what takes the time
    plan("""
        Sort  (cost=57264.28..58264.28 rows=400000 width=45) (actual time=126.775..199.927 rows=400000.00 loops=1)
          Sort Key: amount, id
          Sort Method: quicksort  Memory: 37289kB
          Buffers: shared hit=39 read=3700
          I/O Timings: shared read=11.204
          ->  Seq Scan on sales  (cost=0.00..7739.00 rows=400000 width=45) (actual time=0.012..30.975 rows=400000.00 loops=1)
                Buffers: shared hit=39 read=3700
                I/O Timings: shared read=11.204
        Planning Time: 0.057 ms
        Execution Time: 214.300 ms
    """),
]
READS = ("Shared Read Blocks", "Local Read Blocks", "Temp Read Blocks")
WRITES = ("Shared Written Blocks", "Local Written Blocks", "Temp Written Blocks")


@dataclass(frozen=True)
class WaitOptions(PlanOptions):
    """When waiting is worth a word."""

    min_waited: float = 0.5
    """The part of the statement's time that went into reads and writes."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def io_dominates(plan: Plan, options: WaitOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    own = {node: time for node, time in exclusive_io_times(plan).items() if not went_to_disk(node)}
    waited, total = sum(own.values()), plan.elapsed or 0.0
    if not total or waited < options.min_waited * total:
        return
    worst = max(own, key=lambda node: own[node])
    yield Finding(
        at=worst.location,
        subject=f"reads and writes of {title_of(worst)}",
        message=f"{waited:,.1f} of {total:,.1f} ms were spent waiting for reads and writes, {own[worst]:,.1f} of them by "
        f"{title_of(worst)}{at_a_rate(plan, worst, own[worst])}",
        saving=saving(plan, waited, blocks=sum(plan.root.number(name) for name in READS)),
    )


def at_a_rate(plan: Plan, node: PlanNode, waited: float) -> str:
    """How long a block took, which tells a disk from a cache."""
    blocks = exclusive_counts(plan, *READS, *WRITES)[node]
    return f" for {blocks:,.0f} blocks, {waited / blocks * 1000:,.0f} µs each" if blocks else ""
