"""The words of the Prisma schema language. In: a file's text. Out: its tokens, each with its place.

The grammar is that of Prisma's own engine (`datamodel.pest` in prisma/prisma-engines): blanks never cross a line, line ends matter,
strings are JSON's, names may hold dashes and letters of any script, comments are `//`, `///` and `/* */`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from advisor.model import Span

Kind = Literal["name", "number", "string", "sign", "comment", "newline", "unknown"]
KINDS: dict[str, Kind] = {kind: kind for kind in ("name", "number", "string", "sign", "comment", "newline", "unknown")}

BLANK = r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*+"
"""Unicode's space separators, and the tab."""

TOKEN = re.compile(
    BLANK
    + r"""(?:
      (?P<name> [^\W_][\w-]* (?: \. (?:[^\W_][\w-]*)? )* )
    | (?P<newline> \r\n? | \n )
    | (?P<sign> @@ | [@{}()\[\]:,=?!] )
    | (?P<string> " (?: [^"\\\x00-\x1f] | \\[^\r\n] )* " )
    | (?P<number> -[0-9]+ (?: \.[0-9]+ )? (?![\w.]) )
    | (?P<comment> //[^\r\n]* )
    | (?P<block> /\* )
    | (?P<unknown> "[^\r\n]* | _[\w-]* | [^\w\s"/@{}()\[\]:,=?!-]+ | [^\r\n] )
    )""",
    re.VERBOSE,
)
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


class Token(Struct, frozen=True):
    """A word of the language: what it is, how it is written, and its first and last offset (the end is exclusive)."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


LINE_END = re.compile(r"[\r\n]")


class Lexer:
    """A text to take tokens from, from any place in it.

    Only blanks lie between tokens; what is no word of the language is of the kind `unknown`.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._last_comment_end = text.rfind("*/")

    def tokens(self, start: int = 0) -> Iterator[Token]:
        """The tokens from an offset on."""
        text = self._text
        position = start
        while match := TOKEN.match(text, position):
            group = match.lastgroup or "unknown"
            begin, position = match.span(group)
            if group == "block":
                group, position = self._block_comment(position)
            word = text[begin:position]
            if group == "name" and word[0].isdigit() and NUMBER.fullmatch(word):
                group = "number"
            yield Token(KINDS[group], word, begin, position)

    def _block_comment(self, inside: int) -> tuple[str, int]:
        """The kind and the end of what `/*` opens. One that never ends is no comment, and no search runs to the end of the file."""
        if inside <= self._last_comment_end:
            return "comment", self._text.index("*/", inside) + 2
        return "unknown", self.end_of_line(inside)

    def end_of_line(self, start: int) -> int:
        """The offset of the line end at or after `start`."""
        end = LINE_END.search(self._text, start)
        return end.start() if end else len(self._text)
