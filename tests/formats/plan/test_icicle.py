"""The picture of a plan: its boxes stand where they should, stay few, and tell in words what they show in colours."""

from __future__ import annotations

import itertools

import pytest

from advisor.formats.plan.icicle import CHARACTER, MOST_BOXES, ROW, WIDTH, Box, picture_of
from advisor.formats.text import cells
from advisor.model import Plan
from tests.formats.plan.plans import PARTLY_RUN, TEXTS, TRIGGERED, large, plan_of, recorded, review_of, text_of


def boxes_of(plan: Plan) -> tuple[Box, ...]:
    return picture_of(plan, (), "a plan").boxes


def named(plan: Plan, title: str) -> Box:
    return next(box for box in boxes_of(plan) if box.about[0].startswith(title))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_boxes_lie_side_by_side_below_their_parents(path: str) -> None:
    boxes = boxes_of(plan_of(text_of(str(path))))
    rows: dict[float, list[Box]] = {}
    for box in boxes:
        rows.setdefault(box.y, []).append(box)
    for row in rows.values():
        ordered = sorted(row, key=lambda box: box.x)
        assert all(left.x + left.width <= right.x + 0.01 for left, right in itertools.pairwise(ordered))
    for box in boxes:
        above = [other for other in boxes if other.level == box.level - 1]
        assert box.level == 1 or any(
            other.x <= box.x + 0.01 and box.x + box.width <= other.x + other.width + 0.01 for other in above
        )
        assert 0 <= box.x <= box.x + box.width <= WIDTH + 0.01


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_labels_fit_their_boxes(path: str) -> None:
    for box in boxes_of(plan_of(text_of(str(path)))):
        for label in (box.first, box.second):
            assert cells(label) * CHARACTER <= box.width


def test_a_cte_is_drawn_once_with_its_own_time() -> None:
    plan = recorded("cte-initplan-subplan.txt")
    titles = [box.about[0] for box in boxes_of(plan)]
    assert titles.count("CTE top: Seq Scan on posts") == 1


def test_nodes_that_never_ran_are_one_flat_box_that_says_so() -> None:
    box = next(box for box in boxes_of(plan_of(PARTLY_RUN)) if box.kind == "flat")
    assert box.height < ROW / 2
    assert box.about == ("… 2 nodes, never executed", "Seq Scan on b", "Seq Scan on c")


def test_a_trigger_stands_beside_the_root_and_both_can_be_seen() -> None:
    boxes = boxes_of(plan_of(TRIGGERED))
    root, trigger = boxes[0], boxes[-1]
    assert (trigger.kind, trigger.first, trigger.level) == ("trigger", "Trigger items_order_id_fkey, 19 calls", 1)
    assert root.width >= 5
    assert root.width + trigger.width == pytest.approx(WIDTH)


def test_a_plan_that_was_not_run_shows_costs() -> None:
    plan = plan_of(
        "Limit  (cost=0.42..1.47 rows=20 width=23)\n  ->  Seq Scan on posts  (cost=0.42..15118.64 rows=299681 width=23)\n"
    )
    assert picture_of(plan, (), "").measure == "cost"
    assert named(plan, "Seq Scan").second == "cost 15,119 · 100 %"


def test_a_plan_without_times_and_costs_has_boxes_all_the_same() -> None:
    picture = picture_of(
        plan_of("Hash Join\n  Hash Cond: (a.id = b.id)\n  ->  Seq Scan on a\n  ->  Hash\n        ->  Seq Scan on b\n"), (), ""
    )
    assert picture.measure == ""
    assert [(box.first, box.width) for box in picture.boxes] == [
        ("Hash Join", 1000),
        ("Seq Scan on a", 500),
        ("Hash", 500),
        ("Seq Scan on b", 500),
    ]


def test_findings_and_wrong_estimates_are_marked_with_more_than_colour() -> None:
    review = review_of(text_of("timed/misestimate.txt"))
    boxes = picture_of(review.project.plans[0], review.findings, "").boxes
    scan = next(box for box in boxes if box.about[0] == "Seq Scan on posts p")
    assert (scan.severity, scan.mark) == ("warning", "▲")
    assert any("slow-sequential-scan" in line for line in scan.about)
    materialize = next(box for box in boxes if box.about[0] == "Materialize")
    assert materialize.off == "×570"
    assert materialize.second.endswith("×570")
    narrow = next(box for box in boxes if box.about[0] == "Seq Scan on authors a")
    assert (narrow.first, narrow.mark) == ("", "▲")
    assert "1,250 rows where 2 were expected (×625)" in narrow.about


def test_neighbours_too_narrow_to_be_seen_are_joined_or_told_of_above() -> None:
    boxes = boxes_of(plan_of(large(9_000)))
    assert len(boxes) <= MOST_BOXES
    assert any(box.kind == "joined" and box.about[0].startswith("… ") for box in boxes)
    assert any("too narrow to be drawn" in line for box in boxes for line in box.about)


def test_a_deep_plan_ends_in_one_box_for_the_rest() -> None:
    boxes = boxes_of(plan_of(large(300, deep=True)))
    assert max(box.level for box in boxes) == 40
    assert boxes[-1].about[0].startswith("… 261 nodes")


def test_the_picture_says_in_a_sentence_where_the_time_goes() -> None:
    assert picture_of(recorded("timed/slow-scan.txt"), (), "").summary == (
        "2 nodes. Most of the time: Index Scan Backward on posts by posts_created_at_idx 100 %."
    )
