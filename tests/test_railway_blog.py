"""The example application: every rule speaks where it should, nothing else does, and evidence is joined."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor.cli import main
from advisor.engine.review import Review, review
from advisor.finding import Recommendation
from advisor.remedies import CreateIndex

ROOT = Path(__file__).parents[1]
APPLICATION = "fixtures/railway-blog"
EXPECTED = ROOT / "tests" / "fixtures" / "railway_blog_expected.toml"


@pytest.fixture(scope="module")
def blog() -> Review:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return review(APPLICATION)


def test_every_rule_reports_at_the_right_line_and_nothing_else_is_reported(blog: Review) -> None:
    expected = Counter(
        (entry["rule"], f"{APPLICATION}/{entry['path']}", entry["line"])
        for entry in tomllib.loads(EXPECTED.read_text(encoding="utf-8"))["finding"]
    )
    found = Counter((finding.rule, finding.at.path, finding.at.line) for finding in blog.findings)
    assert (found - expected, expected - found) == (Counter(), Counter())


def test_everything_was_examined(blog: Review) -> None:
    assert [lost for lost in blog.skipped if lost.kind == "failed"] == []
    assert blog.not_run == ()


def by_author(blog: Review) -> Recommendation:
    found = [
        each
        for each in blog.recommendations
        if isinstance(each.remedy, CreateIndex)
        and each.remedy.table.name == "posts"
        and each.remedy.index.columns[0] == "author_id"
    ]
    (recommendation,) = found
    return recommendation


def test_the_index_on_posts_by_author_joins_its_evidence_from_schema_code_and_plans(blog: Review) -> None:
    recommendation = by_author(blog)
    assert {finding.category for finding in recommendation.findings} >= {"indexes", "orm", "plans"}
    assert recommendation.impact == "high"
    assert recommendation.prisma is not None
    assert recommendation.prisma.startswith("@@index([authorId")


def test_the_recommendation_for_posts_by_author_is_among_the_first(blog: Review) -> None:
    assert blog.recommendations.index(by_author(blog)) < 5


@pytest.mark.parametrize(("arguments", "code"), [([], 1), (["--fail-on", "never"], 0)])
def test_the_exit_code_follows_fail_on(arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert CliRunner().invoke(main, ["check", APPLICATION, *arguments]).exit_code == code
