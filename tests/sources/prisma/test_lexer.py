"""Tokens: every character belongs to one, or is a blank between two."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.sources.prisma.lexer import BLANK, Lexer


def words(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in Lexer(text).tokens()]


@settings(deadline=None)
@given(st.text() | st.text(alphabet='ab1_-. \t\r\n"\\/*@(){}[],:=?!é'))
def test_tokens_cover_the_text_in_order_and_only_blanks_lie_between(text: str) -> None:
    end = 0
    for token in Lexer(text).tokens():
        assert re.fullmatch(BLANK, text[end : token.start])
        assert token.text == text[token.start : token.end]
        assert token.start < token.end
        assert (token.span.start, token.span.end) == (token.start, token.end)
        end = token.end
    assert re.fullmatch(BLANK, text[end:])


def test_a_line_of_a_model_is_split_into_its_words() -> None:
    assert words('email String? @db.VarChar(20) // "x"\n') == [
        ("name", "email"),
        ("name", "String"),
        ("sign", "?"),
        ("sign", "@"),
        ("name", "db.VarChar"),
        ("sign", "("),
        ("number", "20"),
        ("sign", ")"),
        ("comment", '// "x"'),
        ("newline", "\n"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("größe", "name"),
        ("a-b", "name"),
        ("1st", "name"),
        ("12", "number"),
        ("-1.50", "number"),
        ('"a \\" b"', "string"),
        ("/* a\nb */", "comment"),
        ("/**/", "comment"),
        ("/// doc", "comment"),
        ("\r\n", "newline"),
        ("\r", "newline"),
        ("@@", "sign"),
        ('"open', "unknown"),
        ("/* open", "unknown"),
        ("/*/", "unknown"),
        ("_x", "unknown"),
        ("#", "unknown"),
    ],
)
def test_a_word_has_one_kind(text: str, kind: str) -> None:
    assert words(text) == [(kind, text)]


def test_a_string_ends_with_its_line() -> None:
    assert words('"a\n"b"') == [("unknown", '"a'), ("newline", "\n"), ("string", '"b"')]


def test_a_comment_that_never_ends_costs_its_line_only() -> None:
    assert words("/* a */ /* b\nc") == [("comment", "/* a */"), ("unknown", "/* b"), ("newline", "\n"), ("name", "c")]
