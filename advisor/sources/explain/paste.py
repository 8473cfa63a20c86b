"""What people paste around a plan: headers, rules, footers, fences, prompts, the statement itself.

In: a file's text. Out: its lines with their offsets, and what a line is that belongs to no plan.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from msgspec import Struct

from advisor.model import SourceText

HEADER = "QUERY PLAN"
RULE = re.compile(r"-{3,}$")
FOOTER = re.compile(r"\((\d+) rows?\)$")
FENCE = ("```", "~~~")
CLIENT_NOISE = re.compile(
    r"Time: \d+[.,]\d+ ms|\S*[=\-(*'\"!^][#>](?: |$)|--|/\*|#|EXPLAIN\b|SET\b|SELECT\b|BEGIN\b|ROLLBACK\b|COMMIT\b", re.IGNORECASE
)
"""psql's timing, its prompts, comments and statements: they end a plan and are no part of one."""
PROMPT = re.compile(r"[\w./@:-]*[=\-(*'\"!^][#>] ?")
EXPLAIN = re.compile(r"EXPLAIN\b\s*(?:\((?P<options>[^()]*)\)|(?:ANALY[SZ]E\b|VERBOSE\b|\s)+)?\s*", re.IGNORECASE)
MAX_STATEMENT_LINES = 400
"""How far above a plan its statement is looked for."""


class Lines(Struct, frozen=True):
    """A text's lines without their ends, and the offset at which each begins."""

    source: SourceText
    texts: list[str]
    starts: list[int]

    def __len__(self) -> int:
        return len(self.texts)

    def next_filled(self, index: int) -> int:
        """The first line from `index` on that is not blank; the number of lines where there is none."""
        while index < len(self.texts) and not self.texts[index].strip():
            index += 1
        return index

    def line_after(self, offset: int) -> int:
        """The first line that begins at an offset or after it."""
        return bisect_left(self.starts, offset)


def split_lines(source: SourceText) -> Lines:
    """The lines, CRLF or LF."""
    texts = source.text.split("\n")
    starts, position = [], 0
    for text in texts:
        starts.append(position)
        position += len(text) + 1
    return Lines(source, [text.removesuffix("\r") for text in texts], starts)


def is_footer(line: str) -> bool:
    return FOOTER.match(line) is not None


def is_fence(line: str) -> bool:
    return line.startswith(FENCE)


def is_client_noise(line: str) -> bool:
    return CLIENT_NOISE.match(line) is not None


def is_under_rule(lines: Lines, index: int) -> bool:
    """Whether the line right above is the rule of psql's header."""
    return index > 0 and RULE.match(lines.texts[index - 1].strip()) is not None


def statement_above(lines: Lines, index: int, floor: int) -> str | None:
    """The statement that stands above a plan beginning at `index`: `EXPLAIN (ANALYZE) SELECT ...;` without its EXPLAIN.

    Lines before `floor` belong to something else, and are not looked at.
    """
    last = index - 1
    while last >= floor and _is_between(lines.texts[last].strip()):
        last -= 1
    for first in range(last, max(floor, last - MAX_STATEMENT_LINES) - 1, -1):
        text = _without_prompt(lines.texts[first])
        if match := EXPLAIN.match(text):
            body = [text[match.end() :], *(_without_prompt(line) for line in lines.texts[first + 1 : last + 1])]
            return "\n".join(body).strip().rstrip(";").strip() or None
    return None


def _is_between(text: str) -> bool:
    """Whether a line may stand between a statement and its plan: psql's header and its rule, a fence, a blank line."""
    return not text or text == HEADER or RULE.match(text) is not None or is_fence(text)


def _without_prompt(line: str) -> str:
    text = line.strip()
    match = PROMPT.match(text)
    return text[match.end() :] if match else text
