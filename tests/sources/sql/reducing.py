"""A failing history made short. In: its statements, and what tells whether a history fails. Out: the fewest found that still do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Fails = Callable[[Sequence[str]], bool]

MOST_TRIES = 400


def reduced(statements: Sequence[str], fails: Fails) -> list[str]:
    """The shortest beginning that fails, and of that without ever smaller stretches of it."""
    kept = list(statements[: shortest_beginning(statements, fails)])
    size, tries = max(1, len(kept) // 3), 0
    while tries < MOST_TRIES:
        start, shorter = 0, False
        while start < len(kept) and tries < MOST_TRIES:
            without = kept[:start] + kept[start + size :]
            tries += 1
            if fails(without):
                kept, shorter = without, True
            else:
                start += size
        if size == 1 and not shorter:
            break
        size = max(1, size // 2)
    return kept


def shortest_beginning(statements: Sequence[str], fails: Fails) -> int:
    passing, failing = 0, len(statements)
    while passing < failing - 1:
        middle = (passing + failing) // 2
        passing, failing = (passing, middle) if fails(statements[:middle]) else (middle, failing)
    return failing
