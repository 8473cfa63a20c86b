"""Brackets that a slip left open or closed once too often, told by the indentation. In: code that its grammar does not take. Out:
the same code, as long as it was, with brackets in the place of blanks, and where.

A parser that meets an open bracket takes all that follows for its inside: one slip costs the file. People indent what is inside
brackets, so a line as far out as the one that opened a bracket says that it should have been closed. Of a merge's two sides the
first is kept. What comes out is only worth having where the grammar takes more of it than before.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from msgspec import Struct

_TOKEN = re.compile(
    rb"""(?P<skip>//[^\n]* | /\*.*?\*/ | '(?:[^'\\\n]|\\.)*' | "(?:[^"\\\n]|\\.)*" | `(?:[^`\\]|\\.)*`)
    | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<cut>`) | (?P<word>[^\s()\[\]{}'"`/]+)""",
    re.VERBOSE | re.DOTALL,
)
_MERGE = re.compile(rb"^<<<<<<<[^\n]*\n(?P<ours>.*?)^=======[^\n]*\n.*?^>>>>>>>[^\n]*$", re.MULTILINE | re.DOTALL)
_NOT_LINE_END = re.compile(rb"[^\n]")
_STATEMENT = re.compile(
    rb"^(?:abstract|async|class|const|declare|enum|export|function|import|interface|let|module\.exports|type|var)(?![\w$])|^@",
    re.MULTILINE,
)
"""A line that begins a statement of the file, at its margin."""
_CLOSING = {b"(": b")", b"[": b"]", b"{": b"}"}
_LABELS = (b"case", b"default:", b"default")
"""Words that may stand as far out as the bracket that they are in."""


class Mended(Struct, frozen=True):
    data: bytes
    places: tuple[int, ...]
    """The bytes at which something was changed, in order."""


class _Opened(Struct, frozen=True):
    closing: bytes
    indent: int
    line: int
    """Where the line of the bracket begins."""


def mended(data: bytes) -> Mended:
    """The code with its brackets put right, as far as the indentation tells."""
    merges = [match.start() for match in _MERGE.finditer(data)]
    brackets = _Brackets(_MERGE.sub(_first_side, data))
    brackets.read()
    return Mended(bytes(brackets.data), tuple(sorted({*merges, *brackets.places})))


def statements(data: bytes) -> list[int]:
    """Where the statements of a file begin, as their lines tell; a class begins with its decorators."""
    found: list[int] = []
    decorated = False
    for match in _STATEMENT.finditer(data):
        if not decorated:
            found.append(match.start())
        decorated = match[0] == b"@"
    return found


def without_statement(data: bytes, start: int, begins: Sequence[int]) -> bytes:
    """The code without the statement that begins at or before a place: blanks up to the next one."""
    number = bisect_right(begins, start)
    first, end = begins[number - 1] if number else 0, begins[number] if number < len(begins) else len(data)
    return data[:first] + _blank(data[first:end]) + data[end:]


def _first_side(merge: re.Match[bytes]) -> bytes:
    start, (first, last) = merge.start(), merge.span("ours")
    return _blank(merge.string[start:first]) + merge["ours"] + _blank(merge.string[last : merge.end()])


def _blank(data: bytes) -> bytes:
    return _NOT_LINE_END.sub(b" ", data)


class _Brackets:
    """Code while its brackets are counted."""

    def __init__(self, data: bytes) -> None:
        self.text = data
        self.data = bytearray(data)
        self.places: list[int] = []
        self._opened: list[_Opened] = []
        self._after_comment = False

    def read(self) -> None:
        line = indent = cut = 0
        for match in _TOKEN.finditer(self.text):
            start = match.start()
            if start == 0 or (broken := self.text.rfind(b"\n", line, start) + 1) > line:
                line = broken if start else 0
                indent = start - line
                self._begin_line(match, line, indent)
            if match["open"]:
                self._opened.append(_Opened(_CLOSING[match["open"]], indent, line))
            elif match["close"]:
                self._close(start, match["close"], line, indent)
            cut = cut or match["cut"] is not None
            self._after_comment = (match["skip"] or b"").startswith(b"//")
        missing = b"".join(opened.closing for opened in reversed(self._opened))
        if missing or cut:
            self.places.append(len(self.text))
            self.data += (b"`" if cut else b"") + missing

    def _begin_line(self, match: re.Match[bytes], line: int, indent: int) -> None:
        """Close what the indentation of a line says to be closed."""
        if (match["skip"] or b"").startswith((b"//", b"/*")) or match["word"] in _LABELS:
            return
        missing = b"".join(self._ended_before(line, indent, match["close"]))
        if missing:
            self._write_before(match.start(), missing)

    def _ended_before(self, line: int, indent: int, closing: bytes | None) -> Iterator[bytes]:
        while self._opened and self._opened[-1].line < line:
            last = self._opened[-1]
            if last.indent < indent or (closing is not None and last.indent == indent):
                return
            yield self._opened.pop().closing

    def _write_before(self, token: int, missing: bytes) -> None:
        """Put brackets and a line end into the blanks before a line, or for a `,` or `;`; where there is no room, nothing."""
        start = token
        while start and self.text[start - 1 : start].isspace():
            start -= 1
        written = missing + b"\n"
        if self._after_comment:
            written = b"\n" + written
        elif self.text[start - 1 : start] in ((b",",) if missing[:1] == b"}" else (b",", b";")):
            start -= 1
        if len(written) <= token - start:
            self.data[start:token] = written.ljust(token - start)
            self.places.append(start)

    def _close(self, place: int, closing: bytes, line: int, indent: int) -> None:
        """A closing bracket: that of the last one opened, another kind in its place, or one too many."""
        last = self._opened[-1] if self._opened else None
        one_more = (
            closing == b"}"
            and last is not None
            and last.indent < indent
            and self.text[line + indent : place].strip() in (b"", b"}")
        )
        if last is not None and last.closing == closing and not one_more:
            self._opened.pop()
            return
        meant = self._opened.pop().closing if last is not None and last.line == line else b" "
        self.data[place : place + 1] = meant
        self.places.append(place)
