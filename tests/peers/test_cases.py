"""Other tools' own test cases, under the names of our rules: where we disagree, the reason is written down.

The cases are not part of the repository: without them the test is skipped.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from advisor import review
from advisor.engine.registry import known_names

FOLDER = Path(__file__).parents[2].parent / "shared" / "cases"
DISAGREEMENTS = tomllib.loads((Path(__file__).parent / "disagreements.toml").read_text(encoding="utf-8"))["case"]
IN_TRANSACTION = frozenset({"eugene", "postgres-language-server"})
"""Tools that take every file for one transaction (eugene runs it so, the language server says so of its rules)."""
FILE = re.compile(r"^-- (\d+)\.sql$", re.MULTILINE)

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="other tools' cases are not beside the project")


def cases() -> Iterator[dict[str, Any]]:
    for path in sorted(FOLDER.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield {"id": f"{path.stem}-{number}", **json.loads(line)}


def files_of(case: dict[str, Any]) -> dict[str, str]:
    """One file, or those that its text names; and the settings as ours."""
    settings = case["settings"]
    version = max(12, int(settings.get("pg_version", 18)))
    wrapped = settings.get("assume_in_transaction", case["peer"] in IN_TRANSACTION)
    asked = f"[migrations]\nin-transaction = {str(wrapped).lower()}\n"
    parts = FILE.split(case["sql"])
    texts = {f"migrations/{number}.sql": text for number, text in zip(parts[1::2], parts[2::2], strict=True)}
    return {"advisor.toml": f"postgres_version = {version}\n{asked}", **(texts or {"case.sql": case["sql"]})}


def is_flagged(case: dict[str, Any], folder: Path) -> bool:
    for name, text in files_of(case).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    asked = folder / "case.sql"
    found = review(asked if asked.exists() else folder, select=case["rules"], config=folder / "advisor.toml")
    return any(finding.rule in case["rules"] for finding in found.findings)


CASES = list(cases()) if FOLDER.exists() else []


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_we_agree_with_other_tools_or_say_why_not(case: dict[str, Any], tmp_path: Path) -> None:
    if absent := set(case["rules"]) - set(known_names()):
        pytest.skip(f"not written yet: {', '.join(sorted(absent))}")
    agreed = is_flagged(case, tmp_path) == (case["expect"] == "flag")
    assert agreed == (case["id"] not in DISAGREEMENTS), f"{case['peer']} {case['peer_rule']}: {case['expect']}\n{case['sql']}"


def test_disagreements_are_few_and_have_reasons() -> None:
    assert set(DISAGREEMENTS) <= {case["id"] for case in CASES}
    assert all(len(why["reason"]) > 20 for why in DISAGREEMENTS.values())
