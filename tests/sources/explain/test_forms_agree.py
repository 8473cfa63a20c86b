"""TEXT and JSON of one plan give one tree, value for value: our recordings, and four versions of PostgreSQL where at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor.model import Plan
from advisor.sources.explain import to_json
from tests.sources.explain.plans import RECORDED, ROOT, TIMED, reading, shape, tree

CORPUS = ROOT / ".." / "shared" / "plans"

RUN_TWICE = {
    "50-parallel-hash": "workers share the work differently each time",
    "51-parallel-gather-merge-sort": "workers share the work differently each time",
    "52-parallel-append": "workers share the work differently each time",
    "63-update-trigger": "the first run leaves dead rows that the second one's estimate counts",
    "64-update-partitioned": "the first run leaves dead rows that the second one's estimate counts",
}
"""Statements whose two recordings differ, since each was run: only their shapes can be compared."""
RUN_FOUR_TIMES = RUN_TWICE | {"65-delete-fk-cascade": "as the updates, by the time that XML is recorded"}
AMBIGUOUS = {"pg12/37-cte-modifying": "the only child of a ModifyTable with RETURNING, see `unprinted.AMBIGUOUS`"}


def one_plan(path: Path) -> Plan:
    found = reading(path.read_text(encoding="utf-8"), path.name)
    assert [str(problem) for problem in found.problems] == []
    [plan] = found.plans
    return plan


def own_pairs() -> list[Path]:
    return sorted(path for path in RECORDED.glob("*.txt") if path.with_suffix(".json").exists())


def corpus_pairs(pattern: str) -> list[Path]:
    return sorted(path for path in CORPUS.glob(pattern) if path.with_suffix(".json").exists())


def test_there_are_recordings_of_both_forms() -> None:
    assert len(own_pairs()) >= 10


@pytest.mark.parametrize("path", own_pairs(), ids=lambda path: path.stem)
def test_text_and_json_of_a_recorded_plan_give_one_tree(path: Path) -> None:
    assert tree(one_plan(path)) == tree(one_plan(path.with_suffix(".json")))


@pytest.mark.parametrize("path", own_pairs(), ids=lambda path: path.stem)
def test_json_is_written_back_as_it_was_read(path: Path) -> None:
    source = path.with_suffix(".json")
    [original] = json.loads(source.read_text(encoding="utf-8"))
    assert to_json(one_plan(source)) == original


@pytest.mark.parametrize("path", own_pairs(), ids=lambda path: path.stem)
def test_what_text_gives_can_be_written_as_json_and_read_again(path: Path) -> None:
    plan = one_plan(path)
    [again] = reading(json.dumps([to_json(plan)])).plans
    assert tree(again) == tree(plan)


def test_every_option_at_once_is_read_from_both_forms() -> None:
    text, as_json = one_plan(TIMED / "every-option.txt"), one_plan(TIMED / "every-option.json")
    assert shape(text) == shape(as_json)
    assert text.fields.keys() == as_json.fields.keys()
    workers = [node.fields["Workers"][0].keys() for node in text.walk() if node.fields.get("Workers")]
    assert workers
    assert all({"Worker Number", "Actual Total Time", "Actual Rows", "Actual Loops"} <= keys for keys in workers)


@pytest.mark.parametrize("form", ["yaml", "xml"])
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of four versions is not at hand")
def test_yaml_and_xml_of_four_versions_are_what_json_is(form: str) -> None:
    compared, different = 0, []
    for path in sorted(CORPUS.glob(f"pg*/*.det.{form}")):
        if path.name.removesuffix(f".det.{form}") not in RUN_FOUR_TIMES:
            compared += 1
            if to_json(one_plan(path)) != to_json(one_plan(path.with_suffix(".json"))):
                different.append(str(path))
    assert compared > 300
    assert different == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of four versions is not at hand")
def test_text_and_json_of_four_versions_give_one_tree() -> None:
    compared, different = 0, []
    for path in corpus_pairs("pg*/*.det.txt"):
        name = path.name.removesuffix(".det.txt")
        if name in RUN_TWICE or f"{path.parent.name}/{name}" in AMBIGUOUS:
            continue
        compared += 1
        if tree(one_plan(path)) != tree(one_plan(path.with_suffix(".json"))):
            different.append(f"{path.parent.name}/{name}")
    assert different == []
    assert compared > 300


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of four versions is not at hand")
def test_two_runs_of_one_statement_have_one_shape() -> None:
    pairs = [path for path in corpus_pairs("pg*/*.txt") if path.stem.removesuffix(".det") in RUN_TWICE or ".det" not in path.name]
    assert len(pairs) > 90
    for path in pairs:
        assert shape(one_plan(path)) == shape(one_plan(path.with_suffix(".json"))), path
