"""No text whatever makes the reader raise, and every problem points into the file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model import Location, SourceText
from advisor.sources.prisma import PrismaReading, read_prisma
from scripts.mutate import mutations
from tests.sources.prisma.helpers import FIXTURES

SAMPLE = (FIXTURES / "everything.prisma").read_text()
LINES = SAMPLE.splitlines(keepends=True)
PIECES = [
    '"',
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "@",
    "@@",
    "//",
    "/*",
    "*/",
    "\n",
    "\r\n",
    "\t",
    ",",
    ":",
    "=",
    "?",
    "!",
    ".",
    "-1",
    "é",
    "\\",
]
PIECES += ["\x0b", "model X {\n", "enum Role {\n", "@id", "@relation(", 'raw("x")', "{ not: null }", "Int", "id", "#"]


def holds(place: Location, source: SourceText) -> bool:
    """Whether a place lies inside a text, its end not before its start."""
    start, end = (place.line, place.column), (place.end_line, place.end_column)
    lines = source.text.split("\n")
    inside = all(1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1 for line, column in (start, end))
    return place.path == source.path and inside and start <= end


def check(text: str) -> PrismaReading:
    source = SourceText("schema.prisma", text)
    reading = read_prisma([source])
    for problem in reading.problems:
        assert problem.location is not None
        assert holds(problem.location, source)
        assert "\n" not in problem.reason
    for table in reading.schema.tables:
        assert holds(table.location, source)
        names = {column.name for column in table.columns}
        assert all(holds(column.location, source) for column in table.columns)
        assert all(holds(index.location, source) and set(index.columns) <= names for index in table.indexes)
        assert all(holds(key.location, source) and set(key.columns) <= names for key in table.foreign_keys)
    return reading


@settings(deadline=None)
@given(st.text() | st.text(alphabet='modelenum ABi1_\n{}[]()@"\\/*:,=?.'))
def test_any_text_is_read(text: str) -> None:
    check(text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES) | st.sampled_from(PIECES), max_size=60))
def test_any_mixture_of_real_lines_is_read(lines: list[str]) -> None:
    check("".join(lines))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SAMPLE)), st.integers(0, 9), st.sampled_from(["", *PIECES])), min_size=1, max_size=4))
def test_a_real_schema_with_changes_is_read(changes: list[tuple[int, int, str]]) -> None:
    text = SAMPLE
    for start, length, piece in changes:
        text = text[:start] + piece + text[start + length :]
    check(text)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SAMPLE)))
def test_a_real_schema_cut_off_anywhere_is_read(end: int) -> None:
    reading = check(SAMPLE[:end])
    whole = {table.name: table for table in read_prisma([SourceText("schema.prisma", SAMPLE)]).schema.tables}
    assert {table.name for table in reading.schema.tables} <= set(whole)


@pytest.mark.parametrize("seed", range(4))
def test_a_schema_with_mistakes_anywhere_is_read(seed: int) -> None:
    for text in mutations(SAMPLE, seed, 25):
        check(text)
