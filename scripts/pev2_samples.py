"""The plans of dalibo/pev2's tests and samples, read: a checkout in, a table of what was read, refused and agrees out.

    python -m scripts.pev2_samples CHECKOUT [--differences]

Samples are the files `*-plan`, `*.plan` and the strings of plans in the tests and in `samples.ts`. An expectation (`*-expect`) is
matched as pev2's own test does: each field of it must be there with its value, further fields may be. What pev2 writes in another
way than PostgreSQL's JSON is no difference (`same`). Nothing of pev2 is kept here.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from advisor.model import SourceText
from advisor.sources.explain import looks_like_plan, read_plans, to_json
from advisor.sources.explain.headlines import parse_phrase

TESTS = "src/services/__tests__"
LITERAL = re.compile(r"`((?:[^`\\]|\\.)*)`|= '((?:[^'\\\n]|\\.)*)'|= \"((?:[^\"\\\n]|\\.)*)\"", re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
LETTERS = {"n": "\n", "t": "\t", "\n": ""}
Path_ = tuple[str | int, ...]


class Sample(Struct, frozen=True):
    """A text with a plan, and what pev2 expects of it."""

    group: str
    name: str
    text: str
    expected: dict[str, Any] | None = None


def samples(checkout: Path) -> Iterator[Sample]:
    tests = checkout / TESTS
    for path in sorted([*tests.rglob("*-plan"), *tests.rglob("*.plan")]):
        expectation = path.with_name(re.sub(r"[-.]plan$", lambda match: match[0].replace("plan", "expect"), path.name))
        expected = json.loads(expectation.read_text(encoding="utf-8")) if expectation.exists() else None
        yield Sample(path.parent.name, path.name, path.read_text(encoding="utf-8"), expected)
    for path in sorted([*tests.glob("*.ts"), *(checkout / "example" / "src").glob("samples.ts")]):
        for number, match in enumerate(LITERAL.finditer(path.read_text(encoding="utf-8")), 1):
            written = match[1] or match[2] or match[3] or ""
            text = ESCAPE.sub(lambda escape: LETTERS.get(escape[1], escape[1]), written)
            if looks_like_plan(text):
                yield Sample("strings in the tests" if path.parent == tests else "samples.ts", f"{path.name} {number}", text)


def same(key: str, expected: Any, found: Any, node: Mapping[str, Any]) -> bool:
    """Whether a value is the same but for pev2's own way of writing it.

    pev2 keeps TEXT's words for a node (`Hash Semi Join`), the schema and the quotes of a name, lists and some numbers as text; it
    adds fields of its own (`*...`), and zeros and `false` that TEXT does not print.
    """
    if key.startswith("*") or (found is None and expected in (0, False)):
        return True
    if key == "Node Type" and isinstance(expected, str):
        words = {"Node Type": "Nested Loop"} if expected == "Nested Loop Join" else parse_phrase(expected)
        if expected == node.get("Operation"):
            return True
        return all(node.get(name) == value for name, value in words.items() if name != "Parallel Aware")
    if isinstance(found, list) and isinstance(expected, str):
        return ", ".join(map(str, found)) == expected
    if isinstance(found, int | float) and isinstance(expected, str):
        return str(found) == expected
    if isinstance(found, int) and isinstance(expected, int):
        return float(found) == float(expected)  # JavaScript has no larger whole numbers than 2**53
    if key in ("Relation Name", "Index Name") and isinstance(expected, str):
        schema = node.get("Schema")
        return expected.replace('"', "") in (found, f"{schema}.{found}")
    return False


def differences(expected: Any, found: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any, Any]]:
    """Where something expected is missing or is another."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            if not same(key, value, found.get(key), found):
                yield from differences(value, found.get(key), (*path, key))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, (*path, index))
    elif expected != found:
        yield path, expected, found


def table(checkout: Path, *, tell: bool) -> Iterator[str]:
    counts: dict[str, Counter[str]] = {}
    notes: list[str] = []
    for sample in samples(checkout):
        count = counts.setdefault(sample.group, Counter())
        reading = read_plans(SourceText(sample.name, sample.text))
        count["samples"] += 1
        outcome = "read" if reading.plans and not reading.problems else "read in part" if reading.plans else "refused"
        count[outcome] += 1
        if outcome != "read":
            notes.append(f"- {sample.group}, {sample.name}: {outcome}: {reading.problems[0].reason}")
        if sample.expected is None:
            continue
        count["expectations"] += 1
        expected = sample.expected if "Plan" in sample.expected else {"Plan": sample.expected}
        found = list(differences(expected, to_json(reading.plans[0]) if reading.plans else None))
        count["agree"] += not found
        if found:
            names = Counter(next((part for part in reversed(path) if isinstance(part, str)), "") for path, _, _ in found)
            fields = ", ".join(f"{name} ({number})" if number > 1 else name for name, number in sorted(names.items()))
            notes.append(f"- {sample.group}, {sample.name}: differs in {fields}")
        if tell:
            notes += [f"    {'/'.join(map(str, path))}: {one!r} | {other!r}"[:300] for path, one, other in found[:8]]
    columns = ("samples", "read", "read in part", "refused", "expectations", "agree")
    yield from ["# The plans of pev2's tests and samples", "", "Printed by `python -m scripts.pev2_samples CHECKOUT`.", ""]
    yield "| group | " + " | ".join(columns) + " |"
    yield "|---|" + "---:|" * len(columns)
    for group, count in counts.items():
        yield f"| {group} | " + " | ".join(str(count[column]) for column in columns) + " |"
    total = sum(counts.values(), Counter[str]())
    yield "| **all** | " + " | ".join(str(total[column]) for column in columns) + " |"
    yield ""
    yield from notes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--differences", action="store_true", help="tell each difference, for a look at it")
    options = parser.parse_args()
    print("\n".join(table(options.checkout, tell=options.differences)))


if __name__ == "__main__":
    main()
