"""Workers that take more to start and to collect from than they spare.

## Why it matters
Rows of workers go through shared memory to the leader, one by one, and each worker is a process that has to start. Where nothing
is filtered or summed up before, that takes as long as the reading that was shared, on several processors instead of one.
Measured: 600,000 rows sent by two workers 80 ms of three processes, read by one alone 77 ms; 151 ms and 149 ms where the
planner expected 3,000 of them; a table of 60,000 rows summed up with two workers 15.4 ms, without them 15.2 ms.

## When it is fine
Other sessions are few and processors idle: it costs others nothing. Each row takes long to make before it is sent: the planner
reckons with 0.1 for each row (parallel_tuple_cost) and 1,000 for the start, and a plan that is cheaper all the same is not
reported, unless the time says otherwise.

## What to do
Keep parallel_tuple_cost at 0.1, parallel_setup_cost at 1000 and min_parallel_table_scan_size at 8 MB. Let the workers do the
summing (an aggregate below the Gather). Mend the estimate where far more rows come than were expected. Or plan this statement
without workers.

## How it is told
The work is the time of all processes below the Gather together. Where the Gather takes about as long on the clock, the workers
have spared nothing. Where processors are short, the processes slow each other down and the work looks larger than it is: then
it is told only of 100,000 rows and more that the planner did not count, because they are priced below the default, or because it
expected less than a tenth of them.

## Sources
- PostgreSQL documentation, "Parallel Query", section "How Parallel Query Works"; "Query Planning": parallel_tuple_cost
- PostgreSQL's source, `costsize.c` (`cost_gather`): the price of the rows is what a Gather costs more than the node below it
- the measurements: PostgreSQL 18, two processors
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.estimates import misestimates
from advisor.model.plan.times import exclusive_times, inclusive_times
from advisor.model.plan.titles import title_of
from advisor.remedies import RunSql
from advisor.rule import Confidence, Finding, PlanOptions, Related, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=16232.26..16232.27 rows=1 width=8) (actual time=77.588..80.375 rows=1.00 loops=1)
          Buffers: shared hit=5608
          ->  Gather  (cost=0.00..8733.00 rows=599941 width=40) (actual time=0.183..58.721 rows=600000.00 loops=1)
                Workers Planned: 2
                Workers Launched: 2
                Buffers: shared hit=5608
                ->  Parallel Seq Scan on items  (cost=0.00..8733.00 rows=249975 width=40) (actual time=0.010..35.370 rows=200000.00 loops=3)
                      Filter: (price >= 0)
                      Buffers: shared hit=5608
        Planning Time: 0.087 ms
        Execution Time: 80.394 ms
    """),  # noqa: E501
    # far more rows than expected; the workers spare nothing
    plan("""
        Aggregate  (cost=10695.50..10695.51 rows=1 width=8) (actual time=148.101..150.611 rows=1.00 loops=1)
          Buffers: shared hit=5608
          ->  Gather  (cost=1000.00..10658.00 rows=3000 width=40) (actual time=0.315..123.190 rows=600000.00 loops=1)
                Workers Planned: 2
                Workers Launched: 2
                Buffers: shared hit=5608
                ->  Parallel Seq Scan on items  (cost=0.00..9358.00 rows=1250 width=40) (actual time=0.012..30.322 rows=200000.00 loops=3)
                      Filter: ((price * 0) = 0)
                      Buffers: shared hit=5608
        Settings: jit = 'off'
        Planning:
          Buffers: shared hit=17
        Planning Time: 0.116 ms
        Execution Time: 150.638 ms
    """),  # noqa: E501
    # a small table: the workers take as long to start
    plan("""
        Finalize Aggregate  (cost=992.10..992.11 rows=1 width=40) (actual time=15.239..15.359 rows=1.00 loops=1)
          Buffers: shared hit=561
          ->  Gather  (cost=992.08..992.09 rows=2 width=40) (actual time=8.735..15.337 rows=3.00 loops=1)
                Workers Planned: 2
                Workers Launched: 2
                Buffers: shared hit=561
                ->  Partial Aggregate  (cost=992.08..992.09 rows=1 width=40) (actual time=5.350..5.351 rows=1.00 loops=3)
                      Buffers: shared hit=561
                      ->  Parallel Seq Scan on small  (cost=0.00..873.50 rows=23716 width=37) (actual time=0.008..4.211 rows=18980.00 loops=3)
                            Filter: (price > 50)
                            Rows Removed by Filter: 1020
                            Buffers: shared hit=561
        Settings: jit = 'off', parallel_setup_cost = '0', parallel_tuple_cost = '0', min_parallel_table_scan_size = '0'
        Planning:
          Buffers: shared hit=29
        Planning Time: 0.170 ms
        Execution Time: 15.395 ms
    """),  # noqa: E501
]
GOOD = [
    plan("""
        Aggregate  (cost=20607.26..20607.27 rows=1 width=8) (actual time=77.218..77.220 rows=1.00 loops=1)
          Buffers: shared hit=5608
          ->  Seq Scan on items  (cost=0.00..13108.00 rows=599941 width=40) (actual time=0.007..53.918 rows=600000.00 loops=1)
                Filter: (price >= 0)
                Buffers: shared hit=5608
        Planning Time: 0.080 ms
        Execution Time: 77.241 ms
    """),
    # the workers sum up: three rows are sent
    plan("""
        Finalize Aggregate  (cost=9920.23..9920.24 rows=1 width=40) (actual time=41.030..46.010 rows=1.00 loops=1)
          Buffers: shared hit=5608
          ->  Gather  (cost=9920.21..9920.22 rows=2 width=40) (actual time=39.106..46.000 rows=3.00 loops=1)
                Workers Planned: 2
                Workers Launched: 2
                Buffers: shared hit=5608
                ->  Partial Aggregate  (cost=9920.21..9920.22 rows=1 width=40) (actual time=36.086..36.087 rows=1.00 loops=3)
                      Buffers: shared hit=5608
                      ->  Parallel Seq Scan on items  (cost=0.00..8733.00 rows=237442 width=37) (actual time=0.009..15.676 rows=189800.00 loops=3)
                            Filter: (price > 50)
                            Rows Removed by Filter: 10200
                            Buffers: shared hit=5608
        Planning Time: 0.080 ms
        Execution Time: 46.041 ms
    """),  # noqa: E501
    # as many rows, each of which takes long to find
    plan("""
        Aggregate  (cost=656608.00..656608.01 rows=1 width=8) (actual time=388.448..390.927 rows=1.00 loops=1)
          Buffers: shared hit=5770
          ->  Gather  (cost=1000.00..654108.00 rows=200000 width=40) (actual time=3.391..357.528 rows=499116.00 loops=1)
                Workers Planned: 2
                Workers Launched: 2
                Buffers: shared hit=5770
                ->  Parallel Seq Scan on items  (cost=0.00..633108.00 rows=83333 width=40) (actual time=0.260..245.678 rows=166372.00 loops=3)
                      Filter: is_wanted(label)
                      Rows Removed by Filter: 33628
                      Buffers: shared hit=5770
        Planning Time: 0.130 ms
        Execution Time: 390.953 ms
    """),  # noqa: E501
]
ROW_COST = 0.1
"""parallel_tuple_cost where nobody has set it."""
GATHERS = ("Gather", "Gather Merge")
TO_COLLECT = 10_000
"""Rows from which it is the collecting that takes the time, and not the start."""


@dataclass(frozen=True)
class ParallelOptions(PlanOptions):
    """When sending rows is worth a word."""

    min_share: float = 0.2
    """The part of the statement's time that the Gather itself takes."""
    min_gain: float = 1.1
    """The work of all processes for each millisecond on the clock, below which the workers have spared nothing."""
    min_rows: int = 100_000
    """Rows that went through the Gather, where the work is more than that."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def parallel_overhead(plan: Plan, options: ParallelOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    own = exclusive_times(plan)
    found = [
        (node, why)
        for node in plan.walk()
        if is_team(node) and options.weighs(plan, own.get(node, 0.0)) and (why := reason(plan, node, options)) is not None
    ]
    if not found:
        return
    (node, why), *others = sorted(found, key=lambda each: -own[each[0]])
    yield Finding(
        at=node.location,
        subject=f"rows through {title_of(node)}",
        message=f"{title_of(node)} took {inclusive_times(plan)[node]:,.1f} ms with {node.number('Workers Launched'):,.0f} "
        f"worker{'s' * (node.number('Workers Launched') > 1)}, {own[node]:,.1f} of it {why}",
        remedy=RunSql(
            "Plan this statement without workers",
            "-- in the transaction of this statement only\nSET LOCAL max_parallel_workers_per_gather = 0;",
            back="RESET max_parallel_workers_per_gather;",
        ),
        confidence=Confidence.POSSIBLE,
        related=tuple(Related(other.location, "and here") for other, _ in others),
        # one process does alone at best what each of them did
        saving=saving(plan, own[node]),
    )


def is_team(node: PlanNode) -> bool:
    return (
        node.type in GATHERS
        and node.number("Workers Launched") > 0
        and bool(node.children)
        and node.fields.get("Single Copy") is not True
    )


def reason(plan: Plan, node: PlanNode, options: ParallelOptions) -> str | None:
    """What the time went to, and why that is too much; None where the workers may well have been worth it."""
    work, clock = input_of(node).total_time, inclusive_times(plan)[node]
    doing = f"to collect {node.total_rows:,.0f} rows" if node.total_rows >= TO_COLLECT else "to start them"
    if work < options.min_gain * clock:
        return f"{doing}; all processes together worked {work:,.1f} ms below it"
    if node.total_rows < options.min_rows:
        return None
    if is_priced_low(node):
        return f"{doing}, which is not in its cost: parallel_tuple_cost is set below its default of {ROW_COST}"
    if misestimates(plan).get(node, 1.0) > 1:
        return f"{doing}, of which {node.estimated_rows:,.0f} were expected"
    return None


def is_priced_low(node: PlanNode) -> bool:
    """Whether its rows cost less than half of what they cost by default."""
    price = node.number("Total Cost") - input_of(node).number("Total Cost")
    return "Total Cost" in node.fields and price < ROW_COST / 2 * node.estimated_rows


def input_of(node: PlanNode) -> PlanNode:
    """What its processes run; an InitPlan, which the leader runs for them, may stand before it."""
    return node.children[-1]
