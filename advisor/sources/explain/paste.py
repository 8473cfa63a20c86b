"""What people paste around a plan: headers, rules, footers, fences, prompts, the statement itself.

In: a file's text. Out: its lines with their offsets, and what a line is that belongs to no plan.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from msgspec import Struct

from advisor.model import SourceText

HEADER = "QUERY PLAN"
RULE = re.compile(r"(?:-{3,}|─{3,}|═{3,}|━{3,})$")
FOOTER = re.compile(r"\((\d+) ?[^\W\d_][^\W\d_ ]*(?: [^\W\d_]+)?\)$")
"""psql's count of rows, in the language it speaks: `(13 rows)`, `(13 Zeilen)`, `(13 行)`."""
FENCE = ("```", "~~~", "{code", "{noformat", "[code", "[/code", '"""', "'''", "....", "|===", "</", "<pre", "<code")
CLIENT_NOISE = re.compile(
    r"[^\W\d_]+ ?[:：] ?\d+[.,]\d+ ?(?:ms|мс|ミリ秒|毫秒|밀리초)\b|[\])};,'\"]+$|\d+ rows?\(?s?\)? "
    r"|Total query runtime: |Successfully run|\S*[=\-(*'\"!^][#>](?: |$)|--|/\*|\*/|#"
    r"|(?:EXPLAIN|SET|RESET|SELECT|BEGIN|ROLLBACK|COMMIT|PREPARE|EXECUTE|DEALLOCATE|CREATE|ALTER|DROP|ANALYZE|VACUUM)\b"
    r"|(?:END|DISCARD ALL);|(?:DELETE FROM|INSERT INTO|MERGE INTO|UPDATE \S+ SET|WITH (?:RECURSIVE )?\S+ AS|COPY|GRANT|REVOKE)\b"
    r"|\\\w",
    re.IGNORECASE,
)
"""psql's timing in its language, clients' messages, prompts, comments and statements: they end a plan and are no part of one."""
PROMPT = re.compile(r"[\w./@:-]*[=\-(*'\"!^][#>] ?")
EXPLAIN = re.compile(r"EXPLAIN\b(?: for:)?\s*(?:\((?P<options>[^()]*)\)|(?:ANALY[SZ]E\b|VERBOSE\b|\s)+)?\s*", re.IGNORECASE)
BINDS = re.compile(r"\s\[\[[^\n]*\]\]$")
"""The values that Rails writes behind a statement: `[["id", 1]]`."""
DURATION = re.compile(r"duration: (\d{1,20}(?:\.\d{1,20})?) ms  plan:")
QUERY_TEXT, PARAMETERS = "Query Text: ", "Query Parameters: "
MAX_STATEMENT_LINES = 400
"""How far above a plan its statement is looked for."""


@dataclass(frozen=True)
class Lines:
    """A text's lines without their ends, and the offset at which each begins."""

    source: SourceText
    texts: list[str]
    starts: Sequence[int]

    @cached_property
    def heads(self) -> frozenset[str]:
        """With which two characters lines begin, blanks aside: what none begins with needs no search."""
        return frozenset([text.lstrip()[:2] for text in self.texts])

    def __len__(self) -> int:
        return len(self.texts)

    def begin_with(self, characters: str) -> bool:
        """Whether a line begins with one of the characters."""
        return any(head[:1] in characters for head in self.heads if head)

    def next_filled(self, index: int) -> int:
        """The first line from `index` on that is not blank; the number of lines where there is none."""
        while index < len(self.texts) and not self.texts[index].strip():
            index += 1
        return index

    def end_of(self, index: int) -> int:
        """The offset after a line and its end."""
        return self.starts[index + 1] if index + 1 < len(self.starts) else len(self.source.text)

    def line_of(self, offset: int) -> int:
        """The line on which an offset is."""
        return bisect_right(self.starts, offset) - 1

    def line_after(self, offset: int) -> int:
        """The first line that begins at an offset or after it."""
        return bisect_left(self.starts, offset)


def split_lines(source: SourceText) -> Lines:
    """The lines, CRLF or LF."""
    texts = source.text.split("\n")
    starts = array("Q", [0])
    starts.extend(accumulate(map((1).__add__, map(len, texts[:-1]))))
    return Lines(source, [text.removesuffix("\r") for text in texts] if "\r" in source.text else texts, starts)


def is_footer(line: str) -> bool:
    return FOOTER.match(line) is not None


def is_fence(line: str) -> bool:
    return line.startswith(FENCE)


def is_client_noise(line: str) -> bool:
    return CLIENT_NOISE.match(line) is not None


def is_under_rule(lines: Lines, index: int) -> bool:
    """Whether the line right above is the header of a result, or the rule below it."""
    above = lines.texts[index - 1].strip() if index > 0 else ""
    return above == HEADER or RULE.match(above) is not None


class LogEntry(Struct, frozen=True):
    """What auto_explain tells of a statement above its plan: milliseconds, the query, and its parameters since version 16."""

    duration: float
    line: int
    """Where the entry begins."""
    statement: str | None = None
    parameters: str | None = None


def entry_above(lines: Lines, index: int, floor: int) -> LogEntry | None:
    """The entry of auto_explain whose plan begins at `index`; the lines between belong to its query and its parameters."""
    header = next((line for line in range(index - 1, floor - 1, -1) if lines.texts[line].startswith("duration: ")), None)
    match = DURATION.match(lines.texts[header]) if header is not None else None
    if header is None or match is None:
        return None
    told = lines.texts[header + 1 : index]
    last = next((line for line in range(len(told) - 1, -1, -1) if told[line].startswith(PARAMETERS)), len(told))
    statement = "\n".join(told[:last]).removeprefix(QUERY_TEXT).strip() or None
    parameters = "\n".join(told[last:]).removeprefix(PARAMETERS).strip() or None
    return LogEntry(float(match[1]), header, statement, parameters)


def statement_above(lines: Lines, index: int, floor: int) -> str | None:
    """The statement that stands above a plan beginning at `index`: `EXPLAIN (ANALYZE) SELECT ...;` without its EXPLAIN.

    Lines before `floor` belong to something else, and are not looked at.
    """
    last = index - 1
    while last >= floor and is_between(lines.texts[last].strip()):
        last -= 1
    for first in range(last, max(floor, last - MAX_STATEMENT_LINES) - 1, -1):
        text = _without_prompt(lines.texts[first])
        if match := EXPLAIN.match(text):
            body = [text[match.end() :], *(_without_prompt(line) for line in lines.texts[first + 1 : last + 1])]
            return BINDS.sub("", "\n".join(body).strip()).rstrip(";").strip() or None
    return None


def is_between(text: str) -> bool:
    """Whether a line may stand between a statement and its plan: psql's header and its rule, a fence, a blank line."""
    return not text or text == HEADER or RULE.match(text) is not None or is_fence(text)


def _without_prompt(line: str) -> str:
    text = line.strip()
    match = PROMPT.match(text)
    return text[match.end() :] if match else text
