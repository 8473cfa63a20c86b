"""Strings, roles, and what SQL mentions."""

from __future__ import annotations

import pytest

from advisor.formats.ddl.words import dollar_quoted, literal, name_of_type, role_sql, words_of
from advisor.model import Name


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ("SELECT 1", "$$SELECT 1$$"),
        ("SELECT $$a$$", "$body$SELECT $$a$$$body$"),
        ("a $$ b $body$", "$body2$a $$ b $body$$body2$"),
        ("ends in $", "$body$ends in $$body$"),
        ("", "$$$$"),
    ],
)
def test_a_body_stands_between_tags_that_it_does_not_hold(body: str, quoted: str) -> None:
    assert dollar_quoted(body) == quoted


def test_strings_are_escaped() -> None:
    assert [literal("it's"), literal("a\\b'c")] == ["'it''s'", "E'a\\\\b''c'"]


def test_roles_that_are_words_of_sql_are_not_quoted() -> None:
    assert [role_sql(role) for role in ("public", "CURRENT_USER", "Writer", "reader", "user")] == [
        "PUBLIC", "CURRENT_USER", '"Writer"', "reader", '"user"',
    ]  # fmt: skip


def test_words_are_found_outside_strings_and_comments() -> None:
    text = """SELECT f (a), "Odd Name"(b), 'g(x)' /* h(x) */ -- i(x)
        FROM app.T, $$ j(x) $$, E'k\\'(' """
    assert list(words_of(text)) == [
        ("select", False), ("f", True), ("a", False), ("Odd Name", True), ("b", False), ("from", False), ("app", False),
        ("t", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mood[]", Name("public", "mood")),
        ("app.mood", Name("app", "mood")),
        ('"Odd App"."Mood"', Name("Odd App", "Mood")),
        ("geometry(Point,4326)", Name("public", "geometry")),
        ("", None),
    ],
)
def test_a_type_is_named_without_brackets_and_modifiers(text: str, name: Name | None) -> None:
    assert name_of_type(text) == name
