"""Statements of a file, parsed one by one. In: a `SourceText`. Out: `Statement`s, and a `Skipped` for each that cannot be read.

A syntax error costs its statement. A forgotten semicolon, quote or bracket, or a line that is no SQL, swallows what follows: then
reading goes on at the next line that begins a statement of its own, if what begins there can be parsed (`recovery.py`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from json import loads

from msgspec import Struct
from pglast.parser import ParseError, parse_sql_json, parse_sql_protobuf

from advisor.model import Location, Skipped, SourceText
from advisor.sources.sql.text.recovery import end_of_data, places_behind_rows, places_to_go_on
from advisor.sources.sql.text.split import UNTERMINATED, Piece, for_parser, masked, next_piece
from advisor.sources.sql.text.tree import Node, unwrap

MAX_RECOVERIES = 200
"""How often in one file reading goes on inside a broken statement: each time the text behind it is read again."""

CANDIDATES_PER_RECOVERY = 8
ABOUT_ROWS = frozenset({"DeleteStmt", "InsertStmt", "MergeStmt", "SelectStmt", "UpdateStmt"})
MAX_MESSAGE_LENGTH = 160

MAX_PARSED_UNTERMINATED = 20_000
"""How many characters are parsed to learn what else is wrong where a quote is left open; it may hold the rest of the file."""


@dataclass(frozen=True)
class Statement:
    """One statement: its tree, and how its offsets become places.

    `text` is what was parsed; it begins at character `start` of the source.
    """

    source: SourceText
    piece: Piece
    kind: str
    fields: Node
    text: str

    @cached_property
    def location(self) -> Location:
        return self.source.location(self.piece.start, self.piece.end)

    @cached_property
    def masked(self) -> str:
        """The text with comments blanked and quotes filled."""
        return masked(self.source.text, self.piece)

    def offset(self, node: Node) -> int | None:
        """Where a node begins, in characters from the statement's start; None for a node without a place."""
        byte: int = node.get("location", 0)
        return None if byte < 0 else self._characters(byte)

    def _characters(self, byte: int) -> int:
        if self.text.isascii():
            return byte
        return byte - bisect_left(self._continuation_bytes, byte)

    @cached_property
    def _continuation_bytes(self) -> list[int]:
        """The offsets of the bytes that begin no character, of which every one puts bytes and characters further apart."""
        return [offset for offset, byte in enumerate(self.text.encode()) if byte & 0xC0 == 0x80]

    def stretch(self, start: int, end: int) -> Location:
        """The place of a stretch of the statement, without the blanks and comments at its end."""
        end = start + len(self.masked[start:end].rstrip())
        return self.source.location(self.piece.start + start, self.piece.start + end)


class Failure(Struct, frozen=True):
    """Why a piece cannot be read, and at which character of the source."""

    reason: str
    offset: int

    def said(self, source: SourceText) -> Skipped:
        return Skipped(source.path, self.reason, "failed", source.location(self.offset))


def read_statements(source: SourceText) -> Iterator[Statement | Skipped]:
    """Every statement of a file in order."""
    position, recoveries = 0, 0
    while (piece := next_piece(source.text, position)) is not None:
        position = piece.resume
        parsed = parse(source, piece)
        if piece.unended_data:
            yield Failure("no line with \\. ends the rows of this COPY", piece.start).said(source)
            position = first_readable(source, places_behind_rows(source.text, piece.end)) or len(source.text)
        if isinstance(parsed, list):
            yield from parsed
        elif recoveries == MAX_RECOVERIES:
            yield parsed.said(source)
        else:
            for found in go_on(source, piece, parsed):
                if isinstance(found, int):
                    recoveries, position = recoveries + 1, found
                else:
                    yield found.said(source) if isinstance(found, Failure) else found


def parse(source: SourceText, piece: Piece) -> list[Statement] | Failure:
    """The statement of a piece. It is a list because PostgreSQL may see none (a lone comment) or, oddly ended, several."""
    if piece.unterminated is not None and piece.end - piece.start > MAX_PARSED_UNTERMINATED:
        return Failure(UNTERMINATED[piece.unterminated.kind], piece.unterminated.start)
    text = for_parser(source.text, piece)
    if "\0" in text:
        return Failure("a NUL character, which SQL cannot hold", piece.start + text.index("\0"))
    try:
        if text[:6].lower() == "insert":
            # Rows of data: their trees are large, and nothing looks into them.
            parse_sql_protobuf(text)
            return [Statement(source, piece, "InsertStmt", {}, text)]
        found = loads(parse_sql_json(text))["stmts"]
    except ParseError as error:
        return failure_of(error, piece)
    except RecursionError:
        return Failure("the statement is nested too deeply to be read", piece.start)
    except UnicodeEncodeError as error:
        return Failure("a character that UTF-8 cannot hold", piece.start + error.start)
    return [Statement(source, piece, *unwrap(statement["stmt"]), text) for statement in found]


def failure_of(error: ParseError, piece: Piece) -> Failure:
    message, index = error.args
    reason = " ".join(str(message).split())
    if piece.unterminated is not None and reason.startswith(("unterminated", "syntax error at end of input")):
        # What PostgreSQL adds is the rest of the text.
        return Failure(UNTERMINATED[piece.unterminated.kind], piece.unterminated.start)
    if len(reason) > MAX_MESSAGE_LENGTH:
        reason = reason[:MAX_MESSAGE_LENGTH] + "..."
    return Failure(reason, piece.start + index if isinstance(index, int) else piece.end)


def go_on(source: SourceText, piece: Piece, failure: Failure) -> Iterator[Statement | Failure | int]:
    """What stands before the place inside a broken piece where reading can go on, and that place."""
    restart = first_readable(source, places_to_go_on(source.text, piece, failure.offset))
    data = end_of_data(source.text, piece)
    if restart is not None and (data is None or restart < data):
        yield from read_before(source, piece, restart, failure)
        yield restart
    else:
        yield failure
        if data is not None:
            yield data


def first_readable(source: SourceText, places: Iterator[int]) -> int | None:
    """The first of the places at which a statement begins that can be read. Only some are tried."""
    for offset in islice(places, CANDIDATES_PER_RECOVERY):
        following = next_piece(source.text, offset)
        if following is not None and isinstance(parse(source, following), list):
            return offset
    return None


def read_before(source: SourceText, piece: Piece, restart: int, failure: Failure) -> Iterator[Statement | Failure]:
    """The part of a piece before a restart: why it cannot be read, or its statement, which lacks nothing but its semicolon.

    One about rows may lack more: an UPDATE its WHERE.
    """
    part = next_piece(source.text[:restart], piece.start)
    before = parse(source, part) if part is not None else failure
    if isinstance(before, Failure):
        yield failure if restart == failure.offset else before
        return
    if not any(statement.kind in ABOUT_ROWS for statement in before):
        yield from before
    yield Failure(f"{failure.reason}: no semicolon ends the statement before it", restart)
