"""What stands before every line of a plan: marks of a quotation, numbers, bullets, comments, a log's times and names.

Each function takes the lines and gives the text without one layer, or None where there is none. What is taken off is the same on
every line of a run, or counts up; a run without a plan in it is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.model import SourceText
from advisor.sources.explain.paste import Lines
from advisor.sources.explain.wrappings.borders import HORIZONTAL, runs
from advisor.sources.explain.wrappings.logs import pattern_of
from advisor.sources.explain.wrappings.pieces import Builder, holds_plan
from advisor.sources.explain.wrappings.quoted import NODE

Cut = tuple[int, int, int]
"""A line, and the columns between which its plain text stands."""

QUOTATION = re.compile(r"[ \t]*>")
NUMBERED = re.compile(r"[ \t]*(\d{1,6})(?:[.:)|│\]]|(?=[ \t]|$))(?:\t|(?= |$))")
FIRST_OF_ONE = re.compile(r"[ \t]*1(?:[.:)]| ?[|│])[ \t]")
BULLETED = re.compile(r"[ \t]*[-*•·‣◦] (?=[ \t]*\S)")
COMMENTED = re.compile(r"[ \t]*(?:--+|#+|//+|;;+|\*(?!\*)|%+|\"(?= ))(?!>)|[ \t]*$")
COMMENT_SIGNS = '-#/;*%"'
FENCED_START = re.compile(r"[ \t]*(?:```|~~~)(?=[ \t]*[A-Z][^\n]*\((?:cost=|actual ))")
FENCED_END = re.compile(r"(?<=[\w)\"'\]}])[ \t]*(?:```|~~~)[ \t]*$")
STAMP = re.compile(
    r"[ \t]*(?:[\w.@/-]+(?:\[\d+\])?[ \t]*[|:]?[ \t]+)??\[?(?:"
    r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[A-Z]{3,4}|[+-]\d\d:?\d\d))?"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?"
    r"|\d\d:\d\d:\d\d(?:[.,]\d+)?)\]?:?"
    r"(?: (?:stdout|stderr) [FP](?= ))?(?:[ \t]+[\w./-]+\[\d+\]:?)?(?:[ \t]+\[[^\]\n]{1,60}\]:?)*(?: |\t|$)"
)
"""A log's time at the beginning of a line, with what loggers put around it."""
SEPARATED_STAMP = re.compile(STAMP.pattern.removesuffix(r"(?: |\t|$)") + r" ?[|:>-](?: |$)")
"""The same with a sign between it and the line, which is none of the line's where all lines have it."""
PREFIXED = re.compile(rf"(?P<prefix>[^\n\"'`]{{1,120}}?)(?<![A-Za-z0-9_.])(?={NODE})[^\n]*?  \((?:cost=\d|actual |never executed)")
FIGURES = ("(cost=", "(actual ", "(never executed")
PLAIN_PREFIX = re.compile(r"[ \t]*(?:->  ?)?(?:(?:Parallel|Async|Partial|Finalize) )*")
"""What stands before a node in a plan itself."""
TIME = re.compile(r":\d\d:\d\d")
SERVICE = re.compile(r"[ \t]*([A-Za-z][\w.-]{0,60}?)[ \t]*\|(?= |$)")
"""The name that docker compose puts before each line of a service."""
DIGITS = re.compile(r"\d")


def unfenced(lines: Lines) -> SourceText | None:
    """A fence on the same line as the plan's first or last line."""
    if "```" not in lines.source.text and "~~~" not in lines.source.text:
        return None
    cuts = []
    for index, text in enumerate(lines.texts):
        start, end = FENCED_START.match(text), FENCED_END.search(text)
        if start is not None or end is not None:
            cuts.append((index, start.end() if start else 0, end.start() if end else len(text)))
    return cut(lines, cuts, blank_after=True)


def unquoted_margin(lines: Lines) -> SourceText | None:
    """`> ` as e-mail and Markdown quote. Several levels are several layers."""
    return cut(lines, cuts_of(lines, QUOTATION)) if lines.begin_with(">") else None


def unnumbered(lines: Lines) -> SourceText | None:
    """Numbers of lines that count up by one."""
    if not lines.begin_with("0123456789"):
        return None
    cuts: list[Cut] = []
    for run in runs(lines, NUMBERED):
        for part in counting(lines, run):
            if (len(part) > 1 or FIRST_OF_ONE.match(lines.texts[part.start])) and holds_plan(
                "\n".join(lines.texts[index] for index in part)
            ):
                cuts.extend(numbered_cuts(lines, part))
    return cut(lines, cuts)


def counting(lines: Lines, run: range) -> Iterator[range]:
    """The stretches of a run in which each number is the one above and one."""
    first, before = run.start, None
    for index in run:
        match = NUMBERED.match(lines.texts[index])
        number = int(match[1]) if match else -1
        if before is not None and number != before + 1:
            yield range(first, index)
            first = index
        before = number
    yield range(first, run.stop)


def numbered_cuts(lines: Lines, part: range) -> Iterator[Cut]:
    """The plain text of numbered lines.

    Where the numbers stand left-aligned and padded, the text begins in one column whatever their length. Where the same blanks
    follow each of them, it moves with their length. PostgreSQL indents by even columns, so that parity tells the two apart.
    """
    ends = [match.end() for index in part if (match := NUMBERED.match(lines.texts[index]))]
    column = max(ends)
    at_first = indent_of(lines.texts[part.start], ends[0]) % 2
    longer = [(index, end) for index, end in zip(part, ends, strict=True) if end != ends[0]]
    odd = sum(indent_of(lines.texts[index], end) % 2 != at_first for index, end in longer)
    is_moved = odd * 2 <= len(longer)
    for index, end in zip(part, ends, strict=True):
        length = len(lines.texts[index])
        yield index, end if is_moved else min(column, length), length


def indent_of(text: str, start: int) -> int:
    return len(text) - start - len(text[start:].lstrip(" "))


def unbulleted(lines: Lines) -> SourceText | None:
    """A bullet before every line of TEXT; what it stood on becomes blank, so that columns stay."""
    if not any(head[1:] == " " and head[0] in "-*•·‣◦" for head in lines.heads):
        return None
    cuts: list[Cut] = []
    for run in runs(lines, BULLETED):
        texts = [lines.texts[index] for index in run]
        if any("(cost=" in text or "(actual " in text for text in texts):
            cuts.extend(
                (index, match.end(), len(text)) for index, text in zip(run, texts, strict=True) if (match := BULLETED.match(text))
            )
    return cut(lines, cuts, keep_columns=True)


def uncommented(lines: Lines) -> SourceText | None:
    """A mark of a comment before every line of the whole text; among lines of code a comment stays one."""
    if any(head and head[0] not in COMMENT_SIGNS for head in lines.heads):
        return None
    marks = {match.group().strip() for text in lines.texts if (match := COMMENTED.match(text)) and text.strip()}
    if len(marks) != 1 or not all(COMMENTED.match(text) for text in lines.texts):
        return None
    [mark] = marks
    cuts = [(index, text.find(mark) + len(mark), len(text)) for index, text in enumerate(lines.texts) if text.strip()]
    return cut(lines, cuts) if mark and holds_plan(lines.source.text) else None


def unstamped(lines: Lines) -> SourceText | None:
    """A time, a service's name, or both before every line."""
    text = lines.source.text
    if "|" in text and (found := cut(lines, cuts_of(lines, SERVICE))):
        return found
    return cut(lines, stamps_of(lines)) if TIME.search(text) else None


def stamps_of(lines: Lines) -> list[Cut]:
    """A cut behind the time of each line, and behind the sign that follows it, if that is on every line of the run."""
    found: list[Cut] = []
    for run in runs(lines, STAMP, SEPARATED_STAMP):
        is_separated = all(SEPARATED_STAMP.match(lines.texts[index]) for index in run)
        found.extend(cuts_in(lines, run, SEPARATED_STAMP if is_separated else STAMP))
    return found


def unprefixed(lines: Lines) -> SourceText | None:
    """Whatever else stands before each line, the same but for its digits: `NOTICE:  `, `[web-1] INFO `, `QUERY PLAN|`, `+`."""
    if not any(figures in lines.source.text for figures in FIGURES):
        return None
    cuts: list[Cut] = []
    index = 0
    while index < len(lines):
        text = lines.texts[index]
        match = PREFIXED.match(text) if any(figures in text for figures in FIGURES) else None
        if match is None or PLAIN_PREFIX.fullmatch(match["prefix"]):
            index += 1
            continue
        prefix, last = pattern_of(match["prefix"]), index
        while (following := next_line(lines, last + 1)) < len(lines) and prefix.match(lines.texts[following]):
            last = following
        if last > index or match["prefix"].rstrip().endswith(":"):
            for each in range(index, last + 1):
                text, found = lines.texts[each], prefix.match(lines.texts[each])
                cuts.append((each, found.end() if found else len(text), len(text)))
        index = last + 1
    return cut(lines, cuts)


def next_line(lines: Lines, index: int) -> int:
    """The first line from `index` on that is no blank one and no rule between rows: those may have no prefix."""
    index = lines.next_filled(index)
    while index < len(lines) and HORIZONTAL.match(lines.texts[index]):
        index = lines.next_filled(index + 1)
    return index


def cuts_of(lines: Lines, pattern: re.Pattern[str]) -> list[Cut]:
    """A cut behind the pattern on each line of the runs that hold a plan."""
    found: list[Cut] = []
    for run in runs(lines, pattern):
        found.extend(cuts_in(lines, run, pattern))
    return found


def cuts_in(lines: Lines, run: range, pattern: re.Pattern[str]) -> list[Cut]:
    cuts = [(index, match.end(), len(lines.texts[index])) for index in run if (match := pattern.match(lines.texts[index]))]
    return cuts if any(holds_plan(lines.texts[index][start:end]) for index, start, end in cuts) else []


def cut(lines: Lines, cuts: list[Cut], *, keep_columns: bool = False, blank_after: bool = False) -> SourceText | None:
    """The text with some of its lines cut to a part of them; None where none is."""
    if not cuts:
        return None
    builder, position = Builder(lines.source), 0
    for index, first, last in cuts:
        start = lines.starts[index]
        builder.keep(position, start)
        if keep_columns:
            builder.put(" " * first, start, start + first)
        builder.keep(start + first, start + last)
        position = start + len(lines.texts[index])
        if blank_after and last < len(lines.texts[index]):
            builder.put("\n", start + last, position)
    builder.keep(position, len(lines.source.text))
    return builder.build()
