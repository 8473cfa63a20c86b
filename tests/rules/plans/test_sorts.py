"""The judgement of the rules on sorts, waiting and triggers."""

from __future__ import annotations

import pytest

from advisor.model import ForeignKey, IndexKey, Name, Schema, Table
from advisor.model.plan.memory import bytes_of_sort, megabytes_for_sort
from advisor.model.plan.triggers import fired_triggers
from advisor.model.schema import Column, Index
from tests.rules.plans.making import HERE, POSTS, found, node, plan, posts
from tests.sources.explain.plans import only_plan

# sort-before-limit


def page(*, given: int = 10, sorted_: int = 10, read: int = 20_000, loops: int = 1) -> str:
    return plan(
        node("Limit", rows=given, loops=loops, time=40 / loops),
        node("Sort", "Sort Key: views", depth=1, rows=sorted_, loops=loops, time=40 / loops),
        node("Seq Scan on posts", depth=2, rows=read, loops=loops, time=10 / loops),
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (page(), True),
        (page(read=10_000), True),
        (page(read=9_999), False),
        (page(given=2_000, sorted_=2_000), True),
        (page(given=2_001, sorted_=2_001), False),
        (page(given=20, sorted_=2_001), False),
        (page(read=200, loops=1_000), False),
    ],
)
def test_rows_that_an_offset_skips_are_asked_for_and_each_round_counts_for_itself(text: str, speaks: bool) -> None:
    assert bool(found("sort-before-limit", text, posts())) is speaks


# sort-spills-to-disk


@pytest.mark.parametrize(
    ("rows", "on_disk", "version", "single", "megabytes"),
    [
        # measured with EXPLAIN: the least work_mem was 25,799 kB, 28,187 kB, 7,093 kB and 28,187 kB
        (300_000, 15_288 * 1024, 18, False, 28),
        (300_000, 18_224 * 1024, 18, False, 32),
        (300_000, 3_560 * 1024, 18, True, 8),
        (300_000, 11_168 * 1024, 15, False, 32),
        (1_000, 1024, 18, False, 1),
    ],
)
def test_the_work_mem_that_holds_a_sort(rows: int, on_disk: int, version: int, single: bool, megabytes: int) -> None:
    assert megabytes_for_sort(bytes_of_sort(rows, on_disk, version, single=single)) == megabytes


def test_a_size_is_rounded_up_by_a_quarter_at_most() -> None:
    sizes = [megabytes_for_sort(size * 2**20) for size in range(1, 2000)]
    assert all(size < given <= max(1.32 * size, size + 1) for size, given in enumerate(sizes, 1))
    assert {28, 40, 96} <= set(sizes)


# io-dominates


def test_what_a_sort_writes_is_the_sorts_to_tell() -> None:
    waits = "I/O Timings: temp read=20.000 write=20.000"
    spilled = node("Sort", "Sort Key: title", "Sort Method: external merge  Disk: 9000kB", waits, rows=99_000)
    scanned = node("Seq Scan on posts", "I/O Timings: shared read=30.000", depth=1, rows=99_000)
    assert found("io-dominates", plan(spilled, node("Seq Scan on posts", depth=1, rows=99_000))) == []
    [finding] = found("io-dominates", plan(spilled.replace(waits, "I/O Timings: shared read=30.000"), scanned))
    assert finding.message.startswith("30.0 of 50.0 ms")


# trigger-dominates

FIRED = """\
Delete on parents  (cost=0.00..9.00 rows=0 width=0) (actual time=1.000..1.000 rows=0 loops=1)
  ->  Seq Scan on parents  (cost=0.00..9.00 rows=50 width=6) (actual time=0.010..0.020 rows=50 loops=1)
Planning Time: 0.100 ms
Trigger for constraint fk_parent{0}: time=302.700 calls=50
Trigger for constraint fk_parent{1}: time=2.700 calls=50
Execution Time: 306.500 ms
"""


def test_triggers_of_partitions_are_one_and_two_of_one_name_are_two() -> None:
    def calls(*places: str) -> list[float]:
        return [fired.calls for fired in fired_triggers(only_plan(FIRED.format(*places)))]

    assert calls("", "") == [50, 50]
    assert calls(" on parents", " on parents") == [50, 50]
    assert calls(" on parents_1", " on parents_2") == [100]


def test_of_two_foreign_keys_of_one_name_the_slow_one_is_that_without_an_index() -> None:
    parent = Name("public", "parents")

    def child(name: str, *indexed: str) -> Table:
        own = Name("public", name)
        key = ForeignKey("fk_parent", own, ("parent_id",), parent, ("id",), HERE)
        indexes = tuple(Index(f"{name}_idx", own, (IndexKey(column),), HERE) for column in indexed)
        return Table(own, (Column("parent_id", "integer", HERE),), HERE, indexes=indexes, foreign_keys=(key,))

    schema = Schema((Table(parent, (Column("id", "integer", HERE),), HERE), child("a"), child("b", "parent_id")))
    [finding] = found("trigger-dominates", FIRED.format("", ""), schema)
    assert finding.message.startswith("the foreign key fk_parent took 302.7 of 306.5 ms in 50 calls, 6.1 ms each: ")
    assert "reads all of a, since no index leads with (parent_id)" in finding.message


def test_pages_by_a_column_that_may_be_null_say_so() -> None:
    text = plan(
        node("Limit", rows=20),
        node("Sort", "Sort Key: views, id", depth=1, rows=20_020),
        node("Seq Scan on posts", depth=2, rows=50_000),
    )
    [finding] = found("offset-discards-rows", text, posts())
    assert finding.remedy is not None
    assert "rows whose views or id is NULL are not reached" in finding.remedy.up()
    assert POSTS.name in finding.subject
