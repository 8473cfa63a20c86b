"""A plan in the terminal: it fits, it shows where the time goes, and nothing in it acts on the terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from advisor.formats.plan_text import compact, render_plan
from advisor.formats.text import cells
from advisor.model import Plan, SourceText
from advisor.sources.explain import read_plans

PLANS = Path(__file__).parents[2] / "fixtures" / "plans"
TEXTS = sorted([*PLANS.glob("*.txt"), *PLANS.glob("timed/*.txt")])


def plan_of(text: str) -> Plan:
    [plan] = read_plans(SourceText("plan.txt", text)).plans
    return plan


def drawn(name: str, width: int = 80) -> str:
    return render_plan(plan_of((PLANS / name).read_text(encoding="utf-8")), width)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_line_fits_the_terminal(path: Path, width: int) -> None:
    lines = render_plan(plan_of(path.read_text(encoding="utf-8")), width).splitlines()
    assert [line for line in lines if cells(line) > width] == []


def test_the_tree_shows_time_rows_estimates_and_where_they_part() -> None:
    text = drawn("timed/misestimate.txt", 100)
    assert re.search(r"own time +rows +expected +off by +loops +blocks", text)
    assert re.search(r"├ Seq Scan on posts p +1\d\.\d ms +█+.? +38 +30 +7,316", text)
    assert re.search(r"└ Seq Scan on authors a +0\.\d+ ms +▏? +1,250 +2 +×625", text)
    assert "Filter: (views = 17), removes 300k" in text


def test_columns_without_anything_to_show_are_left_out() -> None:
    text = drawn("timed/filter-mended.txt")
    assert "off by" not in text
    assert "loops" not in text


def test_a_plan_that_was_not_executed_shows_costs() -> None:
    text = render_plan(
        plan_of("Limit  (cost=0.42..1.47 rows=20 width=23)\n  ->  Seq Scan on posts  (cost=0.42..15118.64 rows=299681 width=23)\n")
    )
    assert "not executed: estimates only" in text
    assert re.search(r"└ Seq Scan on posts +15,119 +█+ +300k", text)
    assert " rows " not in text


def test_a_node_that_was_never_executed_says_so() -> None:
    text = "Append  (cost=0.00..2.00 rows=2 width=4) (actual rows=1 loops=1)\n"
    for suffix in ("(actual rows=1 loops=1)", "(never executed)"):
        text += f"  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) {suffix}\n"
    assert render_plan(plan_of(text)).count("never run") == 1


def test_an_index_whose_name_does_not_fit_stands_below_its_node() -> None:
    lines = drawn("timed/slow-scan.txt", 80).splitlines()
    place = next(number for number, line in enumerate(lines) if "Index Scan Backward on posts" in line)
    assert lines[place + 1].strip() == "by posts_created_at_idx"
    assert "on posts by posts_created_at_idx" in drawn("timed/slow-scan.txt", 120)


def test_what_went_through_the_disk_is_told() -> None:
    assert "external merge, 41.9 MB on disk" in drawn("timed/sort-spill.txt")


def test_colour_is_given_only_on_request() -> None:
    plan = plan_of((PLANS / "timed" / "subplan.txt").read_text(encoding="utf-8"))
    assert "\x1b[" in render_plan(plan, 80, colour=True)
    assert "\x1b" not in render_plan(plan, 80)


def test_names_cannot_act_on_the_terminal() -> None:
    text = "Seq Scan on \"a\x1b[31mb\"  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (x = '\x07\u202e'::text)\n"
    drawn_text = render_plan(plan_of(text))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", drawn_text)


def test_a_deep_plan_is_still_drawn() -> None:
    lines = [f"{' ' * (6 * depth - 4) + '->  ' if depth else ''}Unique  (cost=0.00..1.00 rows=1 width=4)" for depth in range(300)]
    text = render_plan(plan_of("\n".join(lines)), 80)
    assert len(text.splitlines()) > 300
    assert max(map(cells, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.21, "0.21"),
        (9.999, "10"),
        (9_999, "9,999"),
        (10_000, "10.0k"),
        (299_960, "300k"),
        (999_600, "1.0M"),
        (3.6e9, "3.6G"),
        (1e15, "1.0e+15"),
    ],
)
def test_figures_are_short(number: float, text: str) -> None:
    assert compact(number) == text
