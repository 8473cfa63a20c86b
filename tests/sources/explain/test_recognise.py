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


@pytest.mark.parametrize("name", ["pyproject.toml", "LICENSE", "fixtures/railway-blog/package.json", "advisor/model/plan/tree.py"])
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


@pytest.mark.parametrize(
    "text",
    [
        "# Plans\n\nRead them with `EXPLAIN (ANALYZE, BUFFERS)`; a node shows `(cost=0.00..1.00 rows=1 width=4)` and its rows.\n",
        "| Plan | Price |\n|------|-------|\n| free | 0     |\n",
        "> The actual time of a node is (actual time=0.1..0.2 rows=1 loops=1).\n",
        "1. Run EXPLAIN\n2. Look at the QUERY PLAN\n3. Add an index\n",
        "Plan:\n  name: free\n  limit: 5\n",
        "plans:\n  - Node Type: small\n",
        '{"QUERY PLAN": "which rows the database reads first"}',
        '[{"name": "Seq Scan", "Plan": {"cost": 5}}]',
        '{"message": "the actual plan", "level": "info"}\n{"message": "Node started", "level": "info"}\n',
        "<pre>QUERY PLAN</pre>",
        "-- the plan was Seq Scan on posts  (cost=0.00..1.00 rows=1 width=4)\nCREATE INDEX ON posts (author_id);\n",
        "INSERT INTO notes (text) VALUES ('Limit the rows'), ('Sort by cost');\n",
        "2024-05-01 10:00:00 UTC [77] LOG:  duration: 12.3 ms  statement: select plan: from x\n",
        'id,plan\n1,"free"\n2,"Node Type, paid"\n',
        "const plan = { Plan: { name: 'free' }, cost: 5 };",
    ],
)
def test_prose_tables_and_data_about_plans_are_none(text: str) -> None:
    assert not looks_like_plan(text)


@pytest.mark.parametrize("name", ["README.md", "fixtures/plans/README.md", "CHANGELOG.md", "docs", "rules/plans"])
def test_the_project_own_texts_are_none(name: str) -> None:
    path = ROOT / name
    texts = [path] if path.is_file() else [*path.rglob("*.py"), *path.rglob("*.yaml"), *path.rglob("*.sql")]
    for text in texts:
        if "(cost=" not in (content := text.read_text(encoding="utf-8")):
            assert not looks_like_plan(content), text
