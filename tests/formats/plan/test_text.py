"""A plan in the terminal: it fits, it shows where the time goes, and nothing in it acts on the terminal."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from msgspec.structs import replace

from advisor.finding import Finding, Saving, Severity
from advisor.formats.plan import render_plans
from advisor.formats.plan.text import lay_out_plan, render_plan
from advisor.formats.plan.words import compact, counts_of
from advisor.formats.text import cells, plain
from tests.formats.plan.plans import LIMITED, TEXTS, TRIGGERED, large, plan_of, recorded, review_of, text_of, written


def drawn(name: str, width: int = 80) -> str:
    return render_plan(recorded(name), width)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
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
    plan = recorded("timed/subplan.txt")
    assert "\x1b[" in render_plan(plan, 80, colour=True)
    assert "\x1b" not in render_plan(plan, 80)


def test_names_cannot_act_on_the_terminal() -> None:
    text = "Seq Scan on \"a\x1b[31mb\"  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (x = '\x07\u202e'::text)\n"
    drawn_text = render_plan(plan_of(text))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", drawn_text)


def test_a_deep_plan_is_still_drawn() -> None:
    lines = [f"{' ' * (6 * depth - 4) + '->  ' if depth else ''}Unique  (cost=0.00..1.00 rows=1 width=4)" for depth in range(300)]
    text = render_plan(plan_of("\n".join(lines)), 80)
    assert "… 2" in text
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


def test_several_plans_have_a_heading_each_and_one_summary() -> None:
    lines = written("text", text_of("timed/misestimate.txt"), TRIGGERED, text_of("timed/filter-mended.txt")).splitlines()
    assert [line.partition(" ")[0] for line in lines if "planned in" in line] == ["plan-1.txt:1", "plan-2.txt:1", "plan-3.txt:1"]
    assert [line for line in lines if line.startswith("3 warnings")] == lines[-1:]
    place = next(number for number, line in enumerate(lines) if line.startswith("plan-2.txt:1"))
    assert lines[place - 1] == ""
    assert any("slow-sequential-scan" in line for line in lines[:place])


def test_a_trigger_that_takes_the_time_has_a_row_with_a_bar() -> None:
    text = render_plan(plan_of(TRIGGERED), 80)
    assert re.search(r"^Trigger items_order_id_fkey, 19 calls +1,385 ms +█████$", text, re.MULTILINE)


def test_settings_compilation_and_long_planning_are_told() -> None:
    assert "settings: max_parallel_workers_per_gather = 0, jit = off" in drawn("update-trigger.txt")
    compiled = """\
Result  (cost=0.00..0.01 rows=1 width=4) (actual time=0.100..200.000 rows=1.00 loops=1)
Planning Time: 300.000 ms
JIT:
  Functions: 41
  Options: Inlining true, Optimization true, Expressions true, Deforming true
  Timing: Generation 3.000 ms (Deform 1.000 ms), Inlining 40.000 ms, Optimization 80.000 ms, Emission 57.000 ms, Total 180.000 ms
Execution Time: 201.000 ms
"""
    text = render_plan(plan_of(compiled))
    assert "compilation (JIT): 41 functions in 180 ms of 201 ms" in text
    assert "planned in 300 ms, executed in 201 ms" in text


def test_workers_are_counted() -> None:
    assert "2 of 2 workers" in drawn("timed/parallel-join.txt")


def test_the_rows_of_a_limit_are_not_held_against_the_estimate() -> None:
    assert "off by" not in render_plan(plan_of(LIMITED))


def test_blocks_are_counted_once() -> None:
    plan = recorded("timed/every-option.txt")
    assert sum(counts_of(plan).blocks.values()) == plan.root.number("Shared Hit Blocks")


def test_a_large_plan_is_folded_where_nothing_happens() -> None:
    lines = render_plan(plan_of(large(9_000)), 120).splitlines()
    assert len(lines) < 300
    assert any(re.search(r"… [\d,]+ nodes below 0.1 % +\d", line) for line in lines)
    assert any("Seq Scan on t8999" in line for line in lines)


def test_a_node_with_a_finding_is_never_folded_away() -> None:
    plan = plan_of(large(2_000))
    wanted = next(node for node in plan.walk() if node.relation == "t77")
    finding = Finding(wanted.location, "a message", "public.t77", severity=Severity.WARNING)
    assert "▶ Seq Scan on t77" in plain(lay_out_plan(plan, 80, [finding]))


def test_wide_and_combining_characters_keep_the_columns_straight() -> None:
    text = f'Seq Scan on "{"顧客" * 9}"  (cost=0.00..1.00 rows=1 width=4)\n  Filter: ("e\u0301e\u0301" = \'顧客\'::text)\n'
    for width in (60, 80):
        lines = render_plan(plan_of(text), width).splitlines()
        assert max(map(cells, lines)) <= width
        assert cells(lines[1]) == cells(lines[2])


def test_colour_says_nothing_that_the_text_does_not() -> None:
    plan = recorded("timed/misestimate.txt")
    assert re.sub(r"\x1b\[[\d;]*m", "", render_plan(plan, 80, colour=True)) == render_plan(plan, 80)


def test_a_wide_terminal_does_not_pull_the_figures_away_from_the_titles() -> None:
    assert max(map(len, drawn("timed/slow-scan.txt", 200).splitlines()[1:3])) < 140


def test_what_a_finding_would_save_is_told() -> None:
    review = review_of(text_of("timed/slow-scan.txt"))
    saving = Saving(milliseconds=15.7, share=0.98, blocks=7_276)
    findings = tuple(replace(finding, saving=saving) for finding in review.findings)
    assert findings
    stated = replace(review, findings=findings)
    for format_ in ("text", "html", "markdown"):
        assert "up to 15.7 ms (98 %), 7,276 blocks" in render_plans(stated, format_, StringIO())
