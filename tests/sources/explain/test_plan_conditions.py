"""Conditions of a node as comparisons of columns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model.plan.conditions import conditions


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("(author_id = 4242)", [("author_id", "=")]),
        ("((author_id = 'x'::text) AND published)", [("author_id", "="), ("published", "is true")]),
        ("(NOT published)", [("published", "is false")]),
        ("((a = 1) AND ((b > 2) AND (c <> 'it''s (AND) OR'::text)))", [("a", "="), ("b", ">"), ("c", "<>")]),
        ('(p."Weird ""Col""" >= 5)', [('Weird "Col"', ">=")]),
        ("(sku = ANY ('{a,b}'::text[]))", [("sku", "in")]),
        ("(sku <> ALL ('{a,b}'::text[]))", [("sku", "<> all")]),
        ("(deleted_at IS NULL)", [("deleted_at", "is null")]),
        ("(deleted_at IS NOT NULL)", [("deleted_at", "is not null")]),
        ("(note ~~ '%y%'::text)", [("note", "~~")]),
        ("(5 < age)", [("age", ">")]),
        ("((status)::text = 'paid'::text)", [("status", "=")]),
        ("(created_at > '2024-06-01 00:00:00+00'::timestamp with time zone)", [("created_at", ">")]),
        ("((a = 1) OR (b = 2))", [(None, "or")]),
        ("(lower(name) = 'x'::text)", [(None, "expression")]),
        ("((meta ->> 'k'::text) = 'v'::text)", [(None, "expression")]),
        ("((id % 2) = 0)", [(None, "expression")]),
        ("(tags[1] = 'x'::text)", [(None, "expression")]),
        ("(ROW(a, b) > ROW(1, 2))", [(None, "expression")]),
        ("(NOT (ANY (a = (hashed SubPlan 1).col1)))", [(None, "not")]),
        ("false", [(None, "expression")]),
        ("", []),
    ],
)
def test_an_expression_is_read_as_the_conditions_that_it_joins_by_and(expression: str, found: list[tuple[str | None, str]]) -> None:
    assert [(condition.column, condition.operator) for condition in conditions(expression)] == found


def test_no_expression_has_no_conditions() -> None:
    assert conditions(None) == ()


def test_of_two_columns_the_scanned_table_s_own_counts() -> None:
    [ours] = conditions("(o.id = i.order_id)", "i")
    assert (ours.column, ours.qualifier, ours.value) == ("order_id", "i", "o.id")
    [same] = conditions("(order_id = o.id)", "i")
    assert (same.column, same.value) == ("order_id", "o.id")


def test_a_cast_of_the_column_is_kept_since_it_may_keep_an_index_out() -> None:
    [text, other, plain] = conditions("(((status)::text = 'x'::text) AND ((at)::date = '2024-01-01'::date) AND (a = 5))")
    assert (text.cast, text.is_plain, text.expression) == ("text", True, "(status)::text")
    assert (other.cast, other.is_plain) == ("date", False)
    assert (plain.cast, plain.is_plain, plain.expression) == (None, True, None)


def test_the_expression_that_is_compared_is_kept_as_written() -> None:
    [found] = conditions("(lower((name)::text) ~~ 'author%'::text)")
    assert found.expression == "lower((name)::text)"


def test_thousands_of_brackets_and_conditions_are_no_trouble() -> None:
    assert len(conditions("(" * 5000 + "a = 1" + ")" * 5000)) == 1
    assert len(conditions("(" + " AND ".join(f"(a{number} = 1)" for number in range(900)) + ")")) == 900


@given(st.text(alphabet="ab.\"'()[]:=<>~ANDORTIS NULany5$", max_size=60))
@settings(deadline=None)
def test_any_text_is_read_without_failing(expression: str) -> None:
    for condition in conditions(expression, "a"):
        assert condition.text in expression
