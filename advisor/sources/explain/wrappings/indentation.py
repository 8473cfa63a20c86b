"""Tabs in the place of blanks: an editor made one of every eight, four or two columns.

Which, is known by the plan: with the right width its arrows stand in columns that PostgreSQL uses.
"""

from __future__ import annotations

import re

from advisor.model import SourceText
from advisor.sources.explain.details import DETAILS
from advisor.sources.explain.paste import Lines
from advisor.sources.explain.wrappings.broken import DOCUMENT, STARTS
from advisor.sources.explain.wrappings.pieces import Builder

INDENTING = re.compile(r"[ \t]*\t[ \t]*(?=\S)")
ARROW = re.compile(r"([ \t]*)->(\t| *)")
INSIDE = re.compile(r"\t+(?=->)|(?<=->)\t|\t+(?=\((?:cost=|actual |never))")
WIDTHS = (8, 4, 2, 3, 6)
STEP = 2
"""Every column in which PostgreSQL begins a line is a multiple of it."""


def untabbed(lines: Lines) -> SourceText | None:
    """The text with tabs as blanks at the beginnings of a plan's lines, before its arrows and its figures."""
    if "\t" not in lines.source.text:
        return None
    arrows = [match[1] for text in lines.texts if (match := ARROW.match(text))]
    plain_arrows = not any("\t" in indentation for indentation in arrows)
    if plain_arrows and DOCUMENT.search(lines.source.text):
        return None
    indented = [index for index, text in enumerate(lines.texts) if "\t" in text and STARTS.match(text.replace("\t", "  "))]
    if plain_arrows and arrows:  # an editor made tabs where there were eight blanks, or they are a query's
        indented = [index for index in indented if lines.texts[index].strip().partition(":")[0] in DETAILS]
    if not indented:
        return None
    width = next((width for width in WIDTHS if fits(arrows, width)), WIDTHS[0])
    builder, position = Builder(lines.source), 0
    for index in indented:
        start, text = lines.starts[index], lines.texts[index]
        builder.keep(position, start)
        position = start + len(text)
        expand(builder, text, start, width)
    builder.keep(position, len(lines.source.text))
    return builder.build()


def expand(builder: Builder, text: str, start: int, width: int) -> None:
    """One line: its indentation by columns, a tab behind an arrow or before figures as the two blanks that it was."""
    match = INDENTING.match(text)
    inner = match.end() if match else 0
    builder.put(" " * columns(text[:inner], width), start, start + inner)
    for tab in INSIDE.finditer(text, inner):
        builder.keep(start + inner, start + tab.start())
        builder.put("  ", start + tab.start(), start + tab.end())
        inner = tab.end()
    builder.keep(start + inner, start + len(text))


def columns(indentation: str, width: int) -> int:
    return len(indentation.expandtabs(width))


def fits(arrows: list[str], width: int) -> bool:
    """Whether each arrow stands two columns in, or at most six further than one above it."""
    last: list[int] = []
    for indentation in arrows:
        column = columns(indentation, width)
        while last and last[-1] >= column:
            last.pop()
        if column % STEP or column - (last[-1] if last else -4) not in (4, 6, 8, 10):
            return False
        last.append(column)
    return True
