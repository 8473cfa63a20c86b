"""The XML form: labels and types that XML does not keep, and what is cut off, damaged or refused."""

from __future__ import annotations

import pytest

from advisor.sources.explain import looks_like_plan, to_json
from tests.sources.explain.plans import reading

PLAN = """\
<explain xmlns="http://www.postgresql.org/2009/explain">
  <Query>
    <Query-Text>SELECT 1 &lt; 2</Query-Text>
    <Plan>
      <Node-Type>Incremental Sort</Node-Type>
      <Parallel-Aware>false</Parallel-Aware>
      <Total-Cost>12.50</Total-Cost>
      <I-O-Read-Time>0.100</I-O-Read-Time>
      <Sort-Key>
        <Item>7</Item>
      </Sort-Key>
      <Incremental-Sort-Groups>
        <Group-Count>2</Group-Count>
        <Sort-Methods-Used>
          <Item>external merge</Item>
        </Sort-Methods-Used>
        <Sort-Space>
          <Peak-Sort-Space-Used>9</Peak-Sort-Space-Used>
        </Sort-Space>
      </Incremental-Sort-Groups>
      <Incremental-Sort-Groups>
        <Group-Count>1</Group-Count>
        <Sort-Space>
          <Peak-Sort-Space-Used>1</Peak-Sort-Space-Used>
        </Sort-Space>
        <Sort-Space>
          <Peak-Sort-Space-Used>2</Peak-Sort-Space-Used>
        </Sort-Space>
      </Incremental-Sort-Groups>
      <Plans>
        <Plan>
          <Node-Type>Result</Node-Type>
          <Alias>7</Alias>
          <One-Time-Filter>false</One-Time-Filter>
          <Workers>
            <Worker><Worker-Number>0</Worker-Number><Actual-Rows>1.00</Actual-Rows></Worker>
          </Workers>
          <Workers>
            <Worker><Worker-Number>0</Worker-Number><Sort-Method>quicksort</Sort-Method></Worker>
          </Workers>
        </Plan>
      </Plans>
    </Plan>
    <Settings>
      <random_page_cost>1.10</random_page_cost>
    </Settings>
    <Triggers>
    </Triggers>
  </Query>
</explain>
"""
AS_JSON = {
    "Plan": {
        "Node Type": "Incremental Sort",
        "Parallel Aware": False,
        "Total Cost": 12.5,
        "I/O Read Time": 0.1,
        "Sort Key": ["7"],
        "Full-sort Groups": {
            "Group Count": 2,
            "Sort Methods Used": ["external merge"],
            "Sort Space Disk": {"Peak Sort Space Used": 9},
        },
        "Pre-sorted Groups": {
            "Group Count": 1,
            "Sort Space Memory": {"Peak Sort Space Used": 1},
            "Sort Space Disk": {"Peak Sort Space Used": 2},
        },
        "Plans": [
            {
                "Node Type": "Result",
                "Alias": "7",
                "One-Time Filter": "false",
                "Workers": [{"Worker Number": 0, "Actual Rows": 1.0, "Sort Method": "quicksort"}],
            }
        ],
    },
    "Settings": {"random_page_cost": "1.10"},
    "Triggers": [],
}


@pytest.mark.parametrize(
    "text",
    [PLAN, PLAN.replace("\n", "\r\n"), f"                QUERY PLAN\n------------\n {PLAN}(1 row)\n", f"```xml\n{PLAN}```\n"],
    ids=["plain", "CRLF", "psql", "Markdown"],
)
def test_it_becomes_what_json_is(text: str) -> None:
    found = reading(text)
    assert [str(problem) for problem in found.problems] == []
    assert [to_json(plan) for plan in found.plans] == [AS_JSON]
    assert looks_like_plan(text)


def test_the_statement_and_the_places_of_nodes() -> None:
    [plan] = reading(PLAN).plans
    assert plan.statement == "SELECT 1 < 2"
    assert [node.location.line for node in plan.walk()] == [5, 32]


def test_two_documents_are_two_plans() -> None:
    assert len(reading(PLAN + PLAN).plans) == 2


@pytest.mark.parametrize("lines", range(1, len(PLAN.splitlines())))
def test_every_cut_is_noticed(lines: int) -> None:
    found = reading("\n".join(PLAN.splitlines()[:lines]) + "\n")
    assert found.plans == ()
    assert [problem.reason for problem in found.problems] == ["the XML plan is cut off: it does not end"]


@pytest.mark.parametrize(
    ("old", "new", "reason", "line"),
    [
        ("</Sort-Key>", "</Sort-Keys>", "damaged: mismatched tag", 11),
        ("&lt;", "&unknown;", "damaged: undefined entity", 3),
        ("<Node-Type>Result</Node-Type>", "", "no plan: a node without “Node Type”", 1),
        ("<explain ", "<!DOCTYPE a [<!ENTITY b 'c'>]>\n<explain ", "", 0),
    ],
)
def test_what_is_damaged_is_said_with_its_line(old: str, new: str, reason: str, line: int) -> None:
    found = reading(PLAN.replace(old, new, 1))
    if not line:
        assert [to_json(plan) for plan in found.plans] == [AS_JSON]
        return
    assert found.plans == ()
    assert [(reason in problem.reason, problem.location.line if problem.location else 0) for problem in found.problems] == [
        (True, line)
    ]
