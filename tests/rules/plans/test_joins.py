"""The judgement of the rules on subqueries, loops and joins: when another way would be had for less."""

from __future__ import annotations

import pytest

from advisor.finding import Confidence, Severity
from advisor.model import Schema, Table
from advisor.model.schema import Column
from tests.rules.plans.making import HERE, POSTS, found, node, plan, posts

# correlated-subplan


def counted(
    *, outer: str = "Seq Scan on authors", removed: int = 0, loops: int = 2_000, time: float = 0.1, rows: float = 15
) -> str:
    """Authors, and for each of them an aggregate over `rows` posts in `time` ms."""
    return plan(
        node(outer, *([f"Rows Removed by Filter: {removed}"] if removed else []), rows=loops, time=loops * time + 1),
        "  SubPlan 1",
        node("    ->  Aggregate", rows=1, loops=loops, time=time),
        node("          ->  Index Scan using posts_author on posts", rows=rows, loops=loops, time=time),
        "                Index Cond: (author_id = authors.id)",
        took=loops * time + 2,
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (counted(), True),
        (counted(loops=500), True),
        (counted(loops=499), False),
        (counted(rows=166), True),
        (counted(rows=167), False),
        (counted(time=0.04, rows=10), True),
        (counted(time=0.04, rows=10, removed=1_999), True),
        (counted(time=0.04, rows=10, removed=2_001), False),
        (counted(time=0.05, rows=10, removed=2_001), True),
        (counted(time=0.04, rows=10, outer="Index Scan using authors_pkey on authors"), True),
    ],
)
def test_a_subquery_is_worth_joining_where_all_rows_need_it_and_each_takes_its_time(text: str, speaks: bool) -> None:
    assert bool(found("correlated-subplan", text)) is speaks


def test_a_range_of_an_index_is_a_part_of_a_table() -> None:
    text = counted(time=0.04, rows=10, outer="Index Scan using authors_pkey on authors")
    assert found("correlated-subplan", text.replace("  SubPlan 1", "  Index Cond: (id < 4000)\n  SubPlan 1")) == []


def test_the_latest_of_each_is_found_best_one_by_one() -> None:
    assert found("correlated-subplan", counted().replace("->  Aggregate", "->  Limit")) == []


def test_what_is_saved_is_less_than_what_it_took() -> None:
    [finding] = found("correlated-subplan", counted(time=0.1, rows=100))
    assert finding.saving is not None
    assert finding.saving.milliseconds == pytest.approx(200 - 0.0003 * 200_000)


# nested-loop-explosion


def looked_up(*, loops: int = 5_000, time: float = 0.02, expected: int = 1) -> str:
    return plan(
        node("Nested Loop", rows=loops, time=loops * time + 1),
        node("Seq Scan on people", depth=1, rows=loops, estimated=expected, time=1),
        node("Index Scan using letters_person on letters", depth=1, rows=20, loops=loops, time=time),
        took=loops * time + 2,
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (looked_up(), True),
        (looked_up(time=0.005), True),
        (looked_up(time=0.004), False),
        (looked_up(loops=199_999, time=0.004), False),
        (looked_up(loops=200_000, time=0.004), True),
        (looked_up(loops=999), False),
        (looked_up(expected=501), False),
        (looked_up(loops=20_000, expected=20_000), True),
        (looked_up(loops=19_999, expected=19_999), False),
    ],
)
def test_look_ups_are_told_where_they_are_many_and_not_quick(text: str, speaks: bool) -> None:
    assert bool(found("nested-loop-explosion", text)) is speaks


# row-misestimate


def wrong(filter_: str, relation: str = "posts") -> str:
    return plan(
        node("Sort", "Sort Key: p.id", rows=20_000, estimated=10),
        node(f"Seq Scan on {relation} p", f"Filter: {filter_}", depth=1, rows=20_000, estimated=10),
    )


def test_statistics_do_not_help_where_the_value_is_not_known_when_it_is_planned() -> None:
    for filter_ in ("(p.author_id = ANY ($1))", "(p.author_id = $2)"):
        [finding] = found("row-misestimate", wrong(filter_), posts())
        assert finding.remedy is None
    [finding] = found("row-misestimate", wrong("(p.author_id = 5)"), posts())
    assert finding.remedy is not None
    assert "ANALYZE" in finding.remedy.up()


def test_a_partition_is_estimated_by_statistics_of_its_own() -> None:
    part = Table(POSTS.__class__("public", "posts_2025"), (Column("id", "integer", HERE),), HERE, partition_of=POSTS)
    schema = Schema((*posts().tables, part))
    [finding] = found("row-misestimate", wrong("((p.views = 1) AND (p.author_id = 5))", "posts_2025"), schema)
    assert finding.remedy is not None
    assert "ON views, author_id FROM posts_2025;" in finding.remedy.up()


def test_nothing_was_chosen_above_the_top_of_a_plan() -> None:
    text = plan(
        node("HashAggregate", "Group Key: views", rows=90_000, estimated=200),
        node("Seq Scan on posts", depth=1, rows=99_000, estimated=99_000),
    )
    [finding] = found("row-misestimate", text)
    assert finding.message.endswith("times as many: it was chosen for the wrong number")
    assert finding.severity is Severity.INFO


# join-filter-discards-rows


@pytest.mark.parametrize(
    ("filter_", "words"),
    [
        ("(b.during @> i.at)", "a GiST index on bookings (during) could find them by @>"),
        (
            "((c.id = o.customer_id) OR (c.id = o.total))",
            "two joins, each by one side of its OR, and a UNION find them by equality",
        ),
        ("((c.name = 'x'::text) OR (c.id = o.total))", "its Join Filter is an OR, which no hash or index finds them by"),
        ("(c.low < o.total)", "no part of its Join Filter is an equality of the two sides"),
    ],
)
def test_what_would_find_the_pairs_is_told(filter_: str, words: str) -> None:
    text = plan(
        node("Nested Loop", f"Join Filter: {filter_}", "Rows Removed by Join Filter: 90000", rows=10),
        node("Seq Scan on bookings b", depth=1, rows=300, time=0.1),
        node("Materialize", depth=1, rows=300, loops=300, time=0.01),
        node("Seq Scan on instants i", depth=2, rows=300, time=0.1),
    )
    [finding] = found("join-filter-discards-rows", text)
    assert words in finding.message


# slow-sequential-scan, by its join


def joined(*removed: str, kept: int = 5, kind: str = "Hash Join") -> str:
    return plan(
        node(kind, "Hash Cond: (p.author_id = a.id)", *removed, rows=kept),
        node("Seq Scan on posts p", depth=1, rows=400_000),
        node("Hash", depth=1, rows=500, time=1.0),
        node("Seq Scan on authors a", depth=2, rows=500, time=1.0),
    )


@pytest.mark.parametrize("removed", ["Rows Removed by Join Filter", "Rows Removed by Filter"])
def test_rows_that_a_join_finds_and_throws_away_are_rows_that_an_index_would_find(removed: str) -> None:
    assert found("slow-sequential-scan", joined(), posts()) != []
    assert found("slow-sequential-scan", joined(f"{removed}: 1995"), posts()) != []
    assert found("slow-sequential-scan", joined(f"{removed}: 1996"), posts()) == []


def test_an_index_that_leaves_a_condition_over_is_likely_at_most() -> None:
    def sure(filter_: str) -> Confidence | None:
        [finding] = found(
            "slow-sequential-scan", plan(node("Seq Scan on posts", f"Filter: {filter_}", "Rows Removed by Filter: 99995"))
        )
        return finding.confidence

    assert sure("(author_id = 5)") is Confidence.CERTAIN
    assert sure("((author_id = 5) AND (views IS NOT NULL))") is Confidence.CERTAIN
    assert sure("((author_id = 5) AND (title ~~ '%a%'::text))") is Confidence.LIKELY
    assert sure("((author_id)::text = '5'::text)") is Confidence.LIKELY
