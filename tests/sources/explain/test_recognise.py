"""Telling EXPLAIN output from other text by its content."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.sources.explain import looks_like_plan
from tests.sources.explain.plans import RECORDED, ROOT, TIMED

PLANS = sorted(path for folder in (RECORDED, TIMED) for path in (*folder.glob("*.txt"), *folder.glob("*.json")))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_recorded_plan_looks_like_one(path: Path) -> None:
    assert looks_like_plan(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["pyproject.toml", "LICENSE", "fixtures/railway-blog/package.json", "advisor/model/plan.py"])
def test_other_files_do_not(name: str) -> None:
    assert not looks_like_plan((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(cost=1)",
        "the (actual time) of a scan",
        '{"Plan": "free"}',
        '{"Plan": {"name": "free"}}',
        "CREATE TABLE plan (cost int);",
    ],
)
def test_words_of_a_plan_alone_are_none(text: str) -> None:
    assert not looks_like_plan(text)
