"""Reading JSON: wrappings, places, and everything that is JSON and no plan."""

from __future__ import annotations

import json

import pytest

from advisor.sources.explain import to_json
from tests.sources.explain.plans import reading

NODE = {"Node Type": "Limit", "Plan Rows": 1, "Plans": [{"Node Type": "Seq Scan", "Relation Name": "posts"}]}
QUERY = {"Plan": NODE, "Planning Time": 0.5}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([QUERY], indent=2),
        json.dumps(QUERY),
        json.dumps([{"QUERY PLAN": [QUERY]}]),
        json.dumps({"QUERY PLAN": [QUERY]}, indent=1),
        " QUERY PLAN\n------------\n " + json.dumps([QUERY], indent=2).replace("\n", "   +\n ") + "\n(1 row)\n",
        "Here it is:\n```json\n" + json.dumps([QUERY], indent=4) + "\n```\n",
        json.dumps([QUERY], indent=2).replace("\n", "\r\n"),
    ],
    ids=["explain", "object", "driver row", "one row", "psql", "fence", "crlf"],
)
def test_a_plan_is_read_whatever_is_wrapped_around_it(text: str) -> None:
    found = reading(text)
    assert found.problems == ()
    [plan] = found.plans
    assert to_json(plan) == QUERY


def test_several_documents_and_both_forms_in_one_file_are_read_in_order() -> None:
    text = f"{json.dumps([QUERY])}\n\nSeq Scan on a  (cost=0.00..1.00 rows=1 width=4)\n\n{json.dumps([QUERY, QUERY])}\n"
    assert [plan.root.type for plan in reading(text).plans] == ["Limit", "Seq Scan", "Limit", "Limit"]


def test_each_node_has_the_place_of_its_node_type() -> None:
    [plan] = reading(json.dumps([QUERY], indent=2)).plans
    assert [(node.location.line, node.location.column) for node in plan.walk()] == [(4, 7), (8, 11)]


def test_places_are_right_where_plans_stand_before_the_node_type_as_in_jsonb() -> None:
    text = '[{"Plan": {\n"Plans": [{\n"Node Type": "Seq Scan"}],\n"Node Type": "Limit"}}]'
    [plan] = reading(text).plans
    assert [(node.type, node.location.line) for node in plan.walk()] == [("Limit", 4), ("Seq Scan", 3)]


def test_the_statement_that_auto_explain_writes_is_kept() -> None:
    [plan] = reading(json.dumps({"Query Text": "SELECT 1", "Plan": NODE})).plans
    assert plan.statement == "SELECT 1"
    assert "Query Text" not in plan.fields


def test_workers_that_old_versions_write_twice_are_one_list() -> None:
    text = (
        '[{"Plan": {"Node Type": "Sort", "Workers": [{"Worker Number": 0, "Sort Method": "quicksort"}],'
        ' "Workers": [{"Worker Number": 0, "Actual Rows": 3}, {"Worker Number": 1, "Actual Rows": 4}]}}]'
    )
    found = reading(text)
    assert found.problems == ()
    assert found.plans[0].root.fields["Workers"] == [
        {"Worker Number": 0, "Sort Method": "quicksort", "Actual Rows": 3},
        {"Worker Number": 1, "Actual Rows": 4},
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"Plan": {"Node Type": "Sort", "Total Cost": NaN}}]', "NaN is no JSON number"),
        ('[{"Plan": {"Node Type": "Sort", "Total Cost": 1e999}}]', "too large"),
        ('[{"Plan": {"Node Type": "Sort", "Plan Rows": ' + "9" * 5000 + "}}]", "damaged"),
        ('[{"Plan": {"Node Type": "Sort", "Plans": [5]}}]', "a node without “Node Type”"),
        ('[{"Plan": {"Node Type": "Sort", "Plans": {}}}]', "“Plans” is no list"),
        ('[{"Plan": {"Node Type": 7}}]', "a node without “Node Type”"),
        ('[{"Plan": 5}]', "an object with “Plan” was expected"),
        ('[{"Plan": {"Node Type": "Sort", "Alias": "a", "Alias": "b"}}]', "the key “Alias” is repeated"),
        ('[{"Plan": ' + '{"Node Type": "Sort", "Plans": [' * 100_000, "nested too deeply"),
        ('[{"Plan": {"Node Type": "Sort",\n "Plans": [', "cut off"),
        ('[{"Plan": {"Node Type": "So', "cut off"),
        ('[{"Plan": {"Node Type": "Sort",, "Alias": "x"}}]', "damaged"),
    ],
)
def test_json_that_is_no_whole_plan_is_a_problem_with_a_place(text: str, reason: str) -> None:
    problems = reading(text).problems
    assert problems
    assert reason in problems[0].reason
    assert all(problem.location is not None for problem in problems)


def test_half_a_surrogate_is_replaced_since_it_could_not_be_written() -> None:
    [plan] = reading('[{"Plan": {"Node Type": "Sort", "Alias": "a\\ud800b", "Filter": "\\ud83d\\ude00"}}]').plans
    assert plan.root.fields["Alias"].encode() == "a\ufffdb".encode()
    assert plan.root.fields["Filter"] == "\U0001f600"


def test_cut_after_every_character_a_json_plan_is_never_read_as_a_smaller_one() -> None:
    text = json.dumps([QUERY], indent=1)
    for length in range(len('[\n {\n  "Plan": {"'), len(text)):
        found = reading(text[:length])
        assert found.plans == ()
        assert found.problems
