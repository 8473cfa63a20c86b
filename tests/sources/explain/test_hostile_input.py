"""Any text at all: no traceback, no endless work, and every problem has a place in the text."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.formats.plan.text import render_plan
from advisor.model.plan.times import exclusive_costs, exclusive_times
from advisor.sources.explain import looks_like_plan, to_json
from tests.sources.explain.plans import RECORDED, TIMED, reading

REAL = sorted(
    path.read_text(encoding="utf-8") for folder in (RECORDED, TIMED) for path in (*folder.glob("*.txt"), *folder.glob("*.json"))
)
FRAGMENTS = st.sampled_from(
    [
        "->  ",
        "Seq Scan on t",
        "  (cost=0.00..1.00 rows=1 width=4)",
        " (actual time=0.1..0.2 rows=1.00 loops=3)",
        " (never executed)",
        "\n",
        "\n  ",
        "\n        ",
        "Filter: (a = 'x'",
        "Worker 0:  ",
        "JIT:",
        "Planning:",
        "Buffers: shared hit=1",
        "Group Key: ()",
        "Sort Key: a, b",
        "InitPlan 1 (returns $0)",
        "CTE x",
        "QUERY PLAN\n-----\n",
        "(3 rows)",
        "```",
        '[{"Plan": {"Node Type": "Sort", "Plans": [',
        "]}}]",
        "Hash Join",
        "Append",
        "Update on t",
        "Trigger x: calls=1",
        "'",
        '"',
        "9" * 40,
        "\u00a0",
        "\0",
    ]
)


def check(text: str) -> None:
    looks_like_plan(text)
    found = reading(text)
    lines = text.count("\n") + 1
    for problem in found.problems:
        assert problem.location is not None
        assert 1 <= problem.location.line <= lines
        assert "\n" not in problem.reason
    for plan in found.plans:
        assert 1 <= plan.location.line <= plan.location.end_line <= lines
        assert all(time >= 0 for time in (*exclusive_times(plan).values(), *exclusive_costs(plan).values()))
        json.dumps(to_json(plan), ensure_ascii=False).encode()
        render_plan(plan, 80).encode()


@given(st.text(max_size=400))
@settings(deadline=None)
def test_arbitrary_text_is_refused_with_a_reason(text: str) -> None:
    check(text)


@given(st.lists(FRAGMENTS, max_size=30))
@settings(max_examples=300, deadline=None)
def test_pieces_of_plans_in_any_order_are_read_or_refused(pieces: list[str]) -> None:
    check("".join(pieces))


@given(st.sampled_from(REAL), st.data())
@settings(max_examples=300, deadline=None)
def test_a_real_plan_with_something_changed_is_read_or_refused(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 30))
        text = text[:start] + data.draw(st.one_of(FRAGMENTS, st.text(max_size=8))) + text[start + length :]
    check(text)
