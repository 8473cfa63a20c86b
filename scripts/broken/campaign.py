"""Originals broken one after another, through the whole program. In: files and a source of chance. Out: what came of them."""

from __future__ import annotations

import random
import re
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from advisor.engine.review import review
from advisor.formats import render
from advisor.formats.schemas import render_schemas
from advisor.model import Project, Skipped
from advisor.sources.read import read_project
from scripts.broken.damage import one_damage
from scripts.broken.parts import parts_of, source_of, standing

ABOUT_THE_FILE = re.compile(r"the file|empty|a binary file|a bundle|UTF-|of another database|not recognised")
"""Reasons that are about a file as a whole and need no line."""
TOO_SLOW = 3.0
"""CPU seconds for a review, two readings and two printings of one file."""


@dataclass
class Tally:
    """What came of the broken forms of one kind of file."""

    texts: int = 0
    raised: int = 0
    said: int = 0
    without_place: int = 0
    unsaid: int = 0
    beside: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    complaints: list[str] = field(default_factory=list)

    def row(self, kind: str, files: int) -> str:
        whole = self.texts - self.raised - self.said
        beside = " / ".join(f"{self.beside[number]:,}" for number in range(4))
        counts = (files, self.texts, self.raised, whole, self.said, self.without_place, self.unsaid)
        return f"| {kind} | {' | '.join(f'{count:,}' for count in counts)} | {beside} | {self.slowest:.1f} |"


def parts_when_whole(path: Path, original: bytes) -> dict[str, str]:
    """What is read of a file before it is broken."""
    path.write_bytes(original)
    return parts_of(source_of(path, original), read_project([str(path)]).project)


def examine(path: Path, whole: Mapping[str, str], broken: bytes, tally: Tally) -> Iterator[str]:
    """Put one broken text through the program, count what came of it, and say what is wrong."""
    path.write_bytes(broken)
    tally.texts += 1
    started = time.process_time()
    try:
        skipped, project = through_the_program(path)
    except Exception:
        tally.raised += 1
        yield traceback.format_exc(limit=-3)
        return
    seconds = time.process_time() - started
    tally.slowest = max(tally.slowest, seconds)
    if seconds > TOO_SLOW:
        yield f"{seconds:.1f} s"
    source = source_of(path, broken)
    failed = [lost for lost in skipped if lost.kind == "failed"]
    tally.said += bool(failed)
    misplaced = [lost for lost in failed if not has_place(lost, source.text)]
    tally.without_place += bool(misplaced)
    yield from (f"{lost.reason}: at {lost.location}" for lost in misplaced)
    parts = parts_of(source, project)
    beside = [part for part in standing(whole, source) if part not in parts]
    tally.beside[min(len(beside), 3)] += 1
    yield from (f"not read, though whole: {part[:100]!r}" for part in beside[:2])
    if len(parts) < len(whole) and not any(lost.path.endswith(path.name) for lost in skipped):
        tally.unsaid += 1
        yield f"{len(whole)} parts, now {len(parts)}, and nothing said"


def through_the_program(path: Path) -> tuple[Sequence[Skipped], Project]:
    """What `advisor check` and `advisor schema` do with a file."""
    result = review([str(path)])
    for form in ("text", "json"):
        render(result, form, colour=False)
    for form in ("sql", "json"):
        render_schemas(result.project, form)
    return result.skipped, result.project


def has_place(lost: Skipped, text: str) -> bool:
    """Whether a failure points into the file, or is about the file as a whole."""
    if lost.location is None:
        return ABOUT_THE_FILE.search(lost.reason) is not None
    return 1 <= lost.location.line <= text.count("\n") + 1


def campaign(paths: Sequence[Path], count: int, chance: random.Random, folder: Path) -> Tally:
    """Break the files in turn. A broken one has its original's name, since that says what a file is for."""
    tally = Tally()
    for number, path in enumerate(paths):
        original = path.read_bytes()
        target = folder / path.parent.name / path.name
        target.parent.mkdir(exist_ok=True)
        whole = parts_when_whole(target, original)
        for text in range(number, count, len(paths)):
            how, broken = one_damage(original, chance)
            wrong = list(examine(target, whole, broken, tally))
            tally.complaints += [f"{path} (text {text}, {how}): {line}" for line in wrong]
        target.unlink()
    return tally
