"""What people paste a plan in: a text in, the same text out of its wrappings.

A wrapping is a function that takes the lines and gives the text without one layer of one kind, or None where its marks are not
there. They are tried again until none finds anything, so that they go together in any order: a table in a quotation in a log. What
comes out keeps the places of the text that was pasted (`pieces`).
"""

from __future__ import annotations

from collections.abc import Callable

from advisor.model import SourceText
from advisor.sources.explain.paste import Lines, split_lines
from advisor.sources.explain.wrappings.borders import bordered, cells, expanded
from advisor.sources.explain.wrappings.broken import rejoined
from advisor.sources.explain.wrappings.characters import (
    arrows,
    blanks,
    colours,
    invisible,
    line_ends,
    page,
    single_gaps,
    straight_quotes,
)
from advisor.sources.explain.wrappings.indentation import untabbed
from advisor.sources.explain.wrappings.logs import entries, messages, whole_xml
from advisor.sources.explain.wrappings.margins import (
    unbulleted,
    uncommented,
    unfenced,
    unnumbered,
    unprefixed,
    unquoted_margin,
    unstamped,
)
from advisor.sources.explain.wrappings.pieces import losses_of
from advisor.sources.explain.wrappings.quoted import bare_quotes, fields, inserts, rows
from advisor.sources.explain.wrappings.reprs import embedded, reprs

__all__ = ["losses_of", "rejoined", "unwrapped"]

Wrapping = Callable[[Lines], SourceText | None]

WRAPPINGS: tuple[Wrapping, ...] = (
    line_ends,
    colours,
    messages,
    entries,
    whole_xml,
    page,
    invisible,
    blanks,
    straight_quotes,
    unfenced,
    unquoted_margin,
    uncommented,
    unstamped,
    expanded,
    bordered,
    cells,
    unnumbered,
    unbulleted,
    unprefixed,
    arrows,
    single_gaps,
    inserts,
    rows,
    bare_quotes,
    fields,
    reprs,
    embedded,
    untabbed,
)
"""Those of a whole file first, then what stands around lines, then what stands around the plan."""
MAX_LAYERS = 24


def unwrapped(lines: Lines) -> Lines:
    """The lines of a text out of all its wrappings."""
    for _ in range(MAX_LAYERS):
        plain = next((plain for wrapping in WRAPPINGS if (plain := wrapping(lines)) is not None), None)
        if plain is None:
            break
        lines = split_lines(plain)
    return lines
