"""Where the time goes: loops, parallel workers, InitPlans and CTEs, each counted once."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.model import Plan, PlanNode
from advisor.model.plan.times import exclusive_costs, exclusive_times, inclusive_times
from tests.sources.explain.plans import RECORDED, TIMED, only_plan, reading, recorded

ALL_TIMED = sorted(TIMED.glob("*.txt"))


def named(plan: Plan, title: str) -> PlanNode:
    return next(node for node in plan.walk() if title in (node.type, node.fields.get("Subplan Name"), node.fields.get("Alias")))


@pytest.mark.parametrize("path", ALL_TIMED, ids=lambda path: path.stem)
def test_the_times_of_all_nodes_add_up_to_the_whole(path: Path) -> None:
    [plan] = reading(path.read_text(encoding="utf-8")).plans
    assert sum(exclusive_times(plan).values()) == pytest.approx(plan.root.total_time, rel=0.05, abs=0.1)


def test_a_node_s_own_time_leaves_out_its_children_in_all_their_loops() -> None:
    plan = recorded("subplan.txt")
    times = exclusive_times(plan)
    aggregate, scan = named(plan, "Aggregate"), named(plan, "p")
    assert inclusive_times(plan)[aggregate] == pytest.approx(aggregate.number("Actual Total Time") * 12)
    assert times[scan] > 0.95 * plan.root.total_time
    assert times[plan.root] + times[aggregate] < 0.05 * plan.root.total_time


def test_the_loops_of_parallel_workers_overlap() -> None:
    plan = only_plan("""
        Gather  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..100.000 rows=9 loops=1)
          Workers Planned: 2
          Workers Launched: 2
          ->  Parallel Seq Scan on t  (cost=0.00..9.00 rows=3 width=4) (actual time=0.100..90.000 rows=3 loops=3)
        Planning Time: 0.1 ms
        Execution Time: 100.1 ms
    """)
    scan = plan.root.children[0]
    assert scan.total_time == 270.0
    assert exclusive_times(plan) == {plan.root: pytest.approx(10.0), scan: pytest.approx(90.0)}


def test_an_init_plan_is_taken_out_of_the_node_that_waited_for_it() -> None:
    plan = only_plan("""
        Limit  (cost=0.00..9.00 rows=9 width=4) (actual time=60.000..100.000 rows=9 loops=1)
          InitPlan 1
            ->  Aggregate  (cost=0.00..1.00 rows=1 width=4) (actual time=50.000..50.000 rows=1 loops=1)
                  ->  Seq Scan on u  (cost=0.00..1.00 rows=1 width=4) (actual time=0.000..40.000 rows=1 loops=1)
          ->  Seq Scan on t  (cost=0.00..9.00 rows=9 width=4) (actual time=60.000..95.000 rows=9 loops=1)
                Filter: (a > (InitPlan 1).col1)
        Execution Time: 100.0 ms
    """)
    times = exclusive_times(plan)
    assert times[named(plan, "t")] == pytest.approx(45.0)
    assert times[named(plan, "InitPlan 1")] == pytest.approx(10.0)
    assert times[plan.root] == pytest.approx(5.0)
    assert sum(times.values()) == pytest.approx(100.0)


def test_a_cte_is_counted_once_however_often_it_is_read() -> None:
    plan = only_plan("""
        Nested Loop  (cost=0.00..9.00 rows=9 width=4) (actual time=1.000..100.000 rows=9 loops=1)
          CTE x
            ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.000..70.000 rows=1 loops=1)
          ->  CTE Scan on x a  (cost=0.00..9.00 rows=9 width=4) (actual time=0.000..75.000 rows=9 loops=1)
          ->  CTE Scan on x b  (cost=0.00..9.00 rows=9 width=4) (actual time=0.000..2.000 rows=9 loops=9)
        Execution Time: 100.0 ms
    """)
    times = exclusive_times(plan)
    assert [times[named(plan, name)] for name in ("CTE x", "a", "b")] == pytest.approx([70.0, 5.0, 18.0])
    assert times[plan.root] == pytest.approx(7.0)


def test_a_data_modifying_cte_that_nobody_reads_takes_nothing_from_others() -> None:
    plan = only_plan("""
        Result  (cost=0.00..9.00 rows=1 width=4) (actual time=0.001..0.002 rows=1 loops=1)
          CTE d
            ->  Delete on t  (cost=0.00..1.00 rows=0 width=0) (actual time=50.000..50.000 rows=0 loops=1)
                  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.000..40.000 rows=1 loops=1)
        Execution Time: 50.1 ms
    """)
    assert exclusive_times(plan)[plan.root] == pytest.approx(0.002)


def test_a_plan_without_timing_has_costs_and_no_times() -> None:
    plan = only_plan((RECORDED / "posts-by-author.txt").read_text(encoding="utf-8"))
    assert exclusive_times(plan) == {}
    assert all(cost >= 0 for cost in exclusive_costs(plan).values())
    assert exclusive_costs(only_plan("Limit\n  ->  Seq Scan on t\n")) == {}
