"""Excerpts of source: the lines that a location points at. In: a file's text and a place. Out: lines split where the mark is.

What comes out is safe to print: control characters and those that reorder text are spelled out, so that no file can drive a
terminal or show other code than it holds, and passwords are masked.
"""

from __future__ import annotations

import re

from msgspec import Struct

from advisor.masking import masked, moved, secrets_in, without
from advisor.model import Location, SourceText

TAB = "    "
ELLIPSIS = "…"
WINDOW = 4096
"""Characters of a very long line that are looked at on each side of a place: far more than any width shows."""
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Controls, invisible and direction-changing characters, and lone surrogates, which no stream can encode."""


class ExcerptLine(Struct, frozen=True):
    """A line of source in three pieces, of which the middle one is meant."""

    number: int
    before: str
    marked: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.marked + self.after


class Excerpt(Struct, frozen=True):
    """The first lines of a place, and how many more it has."""

    lines: tuple[ExcerptLine, ...]
    hidden: int = 0


def spelled_out(text: str) -> str:
    """The text with nothing in it that a terminal or a browser would act on, but for tabs and line ends; passwords masked."""
    return UNPRINTABLE.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", masked(text))


def printable(text: str) -> str:
    """The same for a piece of one line: tabs are widened, a line end in it is spelled out."""
    return spelled_out(text.replace("\t", TAB)).replace("\n", "\\u{a}")


def one_line(text: str) -> str:
    """The same for text that has to stay on one line: runs of white space become one blank."""
    return printable(" ".join(text.split()))


def excerpt(source: SourceText, at: Location, *, width: int, most: int) -> Excerpt:
    """At most `most` lines of a place, each cropped to `width` characters around what is meant."""
    last = last_line(at)
    shown = min(last, at.line + most - 1)
    lines = tuple(cropped(marked_line(source, at, number), width) for number in range(at.line, shown + 1))
    return Excerpt(lines, last - shown)


def last_line(at: Location) -> int:
    """The last line with something meant on it: an end at a line's very start lies on the line before."""
    return at.end_line - 1 if at.end_line > at.line and at.end_column == 1 else max(at.line, at.end_line)


def marked_line(source: SourceText, at: Location, number: int) -> ExcerptLine:
    raw = source.line(number)
    indent = len(raw) - len(raw.lstrip())
    start = at.column - 1 if number == at.line else indent
    end = at.end_column - 1 if number == at.end_line else len(raw.rstrip())
    start = min(start, len(raw))
    end = max(end, min(start + 1, len(raw))) if number == at.line else max(end, start)
    if len(raw) > 2 * WINDOW:
        low = max(start - WINDOW, 0)
        raw, start, end = raw[low : start + WINDOW], start - low, min(end, start + WINDOW) - low
    # Masked here, as a whole: the line's pieces, and what cropping leaves of it, may not show what a password is.
    if secrets := secrets_in(raw):
        raw, start, end = without(raw, secrets), moved(start, secrets), moved(end, secrets)
    return ExcerptLine(number, printable(raw[:start]), printable(raw[start:end]), printable(raw[end:].rstrip()))


def cropped(line: ExcerptLine, width: int) -> ExcerptLine:
    """The line cut to `width` characters: behind the mark if that is enough, else on both sides of it."""
    if len(line.text) <= width:
        return line
    if len(line.before) + len(line.marked) < width:
        return ExcerptLine(line.number, line.before, line.marked, cut_end(line.after, width - len(line.before) - len(line.marked)))
    marked = cut_end(line.marked, max(width - 2 * len(ELLIPSIS), 1))
    room = width - len(marked)
    left = min(len(line.before), max(room // 2, room - len(line.after)))
    return ExcerptLine(line.number, cut_start(line.before, left), marked, cut_end(line.after, room - left))


def cut_end(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(length - 1, 0)] + ELLIPSIS


def cut_start(text: str, length: int) -> str:
    return text if len(text) <= length else ELLIPSIS + text[len(text) - max(length - 1, 0) :]
