"""Tables around a plan: psql's borders in all its styles, Markdown's and DBeaver's, `\\x`, cells of several lines.

Each function takes the lines and gives the text without one layer, or None where there is none. A line is taken out of a border
only where the whole run of lines has it, so that `|` within a plan stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.model import SourceText
from advisor.sources.explain.paste import HEADER, Lines
from advisor.sources.explain.wrappings.pieces import Builder, holds_plan

VERTICAL = "|│║┃"
HORIZONTAL = re.compile(r"[ \t]*(?=\S*(?:--|──|══|━━|==))[-+=|:.─═━│║┃┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬╤╧╪╟╢╞╡┏┓┗┛┣┫]+[ \t]*$")
"""A rule that is drawn through a table."""
LEFT = re.compile(rf"[ \t]*[{VERTICAL}]")
RIGHT = re.compile(rf"[{VERTICAL}][ \t]*$")
RIGHT_ONLY = re.compile(rf"[ \t]*[^{VERTICAL}\s].*[{VERTICAL}][ \t]*$")
ROW = re.compile(rf"[ \t]*[{VERTICAL}].*[{VERTICAL}][ \t]*$")
MARKDOWN = re.compile(r"\| ?:?--|^[ \t]*\|=+[ \t]*$")
"""The rule of a table in Markdown or AsciiDoc, which write `\\|` for a bar inside of a cell."""
ESCAPED = re.compile(r"\\\|")
RECORD = re.compile(r"[ \t]*(?:[-+─┌├╔╠═]*\[ \w+ \d+ \][-+─═┬┼┐┤╗╣╦╬]*|\* \w+ \d+|\*{5,} \d+\. row \*{5,})[ \t]*$")
"""The line between the rows of expanded output: `-[ RECORD 1 ]---`, `* Record 1`, in the client's language."""
LABEL = re.compile(rf"[ \t]*QUERY PLAN(?: ?[{VERTICAL}:]|(?= ))")
CONTINUED_LABEL = re.compile(rf"[ \t]{{9,}}[{VERTICAL}:;]|[ \t]{{10}}(?=[ .…])")
RULE = re.compile(r"[ \t]*(?:-{3,}|─{3,}|═{3,}|━{3,})[ \t]*$")
NEW_LINE, WRAPPED = "+↵", ".…"
"""What psql puts at the end of a line of a cell that goes on: where the cell has a line break, and where it was too wide."""


def runs(lines: Lines, belongs: re.Pattern[str], *others: re.Pattern[str]) -> Iterator[range]:
    """The longest stretches of lines that one of the patterns fits."""
    first = None
    for index, text in enumerate(lines.texts):
        if belongs.match(text) or any(other.match(text) for other in others):
            first = index if first is None else first
        elif first is not None:
            yield range(first, index)
            first = None
    if first is not None:
        yield range(first, len(lines))


def bordered(lines: Lines) -> SourceText | None:
    """Tables with a line at the left, at the right, or both: `| ... |`, `│ ... │`, `... |`."""
    text = lines.source.text
    if not any(sign in text for sign in VERTICAL):
        return None
    for pattern in (ROW, LEFT, RIGHT_ONLY):
        found = [run for run in runs(lines, pattern, HORIZONTAL, RECORD) if is_table(lines, run, pattern)]
        if found:
            return without_borders(lines, found, pattern)
    return None


def is_table(lines: Lines, run: range, pattern: re.Pattern[str]) -> bool:
    rows = [lines.texts[index] for index in run if not is_drawn(lines.texts[index])]
    return bool(rows) and any(holds_plan(content_of(row, pattern)) for row in rows)


def is_drawn(row: str) -> bool:
    return HORIZONTAL.match(row) is not None or RECORD.match(row) is not None


def span_of(row: str, pattern: re.Pattern[str]) -> tuple[int, int]:
    """Where a row's content begins and ends."""
    left, right = LEFT.match(row), RIGHT.search(row)
    start = left.end() if left is not None and pattern is not RIGHT_ONLY else 0
    end = right.start() if right is not None and right.start() >= start and pattern is not LEFT else len(row)
    return start, end


def content_of(row: str, pattern: re.Pattern[str]) -> str:
    start, end = span_of(row, pattern)
    return row[start:end]


def without_borders(lines: Lines, tables: list[range], pattern: re.Pattern[str]) -> SourceText:
    builder, position = Builder(lines.source), 0
    for table in tables:
        is_markdown = any(MARKDOWN.search(lines.texts[index]) for index in table)
        builder.keep(position, lines.starts[table.start])
        for index in table:
            row, start = lines.texts[index], lines.starts[index]
            if RECORD.match(row):
                builder.keep(start, lines.end_of(index))
            elif not HORIZONTAL.match(row):
                first, last = span_of(row, pattern)
                last = first + len(row[first:last].rstrip())
                builder.keep(start, start + min(first, len(row) - len(row.lstrip())))
                keep_cell(builder, start + first, start + last, is_markdown=is_markdown)
                builder.put("\n", start + last, start + last)
            elif index > table.start and content_of(lines.texts[index - 1], pattern).strip() == HEADER:
                width = len(row.strip()) - (2 if pattern is not RIGHT_ONLY else 1)
                builder.put("-" * max(width, 3) + "\n", start, start + len(row))
        position = lines.end_of(table[-1])
    builder.keep(position, len(lines.source.text))
    return builder.build()


def keep_cell(builder: Builder, start: int, end: int, *, is_markdown: bool) -> None:
    """The cell's text; Markdown writes `\\|` for a bar inside of it."""
    text = builder.origin.text
    if is_markdown:
        for match in ESCAPED.finditer(text, start, end):
            builder.keep(start, match.start())
            start = match.start() + 1
    builder.keep(start, end)


def expanded(lines: Lines) -> SourceText | None:
    r"""psql's expanded output (`\x`): a label before each row's text, and a line between rows."""
    if HEADER not in lines.source.text or not any(RECORD.match(text) for text in lines.texts):
        return None
    builder, index, found = Builder(lines.source), 0, False
    while index < len(lines):
        start, label = lines.starts[index], label_at(lines, index)
        if label is None:
            if label_at(lines, index + 1) is None:
                builder.keep(start, lines.end_of(index))
            index += 1
            continue
        if not found:
            builder.put(f"{HEADER}\n-----\n", start, start)
        found = True
        index = keep_record(lines, index, label.end(), builder)
    return builder.build() if found else None


def label_at(lines: Lines, index: int) -> re.Match[str] | None:
    """The label of a record's first line, which stands below the line between records."""
    if not 0 < index < len(lines) or not RECORD.match(lines.texts[index - 1]):
        return None
    return LABEL.match(lines.texts[index])


def keep_record(lines: Lines, index: int, label: int, builder: Builder) -> int:
    """The text of one record without its label, its lines put together where they were too wide; gives the line after it."""
    column = label
    while True:
        text, start = lines.texts[index], lines.starts[index]
        following = lines.texts[index + 1] if index + 1 < len(lines) else ""
        if len(following) <= label or not CONTINUED_LABEL.match(following):
            builder.keep(start + column, lines.end_of(index))
            return index + 1
        mark, end, is_joined = text[-1:], len(text), following[label - 1] == ";"
        if mark in NEW_LINE:
            end = len(text[:-1].rstrip())
        elif mark in WRAPPED and following[label] == mark:
            end, is_joined = end - 1, True
        builder.keep(start + column, start + end)
        builder.put("" if is_joined else "\n", start + end, start + end)
        index, column = index + 1, label + is_joined


def cells(lines: Lines) -> SourceText | None:
    """Cells of several lines, below a rule that tells their width: psql's `+`, `.`, `↵` and `…` in the column at their right."""
    if HEADER not in lines.source.text:
        return None
    builder, position = Builder(lines.source), 0
    for index in range(1, len(lines)):
        if RULE.match(lines.texts[index]) and lines.texts[index - 1].strip() == HEADER and lines.starts[index] >= position:
            position = join_cells(lines, index, position, builder)
    if not builder.parts:
        return None
    builder.keep(position, len(lines.source.text))
    return builder.build()


def join_cells(lines: Lines, rule: int, position: int, builder: Builder) -> int:
    """Take the marks out of the lines below a rule; gives the offset up to which the text was taken over."""
    index = rule + 1
    is_padded = index < len(lines) and lines.texts[index].startswith(" ")
    width = len(lines.texts[rule].rstrip()) + (0 if is_padded else 1)
    while index + 1 < len(lines) and lines.texts[index].strip() not in ("", HEADER):
        text, start, following = lines.texts[index], lines.starts[index], lines.texts[index + 1]
        mark = text[-1] if len(text) == width else ""
        if mark and mark in NEW_LINE:
            builder.keep(position, start + len(text[:-1].rstrip()))
            position = start + len(text)
        elif mark and mark in WRAPPED and (following.startswith(mark) or not is_padded):
            builder.keep(position, start + len(text) - 1)
            position = lines.starts[index + 1] + (1 if is_padded else 0)
        index += 1
    return position
