"""A parallel plan that got fewer workers than it was made for.

## Why it matters
The plan was chosen because several processes would share the work; with none, one does it all, in the order of a parallel plan.
The planner does not look how many are free: it counts on `max_parallel_workers_per_gather`, and the workers of all statements
together come out of `max_parallel_workers`. Measured: two workers planned and launched 46 ms, none launched 70 ms.

## When it is fine
It happens now and then under load. With one worker of four less the plan is still a good one.

## What to do
Raise max_parallel_workers (and max_worker_processes, which takes a restart) where processors are idle, or lower
max_parallel_workers_per_gather where many statements compete for the same few. A cursor and some drivers' fetch sizes never
launch workers: read the whole result, or plan without them.

## Sources
- PostgreSQL documentation, "Parallel Query", section "When Can Parallel Query Be Used?"; "Resource Consumption":
  max_parallel_workers; "Developer Options": debug_parallel_query (it plans a Gather with a single copy, which is no parallel plan)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.times import inclusive_times
from advisor.model.plan.titles import title_of
from advisor.rule import Finding, PlanOptions, Related, Severity, plan, rule, saving

BAD = [
    plan("""
        Finalize Aggregate  (cost=9922.87..9922.88 rows=1 width=40) (actual time=69.706..69.841 rows=1.00 loops=1)
          Buffers: shared hit=5608
          ->  Gather  (cost=9922.85..9922.86 rows=2 width=40) (actual time=69.698..69.834 rows=1.00 loops=1)
                Workers Planned: 2
                Workers Launched: 0
                Buffers: shared hit=5608
                ->  Partial Aggregate  (cost=9922.85..9922.86 rows=1 width=40) (actual time=69.527..69.529 rows=1.00 loops=1)
                      Buffers: shared hit=5608
                      ->  Parallel Seq Scan on items  (cost=0.00..8733.00 rows=237970 width=37) (actual time=0.008..35.472 rows=569400.00 loops=1)
                            Filter: (price > 50)
                            Rows Removed by Filter: 30600
                            Buffers: shared hit=5608
        Planning Time: 0.083 ms
        Execution Time: 69.870 ms
    """),  # noqa: E501
    # the setting says why
    plan("""
        Limit  (cost=4665.25..4665.27 rows=5 width=68) (actual time=80.654..81.694 rows=5.00 loops=1)
          Buffers: shared hit=2170
          ->  Sort  (cost=4665.25..4666.00 rows=300 width=68) (actual time=80.652..81.692 rows=5.00 loops=1)
                Sort Key: (avg(celsius)) DESC
                Sort Method: top-N heapsort  Memory: 25kB
                Buffers: shared hit=2170
                ->  Finalize GroupAggregate  (cost=4537.20..4660.27 rows=300 width=68) (actual time=80.119..81.609 rows=300.00 loops=1)
                      Group Key: station
                      Buffers: shared hit=2170
                      ->  Gather Merge  (cost=4537.20..4647.22 rows=930 width=68) (actual time=80.104..81.251 rows=600.00 loops=1)
                            Workers Planned: 3
                            Workers Launched: 1
                            Buffers: shared hit=2170
                            ->  Sort  (cost=4437.16..4437.91 rows=300 width=68) (actual time=73.110..73.125 rows=300.00 loops=2)
                                  Sort Key: station
                                  Sort Method: quicksort  Memory: 53kB
                                  Buffers: shared hit=2170
                                  Worker 0:  Sort Method: quicksort  Memory: 53kB
                                  ->  Partial HashAggregate  (cost=4421.06..4424.81 rows=300 width=68) (actual time=72.980..73.042 rows=300.00 loops=2)
                                        Group Key: station
                                        Batches: 1  Memory Usage: 192kB
                                        Buffers: shared hit=2163
                                        Worker 0:  Batches: 1  Memory Usage: 192kB
                                        ->  Parallel Seq Scan on measures  (cost=0.00..3453.32 rows=129032 width=10) (actual time=0.010..13.238 rows=200000.00 loops=2)
                                              Buffers: shared hit=2163
        Settings: jit = 'off', max_parallel_workers_per_gather = '4', min_parallel_table_scan_size = '1MB', parallel_setup_cost = '100', max_parallel_workers = '1'
        Planning:
          Buffers: shared hit=59
        Planning Time: 0.378 ms
        Execution Time: 81.750 ms
    """),  # noqa: E501
]
GOOD = [
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
    # three of four
    plan("""
        Gather  (cost=1000.00..90000.00 rows=100 width=8) (actual time=1.000..180.000 rows=100.00 loops=1)
          Workers Planned: 4
          Workers Launched: 3
          ->  Parallel Seq Scan on items  (cost=0.00..80000.00 rows=25 width=8) (actual time=1.000..170.000 rows=25.00 loops=4)
                Filter: (price > 990000)
                Rows Removed by Filter: 150
        Planning Time: 0.080 ms
        Execution Time: 181.000 ms
    """),
    # a test of the server's own: one process that is not the leader does all, or the leader after all
    plan("""
        Gather  (cost=1000009171.73..1000009172.25 rows=5 width=68) (actual time=104.612..104.738 rows=5.00 loops=1)
          Workers Planned: 1
          Workers Launched: 0
          Single Copy: true
          Buffers: shared hit=2163
          ->  Limit  (cost=9171.73..9171.75 rows=5 width=68) (actual time=104.413..104.417 rows=5.00 loops=1)
                Buffers: shared hit=2163
                ->  Sort  (cost=9171.73..9172.48 rows=300 width=68) (actual time=104.411..104.414 rows=5.00 loops=1)
                      Sort Key: (avg(celsius)) DESC
                      Sort Method: top-N heapsort  Memory: 25kB
                      Buffers: shared hit=2163
                      ->  HashAggregate  (cost=9163.00..9166.75 rows=300 width=68) (actual time=104.244..104.349 rows=300.00 loops=1)
                            Group Key: station
                            Batches: 1  Memory Usage: 192kB
                            Buffers: shared hit=2163
                            ->  Seq Scan on measures  (cost=0.00..6163.00 rows=400000 width=10) (actual time=0.014..19.402 rows=400000.00 loops=1)
                                  Buffers: shared hit=2163
        Settings: jit = 'off', min_parallel_table_scan_size = '1MB', parallel_setup_cost = '1e+09', debug_parallel_query = 'on', max_parallel_workers = '0'
        Planning Time: 0.107 ms
        Execution Time: 104.782 ms
    """),  # noqa: E501
]


@dataclass(frozen=True)
class WorkerOptions(PlanOptions):
    """When missing workers are worth a word."""

    min_missing: float = 0.5
    """The part of the planned workers that did not come."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def workers_not_launched(plan: Plan, options: WorkerOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    times = inclusive_times(plan)
    short = [
        node
        for node in plan.walk()
        if missing(node) and missing(node) >= options.min_missing * planned(node) and options.weighs(plan, times.get(node, 0.0))
    ]
    if not short:
        return
    first, *others = sorted(short, key=lambda node: -times.get(node, 0.0))
    here, all_of_them, time = launched(first), planned(first), times.get(first, 0.0)
    yield Finding(
        at=first.location,
        subject=f"workers of {title_of(first)}",
        message=f"{here:,.0f} of {all_of_them:,.0f} planned workers {'was' if here == 1 else 'were'} launched: "
        f"{title_of(first)} took {time:,.1f} ms with {here + 1:,.0f} process{'es' * (here > 0)} instead of {all_of_them + 1:,.0f}"
        f"{setting(plan)}",
        related=tuple(Related(node.location, f"and here, {launched(node):,.0f} of {planned(node):,.0f}") for node in others),
        # at most what the missing ones would have taken over, if they had come for free
        saving=saving(plan, time * missing(first) / (all_of_them + 1)),
    )


def planned(node: PlanNode) -> float:
    return node.number("Workers Planned")


def launched(node: PlanNode) -> float:
    """Those of its last loop, as EXPLAIN tells them."""
    return node.number("Workers Launched")


def missing(node: PlanNode) -> float:
    """Workers that were planned and not launched; none of a node that never ran, or that only sends one copy elsewhere."""
    ran = "Workers Launched" in node.fields and node.loops > 0 and node.fields.get("Single Copy") is not True
    return max(planned(node) - launched(node), 0.0) if ran else 0.0


def setting(plan: Plan) -> str:
    settings = plan.fields.get("Settings")
    most = settings.get("max_parallel_workers") if isinstance(settings, Mapping) else None
    return f"; max_parallel_workers is {most}" if most is not None else ""
