"""Places in text. In: what a reader knows of a token. Out: values that findings, excerpts and CI annotations point with."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate

from msgspec import Struct

LINE_END = re.compile("\n")
MANY_LINES = 2_000_000
"""Beyond that the lines are not split, for the room that they would take."""


class Location(Struct, frozen=True, order=True, gc=False):
    """A stretch of a file. Lines and columns are 1-based, columns count characters, the end is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"

    def until(self, other: Location) -> Location:
        """From this start to that end (both in one file)."""
        return Location(self.path, self.line, self.column, other.end_line, other.end_column)

    def overlaps(self, other: Location) -> bool:
        """Whether the two have a character in common."""
        mine, theirs = ((one.line, one.column, one.end_line, one.end_column) for one in (self, other))
        return self.path == other.path and mine[:2] < theirs[2:] and theirs[:2] < mine[2:]


class Span(Struct, frozen=True):
    """A stretch of text as offsets in characters; the end is exclusive."""

    start: int
    end: int


@dataclass(frozen=True)
class SourceText:
    """A file's decoded text, and where its lines begin.

    Every reader takes one of these and asks it for locations: nobody else counts lines. CRLF counts as one line end;
    a byte order mark is removed before (see `advisor.sources.files.decode`).
    """

    path: str
    text: str
    _line_starts: array[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # An array: a list of numbers would take ten times the room, which a file of nothing but line ends makes two gigabytes.
        starts = array("Q", [0])
        if self.text.count("\n") > MANY_LINES:
            starts.extend(match.end() for match in LINE_END.finditer(self.text))
        else:
            # The same by the lines' lengths, outside of Python's own loop: a plan may have hundred thousands of lines.
            starts.extend(accumulate(map((1).__add__, map(len, self.text.split("\n")))))
            starts.pop()
        object.__setattr__(self, "_line_starts", starts)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both 1-based, of a character offset."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def location(self, start: int, end: int | None = None) -> Location:
        """The location of the characters from `start` to `end` (exclusive; without it, an empty stretch)."""
        line, column = self.position(start)
        end_line, end_column = self.position(start if end is None else max(start, end))
        return Location(self.path, line, column, end_line, end_column)

    def line(self, number: int) -> str:
        """The text of a 1-based line without its line end; empty where there is no such line."""
        if not 1 <= number <= len(self._line_starts):
            return ""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end != -1 else len(self.text)].rstrip("\r")

    def offset(self, line: int, column: int) -> int:
        """The character offset of a 1-based line and column, kept inside the text."""
        line = max(1, min(line, len(self._line_starts)))
        return min(self._line_starts[line - 1] + max(column, 1) - 1, len(self.text))
