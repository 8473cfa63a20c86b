"""Two plans side by side: the verdict, what changed, what is solved; and the same for programs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from advisor.formats.plan.comparison import lay_out_change, view_of_change
from advisor.formats.text import cells, plain
from advisor.model.plan.comparing import compare
from tests.formats.plan.plans import PLANS, large, plan_of, text_of
from tests.test_cli import run

WORKLOADS = PLANS / "workloads"
FAULT, MENDED = (str(WORKLOADS / f"loop-over-all-customers.{name}.txt") for name in ("fault", "mended"))


def test_the_verdict_comes_first_and_what_changed_is_marked() -> None:
    lines = run("plan", FAULT, MENDED).stdout.splitlines()
    assert lines[0].split(":")[0].endswith("times faster")
    signs = {line.strip(" ~+-").split("  ")[0]: line[0] for line in lines if "was" in line or line.startswith(("+", "-"))}
    assert signs["Hash Join (was Nested Loop)"] == "~"
    assert signs["Seq Scan on orders o (was Bitmap Heap Scan on orders o)"] == "~"
    assert signs["Hash"] == "+"
    assert signs["Bitmap Index Scan on orders_customer_id_idx"] == "-"
    assert "solved  nested-loop-explosion, row-misestimate" in [line.strip() for line in lines]


def test_what_got_worse_is_found_and_can_fail_a_build() -> None:
    worse = run("plan", MENDED, FAULT, "--select", "plan-regression", "--fail-on", "warning")
    assert worse.exit_code == 1
    assert "plan-regression" in worse.stdout
    assert run("plan", FAULT, MENDED, "--select", "plan-regression", "--fail-on", "warning").exit_code == 0


def test_plans_of_two_statements_are_shown_one_after_the_other() -> None:
    output = run("plan", FAULT, str(WORKLOADS / "series-in-from.fault.txt")).stdout
    assert "times" not in output.splitlines()[0]
    assert output.count("executed in") == 2


def test_json_names_the_nodes_by_their_places() -> None:
    document = json.loads(run("plan", FAULT, MENDED, "--format", "json").stdout)
    [comparison] = document["comparisons"]
    nodes = [sum(1 for _ in plan_of(text_of(path)).walk()) for path in (FAULT, MENDED)]
    for side, number in zip(("before", "after"), nodes, strict=True):
        assert sorted(pair[side] for pair in comparison["pairs"] if pair[side] is not None) == list(range(number))
    assert comparison["blocks"][0] > comparison["blocks"][1]
    assert len(document["plans"]) == 2


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    texts = sorted(Path(WORKLOADS).glob("*.fault.txt"))
    for path in texts:
        change = compare(
            plan_of(path.read_text("utf-8")), plan_of(path.with_suffix("").with_suffix(".mended.txt").read_text("utf-8"))
        )
        assert max(cells(line) for line in plain(lay_out_change(view_of_change(change, (), ()), width)).splitlines()) <= width


def test_thousands_of_nodes_are_paired() -> None:
    change = compare(plan_of(large(5_000)), plan_of(large(5_000)))
    assert {pair.kept for pair in change.pairs} == {"same"}


def test_a_page_and_a_comment_tell_what_became_of_each_node() -> None:
    page, comment = (run("plan", FAULT, MENDED, "--format", form).stdout for form in ("html", "markdown"))
    [change] = re.findall(r'<section class="change".*?</section>', page, re.DOTALL)
    rows = re.findall(r'<tr class="(\w+)">', change)
    drawn = comment.partition("```text\n")[2].partition("```")[0].splitlines()
    signs = {"same": " ", "changed": "~", "added": "+", "removed": "-"}
    assert len(rows) > 2
    assert {"changed", "added"} & set(rows)
    assert [line[0] for line in drawn[-len(rows) - 1 : -1]] == [signs[kept] for kept in rows]


def test_one_plan_has_no_comparison_on_its_page() -> None:
    page = run("plan", FAULT, "--format", "html").stdout
    assert 'class="change"' not in page
    assert "warning" in page
