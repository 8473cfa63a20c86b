"""Excerpts: cropping, marking, and what may be printed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.formats.excerpt import excerpt, one_line, printable
from advisor.model import Location, SourceText


def test_a_short_line_is_shown_whole_and_split_at_the_place() -> None:
    source = SourceText("a.sql", "SELECT 1;\nSELECT * FROM t;\n")
    [line] = excerpt(source, source.location(17, 18), width=80, most=3).lines
    assert (line.number, line.before, line.marked, line.after) == (2, "SELECT ", "*", " FROM t;")


def test_a_line_is_cut_behind_the_place_before_it_is_cut_in_front() -> None:
    source = SourceText("a.sql", "SELECT x" + " y" * 100)
    [line] = excerpt(source, source.location(7, 8), width=20, most=3).lines
    assert line.text == "SELECT x y y y y y …"


def test_a_place_far_to_the_right_stays_in_sight() -> None:
    source = SourceText("a.js", "a" * 500 + "HERE" + "b" * 500)
    [line] = excerpt(source, source.location(500, 504), width=40, most=3).lines
    assert line.marked == "HERE"
    assert len(line.text) == 40
    assert line.before[0] == line.after[-1] == "…"


def test_a_place_wider_than_the_terminal_is_cut_itself() -> None:
    source = SourceText("a.js", "x" * 1000)
    [line] = excerpt(source, source.location(100, 900), width=40, most=3).lines
    assert len(line.text) <= 40
    assert line.marked.endswith("…")


def test_a_long_place_shows_its_first_lines_and_counts_the_rest() -> None:
    source = SourceText("a.ts", "for (x of xs) {\n  a()\n  b()\n  c()\n}\n")
    found = excerpt(source, source.location(0, len(source.text)), width=80, most=2)
    assert [(line.before, line.marked) for line in found.lines] == [("", "for (x of xs) {"), ("  ", "a()")]
    assert found.hidden == 3


def test_an_empty_place_marks_the_character_it_stands_before() -> None:
    source = SourceText("a.sql", "SELECT")
    assert excerpt(source, source.location(2), width=80, most=1).lines[0].marked == "L"
    assert excerpt(source, source.location(6), width=80, most=1).lines[0].marked == ""


def test_tabs_become_blanks_and_controls_are_spelled_out() -> None:
    assert printable("\ta\x1b[31m\u202eb\ud800") == "    a\\u{1b}[31m\\u{202e}b\\u{d800}"
    assert one_line("a\r\n  b\tc\x07") == "a b c\\u{7}"


@settings(deadline=None)
@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 200), st.integers(8, 60), st.integers(1, 4))
def test_any_place_of_any_text_gives_printable_lines_that_fit(text: str, start: int, length: int, width: int, most: int) -> None:
    source = SourceText("x", text)
    found = excerpt(source, source.location(start, start + length), width=width, most=most)
    assert 1 <= len(found.lines) <= most
    for line in found.lines:
        assert len(line.text) <= width
        assert line.text == printable(line.text)
        assert "\n" not in line.text


def test_a_place_outside_the_text_gives_an_empty_line() -> None:
    [line] = excerpt(SourceText("x", "a\n"), Location("x", 9, 5, 9, 8), width=80, most=3).lines
    assert (line.number, line.text) == (9, "")
