"""A hash table that did not fit into memory: a hash join in several batches, or a HashAggregate that wrote to disk.

## Why it matters
All rows of both sides whose turn has not come are written to temporary files and read again. On a slow or shared disk this
takes far longer than the join, and statements that run side by side multiply it. Measured: 120,000 groups in 2 MB of work_mem
wrote 11 MB; 300,000 rows hashed in 1 MB went to disk in 16 batches, 20 MB written and read again.

## When it is fine
The files stay in the operating system's cache: a table in pieces that fit the processor's cache can even be as quick as a
whole one. The statement is rare, and memory is short: every hash and sort of every statement may take work_mem.

## What to do
Raise work_mem for this statement, or for the role that runs it; a hash may take `hash_mem_multiplier` times as much (twice,
since version 15). Fewer or narrower rows on the hashed side help as well, and where the planner expected fewer of them,
better statistics.

## Sources
- PostgreSQL documentation, "Resource Consumption": work_mem, hash_mem_multiplier; "Using EXPLAIN": Batches
- `ExecChooseHashTableSize` in nodeHash.c for the size of a table in memory
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode, Target
from advisor.model.plan.access import parents_of
from advisor.model.plan.memory import KIB, bytes_of_hash, hash_multiplier, megabytes, rows_at_once
from advisor.model.plan.times import exclusive_counts, exclusive_times
from advisor.model.plan.titles import title_of
from advisor.remedies import RunSql
from advisor.rule import Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        HashAggregate  (cost=28108.01..28108.06 rows=4 width=36) (actual time=311.016..311.022 rows=4.00 loops=1)
          Group Key: o.status
          Batches: 1  Memory Usage: 32kB
          Buffers: shared hit=6252, temp read=2532 written=2532
          ->  Hash Join  (cost=11919.00..24108.01 rows=400000 width=14) (actual time=63.648..233.181 rows=400000.00 loops=1)
                Hash Cond: (i.order_id = o.id)
                Buffers: shared hit=6252, temp read=2532 written=2532
                ->  Seq Scan on items i  (cost=0.00..6548.00 rows=400000 width=8) (actual time=0.009..25.654 rows=400000.00 loops=1)
                      Buffers: shared hit=2548
                ->  Hash  (cost=6704.00..6704.00 rows=300000 width=14) (actual time=63.141..63.143 rows=300000.00 loops=1)
                      Buckets: 65536  Batches: 16  Memory Usage: 1394kB
                      Buffers: shared hit=3704, temp written=1228
                      ->  Seq Scan on orders o  (cost=0.00..6704.00 rows=300000 width=14) (actual time=0.005..25.629 rows=300000.00 loops=1)
                            Buffers: shared hit=3704
        Planning:
          Buffers: shared hit=16
        Planning Time: 0.206 ms
        Execution Time: 311.062 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=38688.31..38688.32 rows=1 width=8) (actual time=107.754..107.756 rows=1.00 loops=1)
          Buffers: shared hit=2804, temp read=1133 written=2246
          ->  HashAggregate  (cost=32054.00..38201.61 rows=38936 width=41) (actual time=107.751..107.752 rows=0.00 loops=1)
                Group Key: visits.visitor
                Filter: (count(*) > 3)
                Planned Partitions: 4  Batches: 5  Memory Usage: 4153kB  Disk Usage: 11264kB
                Rows Removed by Filter: 120000
                Buffers: shared hit=2804, temp read=1133 written=2246
                ->  Seq Scan on visits  (cost=0.00..5804.00 rows=300000 width=33) (actual time=0.007..15.989 rows=300000.00 loops=1)
                      Buffers: shared hit=2804
        Planning Time: 0.048 ms
        Execution Time: 109.358 ms
    """),
]
GOOD = [
    plan("""
        HashAggregate  (cost=22052.01..22052.06 rows=4 width=36) (actual time=378.973..378.979 rows=4.00 loops=1)
          Group Key: o.status
          Batches: 1  Memory Usage: 32kB
          Buffers: shared hit=6252
          ->  Hash Join  (cost=10454.00..18052.01 rows=400000 width=14) (actual time=80.967..301.066 rows=400000.00 loops=1)
                Hash Cond: (i.order_id = o.id)
                Buffers: shared hit=6252
                ->  Seq Scan on items i  (cost=0.00..6548.00 rows=400000 width=8) (actual time=0.006..17.760 rows=400000.00 loops=1)
                      Buffers: shared hit=2548
                ->  Hash  (cost=6704.00..6704.00 rows=300000 width=14) (actual time=80.792..80.793 rows=300000.00 loops=1)
                      Buckets: 524288  Batches: 1  Memory Usage: 18159kB
                      Buffers: shared hit=3704
                      ->  Seq Scan on orders o  (cost=0.00..6704.00 rows=300000 width=14) (actual time=0.008..22.639 rows=300000.00 loops=1)
                            Buffers: shared hit=3704
        Planning:
          Buffers: shared hit=16
        Planning Time: 0.194 ms
        Execution Time: 379.035 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=9246.19..9246.20 rows=1 width=8) (actual time=100.138..100.140 rows=1.00 loops=1)
          Buffers: shared hit=2804
          ->  HashAggregate  (cost=7304.00..8760.64 rows=38844 width=41) (actual time=100.135..100.137 rows=0.00 loops=1)
                Group Key: visits.visitor
                Filter: (count(*) > 3)
                Batches: 1  Memory Usage: 16409kB
                Rows Removed by Filter: 120000
                Buffers: shared hit=2804
                ->  Seq Scan on visits  (cost=0.00..5804.00 rows=300000 width=33) (actual time=0.015..16.396 rows=300000.00 loops=1)
                      Buffers: shared hit=2804
        Planning Time: 0.101 ms
        Execution Time: 102.529 ms
    """),
    # a few hundred kB on disk
    plan("""
        Hash Join  (cost=59.00..195.00 rows=5000 width=8) (actual time=8.100..20.200 rows=5000.00 loops=1)
          Hash Cond: (a.id = b.a)
          Buffers: shared hit=90, temp read=12 written=12
          ->  Seq Scan on a  (cost=0.00..72.00 rows=5000 width=4) (actual time=0.010..4.400 rows=5000.00 loops=1)
                Buffers: shared hit=45
          ->  Hash  (cost=72.00..72.00 rows=5000 width=4) (actual time=7.900..7.900 rows=5000.00 loops=1)
                Buckets: 2048  Batches: 4  Memory Usage: 60kB
                Buffers: shared hit=45, temp written=10
                ->  Seq Scan on b  (cost=0.00..72.00 rows=5000 width=4) (actual time=0.010..3.300 rows=5000.00 loops=1)
                      Buffers: shared hit=45
        Planning Time: 0.100 ms
        Execution Time: 20.500 ms
    """),
]


@dataclass(frozen=True)
class HashSpillOptions(PlanOptions):
    """When a hash on disk is worth a word."""

    min_disk: int = 4096
    """kB that were written."""
    max_work_mem: int = 1024
    """MB: the most work_mem that is suggested for one statement."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def hash_spills_to_disk(plan: Plan, target: Target, options: HashSpillOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    times, temporary = exclusive_times(plan), exclusive_counts(plan, "Temp Read Blocks", "Temp Written Blocks")
    multiplier = hash_multiplier(plan, target.postgres_version)
    for node in plan.walk():
        work = spilled(plan, node)
        if work is None:
            continue
        blocks = sum(temporary[each] for each in work)
        if kilobytes_written(node, blocks) >= options.min_disk and options.weighs(plan, sum(times.get(each, 0.0) for each in work)):
            yield describe(plan, node, blocks, multiplier, options)


def spilled(plan: Plan, node: PlanNode) -> tuple[PlanNode, ...] | None:
    """The nodes that did the work of a hash on disk (a join and its hash table); None where it stayed in memory."""
    if node.type == "Hash" and node.number("Hash Batches") > 1:
        above = parents_of(plan).get(node)
        return (node, above) if above else (node,)
    if node.type == "Aggregate" and (node.number("HashAgg Batches") > 1 or node.number("Disk Usage") > 0):
        return (node,)
    return None


def kilobytes_written(node: PlanNode, blocks: float) -> float:
    """Half of the temporary blocks are written, the others read; without BUFFERS the batches that were not in memory tell."""
    told = node.number("Disk Usage") or node.number("Peak Memory Usage") * (node.number("Hash Batches") - 1)
    return blocks * 8 / 2 if blocks else told


def needed(node: PlanNode) -> float:
    """Bytes that would have held all of it."""
    if node.type == "Hash":
        rows = max(rows_at_once(node), node.estimated_rows)
        shared_by = max(node.loops, 1.0) if node.fields.get("Parallel Aware") is True else 1.0
        return bytes_of_hash(rows, node.number("Plan Width")) / shared_by
    # Its partitions on disk are a little denser than the table in memory: measured 16,409 kB for 4,153 + 11,264 kB.
    return (node.number("Peak Memory Usage") + node.number("Disk Usage")) * KIB * 1.1


def describe(plan: Plan, node: PlanNode, blocks: float, multiplier: float, options: HashSpillOptions) -> Finding:
    size = megabytes(needed(node) / multiplier)
    batches = node.number("Hash Batches") or node.number("HashAgg Batches")
    what = subject_of(plan, node)
    affordable = size <= options.max_work_mem
    advice = f"work_mem = '{size}MB' would have held it" if affordable else "hash fewer or narrower rows"
    written = kilobytes_written(node, blocks) / KIB
    return Finding(
        at=node.location,
        subject=what,
        message=f"{what} took {batches:,.0f} batches and wrote {written:,.0f} MB to disk; {advice}",
        remedy=RunSql(
            f"Give the {what} {size} MB of work_mem",
            f"-- in the transaction of this statement only\nSET LOCAL work_mem = '{size}MB';",
            back="RESET work_mem;",
        )
        if affordable
        else None,
        saving=saving(plan, blocks=blocks or written * KIB / 4),
    )


def subject_of(plan: Plan, node: PlanNode) -> str:
    """`hash join on (i.order_id = o.id)`, `hash of groups by visitor`."""
    if node.type != "Hash":
        keys = node.fields.get("Group Key")
        return f"hash of groups by {', '.join(map(str, keys))}" if isinstance(keys, list) else "hash of groups"
    above = parents_of(plan).get(node)
    condition = above.text("Hash Cond") if above else None
    return f"hash join on {condition}" if condition else title_of(above or node)
