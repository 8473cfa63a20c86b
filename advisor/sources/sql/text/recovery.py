"""Where reading can go on in a statement that cannot be read. In: the text, the piece, and where its fault is. Out: places to try.

psql gives up everything to the next semicolon. But a line that begins a statement of its own says that the one before it was never
ended: a semicolon, a quote or a bracket is missing there, or what stands before it is no SQL at all (a merge's marker, prose). What
begins so may also be a part of the broken statement (the query of a view, a function's body), hence the conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.sources.sql.text.split import Opaque, Piece, end_of_line

_OWN = (
    "alter|analyze|call|cluster|comment|commit|copy|create|do|drop|grant|lock|refresh|reindex|reset|revoke|rollback|truncate|vacuum"
)
_BEGINNING = re.compile(
    rf"^(?P<indent>[ \t]*)(?:(?P<own>{_OWN}|begin(?=\s*;))|begin|delete|insert|select|set|update|with)\b(?P<second>\s*)",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that begins a statement: `own` where that is no part of another one, as a query is of a view. Where a fault lies behind
`second`, where the second word begins, the line goes on with what stands before it (`ALTER TABLE a` and then `DROP INDEX b`)."""

_END_OF_DATA = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_AFTER_SEMICOLON = re.compile(r";[ \t]*(?:--[^\n]*)?\s*\Z")
_OPENS_BODY = re.compile(r"\b(?:as|do)\s*\Z", re.IGNORECASE)
_QUERY_FOLLOWS = re.compile(
    r"(?:\b(?:all|also|analyze|as|distinct|do|except|explain|for|instead|intersect|union|verbose)|[(),])\s*\Z", re.IGNORECASE
)
"""How a line ends that a query may go on from, a view's or an INSERT's."""
_OPENING_CHARACTERS = 40

FARTHEST_LINE_BEFORE = 2_000
"""How many characters are looked back for the end of the statement before a line."""


def places_to_go_on(text: str, piece: Piece, fault: int) -> Iterator[int]:
    """Where a statement may begin inside a piece that cannot be read, in order."""
    indent = indent_of(text, piece.start)
    for match in _BEGINNING.finditer(text, piece.start + 1, piece.end):
        offset = match.end("indent")
        around = next((span for span in piece.opaque if span.start < offset < span.end), None)
        shallow = len(match["indent"]) <= indent
        if around is None:
            apart = match["own"] is not None or stands_apart(text, piece, match.start())
            fits = apart and shallow and fault <= match.end("second")
        else:
            # A body's own statements about rows are not told from the file's.
            may_be = around.kind != "$" or (shallow and match["own"] is not None)
            fits = may_be and swallows(text, piece, around) and is_swallowed(text, match, piece, around)
        if fits or offset == fault:
            yield offset


def stands_apart(text: str, piece: Piece, line: int) -> bool:
    """Whether a line that begins as a query is no part of what stands before it: that is no statement, or seems to have ended."""
    before, gap = last_line_before(text, line)
    return (gap or is_prose(text, piece)) and _QUERY_FOLLOWS.search(text, before.start, before.stop) is None


def swallows(text: str, piece: Piece, span: Opaque) -> bool:
    """Whether a quote may have swallowed statements: any plain one, and a dollar quote that ends in what is written to open one."""
    if span.kind != "$" or span is piece.unterminated:
        return not span.is_comment or span is piece.unterminated
    tag = text[span.start : text.index("$", span.start + 1) + 1]
    before = span.end - len(tag)
    return _OPENS_BODY.search(text, max(span.start, before - _OPENING_CHARACTERS), before) is not None


def is_swallowed(text: str, match: re.Match[str], piece: Piece, span: Opaque) -> bool:
    """Whether a line inside an open quote is the file's: what is before it has ended, or is the line with the quote, and a gap."""
    before, gap = last_line_before(text, match.start())
    if _AFTER_SEMICOLON.search(text, before.start, before.stop) is not None:
        return True
    return before.start <= span.start and (is_prose(text, piece) or (gap and match["own"] is not None))


def end_of_data(text: str, piece: Piece) -> int | None:
    """Behind the first `\\.` in a piece that cannot be read: rows of a COPY whose beginning was lost end there."""
    match = _END_OF_DATA.search(text, piece.start, piece.end)
    return match.end() if match is not None else None


def places_behind_rows(text: str, start: int) -> Iterator[int]:
    """Where a statement may begin behind the rows of a COPY that nothing ends: at a line that holds no tab, as rows do."""
    for match in _BEGINNING.finditer(text, start):
        if match["own"] and not match["indent"] and "\t" not in text[match.start() : end_of_line(text, match.start())]:
            yield match.start()


def last_line_before(text: str, line: int) -> tuple[range, bool]:
    """The last line before a line that is neither blank nor a comment, and whether such ones stand between them."""
    farthest, start, gap = max(0, line - FARTHEST_LINE_BEFORE), line, False
    while start > farthest:
        end, start = start, text.rfind("\n", 0, start - 1) + 1
        written = text[start:end].strip()
        if written and not written.startswith("--"):
            return range(start, end), gap
        gap = True
    return range(start, start), gap


def indent_of(text: str, position: int) -> int:
    """How far the line of a position is indented."""
    start = text.rfind("\n", 0, position) + 1
    line = text[start:position]
    return len(line) - len(line.lstrip())


def is_prose(text: str, piece: Piece) -> bool:
    """Whether a piece begins with nothing that a statement begins with: a merge's marker, a comment whose `--` is broken."""
    return _BEGINNING.match(text, piece.start) is None
