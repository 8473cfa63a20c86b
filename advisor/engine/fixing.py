"""Remedies that are mechanical, made in the files. In: a review. Out: each file's text before and after.

A file changes only where a finding's remedy says so: nothing is done to one whose text cannot be written back byte for byte, to a
statement with a comment in it that the remedy would lose, for a finding that is only possible, and where the new text is read with
more errors than the old one.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from advisor.engine.review import Review
from advisor.errors import AdvisorError
from advisor.finding import Confidence, Recommendation
from advisor.model import Skipped, SourceText
from advisor.remedies import Edit

MARK = b"\xef\xbb\xbf"
ROUNDS = 5
"""So many times a review is made again at most: two remedies may want the same line, and then the second one waits."""


class FileFix(Struct, frozen=True):
    """A file's text before and after, and how many remedies were made in it."""

    path: str
    before: str
    after: str
    count: int

    def diff(self) -> str:
        """As `diff -u` and `git diff` write it."""
        before, after = (text.splitlines(keepends=True) for text in (self.before, self.after))
        parts = difflib.unified_diff(before, after, fromfile=f"a/{self.path}", tofile=f"b/{self.path}")
        return "".join(part if part.endswith("\n") else f"{part}\n\\ No newline at end of file\n" for part in parts)


def fixes_of(review: Review) -> list[FileFix]:
    """What the review's mechanical remedies make of the files, by path; remedies that overlap wait for the next review."""
    wanted: dict[str, list[tuple[Edit, ...]]] = defaultdict(list)
    for edits in dict.fromkeys(edits_of(recommendation, review) for recommendation in review.recommendations):
        if edits:
            wanted[edits[0].location.path].append(edits)
    fixed = (fix_file(review.texts(path), groups) for path, groups in sorted(wanted.items()))
    return [fix for fix in fixed if fix is not None]


def edits_of(recommendation: Recommendation, review: Review) -> tuple[Edit, ...]:
    """The edits of a remedy, all in one file; none where nothing sure asks for it, or it is not mechanical."""
    if recommendation.confidence is Confidence.POSSIBLE:
        return ()
    folder = recommendation.findings[0].database
    schema = next((known.schema for known in review.project.databases if known.folder == folder), None)
    edits = recommendation.remedy.edits(schema)
    return edits if len({edit.location.path for edit in edits}) == 1 else ()


def fix_file(source: SourceText | None, groups: list[tuple[Edit, ...]]) -> FileFix | None:
    """One file with as many of the groups of edits as stand beside each other and leave it readable."""
    if source is None or written_text(source.path) != source.text:
        return None
    taken: list[Edit] = []
    count = 0
    for edits in groups:
        clear = not any(edit.location.overlaps(other.location) for edit in edits for other in taken)
        if clear and not any(loses_comment(edit, source) for edit in edits):
            after = edited(source, [*taken, *edits])
            if errors_in(SourceText(source.path, after)) <= errors_in(source):
                taken += edits
                count += 1
    after = edited(source, taken)
    return FileFix(source.path, source.text, after, count) if after != source.text else None


def written_text(path: str) -> str | None:
    """The text of a file that can be written back as it was: UTF-8, with or without a byte order mark."""
    try:
        return Path(path).read_bytes().removeprefix(MARK).decode("utf-8")
    except (OSError, ValueError):
        return None


def edited(source: SourceText, edits: list[Edit]) -> str:
    """The text with the edits made, from its end to its start; new lines end as the file's own do."""
    text, newline = source.text, "\r\n" if "\r\n" in source.text else "\n"
    for edit in sorted(edits, key=lambda edit: edit.location, reverse=True):
        place = edit.location
        start, end = source.offset(place.line, place.column), source.offset(place.end_line, place.end_column)
        text = text[:start] + edit.text.replace("\n", newline) + text[end:]
    return text


def loses_comment(edit: Edit, source: SourceText) -> bool:
    """Whether a comment stands in what is replaced. A line that is taken out as a whole may take its own along."""
    place = edit.location
    old = source.text[source.offset(place.line, place.column) : source.offset(place.end_line, place.end_column)]
    marks = ("--", "/*") if place.path.endswith(".sql") else ("//",)
    return bool(edit.text) and any(mark in old for mark in marks)


def errors_in(source: SourceText) -> int:
    """How many parts of a file cannot be read."""
    if source.path.endswith(".prisma"):
        from advisor.sources.prisma import read_prisma

        return len(read_prisma([source]).problems)
    from advisor.sources.sql.text.statements import read_statements

    return sum(isinstance(found, Skipped) for found in read_statements(source))


def fix_files(review: Callable[[], Review]) -> Iterator[FileFix]:
    """Write the fixes, and review again until there is nothing more to fix."""
    for _ in range(ROUNDS):
        fixes = fixes_of(review())
        if not fixes:
            return
        for fix in fixes:
            write(fix)
            yield fix


def write(fix: FileFix) -> None:
    """Write a file back, with the byte order mark that it had."""
    path = Path(fix.path)
    try:
        mark = MARK if path.read_bytes().startswith(MARK) else b""
        path.write_bytes(mark + fix.after.encode("utf-8"))
    except OSError as error:
        raise AdvisorError(f"{fix.path} cannot be written: {error.strerror or error}") from error
