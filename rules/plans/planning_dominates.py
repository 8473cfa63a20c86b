"""A statement that takes longer to plan than to run.

## Why it matters
A plan is made for every execution that is not prepared. Partitions and joins multiply the ways to try: measured on 250
partitions joined three times 34 ms to plan and 0.1 ms to run; with days that are known while planning 0.1 ms for both.

## When it is fine
It is the first statement of a connection, which loads what the catalog says of each table: the blocks below Planning show it.
Measured on 250 partitions: 14.0 ms for the first, 1.9 ms for the next. A rare statement may take its time too.

## What to do
Give a condition that excludes partitions while the statement is planned: a constant, where `now() - interval '1 day'` is only
known when it runs. Partition less finely (a month instead of a day). Prepare the statement: after five executions a generic plan
is kept where it is as good. Keep connections (a pool), so that the catalog stays loaded. Many joins: fewer of them, or a lower
`join_collapse_limit`, with the tables in a good order.

## Sources
- PostgreSQL documentation, "Table Partitioning", sections "Partition Pruning" and "Best Practices for Declarative Partitioning";
  "PREPARE" (custom and generic plans); "Query Planning": join_collapse_limit
- the measurements: PostgreSQL 18
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.tree import number_in
from advisor.rule import Confidence, Finding, PlanOptions, Saving, Severity, plan, rule

BAD = [
    # which day it is, is known only when the statement runs
    plan("""
        Aggregate  (cost=1310.76..1310.77 rows=1 width=8) (actual time=0.027..0.029 rows=1.00 loops=1)
          Buffers: shared hit=1
          ->  Merge Join  (cost=1263.62..1305.94 rows=1928 width=0) (actual time=0.025..0.027 rows=0.00 loops=1)
                Merge Cond: (v.page = x.page)
                Buffers: shared hit=1
                ->  Merge Join  (cost=837.41..849.07 rows=694 width=8) (actual time=0.025..0.026 rows=0.00 loops=1)
                      Merge Cond: (v.page = w.page)
                      Buffers: shared hit=1
                      ->  Sort  (cost=426.21..426.83 rows=250 width=4) (actual time=0.025..0.026 rows=0.00 loops=1)
                            Sort Key: v.page
                            Sort Method: quicksort  Memory: 25kB
                            Buffers: shared hit=1
                            ->  Append  (cost=0.00..416.25 rows=250 width=4) (actual time=0.021..0.021 rows=0.00 loops=1)
                                  Buffers: shared hit=1
                                  Subplans Removed: 249
                                  ->  Seq Scan on visits_6 v_1  (cost=0.00..1.66 rows=1 width=4) (actual time=0.020..0.020 rows=0.00 loops=1)
                                        Filter: ((id = 7) AND (day = (('2024-01-01'::date + length((CURRENT_USER)::text)) - 2)))
                                        Rows Removed by Filter: 24
                                        Buffers: shared hit=1
                      ->  Sort  (cost=411.21..411.83 rows=250 width=4) (never executed)
                            Sort Key: w.page
                            ->  Append  (cost=0.00..401.25 rows=250 width=4) (never executed)
                                  Subplans Removed: 249
                                  ->  Seq Scan on visits_8 w_1  (cost=0.00..1.60 rows=1 width=4) (never executed)
                                        Filter: ((id = 9) AND (day = ('2024-01-01'::date + length((CURRENT_USER)::text))))
                ->  Sort  (cost=426.21..426.83 rows=250 width=4) (never executed)
                      Sort Key: x.page
                      ->  Append  (cost=0.00..416.25 rows=250 width=4) (never executed)
                            Subplans Removed: 249
                            ->  Seq Scan on visits_10 x_1  (cost=0.00..1.66 rows=1 width=4) (never executed)
                                  Filter: ((id = 11) AND (day = (('2024-01-01'::date + length((CURRENT_USER)::text)) + 2)))
        Planning Time: 34.198 ms
        Execution Time: 0.084 ms
    """),  # noqa: E501
    # the first statement of a connection
    plan("""
        Append  (cost=0.00..371.25 rows=250 width=16) (actual time=0.000..0.001 rows=0.00 loops=1)
          Subplans Removed: 250
        Planning:
          Buffers: shared hit=9626
        Planning Time: 13.951 ms
        Execution Time: 0.048 ms
    """),
]
GOOD = [
    # two milliseconds
    plan("""
        Index Scan using orders_pkey on orders  (cost=0.42..8.44 rows=1 width=71) (actual time=0.010..0.011 rows=1.00 loops=1)
          Index Cond: (id = 12345)
          Index Searches: 1
        Planning Time: 2.200 ms
        Execution Time: 0.030 ms
    """),
    # it runs longer than that
    plan("""
        Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=71) (actual time=0.010..31.000 rows=20000.00 loops=1)
        Planning Time: 22.200 ms
        Execution Time: 34.030 ms
    """),
    # the same as above once more in the same connection
    plan("""
        Append  (cost=0.00..371.25 rows=250 width=16) (actual time=0.000..0.000 rows=0.00 loops=1)
          Subplans Removed: 250
        Planning Time: 1.897 ms
        Execution Time: 0.011 ms
    """),
]
BLOCKS_OF_A_TABLE = 10
"""What the catalog takes of each table at least, the first time; the ends of indexes, looked up for joins, are half of that."""


@dataclass(frozen=True)
class PlanningOptions(PlanOptions):
    """When planning is worth a word. `min_time` is that of the planning."""

    min_time: float = 10.0
    """Milliseconds of planning below which it is left alone."""
    min_blocks: int = 100
    """Blocks looked at while planning, from which the catalog was not loaded yet; and ten for each table."""
    min_partitions: int = 20
    """Partitions that explain the time."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def planning_dominates(plan: Plan, options: PlanningOptions) -> Iterator[Finding]:
    planning, elapsed = number_in(plan.fields, "Planning Time"), plan.elapsed
    if planning is None or elapsed is None or planning < max(options.min_time, elapsed):
        return
    blocks = blocks_of_catalog(plan)
    first = blocks >= max(options.min_blocks, BLOCKS_OF_A_TABLE * tables_of(plan))
    why = (
        f"{blocks:,.0f} blocks of the catalog were looked at, as for the first statement of a connection"
        if first
        else weighed(plan, options)
    )
    yield Finding(
        at=plan.location,
        subject="planning",
        message=f"planning took {planning:,.1f} ms and running {elapsed:,.1f} ms: {why}",
        confidence=Confidence.POSSIBLE if first else Confidence.LIKELY,
        # of the time that planning and running take together
        saving=Saving(milliseconds=planning, share=planning / (planning + elapsed)),
    )


def weighed(plan: Plan, options: PlanningOptions) -> str:
    """What there was to weigh."""
    joins = sum("Join Type" in node.fields for node in plan.walk())
    partitions, late = partitions_of(plan)
    if partitions >= options.min_partitions:
        left_out = f", {late:,.0f} of them left out only when it ran" if late else ""
        return f"{partitions:,.0f} partitions were planned{left_out}"
    if joins > 1:
        return f"the order of {joins + 1:,} tables was weighed"
    return "for one or two tables"


def tables_of(plan: Plan) -> float:
    """The tables that were planned, with the partitions that were left out later."""
    return sum(node.relation is not None for node in plan.walk()) + partitions_of(plan)[1]


def partitions_of(plan: Plan) -> tuple[float, float]:
    """The partitions and branches that were planned, and those of them that were left out when the plan ran."""
    appends = [node for node in plan.walk() if node.type in ("Append", "Merge Append")]
    late = sum(node.number("Subplans Removed") for node in appends)
    return late + sum(sum(map(is_input, node.children)) for node in appends), late


def is_input(node: PlanNode) -> bool:
    return node.text("Parent Relationship") not in ("InitPlan", "SubPlan")


def blocks_of_catalog(plan: Plan) -> float:
    """Blocks that the planner itself looked at; in a connection that knows its tables they are next to none."""
    group = plan.fields.get("Planning")
    names = ("Shared Hit Blocks", "Shared Read Blocks")
    return sum(number_in(group, name) or 0.0 for name in names) if isinstance(group, Mapping) else 0.0
