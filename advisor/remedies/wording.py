"""Words for messages and titles."""

from __future__ import annotations

from collections.abc import Iterable

SHOWN = 3


def listed(things: Iterable[object], shown: int = SHOWN) -> str:
    """`a`, `a and b`, `a, b and c`, or `a, b, c and 4 more`."""
    words = [str(thing) for thing in things]
    if len(words) > shown:
        return f"{', '.join(words[:shown])} and {len(words) - shown} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
