"""A plan that is cut off, or holds lines that are not understood, says so with the place: no smaller plan in silence."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.sources.explain.plans import RECORDED, TIMED, reading

TEXTS = sorted([*RECORDED.glob("*.txt"), *TIMED.glob("*.txt")])

COULD_BE_WHOLE = re.compile(
    r"Settings: |Planning:|Planning Time: |Execution Time: |Trigger |Serialization: |Memory: |"  # what an option adds below a plan
    r"Buffers: |Output: |Function Call: |Filter: |Rows Removed by Filter: |"  # what an option or a condition adds to the last node
    r"SubPlan \d"  # computed in the target list, which only VERBOSE prints
)
"""First lines of what was cut away where the rest could be the whole plan of a simpler statement, or of fewer options."""


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_plan_cut_at_any_line_says_so_unless_the_rest_could_be_whole(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    silent = [number for number in range(1, len(lines)) if not reading("\n".join(lines[:number]) + "\n").problems]
    unexplained = [lines[number] for number in silent if not COULD_BE_WHOLE.match(lines[number].strip())]
    assert unexplained == []


def test_most_cuts_are_noticed() -> None:
    counted: Counter[bool] = Counter()
    for path in TEXTS:
        lines = path.read_text(encoding="utf-8").splitlines()
        counted.update(bool(reading("\n".join(lines[:number]) + "\n").problems) for number in range(1, len(lines)))
    assert counted[True] > 6 * counted[False]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_plan_without_its_first_line_is_read_from_its_first_node_and_says_so(path: Path) -> None:
    """As psql's border or a log's line is lost when a terminal's page is copied."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = reading("\n".join(lines[1:]) + "\n")
    assert any("whose beginning is missing" in problem.reason for problem in found.problems) or not found.plans
    assert found.problems
    first = next((number for number, line in enumerate(lines) if line.lstrip().startswith("->") and "(" in line), None)
    assert [plan.root.location.line for plan in found.plans][:1] == ([] if first is None else [first])


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("Sort  (cost=1.00..2.00 rows=5 width=4)\n  Sort Key: a\n", 1, "Sort has no input"),
        (
            "Hash Join  (cost=1.00..2.00 rows=5 width=4)\n  ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n",
            1,
            "Hash Join has 1 of its 2 inputs",
        ),
        ("CTE Scan on x  (cost=1.00..2.00 rows=5 width=4)\n", 1, "CTE x is read here and not shown"),
        (
            "Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (b = (InitPlan 1).col1)\n",
            1,
            "InitPlan 1 is used here and not shown",
        ),
        (
            "Append  (cost=0.00..9.00 rows=20 width=4)\n  ->  Seq Scan on a  (cost=0.00..1.00 rows=10 width=4)\n",
            1,
            "the members of this Append give fewer rows than it does",
        ),
        ("Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (b = 'x\n", 2, "a quoted value that begins here does not end"),
        ("Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n  Filter: ((b = 5) AND\n", 2, "the brackets of Filter do not close"),
        ("Limit  (cost=0.00..1.00 rows=1 width=4)\n  ->  Seq Sc\n", 2, "this node is not understood"),
        ("Limit  (cost=0.00..1.00 rows=1 width=4)\n  ->  Seq Scan on a  (cost=0.00..1.00 ro\n", 2, "this node is not understood"),
        ("Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n  words that mean nothing\n", 2, "this line is not understood"),
        ("Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n      Filter: b\n", 2, "indentation fits no node"),
        ("Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n  SubPlan 1\n", 2, "SubPlan 1 has no node"),
        (
            " QUERY PLAN\n-----\n Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n(5 rows)\n",
            4,
            "its footer counts 5 lines, here are 1",
        ),
        ("  ->  Seq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n        Filter: b\n", 1, "whose beginning is missing"),
        (
            "Seq Scan on a  (cost=0.00..1.00 rows=1 width=4) (actual time=0.1..0.2 rows=1 loops=1)\nPlanning Time: 0.1 ms\n",
            1,
            "its Execution Time is missing",
        ),
    ],
)
def test_what_is_missing_or_not_understood_is_named_with_its_line(text: str, line: int, reason: str) -> None:
    problems = reading(text).problems
    assert problems, text
    assert reason in problems[0].reason
    assert problems[0].kind == "failed"
    assert problems[0].location is not None
    assert problems[0].location.line == line
