"""Expressions: one spelling, and what rules ask of them."""

from __future__ import annotations

from json import loads

import pytest
from pglast.parser import parse_sql_json

from advisor.model import Expression
from advisor.sources.sql.spelling.expressions import expression, with_column_renamed


def read(text: str) -> Expression:
    return expression(
        loads(parse_sql_json(f"SELECT {text}"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]["ResTarget"]["val"]
    )


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("((a) || ' ') || lower(b)", "a || ' ' || lower(b)"),
        ("a - (b - c)", "a - (b - c)"),
        ("(a + b) * c", "(a + b) * c"),
        ("x IN ('a', 'b')", "x IN ('a', 'b')"),
        ("x NOT IN (1)", "x <> 1"),
        ("a BETWEEN 1 AND 2 OR b", "(a >= 1 AND a <= 2) OR b"),
        ("a LIKE 'x%' AND NOT b", "a ~~ 'x%' AND (NOT b)"),
        ("cast('x' AS varchar(20))", "'x'::character varying(20)"),
        ("(a -> 'x')::int4", "(a -> 'x')::integer"),
        ("now() AT TIME ZONE 'utc'", "now() AT TIME ZONE 'utc'"),
        ("nextval('public.s')", "nextval('s'::regclass)"),
        ("'USER'::public.\"Role\"", "'USER'::\"Role\""),
        ("coalesce(a, '')", "COALESCE(a, '')"),
        ("CASE WHEN a > 1 THEN 'x' ELSE 'y' END", "CASE WHEN a > 1 THEN 'x' ELSE 'y' END"),
        ("current_timestamp", "CURRENT_TIMESTAMP"),
        ("extract(year FROM a)", "EXTRACT(year FROM a)"),
        ("interval '1 day'", "'1 day'::interval"),
        ("E'\\\\n'", "E'\\\\n'"),
        ("a[1:2]", "a[1:2]"),
        ("(f(x)).y", "(f(x)).y"),
        ("(-1)::text", "(-1)::text"),
        ("a IS DISTINCT FROM b", "a IS DISTINCT FROM b"),
        ("true = 't'::bool", "true = true"),
        ('"Quoted" || "select"', '"Quoted" || "select"'),
        ("(SELECT auth.uid())", "(SELECT auth.uid())"),
        ("sum(a) FILTER (WHERE b) OVER (PARTITION BY c)", "sum(a) FILTER (WHERE b) OVER (PARTITION BY c)"),
    ],
)
def test_an_expression_is_spelled_one_way(written: str, spelled: str) -> None:
    assert read(written).text == spelled
    assert read(spelled).text == spelled


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        ("a || b", ("a", "b")),
        ("coalesce(a, '') || b", ("b",)),
        ("to_tsvector('english', title || ' ' || coalesce(body, ''))", ("title",)),
        ("setweight(to_tsvector('simple', a), 'A') || to_tsvector(b)", ("a", "b")),
        ("concat(a, b)", ()),
        ("concat_ws(' ', a, b)", ()),
        ("CASE WHEN a THEN b END", ()),
        ("a IS NULL", ()),
        ("lower(a)::text", ("a",)),
        ("(data ->> 'x')::int", ("data",)),
        ("my_own(a)", ()),
        ("a AND b", ()),
        ("a IS DISTINCT FROM b", ()),
    ],
)
def test_strict_columns_are_those_whose_null_makes_the_whole_null(text: str, strict: tuple[str, ...]) -> None:
    assert read(text).strict_columns == strict


def test_columns_and_functions_are_listed_once_in_order() -> None:
    found = read("lower(b) || pg_catalog.UPPER(a) || lower(b) || t.c")
    assert found.columns == ("b", "a", "c")
    assert found.functions == ("lower", "upper")


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a IS NOT NULL", ("a",)),
        ("a IS NOT NULL AND (b IS NOT NULL)", ("a", "b")),
        ("a IS NOT NULL AND b > 0", ()),
        ("a IS NOT NULL OR b IS NOT NULL", ()),
        ("a IS NULL", ()),
        ("lower(a) IS NOT NULL", ()),
    ],
)
def test_a_predicate_that_only_requires_values_says_of_which_columns(text: str, columns: tuple[str, ...]) -> None:
    assert read(text).implied_not_null == columns


def test_a_renamed_column_is_renamed_in_the_expression() -> None:
    renamed = with_column_renamed(read("lower(a) || b || 'a'"), "a", "New")
    assert renamed.text == "lower(\"New\") || b || 'a'"
    assert renamed.columns == ("New", "b")
