"""Places in text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from advisor.model import Location, SourceText


def test_lines_and_columns_are_1_based_and_count_characters() -> None:
    source = SourceText("a.sql", "é = 1;\nSELECT 2;")
    assert source.location(7, 13) == Location("a.sql", 2, 1, 2, 7)
    assert source.location(4, 5) == Location("a.sql", 1, 5, 1, 6)


def test_crlf_is_one_line_end() -> None:
    source = SourceText("a.sql", "one\r\ntwo\r\n")
    assert source.line(1) == "one"
    assert source.line(2) == "two"
    assert source.location(5).line == 2


def test_there_is_no_line_beyond_the_last() -> None:
    source = SourceText("a.sql", "one")
    assert source.line(0) == ""
    assert source.line(2) == ""


@given(st.text(alphabet="ab\n\r\té€\U0001f600", max_size=60), st.data())
def test_an_offset_survives_the_way_to_its_place_and_back(text: str, data: st.DataObject) -> None:
    source = SourceText("x", text)
    offset = data.draw(st.integers(0, len(text)))
    line, column = source.position(offset)
    assert source.offset(line, column) == offset
