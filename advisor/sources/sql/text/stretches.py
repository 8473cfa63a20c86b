"""Lists in a statement's text. In: text with comments and quotes filled, and where a list begins. Out: where its elements stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARK = re.compile(r"[()\[\],;]")


def parenthesised_elements(masked: str, start: int) -> list[tuple[int, int]]:
    """The elements of the first parenthesised list from `start` on, as offsets; none where no parenthesis opens."""
    opening = masked.find("(", start)
    return list(elements(masked, opening + 1)) if opening >= 0 else []


def elements(masked: str, start: int) -> Iterator[tuple[int, int]]:
    """Stretches between commas, from `start` to the parenthesis that closes the list, the semicolon or the end."""
    depth = 0
    for match in _MARK.finditer(masked, start):
        mark = match.group()
        if mark in "([":
            depth += 1
        elif mark in ")]" and depth:
            depth -= 1
        elif depth == 0:
            yield trimmed(masked, start, match.start())
            if mark != ",":
                return
            start = match.end()
    yield trimmed(masked, start, len(masked))


def trimmed(masked: str, start: int, end: int) -> tuple[int, int]:
    """A stretch without the blanks at both ends."""
    stretch = masked[start:end]
    return start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())
