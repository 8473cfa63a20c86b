"""Recorded workloads: each fault is found by the rules that the case names, and by no others; what is mended is clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor import review
from scripts.record_workloads import FOLDER, read_case

CASES = sorted(path.stem for path in FOLDER.glob("*.sql"))


def findings(name: str, section: str, folder: Path) -> tuple[str, ...]:
    """The rules that speak of a plan, with the case's setup as the schema."""
    case = read_case(FOLDER / f"{name}.sql")
    (folder / "schema.sql").write_text(";\n".join(case.sections["setup"]) + ";\n", encoding="utf-8")
    plan = folder / f"{section}.txt"
    plan.write_text((FOLDER / f"{name}.{section}.txt").read_text(encoding="utf-8"), encoding="utf-8")
    found = review([folder])
    assert not [lost for lost in found.skipped if lost.path.endswith(plan.name)]
    return tuple(sorted({finding.rule for finding in found.findings if finding.at.path.endswith(plan.name)}))


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_found_by_the_rules_that_its_case_names(name: str, tmp_path: Path) -> None:
    wanted = sorted(read_case(FOLDER / f"{name}.sql").headers["finds"].replace(" ", "").split(","))
    assert list(findings(name, "fault", tmp_path)) == wanted


@pytest.mark.parametrize("name", CASES)
def test_what_is_mended_is_clean(name: str, tmp_path: Path) -> None:
    assert findings(name, "mended", tmp_path) == ()
