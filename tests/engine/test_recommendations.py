"""Findings joined into recommendations."""

from __future__ import annotations

from advisor.engine.recommendations import recommend
from advisor.finding import Confidence, Finding, Severity
from advisor.model import Column, Database, IndexKey, Location, Name, Project, Schema, Table
from advisor.remedies import ChangeColumnType, CreateIndex, Remedy, RewriteCode

POSTS = Name("public", "posts")
BY_AUTHOR = CreateIndex(POSTS, ("author_id",))
BY_AUTHOR_AND_TIME = CreateIndex(POSTS, ("author_id", IndexKey("created_at", descending=True)))


def finding(category: str, *remedies: Remedy, severity: Severity = Severity.WARNING, **more: object) -> Finding:
    at = Location(f"{category}.x", 1, 1, 1, 2)
    first, rest = (remedies[0], remedies[1:]) if remedies else (None, ())
    return Finding(at, "m", "public.posts", first, also=rest, severity=severity, category=category, rule=f"{category}-rule", **more)  # type: ignore[arg-type]


def test_findings_that_ask_for_one_remedy_are_one_recommendation_with_all_their_evidence() -> None:
    rewrite = RewriteCode("Fetch the posts with their authors", Location("a.ts", 3, 1, 3, 9), "code")
    found = recommend([finding("indexes", BY_AUTHOR), finding("orm", rewrite, BY_AUTHOR), finding("plans", BY_AUTHOR)], Project())
    index = next(each for each in found if each.remedy == BY_AUTHOR)
    assert {each.category for each in index.findings} == {"indexes", "orm", "plans"}
    assert index.impact == "high"
    assert len(found) == 2


def test_an_index_that_serves_another_takes_its_evidence() -> None:
    (found,) = recommend([finding("indexes", BY_AUTHOR), finding("plans", BY_AUTHOR_AND_TIME)], Project())
    assert found.remedy == BY_AUTHOR_AND_TIME
    assert len(found.findings) == 2


def test_equal_remedies_of_two_databases_stay_two() -> None:
    found = recommend([finding("indexes", BY_AUTHOR, database="a"), finding("indexes", BY_AUTHOR, database="b")], Project())
    assert len(found) == 2


def test_the_most_urgent_comes_first() -> None:
    other = CreateIndex(POSTS, ("title",))
    third = CreateIndex(POSTS, ("slug",))
    found = recommend(
        [
            finding("indexes", BY_AUTHOR, severity=Severity.INFO),
            finding("indexes", other, severity=Severity.ERROR),
            finding("indexes", third, severity=Severity.WARNING),
        ],
        Project(),
    )
    assert [each.impact for each in found] == ["high", "medium", "low"]


def test_what_is_only_possible_has_low_impact() -> None:
    (found,) = recommend([finding("orm", BY_AUTHOR, severity=Severity.ERROR, confidence=Confidence.POSSIBLE)], Project())
    assert (found.impact, found.confidence) == ("low", Confidence.POSSIBLE)


def test_a_finding_without_a_remedy_asks_for_nothing() -> None:
    assert recommend([finding("indexes")], Project()) == ()


def test_a_change_is_said_in_prisma_only_where_no_other_library_declares_the_tables() -> None:
    at = Location("a", 1, 1, 1, 2)
    table = Table(POSTS, (Column("author_id", "bigint", at, field="authorId"),), at, model="posts")
    schema, change = Schema(tables=(table,)), ChangeColumnType(POSTS, "author_id", "bigint", "integer")
    (for_prisma,) = recommend([finding("types", change)], Project(databases=(Database("", schema, orm="prisma"),)))
    (for_drizzle,) = recommend([finding("types", change)], Project(databases=(Database("", schema, orm="drizzle"),)))
    assert (for_prisma.prisma, for_drizzle.prisma) == ("authorId Int?", None)
