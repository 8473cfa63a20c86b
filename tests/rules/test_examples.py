"""Every rule's own examples, through the whole program: a bad one is flagged by its rule, a good one is not, a remedy mends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from advisor.engine.registry import all_rules
from advisor.engine.review import Review, review
from advisor.finding import Finding, Severity
from advisor.remedies import Edit
from advisor.rule import Example, Rule
from tests.rules.spoken import said, told
from tests.rules.spoken import write_example as write

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

RULES = all_rules()


def bad() -> list[ParameterSet]:
    return [pytest.param(rule, example, id=f"{rule.name}-{n}") for rule in RULES for n, example in enumerate(rule.bad, 1)]


def good() -> list[ParameterSet]:
    return [pytest.param(rule, example, id=f"{rule.name}-{n}") for rule in RULES for n, example in enumerate(rule.good, 1)]


def run(rule: Rule, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    monkeypatch.chdir(folder)
    return review(".", select=[rule.name])


def found_by(rule: Rule, result: Review) -> list[Finding]:
    return [finding for finding in result.findings if finding.rule == rule.name]


@pytest.mark.parametrize(("rule", "example"), bad())
def test_a_bad_example_is_flagged_by_its_rule_in_the_words_on_file(
    rule: Rule, example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(example, tmp_path)
    result = run(rule, tmp_path, monkeypatch)
    assert [lost for lost in result.skipped if lost.kind == "failed"] == []
    findings = found_by(rule, result)
    assert findings, f"nothing found in\n{example}"
    for finding in findings:
        source = result.texts(finding.at.path)
        assert source is not None
        assert source.line(finding.at.line).strip(), f"{finding.at} points at an empty line"
        assert finding.message
        assert not finding.message.endswith(".")
        assert finding.severity not in (None, Severity.OFF)
    assert told(rule, result) == said(rule, rule.bad.index(example) + 1), "if this is right: python -m tests.rules.spoken"
    assert what_is_left(rule, result, tmp_path, monkeypatch) == set(), "its remedy is applied, and it still speaks"


@pytest.mark.parametrize(("rule", "example"), good())
def test_a_good_example_is_not_flagged(rule: Rule, example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(example, tmp_path)
    result = run(rule, tmp_path, monkeypatch)
    assert [lost for lost in result.skipped if lost.kind == "failed"] == []
    assert [f"{finding.at}: {finding.message}" for finding in found_by(rule, result)] == []


def what_is_left(rule: Rule, before: Review, folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The subjects that are still found after their mechanical remedies were applied; nothing where there are none."""
    edits = edits_of(rule, before)
    if not edits:
        return set()
    apply(edits, folder)
    after = run(rule, folder, monkeypatch)
    assert [lost for lost in after.skipped if lost.kind == "failed"] == []
    mended = {finding.subject for finding in found_by(rule, before) if finding.remedy}
    return mended & {finding.subject for finding in found_by(rule, after)}


def edits_of(rule: Rule, result: Review) -> list[Edit]:
    """The edits of every finding's remedy; none where one of them has none."""
    edits: list[Edit] = []
    for finding in found_by(rule, result):
        schema = next((database.schema for database in result.project.databases if database.folder == finding.database), None)
        own = finding.remedy.edits(schema) if finding.remedy else ()
        if not own:
            return []
        edits += own
    return list(dict.fromkeys(edits))


def apply(edits: list[Edit], folder: Path) -> None:
    """Make the edits, from the end of each file to its start."""
    from advisor.model import SourceText

    for edit in sorted(edits, key=lambda edit: edit.location, reverse=True):
        file = folder / edit.location.path
        source = SourceText(edit.location.path, file.read_text(encoding="utf-8"))
        start = source.offset(edit.location.line, edit.location.column)
        end = source.offset(edit.location.end_line, edit.location.end_column)
        file.write_text(source.text[:start] + edit.text + source.text[end:], encoding="utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_a_page_and_examples_of_both_kinds(rule: Rule) -> None:
    assert rule.bad
    assert rule.good
    assert rule.summary.endswith(".")
    for heading in ("## Why it matters", "## When it is fine", "## What to do", "## Sources"):
        assert heading in rule.page, f"{rule.name}: no section {heading}"
