"""A Memoize that forgets what it needs again, or that is hardly ever right.

## Why it matters
Memoize keeps the inner rows of a nested loop by key. When its memory is full it drops the oldest keys; if those come again,
every one is looked up anew, and the cache is only a cost. Measured: 60,000 look-ups of 9,000 keys in 64 kB had no hit and
took 88 ms; in 16 MB 51,000 hits and 34 ms.

## When it is fine
Every key comes once: then it cannot hit, and costs little. The evictions are few beside the hits.

## What to do
Raise work_mem for this statement (a Memoize may take `hash_mem_multiplier` times as much). Where keys do not repeat, the planner
expected fewer distinct ones: ANALYZE, or a larger statistics target of the column.

## Sources
- PostgreSQL documentation, "Query Planning": enable_memoize; "Resource Consumption": hash_mem_multiplier
- `src/backend/executor/nodeMemoize.c`: eviction is least recently used
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode, Target
from advisor.model.plan.memory import KIB, hash_multiplier, megabytes
from advisor.model.plan.times import inclusive_times
from advisor.remedies import RunSql
from advisor.rule import Confidence, Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=469936.32..469936.33 rows=1 width=8) (actual time=139.938..139.940 rows=1.00 loops=1)
          Buffers: shared hit=180266
          ->  Nested Loop Left Join  (cost=0.30..469786.32 rows=60000 width=97) (actual time=0.036..135.661 rows=60000.00 loops=1)
                Buffers: shared hit=180266
                ->  Seq Scan on trips t  (cost=0.00..866.00 rows=60000 width=4) (actual time=0.013..4.071 rows=60000.00 loops=1)
                      Buffers: shared hit=266
                ->  Memoize  (cost=0.30..8.31 rows=1 width=97) (actual time=0.002..0.002 rows=1.00 loops=60000)
                      Cache Key: t.city
                      Cache Mode: binary
                      Hits: 0  Misses: 60000  Evictions: 59335  Overflows: 0  Memory Usage: 129kB
                      Buffers: shared hit=180000
                      ->  Index Scan using cities_pkey on cities c  (cost=0.29..8.30 rows=1 width=97) (actual time=0.001..0.001 rows=1.00 loops=60000)
                            Index Cond: (id = t.city)
                            Index Searches: 60000
                            Buffers: shared hit=180000
        Planning Time: 0.157 ms
        Execution Time: 139.983 ms
    """),  # noqa: E501
    # nothing was evicted, and nothing came twice
    plan("""
        Nested Loop  (cost=0.43..31000.00 rows=40000 width=8) (actual time=0.030..61.000 rows=40000.00 loops=1)
          ->  Seq Scan on visits v  (cost=0.00..616.00 rows=40000 width=4) (actual time=0.010..3.000 rows=40000.00 loops=1)
          ->  Memoize  (cost=0.43..0.80 rows=1 width=8) (actual time=0.001..0.001 rows=1.00 loops=40000)
                Cache Key: v.page
                Cache Mode: logical
                Hits: 120  Misses: 39880  Evictions: 0  Overflows: 0  Memory Usage: 4206kB
                ->  Index Scan using pages_pkey on pages p  (cost=0.42..0.79 rows=1 width=8) (actual time=0.001..0.001 rows=1.00 loops=39880)
                      Index Cond: (id = v.page)
                      Index Searches: 39880
        Planning Time: 0.150 ms
        Execution Time: 63.000 ms
    """),  # noqa: E501
]
GOOD = [
    plan("""
        Aggregate  (cost=77268.05..77268.06 rows=1 width=8) (actual time=50.764..50.767 rows=1.00 loops=1)
          Buffers: shared hit=27266
          ->  Nested Loop Left Join  (cost=0.30..77118.05 rows=60000 width=97) (actual time=0.060..47.378 rows=60000.00 loops=1)
                Buffers: shared hit=27266
                ->  Seq Scan on trips t  (cost=0.00..866.00 rows=60000 width=4) (actual time=0.010..3.463 rows=60000.00 loops=1)
                      Buffers: shared hit=266
                ->  Memoize  (cost=0.30..8.31 rows=1 width=97) (actual time=0.000..0.000 rows=1.00 loops=60000)
                      Cache Key: t.city
                      Cache Mode: binary
                      Hits: 51000  Misses: 9000  Evictions: 0  Overflows: 0  Memory Usage: 1732kB
                      Buffers: shared hit=27000
                      ->  Index Scan using cities_pkey on cities c  (cost=0.29..8.30 rows=1 width=97) (actual time=0.001..0.001 rows=1.00 loops=9000)
                            Index Cond: (id = t.city)
                            Index Searches: 9000
                            Buffers: shared hit=27000
        Planning Time: 0.150 ms
        Execution Time: 50.809 ms
    """),  # noqa: E501
    # few are evicted beside what is found
    plan("""
        Nested Loop  (cost=0.43..31000.00 rows=40000 width=8) (actual time=0.030..31.000 rows=40000.00 loops=1)
          ->  Seq Scan on visits v  (cost=0.00..616.00 rows=40000 width=4) (actual time=0.010..3.000 rows=40000.00 loops=1)
          ->  Memoize  (cost=0.43..0.80 rows=1 width=8) (actual time=0.001..0.001 rows=1.00 loops=40000)
                Cache Key: v.page
                Cache Mode: logical
                Hits: 36000  Misses: 4000  Evictions: 900  Overflows: 0  Memory Usage: 1025kB
                ->  Index Scan using pages_pkey on pages p  (cost=0.42..0.79 rows=1 width=8) (actual time=0.001..0.001 rows=1.00 loops=4000)
                      Index Cond: (id = v.page)
                      Index Searches: 4000
        Planning Time: 0.150 ms
        Execution Time: 33.000 ms
    """),  # noqa: E501
]


@dataclass(frozen=True)
class MemoizeOptions(PlanOptions):
    """When a cache is worth a word."""

    min_lookups: int = 1_000
    """Times that it was asked."""
    max_hits: float = 0.1
    """The part of them that it could answer."""
    max_work_mem: int = 1024
    """MB: the most work_mem that is suggested for one statement."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def memoize_evictions(plan: Plan, target: Target, options: MemoizeOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    times = inclusive_times(plan)
    for node in plan.walk():
        hits, misses = node.number("Cache Hits"), node.number("Cache Misses")
        useless = hits + misses >= options.min_lookups and hits <= options.max_hits * (hits + misses)
        if node.type == "Memoize" and useless and options.weighs(plan, times.get(node, 0.0)):
            yield describe(plan, node, hash_multiplier(plan, target.postgres_version), options)


def describe(plan: Plan, node: PlanNode, multiplier: float, options: MemoizeOptions) -> Finding:
    hits, misses, evictions = (node.number(f"Cache {name}") for name in ("Hits", "Misses", "Evictions"))
    key = node.text("Cache Key") or "its key"
    # What is kept at the end tells the size of an entry; there cannot be more of them than were looked up.
    needed = node.number("Peak Memory Usage") * KIB / max(misses - evictions, 1.0) * misses / multiplier
    size = megabytes(needed)
    evicted = evictions > 0 and size <= options.max_work_mem
    advice = f"work_mem = '{size}MB' would keep all of them" if evicted else "its keys hardly repeat"
    return Finding(
        at=node.location,
        subject=f"Memoize by {key}",
        message=f"Memoize by {key} answered {hits:,.0f} of {hits + misses:,.0f} look-ups and dropped {evictions:,.0f} entries; "
        f"{advice}",
        remedy=RunSql(
            f"Give the Memoize by {key} {size} MB of work_mem",
            f"-- in the transaction of this statement only\nSET LOCAL work_mem = '{size}MB';",
            back="RESET work_mem;",
        )
        if evicted
        else None,
        confidence=Confidence.LIKELY,
        saving=saving(plan, inclusive_times(plan).get(node) if evicted else None),
    )
