"""One mistake costs what it is in, and nothing is lost in silence: real files, each broken in one place, through the whole program.

    make broken DIR=/path/to/checkouts
    python scripts/broken_files.py DIR... [--count 10000] [--seed 1] [--show 5]

In: folders with Prisma schemas, SQL, code (queries, migrations, Drizzle, TypeORM and Sequelize schemas) and settings. Out: a table.
Every broken text is reviewed and its schema printed, as the commands do; then three things are looked at. Did anything raise? Does
every failure name a place in the file? And how many statements (SQL), or models and enums (Prisma), that the file still holds word
for word were not read: those stand outside the mistake.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from advisor.engine.review import review
from advisor.formats import render
from advisor.formats.schemas import render_schemas
from advisor.model import Skipped, SourceText
from advisor.sources.prisma.parser import parse
from advisor.sources.prisma.problems import Problems
from advisor.sources.read import read_project
from advisor.sources.sql.text.statements import Statement, read_statements

sys.path.insert(0, str(Path(__file__).parent))
from mutate import one_mutation

SUFFIXES = (".prisma", ".sql", ".ts", ".js")
SETTINGS = ("package.json", "prisma.config.ts")
"""Files that are known by their name."""
SPEAKS_TO_DATABASE = re.compile(
    rb"prisma|queryRunner|queryInterface|knex|pgTable|pgSchema|@Entity|typeorm|sequelize|node-pg-migrate"
)
"""What code must hold to be of interest: the rest is not read anyway."""
OTHER_DATABASE = re.compile("SQL of another database")
ABOUT_THE_FILE = re.compile("the file|empty|a binary file|SQL of another database")
"""Reasons that are about a file as a whole and need no line."""
MAX_CHARACTERS = 40_000
MOST_FILES_OF_A_KIND = 400


@dataclass
class Tally:
    """What came of the broken forms of one kind of file."""

    texts: int = 0
    raised: int = 0
    reported: int = 0
    """Texts of which a failure is reported."""
    without_place: int = 0
    beside: Counter[int] = field(default_factory=Counter)
    """How many whole parts that the mistake is not in were not read: how often."""
    slowest: float = 0.0


def files_below(folders: Sequence[Path], chance: random.Random) -> dict[str, list[Path]]:
    """Files by suffix or name, in a random order; those that speak to another database, or to none, are left out."""
    found: dict[str, list[Path]] = {kind: [] for kind in (*SUFFIXES, *SETTINGS)}
    for folder in folders:
        for path in folder.rglob("*"):
            kind = path.name if path.name in SETTINGS else path.suffix
            if kind in found and path.is_file() and "node_modules" not in path.parts and path.stat().st_size < MAX_CHARACTERS:
                found[kind].append(path)
    for kind, paths in found.items():
        paths.sort()
        chance.shuffle(paths)
        paths[:] = list(islice((path for path in paths if is_of_interest(path, kind)), MOST_FILES_OF_A_KIND))
    return {kind: paths for kind, paths in found.items() if paths}


def is_of_interest(path: Path, kind: str) -> bool:
    if kind in (".ts", ".js"):
        return SPEAKS_TO_DATABASE.search(path.read_bytes()) is not None
    if kind == ".sql":
        return not any(OTHER_DATABASE.search(lost.reason) for lost in review([str(path)]).skipped)
    return True


def parts_of(text: str, suffix: str) -> list[str]:
    """The statements of a file, or its blocks, as they are written; empty for code."""
    source = SourceText(f"file{suffix}", text)
    if suffix == ".sql":
        return [statement.text.strip() for statement in read_statements(source) if isinstance(statement, Statement)]
    if suffix == ".prisma":
        return [text[block.span.start : block.span.end] for block in parse(source, Problems()).blocks]
    return []


def lost_beside(text: str, suffix: str, whole: Sequence[str]) -> int:
    """How many parts stand in the broken text word for word, and were not read."""
    read = Counter(parts_of(text, suffix))
    return sum(1 for part in whole if read[part] == 0 and text.count(part) >= 1)


def examine(path: Path, text: str, tally: Tally) -> Iterator[str]:
    """Put one text through the program, count what came of it, and say what is wrong."""
    tally.texts += 1
    started = time.perf_counter()
    try:
        result = review([str(path)])
        render(result, "text", colour=False)
        render(result, "json", colour=False)
        project = read_project([str(path)]).project
        for form in ("sql", "json"):
            render_schemas(project, form)
    except Exception:
        tally.raised += 1
        yield traceback.format_exc(limit=-3)
        return
    tally.slowest = max(tally.slowest, time.perf_counter() - started)
    failed = [lost for lost in result.skipped if lost.kind == "failed"]
    tally.reported += bool(failed)
    misplaced = [lost for lost in failed if not has_place(lost, text)]
    tally.without_place += bool(misplaced)
    yield from (f"{lost.reason}: at {lost.location}" for lost in misplaced)


def has_place(lost: Skipped, text: str) -> bool:
    """Whether a failure points into the file; one that is about the file as a whole (not UTF-8, empty) needs no line."""
    if lost.location is None:
        return ABOUT_THE_FILE.search(lost.reason) is not None
    return 1 <= lost.location.line <= text.count("\n") + 1


def campaign(
    files: dict[str, list[Path]], count: int, chance: random.Random, folder: Path
) -> Iterator[tuple[str, Tally, list[str]]]:
    for suffix, paths in files.items():
        tally, complaints = Tally(), []
        for number in range(count // len(files)):
            original = paths[number % len(paths)].read_text(encoding="utf-8", errors="replace")
            text = one_mutation(original, chance)
            target = folder / (suffix if suffix in SETTINGS else f"broken{suffix}")
            target.write_text(text, encoding="utf-8", errors="replace")
            wrong = list(examine(target, text, tally))
            beside = lost_beside(text, suffix, parts_of(original, suffix))
            tally.beside[min(beside, 3)] += 1
            if beside:
                wrong.append(f"{beside} parts beside the mistake were not read")
            complaints += [f"{paths[number % len(paths)]} (text {number}): {line}" for line in wrong]
        yield suffix, tally, complaints


def main() -> None:
    parser = argparse.ArgumentParser(description="Break real files in one place each, and look at what the program makes of them.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="how many complaints of each kind of file to print")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    files = files_below(given.folders, chance)
    print(
        "| file | originals | broken | raised | failure reported | without a place | lost beside it: 0 / 1 / 2 / 3+ | slowest, s |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    shown: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        for suffix, tally, complaints in campaign(files, given.count, chance, Path(name)):
            beside = " / ".join(f"{tally.beside[number]:,}" for number in range(4))
            figures = (f"{tally.texts:,}", tally.raised, f"{tally.reported:,}", tally.without_place, beside, f"{tally.slowest:.1f}")
            print("|", " | ".join(map(str, (suffix, len(files[suffix]), *figures))), "|", flush=True)
            shown += complaints[: given.show]
    print("\n".join(["", *shown]) if shown else "")


if __name__ == "__main__":
    main()
