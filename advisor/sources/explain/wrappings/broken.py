"""Lines that were broken at the edge of a terminal or by an e-mail, put together again.

Nothing marks such a break. It is known by its surroundings: a line that begins nothing, below one that is not at its end or had
no room for its next word. Whether what comes out is a plan, the reader decides; where it has no fewer faults, the text stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.model import SourceText
from advisor.sources.explain.paste import Lines, is_client_noise, is_fence, is_footer
from advisor.sources.explain.wrappings.pieces import Builder, holds_plan

STARTS = re.compile(
    r"\s*(?:->(?: |$)|(?!(?:Memory Usage|Peak Memory|Average (?:Memory|Disk)|Misses|Evictions|Overflows|Disk Usage|Disk)\b)"
    r"[A-Z][A-Za-z/ -]{0,40}:(?: |$)|[A-Z].*\((?:cost=|actual |never)|(?:InitPlan|SubPlan|CTE) \S|Worker \d+: |QUERY PLAN$|-{3,}$)"
)
"""What begins a line of a plan."""
NODE = re.compile(r"\s*->")
FIGURES = re.compile(r"\((?:cost=|actual |never executed)")
SPECIAL = re.compile(r"['\"()\[\]]")
BROKEN_FIGURES = re.compile(r"\s*(?:->  )?[A-Z].*  \([a-z]{0,4}$")
FIRST_WORD = re.compile(r"\s*\S+")
WIDE_GAP = re.compile(
    r"\((?:cost=)|(?:Memory|Memory Usage|Peak Memory|Batches|Disk|Misses|Evictions|Overflows|Average (?:Memory|Disk)): "
)
SLACK = 3
"""Blanks at the edge of a terminal that were cut off."""
NARROWEST = 20
MOST_PIECES = 40
"""Lines over which one line was broken."""
DOCUMENT = re.compile(r"[\"']?Node[ -]Type[\"']?(?:>|\s*:)|<explain\b")
BROKEN_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
LINE_BREAK = re.compile(r"[ \t]*\n[ \t]*")


class State:
    """What is open at the end of a line of the plan."""

    def __init__(self) -> None:
        self.quote = ""
        self.depth = 0

    def read(self, text: str) -> None:
        for match in SPECIAL.finditer(text):
            sign = match.group()
            if self.quote:
                self.quote = "" if sign == self.quote else self.quote
            elif sign in "'\"":
                self.quote = sign
            else:
                self.depth += 1 if sign in "([" else -1

    @property
    def is_open(self) -> bool:
        return bool(self.quote) or self.depth > 0


def rejoined(lines: Lines) -> Iterator[SourceText]:
    """The text with its broken lines put together, in each of the ways in which they may have been broken."""
    for way in (rejoined_text, rejoined_at_edge, rejoined_strings, rejoined_open):
        if (joined := way(lines)) is not None:
            yield joined


def rejoined_text(lines: Lines) -> SourceText | None:
    """TEXT, whose lines begin in known ways."""
    builder, position = Builder(lines.source), 0
    for block in blocks(lines):
        breaks = list(breaks_in(lines, block))
        if not breaks or any(DOCUMENT.search(lines.texts[index]) for index in block):
            continue
        width = max(len(lines.texts[found]) for found in breaks)
        if any(len(lines.texts[index]) > width for index in block):
            continue
        at_edge = width >= NARROWEST and all(len(lines.texts[found]) >= width - SLACK for found in breaks)
        if not at_edge and not all(had_no_room(lines, found, width) for found in breaks):
            continue
        for found in breaks:
            position = join(lines, found, width if at_edge else 0, builder, position)
    return finished(builder, position)


def rejoined_at_edge(lines: Lines) -> SourceText | None:
    """A document broken at the edge of a terminal: each line that is as long as the longest goes on in the next one."""
    if not DOCUMENT.search(lines.source.text):
        return None
    builder, position = Builder(lines.source), 0
    width = max(map(len, lines.texts))
    for index, text in enumerate(lines.texts[:-1]):
        if len(text) == width >= NARROWEST:
            builder.keep(position, lines.starts[index] + width)
            position = lines.starts[index + 1]
    return finished(builder, position)


def rejoined_strings(lines: Lines) -> SourceText | None:
    """JSON broken between words: a line break within a string, which JSON cannot have, was a blank."""
    text = lines.source.text
    if not DOCUMENT.search(text):
        return None
    builder, position = Builder(lines.source), 0
    for match in BROKEN_STRING.finditer(text):
        for gap in LINE_BREAK.finditer(text, match.start(), match.end()):
            builder.keep(position, gap.start())
            builder.put(" ", gap.start(), gap.end())
            position = gap.end()
    return finished(builder, position)


def rejoined_open(lines: Lines) -> SourceText | None:
    """TEXT with a break here and there: a bracket or a list that is open at the end of a line is closed on one of the next."""
    builder, position = Builder(lines.source), 0
    for block in blocks(lines):
        if any(DOCUMENT.search(lines.texts[index]) for index in block):
            continue
        index = block.start
        while index < block.stop:
            last = closing_line(lines, index, block.stop)
            for found in range(index, last):
                builder.keep(position, lines.starts[found] + len(lines.texts[found]))
                position = lines.starts[found + 1]
            index = last + 1
    return finished(builder, position)


def closing_line(lines: Lines, index: int, stop: int) -> int:
    """The line on which what is open at the end of a line is closed; the line itself where nothing is open or nothing closes it."""
    state = State()
    state.read(lines.texts[index])
    begins = STARTS.match(lines.texts[index]) or BROKEN_FIGURES.match(lines.texts[index])
    for following in range(index + 1, min(stop, index + MOST_PIECES) if begins else index):
        is_list = lines.texts[following - 1].rstrip().endswith(",")
        if state.quote or not (state.depth > 0 or is_list) or STARTS.match(lines.texts[following]):
            break
        state.read(lines.texts[following])
        if not state.is_open and not lines.texts[following].rstrip().endswith(","):
            return following
    return index


def finished(builder: Builder, position: int) -> SourceText | None:
    """The rest of the text behind what was put together; None where nothing was."""
    if not position:
        return None
    builder.keep(position, len(builder.origin.text))
    return builder.build()


def blocks(lines: Lines) -> Iterator[range]:
    """Stretches of lines without a blank one that hold a plan."""
    first = 0
    for index in range(len(lines) + 1):
        if index == len(lines) or not lines.texts[index].strip():
            if index - first > 1 and any(holds_plan(lines.texts[line]) for line in range(first, index)):
                yield range(first, index)
            first = index + 1


def breaks_in(lines: Lines, block: range) -> Iterator[int]:
    state, begun = State(), ""
    with_figures = any(FIGURES.search(lines.texts[index]) for index in block)
    for index in block[:-1]:
        text, following = lines.texts[index], lines.texts[index + 1]
        if not begun:
            state = State()
        begun = begun or text
        state.read(text)
        is_bare_node = with_figures and NODE.match(begun) is not None and not FIGURES.search(begun) and not FIGURES.search(text)
        if goes_on(following, is_bare_node=is_bare_node, is_open=state.is_open) and STARTS.match(begun):
            yield index
        else:
            begun = ""


def goes_on(following: str, *, is_bare_node: bool, is_open: bool) -> bool:
    """Whether a line continues the one above it."""
    text = following.strip()
    if NODE.match(text):
        return False
    if not is_open and (is_footer(text) or is_fence(text) or is_client_noise(text)):
        return False
    return not STARTS.match(text) or (is_bare_node and FIGURES.search(text) is not None)


def had_no_room(lines: Lines, index: int, width: int) -> bool:
    """Whether the next line's first word would not have fitted on the line."""
    word = FIRST_WORD.match(lines.texts[index + 1])
    return len(lines.texts[index].rstrip()) + 1 + len(word[0].strip() if word else "") > width


def join(lines: Lines, found: int, width: int, builder: Builder, position: int) -> int:
    """Take over the text up to the break and what stood there; gives the offset after it. `width` is that of a terminal, or 0."""
    start, text, following = lines.starts[found], lines.texts[found], lines.texts[found + 1]
    if width:
        builder.keep(position, start + len(text))
        builder.put(" " * (width - len(text)), start + len(text), lines.starts[found + 1])
        return lines.starts[found + 1]
    kept = text.rstrip()
    gap = "  " if WIDE_GAP.match(following.strip()) or kept.endswith("->") else " "
    builder.keep(position, start + len(kept))
    after = lines.starts[found + 1] + len(following) - len(following.lstrip())
    builder.put(gap, start + len(kept), after)
    return after
