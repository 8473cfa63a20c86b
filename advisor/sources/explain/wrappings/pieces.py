"""A text taken out of its wrapping, whose places are still those of the text that was pasted.

In: stretches of a text that stay, and what stands for other stretches of it. Out: an `Unwrapped`, which every reader takes for an
ordinary text. One can be unwrapped again: its places go back through each layer.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass

from advisor.model import Location, Skipped, SourceText

PLAN_MARK = re.compile(
    r"\((?:cost=\d+\.\d+\.\.\d|actual (?:time|rows)=\d|never executed\))|(?:^|\s)->  (?:[A-Z]|$)|\bQUERY PLAN\b|"
    r"[\"']?Node[ -]Type[\"']?(?:>|\s*:)|<explain\b|[\"']Plan[\"']\s*:",
    re.MULTILINE,
)
"""What stands in a plan of any form, and is unlikely elsewhere."""


def holds_plan(text: str) -> bool:
    return PLAN_MARK.search(text) is not None


@dataclass(frozen=True)
class Unwrapped(SourceText):
    """A plain text made of pieces of `origin`. Offsets, lines and columns of its own are those of the plain text; a `location` is
    where the piece stood in what was pasted.
    """

    origin: SourceText
    starts: array[int]
    """Where each piece begins in the plain text."""
    begins: array[int]
    """Where each piece begins in the origin."""
    ends: array[int]
    """Where each piece ends in the origin."""
    losses: tuple[Skipped, ...] = ()
    """What the wrapping has left out."""

    def location(self, start: int, end: int | None = None) -> Location:
        first = self.origin_of(start)
        last = first if end is None or end <= start else max(first, self.end_in_origin(end))
        return self.origin.location(first, last)

    def origin_of(self, offset: int) -> int:
        """Where the character at an offset stood; within a piece that was rewritten, where the piece began."""
        piece = bisect_right(self.starts, offset) - 1
        if piece < 0:
            return 0
        inside = offset - self.starts[piece]
        return min(self.begins[piece] + inside, self.ends[piece]) if self.is_kept(piece) else self.begins[piece]

    def end_in_origin(self, offset: int) -> int:
        """Where the character before an offset ended."""
        piece = bisect_right(self.starts, offset - 1) - 1
        if piece < 0:
            return 0
        inside = offset - self.starts[piece]
        return min(self.begins[piece] + inside, self.ends[piece]) if self.is_kept(piece) else self.ends[piece]

    def is_kept(self, piece: int) -> bool:
        """Whether the piece is as long as it was."""
        following = self.starts[piece + 1] if piece + 1 < len(self.starts) else len(self.text)
        return following - self.starts[piece] == self.ends[piece] - self.begins[piece]


class Builder:
    """Puts an `Unwrapped` together, from its beginning to its end."""

    def __init__(self, origin: SourceText) -> None:
        self.origin = origin
        self.parts: list[str] = []
        self.length = 0
        self.starts, self.begins, self.ends = array("Q"), array("Q"), array("Q")
        self.losses: list[Skipped] = []
        self.goes_on = False
        """Whether the last piece was kept as it is, and can grow."""

    def keep(self, start: int, end: int) -> None:
        """A stretch of the origin as it is."""
        if start >= end:
            return
        self.parts.append(self.origin.text[start:end])
        if self.goes_on and self.ends[-1] == start:
            self.ends[-1] = end
        else:
            self._piece(start, end)
        self.length += end - start
        self.goes_on = True

    def put(self, text: str, start: int, end: int) -> None:
        """A text that stands for a stretch of the origin."""
        if not text:
            return
        self.parts.append(text)
        self._piece(start, end)
        self.length += len(text)
        self.goes_on = False

    def lose(self, reason: str, start: int, end: int) -> None:
        """Say that something was left out here."""
        self.losses.append(Skipped(self.origin.path, reason, location=self.origin.location(start, end)))

    def build(self) -> Unwrapped:
        return Unwrapped(
            self.origin.path, "".join(self.parts), self.origin, self.starts, self.begins, self.ends, tuple(self.losses)
        )

    def _piece(self, start: int, end: int) -> None:
        self.starts.append(self.length)
        self.begins.append(start)
        self.ends.append(end)


def translated(source: SourceText, text: str) -> Unwrapped:
    """The same text with other characters, one for one."""
    return Unwrapped(source.path, text, source, array("Q", [0]), array("Q", [0]), array("Q", [len(text)]))


def replaced(source: SourceText, pattern: re.Pattern[str], replacement: str) -> Unwrapped | None:
    """The text with each match of a pattern replaced; None where there is none."""
    builder, position = Builder(source), 0
    for match in pattern.finditer(source.text):
        builder.keep(position, match.start())
        builder.put(replacement, match.start(), match.end())
        position = match.end()
    if not position:
        return None
    builder.keep(position, len(source.text))
    return builder.build()


def losses_of(source: SourceText) -> tuple[Skipped, ...]:
    """What all the layers of a text have left out."""
    found: list[Skipped] = []
    while isinstance(source, Unwrapped):
        found.extend(source.losses)
        source = source.origin
    return tuple(found)
