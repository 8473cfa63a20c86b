"""Recorded plans, cut at every line and damaged at random, through the whole program.

In: the plans of `fixtures/plans` and of any folders named. Out: a table.

- Cuts: every plan, in every form, is cut after each of its lines. What is left says that it is cut, or could be a whole plan; those
  are counted by what was lost.
- Mutants: lines and bytes deleted, doubled, swapped, re-indented, numbers made absurd, keys renamed. No text may raise, nor take
  longer than two seconds.

    python -m scripts.plan_campaign [FOLDER ...] [--mutants 50000] [--seed 1] [--output fixtures/plan_campaign.md]
"""

from __future__ import annotations

import argparse
import io
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from advisor.engine.review import review_plans
from advisor.formats.plan import render_plans
from advisor.model import SourceText
from advisor.sources.explain import read_plans

PLANS = Path(__file__).resolve().parents[1] / "fixtures" / "plans"
SUFFIXES = (".txt", ".json", ".yaml", ".xml")
LONGEST_CUT = 400
"""Lines of the plans that are cut: a longer one repeats itself."""
LARGEST_MUTANT = 40_000
TOO_LONG = 2.0
"""Seconds."""
FOOTER = re.compile(r"\(\d+ rows?\)$")
LOST = (
    (
        re.compile(r"(Planning|Execution) [Tt]ime:|Trigger |JIT:|Settings:|Serialization:|Planning:$|- Trigger Name"),
        "lines below the plan",
    ),
    (FOOTER, "psql's count of rows, which not every client prints"),
    (
        re.compile(r"(Index Searches|Heap Fetches|Buffers|WAL|I/O Timings|Heap Blocks|Storage|Disabled):"),
        "figures that an option adds",
    ),
    (re.compile(r"Worker \d"), "lines of workers"),
    (re.compile(r"[A-Z][^:]*: "), "other lines of the last node"),
    (re.compile(r"->  |(?:InitPlan|SubPlan|CTE) "), "members of an Append, subplans or CTEs that nothing refers to"),
)
"""What the first line after a cut was, for cuts that nothing tells."""


def files(folders: Sequence[Path]) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in SUFFIXES)


def cuts(texts: Iterable[tuple[str, str]]) -> tuple[Counter[str], Counter[str]]:
    """How many cuts of each form there were and how many are told; and what was lost by those that are not."""
    counts: Counter[str] = Counter()
    untold: Counter[str] = Counter()
    for form, text in texts:
        lines = text.splitlines(keepends=True)
        whole = read_plans(SourceText("plan", text))
        if whole.problems or not whole.plans or len(lines) > LONGEST_CUT:
            counts[f"{form} left out"] += 1
            continue
        for number in range(1, len(lines)):
            if not "".join(lines[number:]).strip():
                continue
            counts[form] += 1
            found = read_plans(SourceText("plan", "".join(lines[:number])))
            if found.problems:
                counts[f"{form} told"] += 1
            else:
                untold[f"{form}: {lost(lines[number])}"] += 1
    return counts, untold


def lost(line: str) -> str:
    return next((words for pattern, words in LOST if pattern.match(line.strip())), "something else")


def mutated(text: str, chance: random.Random) -> str:
    """A text with one to four things done to it."""
    for _ in range(chance.randint(1, 4)):
        lines = text.split("\n")
        place, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(9):
            case 0:
                del lines[place]
            case 1:
                lines.insert(other, lines[place])
            case 2:
                lines[place], lines[other] = lines[other], lines[place]
            case 3:
                lines[place] = " " * chance.randrange(12) + lines[place].lstrip()
            case 4:
                lines[place] = re.sub(r"\d+", lambda _: chance.choice(ABSURD), lines[place], count=1)
            case 5:
                lines = lines[:place]
            case 6:
                lines[place] = "".join(chance.sample(lines[place], len(lines[place])))
            case 7:
                start = chance.randrange(len(lines[place]) + 1)
                lines[place] = lines[place][:start] + chance.choice(SIGNS) + lines[place][start + chance.randrange(4) :]
            case _:
                lines[place] = lines[place].replace("Node", "Nod").replace("Plan", "Plam").replace("rows", "row")
        text = "\n".join(lines) or " "
    return text


ABSURD = ("9" * 40, "-1", "NaN", "1e999", "0", "1" * 400, "0.0000000001", "Infinity")
SIGNS = ("'", '"', "(", "]", "{", "\\", "\0", "\t", "->", "|", "\u00a0", "<", "&#0;", "\ud800".encode("utf-8", "replace").decode())


def run_mutants(texts: Sequence[str], number: int, seed: int) -> Iterator[tuple[str, str]]:
    """What went wrong, with the text: nothing, if all is well."""
    chance = random.Random(seed)
    for _ in range(number):
        text = mutated(chance.choice(texts), chance)
        start = time.perf_counter()
        try:
            review = review_plans({"plan.txt": text.encode("utf-8", "replace")})
            for form in ("text", "json"):
                render_plans(review, form, io.StringIO())
        except Exception as error:
            yield f"{type(error).__name__}: {error}", text
        if any("failed" in lost.reason and "rule" in lost.reason for lost in review.skipped):
            yield f"a rule failed: {[lost.reason for lost in review.skipped]}", text
        if (took := time.perf_counter() - start) > TOO_LONG:
            yield f"{took:.1f} s", text


def table(counts: Counter[str], untold: Counter[str], mutants: int, faults: Sequence[str]) -> str:
    forms = [form for form in ("TEXT", "JSON", "YAML", "XML") if counts[form]]
    rows = [
        f"| {form} | {counts[form]:,} | {counts[f'{form} told']:,} | {counts[f'{form} told'] / counts[form]:.1%} |"
        for form in forms
    ]
    why = [f"| {name} | {number:,} |" for name, number in untold.most_common()]
    return "\n".join(
        [
            "# Plans that are cut off or damaged",
            "",
            "The plans of `fixtures/plans`, and recorded plans of versions 12, 14, 16 and 18 that lay beside the project, each cut",
            "after every line. Made by `python -m scripts.plan_campaign FOLDER --output fixtures/plan_campaign.md`.",
            "",
            "| form | cuts | told | part |",
            "| --- | ---: | ---: | ---: |",
            *rows,
            "",
            "A cut that is not told leaves what could be a whole plan. What was lost first:",
            "",
            "| lost | cuts |",
            "| --- | ---: |",
            *why,
            "",
            f"{mutants:,} mutants through the whole program, as text and as JSON: {len(faults)} raised or took over two seconds.",
            *(f"- {fault[:200]}" for fault in faults[:20]),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of recorded plans, beside fixtures/plans")
    parser.add_argument("--mutants", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    forms = {".txt": "TEXT", ".json": "JSON", ".yaml": "YAML", ".xml": "XML"}
    texts = [(forms[path.suffix], path.read_text(encoding="utf-8")) for path in files([PLANS, *options.folders])]
    counts, untold = cuts(texts)
    faults = [
        f"{what}: {text[:120]!r}"
        for what, text in run_mutants([text for _, text in texts if len(text) < 40_000], options.mutants, options.seed)
    ]
    found = table(counts, untold, options.mutants, faults)
    if options.output:
        options.output.write_text(found, encoding="utf-8")
    print(found)


if __name__ == "__main__":
    main()
