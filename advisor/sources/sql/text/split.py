"""A SQL file cut into statements. In: its text. Out: pieces with their offsets, ready for PostgreSQL's parser.

It reads only what tells statements apart: quotes, dollar quotes, comments, and psql's own lines. psql's backslash commands and the
data after `COPY ... FROM stdin` are passed over. `;` inside `CREATE RULE ... DO (...)` and `BEGIN ATOMIC ... END` ends nothing.
pglast's own `split` stops at an unterminated quote and knows nothing of psql.
"""

from __future__ import annotations

import re

from msgspec import Struct

_TOKEN = re.compile(r"""['"$;\\]|--|/\*""")
_LEAD = re.compile(r"(?:[\s;]|--[^\r\n]*+)++")
_LINE_END = re.compile(r"[\r\n]")
"""A comment ends at either (`non_newline`, scan.l)."""
_DOLLAR_QUOTE = re.compile(r"\$(?:[^\W\d]\w*)?\$")
_STRING_WITH_ESCAPES = re.compile(r"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'", re.DOTALL)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_ENDS_STATEMENT = re.compile(r"\\(?:g|gx|gexec|gset|gdesc|crosstabview)\b")
_NO_COMMAND = re.compile(r"\\(?:alter|comment|create|delete|drop|grant|insert|revoke|select|truncate|update)\b", re.IGNORECASE)
"""Words of SQL behind a backslash: psql has no commands of these names."""
_COPY_FROM_STDIN = re.compile(r"copy\b.*\bfrom\s+stdin\b", re.IGNORECASE | re.DOTALL)
_NEXT_COPY = re.compile(r"^copy [^\t\n]+ from stdin\b[^\t\n]*;[ \r]*$", re.IGNORECASE | re.MULTILINE)
"""The head of further data, as pg_dump writes it: no row looks so."""
_END_OF_COPY = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_HAS_BODY = re.compile(r"create\s+(?:or\s+replace\s+)?(?P<kind>rule|function|procedure)\b", re.IGNORECASE)
_BRACKETS = {
    "rule": re.compile(r"(?P<open>\()|(?P<close>\))"),
    "routine": re.compile(r"\b(?:(?P<open>begin\s+atomic|case)|(?P<close>end))\b", re.IGNORECASE),
}

UNTERMINATED = {
    "'": "unterminated quoted string",
    '"': "unterminated quoted identifier",
    "$": "unterminated dollar-quoted string",
    "/": "unterminated comment",
}


class Opaque(Struct, frozen=True):
    """A stretch whose inside is no SQL of the statement: `kind` is the character that opens it, `\\` for a line of psql's."""

    start: int
    end: int
    kind: str

    @property
    def is_comment(self) -> bool:
        return self.kind in "-/\\"


class Piece(Struct, frozen=True):
    """A statement as characters `start` to `end` (exclusive, with its semicolon); the next one is looked for from `resume`."""

    start: int
    end: int
    resume: int
    opaque: tuple[Opaque, ...] = ()
    unterminated: Opaque | None = None
    """The quote or comment that nothing closes: the statement then reaches to the end of the text."""
    unended_data: bool = False
    """Whether rows follow, `COPY ... FROM stdin`, that no `\\.` of their own ends: what is behind them cannot be told from them."""


def next_piece(text: str, position: int) -> Piece | None:
    """The first statement that begins at or after a position; None where nothing but blanks and comments is left."""
    start = skip_blanks(text, position)
    if isinstance(start, Opaque):
        return Piece(start.start, len(text), len(text), (start,), start)
    if start >= len(text):
        return None
    opaque: list[Opaque] = []
    body = _Body(text, start)
    position = start
    while (match := _TOKEN.search(text, position)) is not None:
        body.read(position, match.start())
        position = match.end()
        if match.group() == ";":
            if not body.open:
                resume = after_copy_data(text, start, position)
                return Piece(start, position, position if resume < 0 else resume, tuple(opaque), unended_data=resume < 0)
            continue
        found = read_opaque(text, match.start(), match.group())
        if found is None:
            continue
        if found.end < 0:
            whole = Opaque(found.start, len(text), found.kind)
            return Piece(start, len(text), len(text), (*opaque, whole), whole)
        if found.kind == "\\" and _ENDS_STATEMENT.match(text, found.start):
            return Piece(start, found.start, found.end, tuple(opaque))
        opaque.append(found)
        position = found.end
    return Piece(start, len(text), len(text), tuple(opaque))


class _Body:
    """Whether the semicolons of a rule's or a routine's own statements are still to be passed over."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._brackets: re.Pattern[str] | None = None
        self.open = 0
        match = _HAS_BODY.match(text, start)
        if match is not None:
            self._brackets = _BRACKETS["rule" if match["kind"].lower() == "rule" else "routine"]

    def read(self, start: int, end: int) -> None:
        """Count the brackets of a stretch that holds no quotes and no comments."""
        if self._brackets is None:
            return
        for match in self._brackets.finditer(self._text, start, end):
            if match["open"]:
                self.open += 1
            elif self.open:
                self.open -= 1


def skip_blanks(text: str, position: int) -> int | Opaque:
    """Where the next statement begins. An unterminated comment is given back as it is."""
    while position < len(text):
        lead = _LEAD.match(text, position)
        if lead is not None:
            position = lead.end()
        elif text.startswith("/*", position):
            comment = read_opaque(text, position, "/*")
            if comment is None or comment.end < 0:
                return Opaque(position, len(text), "/")
            position = comment.end
        elif text.startswith("\\", position) and not _NO_COMMAND.match(text, position):
            position = end_of_line(text, position)
        else:
            break
    return position


def read_opaque(text: str, start: int, opening: str) -> Opaque | None:
    """The quote or comment that begins here, its end -1 where nothing closes it; None where the character opens nothing."""
    kind = opening[0]
    match kind:
        case "'" if opens_escapes(text, start):
            closing = _STRING_WITH_ESCAPES.match(text, start)
            return Opaque(start, closing.end() if closing else -1, kind)
        case "'" | '"':
            return Opaque(start, text.find(kind, start + 1) + 1 or -1, kind)
        case "\\" if _NO_COMMAND.match(text, start):
            return None
        case "-" | "\\":
            return Opaque(start, end_of_line(text, start), kind)
        case "/":
            return Opaque(start, end_of_comment(text, start), kind)
        case _:
            tag = _DOLLAR_QUOTE.match(text, start)
            if tag is None or is_word(text, start - 1):
                return None
            end = text.find(tag.group(), tag.end())
            return Opaque(start, end + len(tag.group()) if end >= 0 else -1, kind)


def opens_escapes(text: str, quote: int) -> bool:
    """Whether the quote belongs to `E'...'`, in which a backslash hides the next character."""
    return text[quote - 1 : quote] in ("e", "E") and not is_word(text, quote - 2)


def is_word(text: str, position: int) -> bool:
    return position >= 0 and (text[position].isalnum() or text[position] in "_$")


def end_of_line(text: str, position: int) -> int:
    end = _LINE_END.search(text, position)
    return end.start() if end is not None else len(text)


def end_of_comment(text: str, start: int) -> int:
    """Where a block comment ends, comments inside it included; -1 where it does not."""
    depth = 0
    for match in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return -1


def after_copy_data(text: str, start: int, end: int) -> int:
    """Where to go on after a statement: behind the data where it is `COPY ... FROM stdin`; -1 where nothing ends that."""
    if text[start : start + 4].lower() != "copy" or not _COPY_FROM_STDIN.match(text, start, end):
        return end
    closing = _END_OF_COPY.search(text, end)
    if closing is None or _NEXT_COPY.search(text, end, closing.start()):
        return -1
    return closing.end()


def masked(text: str, piece: Piece) -> str:
    """The statement with its comments blanked and its quotes filled, so that what is left can be searched. Nothing moves."""
    parts, position = [], piece.start
    for opaque in piece.opaque:
        parts.append(text[position : opaque.start])
        parts.append((" " if opaque.is_comment else "#") * (opaque.end - opaque.start))
        position = opaque.end
    parts.append(text[position : piece.end])
    return "".join(parts)


def for_parser(text: str, piece: Piece) -> str:
    """The statement as PostgreSQL's parser takes it: lines of psql's blanked. Nothing moves."""
    parts, position = [], piece.start
    for opaque in piece.opaque:
        if opaque.kind == "\\":
            parts += [text[position : opaque.start], " " * (opaque.end - opaque.start)]
            position = opaque.end
    parts.append(text[position : piece.end])
    return "".join(parts)
