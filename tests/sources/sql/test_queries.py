"""Queries in SQL text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model import Location, Name, Query, Scope, SourceText
from advisor.sources.sql import read_query, read_sql

HERE = Location("service.ts", 3, 5, 3, 60)
SCOPE = Scope("application")


def read(text: str) -> Query:
    query = read_query(text, HERE, SCOPE)
    assert query is not None
    return query


def conditions(query: Query) -> list[tuple[str, str, str | None]]:
    return [(predicate.column, predicate.operator, predicate.value_text) for predicate in query.predicates]


def test_a_page_of_posts_is_read_whole() -> None:
    query = read(
        "SELECT id, title FROM posts p WHERE p.author_id = $1 AND status <> 'draft' ORDER BY created_at DESC, id LIMIT 20 OFFSET $2"
    )
    assert (query.verb, query.method, query.table, query.origin, query.complete) == (
        "find many",
        "select",
        Name("public", "posts"),
        "sql",
        True,
    )
    assert conditions(query) == [("author_id", "=", "$1"), ("status", "!=", "'draft'")]
    assert [(key.column, key.descending) for key in query.order_by] == [("created_at", True), ("id", False)]
    assert query.limit is not None
    assert (query.limit.text, query.limit.constant) == ("20", 20)
    assert query.offset is not None
    assert (query.offset.text, query.offset.constant) == ("$2", None)
    assert query.select == ("id", "title")
    assert query.location == HERE


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a = ? AND b = ?", [("a", "=", "$1"), ("b", "=", "$2")]),
        ("a = ${user.id} AND b IN (${x}, 2)", [("a", "=", "user.id"), ("b", "in", "(x, 2)")]),
        ("5 < a", [("a", ">", "5")]),
        ("a BETWEEN $1 AND $2", [("a", ">=", "$1"), ("a", "<=", "$2")]),
        ("a = ANY($1)", [("a", "in", "$1")]),
        ("a <> ALL($1)", [("a", "not in", "$1")]),
        ("a LIKE 'x%'", [("a", "like", "'x%'")]),
        ("published", [("published", "=", "true")]),
        ("deleted_at IS NULL", [("deleted_at", "is null", None)]),
        ("data ? 'key' AND a = ?", [("data", "?", "'key'"), ("a", "=", "$1")]),
    ],
)
def test_simple_comparisons_become_predicates(condition: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert conditions(read(f"SELECT * FROM t WHERE {condition}")) == expected


def test_not_and_or_are_kept() -> None:
    query = read("SELECT * FROM t WHERE NOT (a = 1 AND b = 2) AND c = 3 AND (d = 4 OR NOT e)")
    found = {predicate.column: (predicate.negated, predicate.under_or) for predicate in query.predicates}
    assert found == {"a": (True, True), "b": (True, True), "c": (False, False), "d": (False, True), "e": (True, True)}


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("SELECT count(*) FROM t", "count"),
        ("SELECT sum(a), max(b) FROM t", "aggregate"),
        ("SELECT a, max(b) FROM t GROUP BY a", "group by"),
        ("UPDATE t SET a = 1 WHERE id = $1", "update"),
        ("DELETE FROM t WHERE id = $1", "delete"),
        ("INSERT INTO t (a) VALUES ($1)", "create"),
        ("INSERT INTO t (a) VALUES ($1) ON CONFLICT DO NOTHING", "upsert"),
    ],
)
def test_the_verb_is_what_the_statement_does(text: str, verb: str) -> None:
    query = read(text)
    assert query.verb == verb
    assert query.table == Name("public", "t")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM a JOIN b ON a.id = b.a_id WHERE a.x = 1",
        "SELECT * FROM a, b",
        "WITH t AS (SELECT 1) SELECT * FROM t",
        "SELECT * FROM (SELECT * FROM a) x",
        "SELECT * FROM a UNION SELECT * FROM b",
        "SELECT * FROM a WHERE id IN (SELECT a_id FROM b)",
        "SELECT * FROM a WHERE lower(email) = $1",
        "SELECT * FROM a ORDER BY lower(name)",
        "UPDATE a SET x = b.x FROM b WHERE a.id = b.id",
        "DELETE FROM a USING b WHERE a.id = b.id",
    ],
)
def test_what_is_not_looked_into_is_said(text: str) -> None:
    assert not read(text).complete


@pytest.mark.parametrize("expression", ["(page - 1) * size", "offset", "page * 20", "skip"])
def test_an_offset_that_grows_with_the_page_is_known(expression: str) -> None:
    query = read(f"SELECT * FROM t OFFSET ${{{expression}}}")
    assert query.offset is not None
    assert query.offset.grows_with_page
    assert query.offset.text == expression


@pytest.mark.parametrize(
    "text", ["", "hello there", "CREATE TABLE a ()", "SELECT 1; SELECT 2", "SELECT * FROM ${table}", "SELECT '\0'"]
)
def test_what_is_no_query_is_none(text: str) -> None:
    assert read_query(text, HERE, SCOPE) is None


def test_queries_of_a_file_have_places_of_their_own() -> None:
    text = (
        "-- é\nSELECT * FROM posts -- ü\n WHERE 'é' = name AND id > 5\n ORDER BY at OFFSET 100;\nSELECT set_config('a', 'b', true);"
    )
    (query,) = read_sql([SourceText("queries/posts.sql", text)]).queries
    assert query.location == Location("queries/posts.sql", 2, 1, 4, 25)
    assert [(predicate.location.line, predicate.location.column) for predicate in query.predicates] == [(3, 12), (3, 26)]
    assert query.offset is not None
    assert (query.offset.location.line, query.offset.location.column) == (4, 21)
    assert query.scope.role == "application"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*"?${}'\";() =a1", "SELECT ", " FROM t", " WHERE ", " LIMIT ", "$1"]), max_size=40).map("".join))
def test_any_text_is_a_query_or_none(text: str) -> None:
    query = read_query(text, HERE, SCOPE)
    assert query is None or query.text == text
