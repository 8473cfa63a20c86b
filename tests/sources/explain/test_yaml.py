"""The YAML form: PostgreSQL's own, psql's pictures of it, and what is cut off or damaged."""

from __future__ import annotations

import pytest

from advisor.sources.explain import looks_like_plan, to_json
from tests.sources.explain.plans import reading

PLAN = """\
- Plan: 
    Node Type: "Gather"
    Parallel Aware: false
    Total Cost: 12.50
    Plan Rows: 10
    Workers Planned: 1
    Plans: 
      - Node Type: "Sort"
        Parent Relationship: "Outer"
        Sort Key: 
          - "posts.\\"when\\""
          - "id DESC"
        Workers: 
          - Worker Number: 0
            Sort Method: "quicksort"
        Workers: 
          - Worker Number: 0
            Actual Rows: 1.00
        Plans: 
          - Node Type: "Aggregate"
            Grouping Sets: 
              - Hash Keys: 
                  - ["a", "b"]
              - Group Keys: 
                  - []
            Plans: 
              - Node Type: "Seq Scan"
                Alias: "7"
                Filter: "(note = 'x: y'::text)"
  Settings: 
    random_page_cost: "1.10"
  Planning Time: 0.040
  Triggers: 
"""  # noqa: W291 - as PostgreSQL writes it
AS_JSON = {
    "Plan": {
        "Node Type": "Gather",
        "Parallel Aware": False,
        "Total Cost": 12.5,
        "Plan Rows": 10,
        "Workers Planned": 1,
        "Plans": [
            {
                "Node Type": "Sort",
                "Parent Relationship": "Outer",
                "Sort Key": ['posts."when"', "id DESC"],
                "Workers": [{"Worker Number": 0, "Sort Method": "quicksort", "Actual Rows": 1.0}],
                "Plans": [
                    {
                        "Node Type": "Aggregate",
                        "Grouping Sets": [{"Hash Keys": [["a", "b"]]}, {"Group Keys": [[]]}],
                        "Plans": [{"Node Type": "Seq Scan", "Alias": "7", "Filter": "(note = 'x: y'::text)"}],
                    }
                ],
            }
        ],
    },
    "Settings": {"random_page_cost": "1.10"},
    "Planning Time": 0.04,
    "Triggers": [],
}


def bordered(text: str) -> str:
    lines = [f"| {line:<44}+|" for line in text.splitlines()]
    return "+-----+\n|  QUERY PLAN  |\n+-----+\n" + "\n".join(lines) + "\n+-----+\n(1 row)\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAN,
        PLAN.replace("\n", "\r\n"),
        "              QUERY PLAN\n--------------\n" + "\n".join(f" {line:<44}+" for line in PLAN.splitlines()) + "\n(1 row)\n",
        bordered(PLAN),
        f"Here it is:\n\n```yaml\n{PLAN}```\n",
    ],
    ids=["plain", "CRLF", "psql", "borders", "Markdown"],
)
def test_it_becomes_what_json_is(text: str) -> None:
    found = reading(text)
    assert [str(problem) for problem in found.problems] == []
    assert [to_json(plan) for plan in found.plans] == [AS_JSON]
    assert looks_like_plan(text)


def test_each_node_has_the_place_of_its_type() -> None:
    [plan] = reading(PLAN).plans
    assert [node.location.line for node in plan.walk()] == [2, 8, 20, 27]
    assert plan.root.location.column == 5


def test_several_queries_are_several_plans() -> None:
    found = reading(PLAN + PLAN)
    assert [to_json(plan) for plan in found.plans] == [AS_JSON, AS_JSON]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (4, "cut off"),
        (12, "cut off"),
        (26, "cut off"),
    ],
)
def test_what_promises_more_is_cut_off(line: int, reason: str) -> None:
    text = "\n".join(PLAN.splitlines()[:line]) + "\n"
    assert any(reason in problem.reason for problem in reading(text).problems) or line == 4


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"quicksort"', '"quicksort', "does not end"),
        ("    Plan Rows: 10", "     Plan Rows: 10", "column of its own"),
        ("    Plan Rows: 10", "    - 10", "item outside of a list"),
        ("    Plan Rows: 10", "    Total Cost: 10", "is repeated"),
        ("    Plan Rows: 10", "    rows?", "is no field"),
        ('Node Type: "Seq Scan"', 'Nodes: "Seq Scan"', "without “Node Type”"),
    ],
)
def test_what_is_damaged_is_said_with_its_line(old: str, new: str, reason: str) -> None:
    found = reading(PLAN.replace(old, new, 1))
    assert found.plans == ()
    assert any(reason in problem.reason for problem in found.problems)
