"""What each rule says of its bad examples, word for word, in `tests/rules/spoken/CATEGORY/RULE.txt`.

A change of a message, a place or a remedy shows in these files, where a reviewer reads it. Written anew by

    python -m tests.rules.spoken [RULE...]
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from advisor.engine.registry import all_rules
from advisor.engine.review import Review, review
from advisor.finding import Finding
from advisor.formats.digest import severity_word, written
from advisor.rule import Example, Rule

FOLDER = Path(__file__).parent / "spoken"
HEADING = "== bad example {}\n"


def file_of(rule: Rule) -> Path:
    return FOLDER / rule.category / f"{rule.name}.txt"


def said(rule: Rule, number: int) -> str:
    """What the file of a rule has for one of its bad examples, the first being 1."""
    text = file_of(rule).read_text(encoding="utf-8") if file_of(rule).exists() else ""
    _, found, rest = text.partition(HEADING.format(number))
    return rest.partition("== bad example ")[0].strip("\n") if found else ""


def told(rule: Rule, result: Review) -> str:
    """What a review says by this rule."""
    findings = [finding for finding in result.findings if finding.rule == rule.name]
    return "\n\n".join("\n".join(lines_of(finding, result)) for finding in findings)


def lines_of(finding: Finding, result: Review) -> Iterator[str]:
    place = f"{finding.at}-{finding.at.end_line}:{finding.at.end_column}"
    yield f"{place} {severity_word(finding)}, {finding.confidence.value} [{finding.subject}]"
    yield f"  {finding.message}"
    yield from (f"  see {related.location}: {related.message}" for related in finding.related)
    if finding.remedy is None:
        return
    remedy = written(finding.remedy, result.project, finding.database)
    yield f"  {remedy.kind}: {remedy.title}"
    yield from indented(remedy.up)
    if remedy.prisma:
        yield "  in Prisma"
        yield from indented(remedy.prisma)
    if remedy.down:
        yield "  back"
        yield from indented(remedy.down)


def indented(text: str) -> Iterator[str]:
    return (f"    {line}".rstrip() for line in text.splitlines())


def write_example(example: Example, folder: Path) -> None:
    for path, text in example.files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def main(names: Iterable[str]) -> None:
    wanted = set(names)
    for rule in all_rules():
        if wanted and rule.name not in wanted:
            continue
        parts = []
        for number, example in enumerate(rule.bad, 1):
            with tempfile.TemporaryDirectory() as folder:
                write_example(example, Path(folder))
                os.chdir(folder)
                parts.append(f"{HEADING.format(number)}{told(rule, review('.', select=[rule.name]))}\n")
                os.chdir("/")
        file_of(rule).parent.mkdir(parents=True, exist_ok=True)
        file_of(rule).write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
