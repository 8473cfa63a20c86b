"""What every picture of a plan takes its figures from: times, triggers, findings at their nodes, estimates that were off."""

from __future__ import annotations

import json
import re

import pytest

from advisor.formats.plan.figures import figures_of, findings_by_plan
from advisor.formats.plan.icicle import WIDTH, picture_of
from advisor.formats.plan.rows import rows_of
from advisor.formats.plan.words import amount, off_words
from advisor.model import Plan
from advisor.model.plan.estimates import misestimates, stopped_early
from tests.formats.plan.plans import LIMITED, TEXTS, TRIGGERED, large, plan_of, recorded, review_of, text_of, written


def off(plan: Plan) -> dict[str, str]:
    return {node.type: off_words(plan, node) for node in misestimates(plan)}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_tree_picture_and_json_tell_the_same_times(path: str) -> None:
    text = text_of(str(path))
    plan = plan_of(text)
    figures = figures_of(plan)
    told = json.loads(written("json", text))["plans"][0]["own"]
    rows = [row.own(figures) for row in rows_of(plan, figures, ())]
    assert told["nodes"] == [round(own, 6) for own in rows]
    assert told["total"] == pytest.approx(sum(told["nodes"]) + sum(trigger.time or 0 for trigger in figures.later))
    boxes = {box.row: box for box in picture_of(plan, (), "").boxes if box.kind == "node"}
    for number, own in enumerate(rows, 1):
        if number in boxes and figures.measure:
            assert f" {amount(own, figures.measure)} (" in boxes[number].about[1]


def test_a_folded_tree_still_adds_up() -> None:
    plan = plan_of(large(2_000))
    figures = figures_of(plan)
    rows = list(rows_of(plan, figures, ()))
    assert len(rows) < 300
    assert sum(len(row.nodes) for row in rows) == 2_000
    assert sum(row.own(figures) for row in rows) == pytest.approx(figures.total)


def test_the_time_of_a_trigger_is_part_of_the_whole() -> None:
    plan = plan_of(TRIGGERED)
    [trigger] = figures_of(plan).triggers
    assert (trigger.title, trigger.within) == ("Trigger items_order_id_fkey, 19 calls", False)
    assert figures_of(plan).share(trigger.time or 0) > 0.999


def test_a_trigger_that_fires_before_each_row_is_not_counted_twice() -> None:
    before = TRIGGERED.replace("actual time=0.070..0.077", "actual time=0.070..1384.900").replace(
        "for constraint items_order_id_fkey", "orders_checked"
    )
    figures = figures_of(plan_of(before))
    assert [trigger.within for trigger in figures.triggers] == [True]
    assert figures.total == pytest.approx(1384.9)


def test_rows_that_a_limit_never_asked_for_are_no_misestimate() -> None:
    assert off(plan_of(LIMITED)) == {}
    assert off(plan_of(LIMITED.partition("\n")[2].strip().removeprefix("->"))) == {"Seq Scan": "÷15.0k"}


def test_more_rows_than_expected_are_a_misestimate_below_a_limit_too() -> None:
    assert off(plan_of(LIMITED.replace("rows=299681", "rows=1"))) == {"Seq Scan": "×20"}


def test_a_sort_reads_everything_though_a_limit_stands_above_it() -> None:
    sorted_first = """\
Limit  (cost=0.42..1.47 rows=20 width=23) (actual time=0.010..5.000 rows=20.00 loops=1)
  ->  Sort  (cost=0.42..15118.64 rows=1000 width=23) (actual time=0.010..4.990 rows=20.00 loops=1)
        Sort Key: id
        ->  Seq Scan on posts  (cost=0.42..15118.64 rows=1000 width=23) (actual time=0.010..4.990 rows=25.00 loops=1)
"""
    plan = plan_of(sorted_first)
    assert off(plan) == {"Seq Scan": "÷40"}
    assert [node.type for node in stopped_early(plan)] == ["Sort"]


def test_the_inner_side_of_a_merge_join_counts_rows_again() -> None:
    text = """\
Merge Join  (cost=0.42..1.47 rows=20 width=23) (actual time=0.010..5.000 rows=20.00 loops=1)
  Merge Cond: (a.id = b.id)
  ->  Index Scan using a_id on a  (cost=0.42..1.00 rows=10 width=23) (actual time=0.010..1.000 rows=OUTER.00 loops=1)
  ->  Index Scan using b_id on b  (cost=0.42..1.00 rows=10 width=23) (actual time=0.010..1.000 rows=INNER.00 loops=1)
"""
    assert off(plan_of(text.replace("OUTER", "10").replace("INNER", "5000"))) == {}
    assert off(plan_of(text.replace("OUTER", "5000").replace("INNER", "10"))) == {"Index Scan": "×500"}


def test_findings_go_to_the_plan_that_they_lie_in() -> None:
    review = review_of(text_of("timed/misestimate.txt"), LIMITED, text_of("timed/sort-spill.txt"))
    found = [sorted(finding.rule for finding in findings) for _, findings in findings_by_plan(review)]
    assert found[0] == ["row-misestimate", "slow-sequential-scan"]
    assert found[1] == []
    assert "sort-spills-to-disk" in found[2]


def test_several_plans_of_one_file_share_no_findings() -> None:
    text = "\n\n".join([text_of("timed/misestimate.txt"), LIMITED, text_of("timed/sort-spill.txt")])
    review = review_of(text)
    lines = [(plan.location.line, {finding.at.line for finding in findings}) for plan, findings in findings_by_plan(review)]
    assert len(lines) == 3
    assert all(
        plan.location.line <= line <= plan.location.end_line
        for plan, found in findings_by_plan(review)
        for line in {f.at.line for f in found}
    )


def test_a_box_is_as_wide_as_its_part_of_the_whole() -> None:
    plan = recorded("timed/parallel-join.txt")
    figures = figures_of(plan)
    boxes = picture_of(plan, (), "").boxes
    assert boxes[0].width == pytest.approx(WIDTH)
    for box in boxes:
        below = [other for other in boxes if other.level == box.level + 1 and box.x - 0.01 <= other.x < box.x + box.width - 0.01]
        own = re.match(r"own time ([\d.]+) ms", box.about[1])
        assert own is not None
        assert box.width - sum(other.width for other in below) == pytest.approx(float(own[1]) / figures.total * WIDTH, abs=10)
