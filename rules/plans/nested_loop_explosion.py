"""A nested loop whose inner side runs thousands of times and holds the time.

## Why it matters
A nested loop is right for a few outer rows: each looks up its partners by an index. When thousands come, a hash join reads
the inner table once instead. The planner knows that, and takes the loop because it expects few rows. Measured: one customer
expected, 5,000 found: 90,000 block accesses and 87 ms; with statistics a hash join of 4,000 blocks and 45 ms, and the gap
grows with every row.

## When it is fine
The estimate was right: then looking up is what the planner found cheapest, and usually is; the finding is only possible. So
it is where a large table is looked up for some thousand rows: measured on 300,000 letters, 2,500 look-ups took 9 ms and the
hash join 30 ms; on 500,000 orders, 50,000 look-ups 50 ms and the hash join 120 ms. Look-ups of a few microseconds are left
alone. Where the inner side is a sequential scan or a Join Filter throws pairs away, slow-sequential-scan and join-filter-
discards-rows tell of it.

## What to do
Mend the estimate of the outer side (see row-misestimate): ANALYZE, CREATE STATISTICS, an expression the planner knows. An
index that fits the inner condition better makes each round cheaper; `SET LOCAL enable_nestloop = off` shows what a hash join
would take.

## Sources
- PostgreSQL documentation, "Planner/Optimizer" (nested loop join, hash join); "Using EXPLAIN": loops; "CREATE STATISTICS"
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.estimates import factor_of
from advisor.model.plan.times import exclusive_counts, inclusive_times
from advisor.model.plan.titles import title_of
from advisor.rule import Confidence, Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=931.05..931.06 rows=1 width=8) (actual time=122.926..122.928 rows=1.00 loops=1)
          Buffers: shared hit=90369
          ->  Nested Loop  (cost=4.54..931.01 rows=15 width=41) (actual time=0.249..118.565 rows=75000.00 loops=1)
                Buffers: shared hit=90369
                ->  Seq Scan on customers c  (cost=0.00..869.00 rows=1 width=4) (actual time=0.218..4.450 rows=5000.00 loops=1)
                      Filter: ((country = 'FR'::text) AND (city = 'Paris'::text) AND (lower(country) = 'fr'::text) AND (upper(city) = 'PARIS'::text))
                      Rows Removed by Filter: 15000
                      Buffers: shared hit=369
                ->  Bitmap Heap Scan on orders o  (cost=4.54..61.86 rows=15 width=45) (actual time=0.005..0.020 rows=15.00 loops=5000)
                      Recheck Cond: (c.id = customer_id)
                      Heap Blocks: exact=75000
                      Buffers: shared hit=90000
                      ->  Bitmap Index Scan on orders_customer_id_idx  (cost=0.00..4.54 rows=15 width=0) (actual time=0.002..0.002 rows=15.00 loops=5000)
                            Index Cond: (customer_id = c.id)
                            Index Searches: 5000
                            Buffers: shared hit=15000
        Planning:
          Buffers: shared hit=14
        Planning Time: 0.295 ms
        Execution Time: 122.981 ms
    """),  # noqa: E501
]
GOOD = [
    plan("""
        Aggregate  (cost=8610.67..8610.68 rows=1 width=8) (actual time=58.396..58.402 rows=1.00 loops=1)
          Buffers: shared hit=4073
          ->  Hash Join  (cost=931.50..8423.17 rows=75000 width=41) (actual time=3.268..54.599 rows=75000.00 loops=1)
                Hash Cond: (o.customer_id = c.id)
                Buffers: shared hit=4073
                ->  Seq Scan on orders o  (cost=0.00..6704.00 rows=300000 width=45) (actual time=0.007..17.861 rows=300000.00 loops=1)
                      Buffers: shared hit=3704
                ->  Hash  (cost=869.00..869.00 rows=5000 width=4) (actual time=3.253..3.256 rows=5000.00 loops=1)
                      Buckets: 8192  Batches: 1  Memory Usage: 240kB
                      Buffers: shared hit=369
                      ->  Seq Scan on customers c  (cost=0.00..869.00 rows=5000 width=4) (actual time=0.146..2.738 rows=5000.00 loops=1)
                            Filter: ((country = 'FR'::text) AND (city = 'Paris'::text) AND (lower(country) = 'fr'::text) AND (upper(city) = 'PARIS'::text))
                            Rows Removed by Filter: 15000
                            Buffers: shared hit=369
        Planning:
          Buffers: shared hit=14
        Planning Time: 0.268 ms
        Execution Time: 58.439 ms
    """),  # noqa: E501
    # a hundred rounds, as expected
    plan("""
        Nested Loop  (cost=0.42..900.00 rows=1000 width=8) (actual time=0.030..14.000 rows=1000.00 loops=1)
          ->  Seq Scan on a  (cost=0.00..10.00 rows=100 width=4) (actual time=0.010..0.050 rows=100.00 loops=1)
          ->  Index Scan using b_a on b  (cost=0.42..8.90 rows=10 width=8) (actual time=0.020..0.130 rows=10.00 loops=100)
                Index Cond: (a = a.id)
                Index Searches: 100
        Planning Time: 0.100 ms
        Execution Time: 14.100 ms
    """),
    plan("""
        Aggregate  (cost=132224.15..132224.16 rows=1 width=8) (actual time=400.156..400.158 rows=1.00 loops=1)
          Buffers: shared hit=27
          ->  Nested Loop  (cost=0.00..132076.00 rows=59259 width=4) (actual time=0.457..399.994 rows=2000.00 loops=1)
                Join Filter: ((s.day >= p.valid_from) AND (s.day <= p.valid_to) AND ((s.product + 0) >= p.product) AND ((s.product + 0) <= p.product))
                Rows Removed by Join Filter: 4798000
                Buffers: shared hit=27
                ->  Seq Scan on prices p  (cost=0.00..40.00 rows=2400 width=16) (actual time=0.012..0.296 rows=2400.00 loops=1)
                      Buffers: shared hit=16
                ->  Materialize  (cost=0.00..41.00 rows=2000 width=8) (actual time=0.000..0.066 rows=2000.00 loops=2400)
                      Storage: Memory  Maximum Storage: 79kB
                      Buffers: shared hit=11
                      ->  Seq Scan on sales s  (cost=0.00..31.00 rows=2000 width=8) (actual time=0.006..0.139 rows=2000.00 loops=1)
                            Buffers: shared hit=11
        Planning Time: 0.092 ms
        Execution Time: 400.190 ms
    """),  # noqa: E501
]
TOLD_ELSEWHERE = frozenset(("Seq Scan", "Materialize", "Memoize"))


@dataclass(frozen=True)
class LoopOptions(PlanOptions):
    """When the rounds of a nested loop are worth a word."""

    min_loops: int = 1_000
    """Rounds of the inner side."""
    min_share: float = 0.5
    """The part of the statement's time that the inner side takes."""
    factor: float = 10.0
    """How many times more outer rows came than were expected; with fewer, the planner knew what it did."""
    quick: float = 0.005
    """Milliseconds of a look-up below which a hash join, which reads the whole table, is seldom quicker."""
    many_loops: int = 200_000
    """Rounds from which it may be, all the same."""
    sure_rows: int = 50_000
    """Rows looked up from which a hash join is likely to be quicker; below, the finding is only possible."""
    min_loops_as_planned: int = 20_000
    """Rounds that are worth a note although they were expected."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def nested_loop_explosion(plan: Plan, options: LoopOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    times = inclusive_times(plan)
    for node in plan.walk():
        sides = [child for child in node.children if child.text("Parent Relationship") in ("Outer", "Inner")]
        if node.type != "Nested Loop" or len(sides) != 2 or is_told_elsewhere(node, sides[1]):
            continue
        outer, inner = sides
        expected = factor_of(outer) < options.factor or outer.rows < outer.estimated_rows
        enough = inner.loops >= (options.min_loops_as_planned if expected else options.min_loops)
        is_quick = times.get(inner, 0.0) < options.quick * inner.loops and inner.loops < options.many_loops
        if enough and not is_quick and options.weighs(plan, times.get(inner, 0.0)):
            yield describe(plan, node, sides, expected, options)


def is_told_elsewhere(join: PlanNode, inner: PlanNode) -> bool:
    return inner.type in TOLD_ELSEWHERE or join.number("Rows Removed by Join Filter") > join.rows


def describe(plan: Plan, join: PlanNode, sides: Sequence[PlanNode], expected: bool, options: LoopOptions) -> Finding:
    outer, inner = sides
    # EXPLAIN rounds the time of a round: thousands of them may come to more than the join took.
    time = min(inclusive_times(plan).get(inner, 0.0), inclusive_times(plan).get(join, 0.0))
    blocks = exclusive_counts(plan, "Shared Hit Blocks", "Shared Read Blocks")
    few = outer.estimated_rows * outer.loops
    why = "as was expected" if expected else f"where {few:,.0f} {'were' if few > 1 else 'was'} expected; a hash join reads it once"
    return Finding(
        at=join.location,
        subject=f"Nested Loop over {title_of(inner)}",
        message=f"{title_of(inner)} ran {inner.loops:,.0f} times in {time:,.1f} ms, once for each row of {title_of(outer)}, {why}",
        severity=Severity.INFO if expected else None,
        confidence=Confidence.POSSIBLE if expected or inner.total_rows < options.sure_rows else Confidence.LIKELY,
        saving=saving(plan, time, blocks=sum(blocks[node] for node in inner.walk())),
    )
