"""A Materialize whose kept rows are read again and again.

## Why it matters
Keeping rows is cheap, but a nested loop reads all of them for each outer row: the work is the product of both sides. Measured: 900
days kept for 2,000 rooms are 1.8 million rows read.

## When it is fine
Every pair is wanted: a calendar of all days and all rooms is as large as that. Where a Join Filter throws the pairs away again,
join-filter-discards-rows tells of it.

## What to do
Join by equality, so that each row finds its partners; filter both sides before they meet; leave out pairs that are summed up
anyway.

## Sources
- PostgreSQL documentation, "Using EXPLAIN" (a Materialize saves the inner side of a nested loop)
- `src/backend/executor/nodeMaterial.c`
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.access import parents_of
from advisor.model.plan.times import exclusive_times
from advisor.model.plan.titles import title_of
from advisor.rule import Confidence, Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=43804.50..43804.51 rows=1 width=8) (actual time=407.955..407.957 rows=1.00 loops=1)
          Buffers: shared hit=17
          ->  Nested Loop  (cost=0.00..31304.50 rows=2500000 width=8) (actual time=0.017..285.077 rows=2500000.00 loops=1)
                Buffers: shared hit=17
                ->  Seq Scan on rooms r  (cost=0.00..37.00 rows=2500 width=4) (actual time=0.010..0.424 rows=2500.00 loops=1)
                      Buffers: shared hit=12
                ->  Materialize  (cost=0.00..20.00 rows=1000 width=4) (actual time=0.000..0.036 rows=1000.00 loops=2500)
                      Storage: Memory  Maximum Storage: 48kB
                      Buffers: shared hit=5
                      ->  Seq Scan on days d  (cost=0.00..15.00 rows=1000 width=4) (actual time=0.005..0.060 rows=1000.00 loops=1)
                            Buffers: shared hit=5
        Planning Time: 0.076 ms
        Execution Time: 407.988 ms
    """),
]
GOOD = [
    plan("""
        Result  (cost=60.77..60.78 rows=1 width=8) (actual time=0.274..0.275 rows=1.00 loops=1)
          Buffers: shared hit=17
          InitPlan 1
            ->  Aggregate  (cost=43.25..43.26 rows=1 width=8) (actual time=0.193..0.193 rows=1.00 loops=1)
                  Buffers: shared hit=12
                  ->  Seq Scan on rooms  (cost=0.00..37.00 rows=2500 width=4) (actual time=0.003..0.087 rows=2500.00 loops=1)
                        Buffers: shared hit=12
          InitPlan 2
            ->  Aggregate  (cost=17.50..17.51 rows=1 width=8) (actual time=0.080..0.080 rows=1.00 loops=1)
                  Buffers: shared hit=5
                  ->  Seq Scan on days  (cost=0.00..15.00 rows=1000 width=4) (actual time=0.002..0.036 rows=1000.00 loops=1)
                        Buffers: shared hit=5
        Planning Time: 0.032 ms
        Execution Time: 0.285 ms
    """),
    # the join throws the pairs away: its fault
    plan("""
        Aggregate  (cost=60820.42..60820.43 rows=1 width=8) (actual time=351.910..351.912 rows=1.00 loops=1)
          Buffers: shared hit=70
          ->  Nested Loop  (cost=0.00..60153.75 rows=266667 width=0) (actual time=351.904..351.906 rows=0.00 loops=1)
                Join Filter: (("left"(m.body, 4) >= p.pattern) AND ("left"(m.body, 4) < (p.pattern || 'z'::text)))
                Rows Removed by Join Filter: 2400000
                Buffers: shared hit=70
                ->  Seq Scan on messages m  (cost=0.00..147.00 rows=8000 width=33) (actual time=0.009..0.567 rows=8000.00 loops=1)
                      Buffers: shared hit=67
                ->  Materialize  (cost=0.00..7.50 rows=300 width=33) (actual time=0.000..0.010 rows=300.00 loops=8000)
                      Storage: Memory  Maximum Storage: 35kB
                      Buffers: shared hit=3
                      ->  Seq Scan on patterns p  (cost=0.00..6.00 rows=300 width=33) (actual time=0.005..0.024 rows=300.00 loops=1)
                            Buffers: shared hit=3
        Planning Time: 0.093 ms
        Execution Time: 351.941 ms
    """),
]


@dataclass(frozen=True)
class RescanOptions(PlanOptions):
    """When reading again is worth a word."""

    min_rows: int = 1_000_000
    """Rows read from the Materialize in all rounds."""
    min_loops: int = 100
    """Rounds."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def materialize_rescans(plan: Plan, options: RescanOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    own, parents = exclusive_times(plan), parents_of(plan)
    for node in plan.walk():
        above = parents.get(node)
        if node.type != "Materialize" or above is None or above.number("Rows Removed by Join Filter") > above.rows:
            continue
        time = own.get(node, 0.0) + own.get(above, 0.0)
        enough = node.loops >= options.min_loops and node.total_rows >= options.min_rows
        if enough and options.weighs(plan, time):
            yield describe(plan, node, time)


def describe(plan: Plan, node: PlanNode, time: float) -> Finding:
    kept = title_of(node.children[0]) if node.children else "the inner side"
    rows = node.children[0].total_rows if node.children else node.rows
    is_list = node.text("Parent Relationship") == "SubPlan"
    advice = "with NOT EXISTS instead of NOT IN it is a join" if is_list else "a join by equality would read them once"
    return Finding(
        at=node.location,
        subject=f"Materialize of {kept}",
        message=f"the {rows:,.0f} rows of {kept} are read in {node.loops:,.0f} rounds, {node.total_rows:,.0f} rows in all: "
        f"{advice}",
        confidence=Confidence.LIKELY,
        saving=saving(plan, time, rows=node.total_rows - rows),
    )
