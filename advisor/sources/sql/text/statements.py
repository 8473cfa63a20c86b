"""Statements of a file, parsed one by one. In: a `SourceText`. Out: `Statement`s, and a `Skipped` for each that cannot be read.

A syntax error costs its statement. A forgotten quote swallows what follows it up to the next quote: then reading goes on at the
next line that begins a statement of its own, if what begins there can be parsed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from json import loads

from msgspec import Struct
from pglast.parser import ParseError, parse_sql_json, parse_sql_protobuf

from advisor.model import Location, Skipped, SourceText
from advisor.sources.sql.text.split import UNTERMINATED, Piece, for_parser, masked, next_piece
from advisor.sources.sql.text.tree import Node, unwrap

_STATEMENT_AT_LINE_START = re.compile(
    r"^(?:alter|begin|comment|commit|copy|create|delete|do|drop|grant|insert|revoke|select|set|truncate|update|with)\b",
    re.IGNORECASE | re.MULTILINE,
)
_AFTER_SEMICOLON = re.compile(r";[ \t]*(?:--[^\n]*)?\s*\Z")

MAX_RECOVERIES = 200
"""How often in one file reading goes on inside a broken statement: each time the text behind it is read again."""

CANDIDATES_PER_RECOVERY = 8
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


def read_statements(source: SourceText) -> Iterator[Statement | Skipped]:
    """Every statement of a file in order."""
    position, recoveries = 0, 0
    while (piece := next_piece(source.text, position)) is not None:
        position = piece.resume
        parsed = parse(source, piece)
        if isinstance(parsed, Failure):
            if recoveries < MAX_RECOVERIES and (restart := find_restart(source, piece, parsed)) is not None:
                recoveries, position = recoveries + 1, restart
                parsed = parsed if restart == parsed.offset else failure_before(source, piece, restart) or parsed
            yield Skipped(source.path, parsed.reason, "failed", source.location(parsed.offset))
        else:
            yield from parsed


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


def failure_before(source: SourceText, piece: Piece, restart: int) -> Failure | None:
    """Why the part of a piece before a restart cannot be read: there the fault is, wherever the whole piece stops."""
    part = next_piece(source.text[:restart], piece.start)
    parsed = parse(source, part) if part is not None else None
    return parsed if isinstance(parsed, Failure) else None


def find_restart(source: SourceText, piece: Piece, failure: Failure) -> int | None:
    """Where to go on inside a piece that cannot be read: at a line that begins a statement which can."""
    spans = [span for span in piece.opaque if span.kind in "'\"" or span is piece.unterminated]
    tried = 0
    for match in _STATEMENT_AT_LINE_START.finditer(source.text, piece.start + 1, piece.end):
        offset = match.start()
        swallowed = any(span.start < offset < span.end for span in spans) and follows_semicolon(source.text, offset)
        if not swallowed and offset != failure.offset:
            continue
        tried += 1
        following = next_piece(source.text, offset)
        if following is not None and isinstance(parse(source, following), list):
            return offset
        if tried == CANDIDATES_PER_RECOVERY:
            return None
    return None


def follows_semicolon(text: str, offset: int) -> bool:
    """Whether the statement before a line was ended, comments between them passed over."""
    lines = text[max(0, offset - 2000) : offset].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("--")):
        lines.pop()
    return bool(lines) and _AFTER_SEMICOLON.search(lines[-1]) is not None
