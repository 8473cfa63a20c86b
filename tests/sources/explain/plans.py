"""What the tests of plans share: reading a text, and comparing trees without what TEXT does not tell."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from advisor.model import Plan, SourceText
from advisor.sources.explain import PlanReading, read_plans
from advisor.sources.explain.unprinted import told_by_text

ROOT = Path(__file__).parents[3]
RECORDED = ROOT / "fixtures" / "plans"
TIMED = RECORDED / "timed"


def reading(text: str, path: str = "plan.txt") -> PlanReading:
    return read_plans(SourceText(path, text))


def only_plan(text: str) -> Plan:
    """The one plan of a text (indented as it likes) that is read without a problem."""
    found = reading(dedent(text).strip("\n") + "\n")
    assert [problem.reason for problem in found.problems] == []
    [plan] = found.plans
    return plan


def recorded(name: str) -> Plan:
    return only_plan((TIMED / name).read_text(encoding="utf-8"))


def tree(plan: Plan) -> tuple[dict[str, Any], list[tuple[dict[str, Any], int]]]:
    """A plan as values that compare: what TEXT tells of it, and of each node with the number of its children."""
    return told_by_text(plan.fields), [(told_by_text(node.fields), len(node.children)) for node in plan.walk()]


def shape(plan: Plan) -> list[tuple[str, Any, Any, int]]:
    """A plan without its figures, for two runs of one statement."""
    return [
        (node.type, node.fields.get("Parent Relationship"), node.fields.get("Alias"), len(node.children)) for node in plan.walk()
    ]
