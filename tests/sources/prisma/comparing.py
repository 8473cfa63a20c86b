"""Where our reading of a schema and Prisma's part. In: a schema's files, Prisma's engine. Out: verdicts, lines, facts differing."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from advisor.model import SourceText
from advisor.sources.prisma.declarations import declare
from advisor.sources.prisma.parser import parse
from advisor.sources.prisma.problems import Problems
from advisor.sources.prisma.settings import settings_of
from advisor.sources.prisma.validation import Dialect, validate

MISSING_BRACE = "`}` is missing"


class Refusal(Struct, frozen=True):
    """Something that is refused, and where. A missing brace may leave a block of many lines; what checks find is on one."""

    path: str
    first: int
    last: int
    words: str

    def covers(self, path: str, line: int) -> bool:
        return self.path == path and self.first <= line <= self.last


def refused(sources: Sequence[SourceText], dialect: Dialect) -> list[Refusal]:
    """All that the parser and the checks find, whether or not the reader tells each of it."""
    problems = Problems()
    files = [parse(source, problems) for source in sources]
    declarations = declare(files, Problems())
    found = validate(
        [block for file in files for block in file.blocks],
        settings_of(declarations.configs, sources),
        frozenset(declarations.unread),
        dialect,
        sound=not problems,
    )
    told = [(one.location, one.reason) for one in problems.in_order([source.path for source in sources]) if one.location]
    told += [*found.found, *found.unknown_types, *found.retired]
    return [Refusal(place.path, place.line, place.end_line, words) for place, words in told]


def agree(ours: Sequence[Refusal], theirs: set[tuple[str, int]]) -> bool:
    """Whether both refuse a schema or neither, and at the same lines.

    Where the brace of a block is missing, Prisma reads on and refuses each line of the next block as well; we do not.
    """
    if bool(ours) != bool(theirs):
        return False
    if any(MISSING_BRACE in one.words for one in ours):
        return True
    told = all(any(one.covers(path, line) for one in ours) for path, line in theirs)
    return told and all((one.path, one.first) in theirs for one in ours)
