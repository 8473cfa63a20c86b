"""DO blocks. In: a `DO` statement. Out: the statements of its body that define something, as they stand there.

Tools that cannot say IF NOT EXISTS wrap a statement into a block (`DO $$ BEGIN ALTER TABLE ... EXCEPTION WHEN duplicate_object`,
as drizzle-kit writes every foreign key and enum). What EXECUTE puts together when it runs is not looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.sources.sql.split import Piece, masked, next_piece
from advisor.sources.sql.statements import Statement, parse

DEFINITION = re.compile(
    r"\s*(?:.*?\b(?:begin|then|else|loop)\s+)??(?P<verb>(?:alter|comment|create|drop)\b)", re.IGNORECASE | re.DOTALL
)
HANDLERS = re.compile(r"\s*exception\b", re.IGNORECASE)
END = re.compile(r"\s*end\b", re.IGNORECASE)


def statements_of_block(statement: Statement) -> Iterator[Statement]:
    """The definitions in a block's body in order, those below IF too, but not those of exception handlers."""
    body = next((opaque for opaque in statement.piece.opaque if opaque.kind == "$"), None)
    if body is None:
        return
    whole = statement.source.text[body.start : body.end]
    tag = len(whole) - len(whole[1:].partition("$")[2])
    text, start, handling = whole[tag:-tag], body.start + tag, False
    for piece in pieces(text):
        plain = masked(text, piece)
        handling = (handling or HANDLERS.match(plain) is not None) and END.match(plain) is None
        found = None if handling else DEFINITION.match(plain)
        if found is not None:
            yield from parsed(statement, start + piece.start + found.start("verb"), start + len(text))


def pieces(text: str) -> Iterator[Piece]:
    position = 0
    while (piece := next_piece(text, position)) is not None:
        yield piece
        position = piece.resume


def parsed(statement: Statement, start: int, end: int) -> list[Statement]:
    """The statement that begins here; none where it is PL/pgSQL's own, or speaks of the block's variables."""
    piece = next_piece(statement.source.text, start)
    found = parse(statement.source, piece) if piece is not None and piece.end <= end else None
    return found if isinstance(found, list) else []
