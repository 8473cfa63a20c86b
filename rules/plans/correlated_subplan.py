"""A subquery that runs once for each row of the query around it.

## Why it matters
A correlated subquery in SELECT or WHERE is a loop that the planner cannot turn into a join: it runs as often as there are
rows. Measured: the orders of 20,000 customers counted one by one 309 ms and 360,000 block accesses; grouped once and joined
81 ms and 3,900.

## When it is fine
The rows around it are few (a page of twenty), or a part of their table: the answers of all rows would be made for some of them.
Measured on 1,000,000 order items: the averages of 4,000 rows 61 ms one by one, 292 ms grouped and joined. Or each needs an
answer of its own by an index: the latest order of each customer is best found so, as LATERAL with LIMIT 1. An EXISTS in WHERE
becomes a join by itself. A subquery that scans a whole table each time needs an index first: slow-sequential-scan tells of it.

## What to do
Compute the answers of all rows at once and join them: LEFT JOIN (SELECT key, count(*) ... GROUP BY key), with coalesce for
those that have none. Several subqueries over the same rows become one LATERAL join. On a page, apply LIMIT first and the
subquery outside.

## Sources
- PostgreSQL documentation, "Subquery Expressions"; "Table Expressions", section "LATERAL Subqueries"; "Using EXPLAIN": SubPlan
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode, Schema
from advisor.model.plan.access import access_of, ancestors, conditions_of, parents_of, rows_read
from advisor.model.plan.times import exclusive_counts, inclusive_times
from advisor.model.plan.titles import title_of
from advisor.rule import Confidence, Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=1238635.31..1238635.32 rows=1 width=8) (actual time=243.029..243.031 rows=1.00 loops=1)
          Buffers: shared hit=360167
          ->  Seq Scan on customers c  (cost=0.00..1238618.64 rows=6667 width=0) (actual time=0.035..241.596 rows=20000.00 loops=1)
                Filter: ((SubPlan 1) > 3)
                Buffers: shared hit=360167
                SubPlan 1
                  ->  Aggregate  (cost=61.90..61.91 rows=1 width=8) (actual time=0.012..0.012 rows=1.00 loops=20000)
                        Buffers: shared hit=360000
                        ->  Bitmap Heap Scan on orders o  (cost=4.54..61.86 rows=15 width=41) (actual time=0.003..0.010 rows=15.00 loops=20000)
                              Recheck Cond: (customer_id = c.id)
                              Heap Blocks: exact=300000
                              Buffers: shared hit=360000
                              ->  Bitmap Index Scan on orders_customer_id_idx  (cost=0.00..4.54 rows=15 width=0) (actual time=0.001..0.001 rows=15.00 loops=20000)
                                    Index Cond: (customer_id = c.id)
                                    Index Searches: 20000
                                    Buffers: shared hit=60000
        Planning Time: 0.110 ms
        Execution Time: 243.063 ms
    """),  # noqa: E501
]
GOOD = [
    plan("""
        Aggregate  (cost=9289.56..9289.57 rows=1 width=8) (actual time=62.709..62.714 rows=1.00 loops=1)
          Buffers: shared hit=3871
          ->  Hash Left Join  (cost=8853.38..9272.90 rows=6667 width=0) (actual time=57.394..61.931 rows=20000.00 loops=1)
                Hash Cond: (c.id = o.customer_id)
                Filter: (COALESCE(o.placed, '0'::bigint) > 3)
                Buffers: shared hit=3871
                ->  Seq Scan on customers c  (cost=0.00..367.00 rows=20000 width=4) (actual time=0.007..0.891 rows=20000.00 loops=1)
                      Buffers: shared hit=167
                ->  Hash  (cost=8603.62..8603.62 rows=19981 width=12) (actual time=57.369..57.371 rows=20000.00 loops=1)
                      Buckets: 32768  Batches: 1  Memory Usage: 1116kB
                      Buffers: shared hit=3704
                      ->  Subquery Scan on o  (cost=8204.00..8603.62 rows=19981 width=12) (actual time=52.347..55.500 rows=20000.00 loops=1)
                            Buffers: shared hit=3704
                            ->  HashAggregate  (cost=8204.00..8403.81 rows=19981 width=12) (actual time=52.346..54.155 rows=20000.00 loops=1)
                                  Group Key: orders.customer_id
                                  Batches: 1  Memory Usage: 1561kB
                                  Buffers: shared hit=3704
                                  ->  Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=45) (actual time=0.004..12.511 rows=300000.00 loops=1)
                                        Buffers: shared hit=3704
        Planning Time: 0.149 ms
        Execution Time: 62.788 ms
    """),  # noqa: E501
    # a dozen rows; what takes the time is the scan in it
    plan("""
        Index Scan using authors_pkey on authors a  (cost=0.28..132754.56 rows=12 width=15) (actual time=15.434..187.916 rows=12.00 loops=1)
          Index Cond: (id <= 12)
          Index Searches: 1
          SubPlan 1
            ->  Aggregate  (cost=11062.16..11062.17 rows=1 width=4) (actual time=15.649..15.649 rows=1.00 loops=12)
                  ->  Seq Scan on posts p  (cost=0.00..11062.01 rows=60 width=4) (actual time=0.218..15.622 rows=60.00 loops=12)
                        Filter: (author_id = a.id)
                        Rows Removed by Filter: 299940
        Planning Time: 0.135 ms
        Execution Time: 187.954 ms
    """),  # noqa: E501
    # hashed: it ran once
    plan("""
        Seq Scan on orders  (cost=377.00..8201.00 rows=150000 width=4) (actual time=2.100..48.000 rows=294000.00 loops=1)
          Filter: (NOT (ANY (customer_id = (hashed SubPlan 1).col1)))
          Rows Removed by Filter: 6000
          SubPlan 1
            ->  Seq Scan on customers  (cost=0.00..367.00 rows=4000 width=4) (actual time=0.010..1.700 rows=4000.00 loops=1)
                  Filter: (status = 'vip'::text)
                  Rows Removed by Filter: 16000
        Planning Time: 0.120 ms
        Execution Time: 57.000 ms
    """),
]
A_ROW_AT_ONCE = 0.0003
"""Milliseconds in which a row is read, grouped and joined with all the others."""


@dataclass(frozen=True)
class SubplanOptions(PlanOptions):
    """When a subquery that runs per row is worth a word."""

    min_loops: int = 500
    """Rows for which it ran."""
    min_share: float = 0.3
    """The part of the statement's time that it takes."""
    max_rows_a_scan: int = 500
    """Rows that a sequential scan in it reads each time; more is that scan's fault."""
    min_row: float = 0.0006
    """Milliseconds for each row that it reads. To read all rows once, group and join them takes about half of that (measured on
    300,000 and on 380,000 rows), so that below it nothing is to be won."""
    min_answer: float = 0.05
    """Milliseconds of one run where it runs for a part of a table only: answers for all rows would be made for a few."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def correlated_subplan(plan: Plan, schema: Schema | None, options: SubplanOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    times = inclusive_times(plan)
    for node in plan.walk():
        is_looped = node.text("Parent Relationship") == "SubPlan" and node.loops >= options.min_loops
        if not is_looped or not options.weighs(plan, times.get(node, 0.0)) or scans_much(node, options):
            continue
        if is_worth_joining(plan, node, times.get(node, 0.0), options):
            yield describe(plan, node, schema)


def is_worth_joining(plan: Plan, subplan: PlanNode, time: float, options: SubplanOptions) -> bool:
    """Whether the answers of all rows, made at once, would be had for less. The latest of each (LIMIT) is found best one by one."""
    if subplan.type == "Limit" or time < options.min_row * rows_inside(subplan):
        return False
    return time >= options.min_answer * subplan.loops or not is_for_a_part(plan, subplan)


def rows_inside(subplan: PlanNode) -> float:
    """Rows that its scans give, in all its runs."""
    return sum(node.total_rows for node in subplan.walk() if node.relation is not None)


def is_for_a_part(plan: Plan, subplan: PlanNode) -> bool:
    """Whether it runs for a part of a table's rows: those of an index's range, of a filter, of a LIMIT."""
    parents = parents_of(plan)
    above = parents[subplan]
    limited = any(node.type == "Limit" for node in ancestors(subplan, parents))
    return limited or "Index Cond" in above.fields or subplan.loops < rows_read(above) / 2


def scans_much(subplan: PlanNode, options: SubplanOptions) -> bool:
    scans = [node for node in subplan.walk() if node.type == "Seq Scan"]
    return any(scan.rows + scan.number("Rows Removed by Filter") > options.max_rows_a_scan for scan in scans)


def describe(plan: Plan, node: PlanNode, schema: Schema | None) -> Finding:
    above = parents_of(plan)[node]
    scans = [access for below in node.walk() if (access := access_of(below, schema)) is not None]
    name = (node.text("Subplan Name") or "a subquery").partition(" (")[0]
    over = f" over {scans[0].name}" if scans else ""
    by = [
        condition.column
        for access in scans[:1]
        for condition in conditions_of(access, "Index Cond", "Recheck Cond", "Filter")
        if condition.is_equality and condition.column and "." in condition.value
    ]
    grouped = node.type == "Aggregate" and by
    advice = (
        f"group {scans[0].name} by {', '.join(dict.fromkeys(by))} once and join the result"
        if grouped
        else "compute it for all rows at once and join the result"
    )
    time = min(inclusive_times(plan).get(node, 0.0), inclusive_times(plan).get(above, 0.0))
    blocks = exclusive_counts(plan, "Shared Hit Blocks", "Shared Read Blocks")
    spared = time - A_ROW_AT_ONCE * rows_inside(node)
    return Finding(
        at=node.location,
        subject=f"{name}{over}",
        message=f"{name}{over} ran {node.loops:,.0f} times in {time:,.1f} ms, once for each row of {title_of(above)}; {advice}",
        confidence=Confidence.LIKELY,
        saving=saving(plan, spared, blocks=sum(blocks[below] for below in node.walk())),
    )
