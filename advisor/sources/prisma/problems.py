"""What could not be read of a schema, collected from all its files; a file that is no schema at all does not flood the report."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.model import Location, Skipped

MOST = 200
"""Further problems are counted, not listed."""


class Problems:
    """The problems found so far."""

    def __init__(self) -> None:
        self._listed: list[tuple[Location, str]] = []
        self._unlisted = 0
        self._lines: set[tuple[str, int]] = set()

    def add(self, location: Location, reason: str) -> None:
        self._lines.update((location.path, line) for line in range(location.line, location.end_line + 1))
        if len(self._listed) < MOST:
            self._listed.append((location, reason))
        else:
            self._unlisted += 1

    def __bool__(self) -> bool:
        return bool(self._listed)

    def has_line(self, location: Location) -> bool:
        """Whether something was said about that line already."""
        return (location.path, location.line) in self._lines

    def in_order(self, paths: Sequence[str]) -> tuple[Skipped, ...]:
        """All of them by file and line, the files in the order given."""
        files = {path: number for number, path in enumerate(paths)}

        ordered = sorted(self._listed, key=lambda found: (files.get(found[0].path, 0), *found))
        if self._unlisted:
            ordered.append((ordered[-1][0], f"{self._unlisted} further problems are not listed"))
        return tuple(Skipped(location.path, reason, location=location) for location, reason in ordered)
