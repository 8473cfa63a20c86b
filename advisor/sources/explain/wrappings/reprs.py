"""A JSON plan as Python, JavaScript or Ruby print it, in; the same plan as JSON, out.

`{'Plan': {'Node Type': 'Seq Scan', 'Parallel Aware': False}}`, `[ { Plan: { 'Node Type': ...` and rows of such documents:
strings get JSON's quotes, bare keys get quotes, `True` and `None` become JSON's words, tuples become lists. What the print-out
left out (`[Object]`, `...`) is reported.
"""

from __future__ import annotations

import json
import re

from advisor.model import SourceText
from advisor.sources.explain.paste import Lines
from advisor.sources.explain.wrappings.pieces import Builder
from advisor.sources.explain.wrappings.quoted import C_STRING, text_of_string

OPENING = re.compile(
    r"[\[({](?:\s++|[\[({]|(?:Real(?:Dict)?)?Row\b|OrderedDict\b|(?P<row>[\"']?QUERY[ _]PLAN[\"']?\s*(?:=>|[:=,]))){0,40}"
    r"(?P<key>[\"']?(?:Plan|Node Type|Query Text|Query Identifier)[\"']?|[\"']?QUERY[ _]PLAN[\"']?)\s*(?P<sign>=>|:)"
)
BRACKET = re.compile(r"[\[{]")
JSON_KEY = re.compile(r'"[^"]*"$')
TOKEN = re.compile(
    r"(?P<elision>\[(?:Object|Array|Circular[^\]\n]*|\.\.\.)\]|\.\.\.(?: \d+ more items?)?|…)"
    r"|(?P<number>(?:Decimal\(')?-?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?:'\))?n?)"
    r"|(?P<skip>(?:Real(?:Dict)?)?Row\b|OrderedDict\b|<Record\b|[\s>]+)"
    r"|(?P<word>[A-Za-z_$][\w$]*)"
    r"|(?P<sign>=>|[\[\]{}(),:=])"
)
WORDS = {"True": "true", "False": "false", "None": "null", "nil": "null", "undefined": "null", "NaN": "null"}
CLOSING = {"[": "]", "(": "]", "{": "}"}
"""JSON has no tuples: they become lists."""


def reprs(lines: Lines) -> SourceText | None:
    """The text with each such document as JSON on lines of its own."""
    text = lines.source.text
    if "Plan" not in text and "QUERY" not in text:
        return None
    builder, position = Builder(lines.source), 0
    for match in OPENING.finditer(text):
        if match.start() < position or is_json(match) or not starts_well(text, match.start()):
            continue
        start = document_start(text, match)
        builder.keep(position, start)
        builder.put("\n", start, start)
        position = Printer(builder, start).write()
        builder.put("\n\n", position, position)
    builder.keep(position, len(text))
    return builder.build() if position else None


def is_json(match: re.Match[str]) -> bool:
    """Whether the opening is JSON's own, which needs no change."""
    return match["sign"] == ":" and JSON_KEY.match(match["key"]) is not None and "(" not in match[0] and "'" not in match[0]


def document_start(text: str, match: re.Match[str]) -> int:
    """Where the document itself begins: behind the name of a row's field, where there is one."""
    bracket = BRACKET.search(text, match.end("row"), match.end()) if match["row"] else None
    return bracket.start() if bracket is not None else match.start()


def starts_well(text: str, start: int) -> bool:
    """Whether it is not within a string."""
    return start == 0 or text[start - 1] not in "'\"`\\"


class Printer:
    """Writes one document as JSON, token by token, until its brackets are closed or something is no token of a document."""

    def __init__(self, builder: Builder, start: int) -> None:
        self.builder = builder
        self.text = builder.origin.text
        self.position = start
        self.open: list[str] = []
        self.comma: int | None = None
        """Where a comma stands that is written as soon as something follows it."""

    def write(self) -> int:
        """Gives the offset behind the document."""
        while self.position < len(self.text):
            if (string := C_STRING.match(self.text, self.position)) is not None:
                self._string(string)
            elif (token := TOKEN.match(self.text, self.position)) is not None:
                self._token(token)
            else:
                break
            if not self.open:
                break
        return self.position

    def _put(self, text: str, end: int) -> None:
        if self.comma is not None:
            self.builder.put(",", self.comma, self.comma + 1)
            self.comma = None
        self.builder.put(text, self.position, end)
        self.position = end

    def _string(self, match: re.Match[str]) -> None:
        closed = len(match[0]) > 1 and match[0][-1] == match[0][0]
        value = json.dumps(text_of_string(match[0]), ensure_ascii=False)
        self._put(value if closed else value[:-1], match.end())

    def _token(self, match: re.Match[str]) -> None:
        kind, piece, end = match.lastgroup, match[0], match.end()
        if kind == "skip":
            self.builder.put("\n" if "\n" in piece else " ", self.position, end)
            self.position = end
        elif kind == "elision":
            self.builder.lose("the plan is cut off: this print-out shows so many levels only", self.position, end)
            self._elided(piece, end)
        elif kind == "number":
            self._put(piece.removeprefix("Decimal('").removesuffix("')").rstrip("n").replace("_", ""), end)
        elif kind == "word":
            is_key = re.match(r"\s*:", self.text[end : end + 20]) is not None
            self._put(
                json.dumps(piece) if is_key or piece not in (*WORDS, "true", "false", "null") else WORDS.get(piece, piece), end
            )
        else:
            self._sign(piece, end)

    def _elided(self, piece: str, end: int) -> None:
        """Within a list nothing stands for it; a field gets an empty value."""
        if self.open and self.open[-1] == "{" and piece.startswith("["):
            self._put("[]" if piece == "[Array]" else "{}", end)
        else:
            self.comma = None
            self.position = end

    def _sign(self, piece: str, end: int) -> None:
        if piece in "[({":
            self.open.append(piece)
            self._put("{" if piece == "{" else "[", end)
        elif piece in "])}":
            opened = self.open.pop() if self.open else "["
            self.comma = None
            self._put(CLOSING[opened], end)
        elif piece == ",":
            self.comma, self.position = self.position, end
        else:
            self._put(":", end)


EMBEDDED = re.compile(r"(?<=[\s:=(>,])[\[{](?=[\s\[{]*\"(?:Plan|Query Text)\"\s*:\s*[{\"])")


def embedded(lines: Lines) -> SourceText | None:
    """A JSON plan within a line or within another document, on a line of its own."""
    text = lines.source.text
    if '"Plan"' not in text:
        return None
    builder, position = Builder(lines.source), 0
    for match in EMBEDDED.finditer(text):
        line = text.rfind("\n", position, match.start()) + 1 or position
        before = text[max(line, match.start() - 200) : match.start()]
        if before.strip() and before.rstrip()[-1] not in "[{,":
            builder.keep(position, match.start())
            builder.put("\n\n", match.start(), match.start())
            position = match.start()
    builder.keep(position, len(text))
    return builder.build() if position else None
