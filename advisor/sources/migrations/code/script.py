"""The SQL of one direction of a migration while it is gathered, and what of it could not be told.

SQL that stands in the file as it runs becomes a text of the whole file with all else blanked, so that its places are exact. SQL
that was put together, or made from a call, is placed at that call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeGuard

from advisor.model import Location, Skipped, SourceText
from advisor.sources.evaluation.effects import Effects
from advisor.sources.evaluation.values import WrittenText
from advisor.sources.migrations.texts import PlacedText
from advisor.sources.migrations.unread import ROWS_LEFT

NOT_NEWLINE = re.compile(r"[^\n]")
ROW_CHANGE = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:select|insert|update|delete|with|show|explain)\b", re.IGNORECASE)
COMMENT_AT_END = re.compile(r"--[^\n]*\Z")


@dataclass(slots=True)
class Script(Effects):
    """Statements in the order in which they run."""

    source: SourceText = field(kw_only=True)
    texts: list[SourceText] = field(default_factory=list)
    problems: list[Skipped] = field(default_factory=list)
    looks_into_functions: bool = True
    _written: list[tuple[int, int]] = field(default_factory=list)
    """Stretches of the file that are not yet made into a text."""

    def aside(self) -> Script:
        """A script of its own, for what may or may not happen."""
        return Script(source=self.source)

    def add(self, text: str, place: Location) -> None:
        """SQL as the program hands it to its tool."""
        if ROW_CHANGE.match(text) is None:
            if self.closed is not None:
                self.leave(*self.closed)
                return
            self._note_change()
        if self._stands_here(text) and (not self._written or text.start >= self._written[-1][1]):
            self._written.append((text.start, text.start + len(text)))
            if COMMENT_AT_END.search(text):
                self._close()
        else:
            self._close()
            self.texts.append(PlacedText(self.source.path, str(text), place=place))

    def _stands_here(self, text: str) -> TypeGuard[WrittenText]:
        """Whether a text stands in this file just as it is."""
        return isinstance(text, WrittenText) and text.path == self.source.path

    def leave(self, reason: str, place: Location) -> None:
        """Something that may change the schema, and cannot be told."""
        self._note_change()
        problem = Skipped(self.source.path, reason, "left alone", place)
        if problem not in self.problems:
            self.problems.append(problem)

    def leave_rows(self, place: Location) -> None:
        """A change of rows that is not made into SQL: the schema stays as it is."""
        if self.changes_rows is None:
            self.changes_rows = place
            self.problems.append(Skipped(self.source.path, ROWS_LEFT, "left alone", place))

    def _note_change(self) -> None:
        self.changes_schema = True
        if self.doubt is not None:
            (reason, place), self.doubt = self.doubt, None
            self.problems.append(Skipped(self.source.path, reason, "left alone", place))

    def finish(self) -> tuple[SourceText, ...]:
        self._close()
        return tuple(self.texts)

    def _close(self) -> None:
        if self._written:
            self.texts.append(SourceText(self.source.path, blanked(self.source.text, self._written)))
            self._written = []


def blanked(text: str, kept: list[tuple[int, int]]) -> str:
    """A text of which only some stretches are left. The quote that ends each becomes the semicolon that ends its statement."""
    parts: list[str] = []
    position = 0
    for start, end in kept:
        parts += [NOT_NEWLINE.sub(" ", text[position:start]), text[start:end], ";" if end < len(text) else ""]
        position = end + 1
    return "".join([*parts, NOT_NEWLINE.sub(" ", text[position:])])
