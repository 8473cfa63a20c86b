"""The judgement of the rules on scans: where each threshold lies, what is one finding, what is said of which index."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

import pytest

from advisor.finding import Confidence
from advisor.model import Expression, IndexKey, Name, Schema, Table
from advisor.model.schema import Column, PartitionKey
from tests.rules.plans.making import HERE, POSTS, TYPES, found, index, node, plan, posts


def seq(filter_: str, *, read: int = 100_000, kept: int = 5, **more: Any) -> str:
    return plan(node("Seq Scan on posts", f"Filter: {filter_}", f"Rows Removed by Filter: {read - kept}", rows=kept, **more))


# slow-sequential-scan


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (seq("(views = 5)", read=100_000, kept=5_000), True),
        (seq("(views = 5)", read=100_000, kept=5_001), False),
        (seq("(views = 5)", read=10_000), True),
        (seq("(views = 5)", read=9_999), False),
        (seq("(views = 5)", time=5.0), True),
        (seq("(views = 5)", time=4.9), False),
        (seq("(views = 5)").replace("50.0 ms", "10.0 ms"), True),
        (seq("(views = 5)").replace("50.0 ms", "9.9 ms"), False),
        (seq("(views = 5)").replace("Execution Time: 50.0 ms\n", ""), True),
    ],
)
def test_a_slow_scan_has_many_rows_few_kept_and_a_part_of_the_time(text: str, speaks: bool) -> None:
    assert bool(found("slow-sequential-scan", text)) is speaks


def looped(read: int, loops: int) -> str:
    removed = f"Rows Removed by Filter: {read - 1}"
    inner = node("Seq Scan on posts", "Filter: (views = a.views)", removed, rows=1, loops=loops, time=40 / loops, depth=1)
    return plan(node("Nested Loop", rows=loops), node("Seq Scan on authors a", rows=loops, time=0.1, depth=1), inner)


def test_a_table_that_is_small_in_each_loop_is_scanned_as_quickly_as_it_is_looked_up() -> None:
    assert found("slow-sequential-scan", looped(500, 100))
    assert not found("slow-sequential-scan", looped(499, 100))


def test_what_is_saved_is_the_part_of_the_rows_that_are_not_kept() -> None:
    text = seq("(views = 5)", kept=5_000).replace("Rows Removed", "Buffers: shared hit=5500 read=500\n  Rows Removed")
    [finding] = found("slow-sequential-scan", text)
    assert finding.saving is not None
    assert finding.saving.rows == 95_000
    assert finding.saving.blocks == 1_000
    assert finding.saving.milliseconds == pytest.approx(38.0)
    assert finding.saving.share == pytest.approx(0.76)


def test_without_buffers_no_blocks_are_said_to_be_saved() -> None:
    [finding] = found("slow-sequential-scan", seq("(views = 5)"))
    assert finding.saving is not None
    assert finding.saving.blocks is None


def joined(
    kept: int, others: int, *, kind: str = "Hash Join", scan_is_hashed: bool = False, condition: str = "(p.author_id = a.id)"
) -> str:
    scans = {
        "posts": lambda depth: node("Seq Scan on posts p", rows=100_000, time=30.0, depth=depth),
        "authors": lambda depth: node("Seq Scan on authors a", rows=others, time=0.1, depth=depth),
    }
    outer, hashed = ("authors", "posts") if scan_is_hashed else ("posts", "authors")
    sides = [scans[outer](1), node("Hash", depth=1, rows=100_000 if scan_is_hashed else others, time=31.0), scans[hashed](2)]
    return plan(node(kind, f"Hash Cond: {condition}", rows=kept, time=45.0), *sides)


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (joined(500, 500), True),
        (joined(501, 500), False),
        (joined(500, 501), False),
        (joined(5, 5, scan_is_hashed=True), True),
        (joined(5, 5, kind="Hash Right Join"), True),
        (joined(5, 5, kind="Hash Left Join"), False),
        (joined(5, 5, kind="Hash Left Join", scan_is_hashed=True), True),
        (joined(5, 5, kind="Hash Semi Join"), True),
        (joined(5, 5, kind="Hash Anti Join"), False),
        (joined(5, 5, kind="Hash Anti Join", scan_is_hashed=True), True),
        (joined(5, 5, kind="Hash Full Join"), False),
        (joined(5, 5, condition="(lower(x) = lower(y))"), False),
    ],
)
def test_a_scan_for_a_join_of_few_rows_is_told_where_that_side_can_be_looked_up(text: str, speaks: bool) -> None:
    findings = found("slow-sequential-scan", text)
    assert bool(findings) is speaks
    if speaks:
        [finding] = findings
        assert "for 5" in finding.message
        assert "that its join keeps; an index on (author_id) would lead to them" in finding.message


def test_a_table_scanned_for_different_columns_wants_two_indexes() -> None:
    scans = [
        node("Seq Scan on posts", f"Filter: ({name} = 5)", "Rows Removed by Filter: 99999", rows=1, time=20.0, depth=1)
        for name in ("views", "author_id", "views")
    ]
    findings = found("slow-sequential-scan", plan(node("Append", rows=3, time=45.0), *scans))
    assert len(findings) == 2
    again = [line.replace("posts", f"posts_q{number} posts_{number}", 1) for number, line in enumerate((scans[0], scans[2]), 1)]
    [both] = found("slow-sequential-scan", plan(node("Append", rows=3, time=45.0), *again))
    assert len(both.related) == 1


# unindexed-filter


def estimated(kept: int, *, cost: float = 9000.0, above: str = "") -> str:
    depth = 1 if above else 0
    lead = "  ->  " if above else ""
    return (
        f"{above}{lead}Seq Scan on posts  (cost=0.00..{cost:.2f} rows={kept} width=4)\n{' ' * (6 * depth + 2)}Filter: (views = 5)\n"
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (estimated(3_600), True),
        (estimated(3_601), False),
        (estimated(5, cost=5_000.0), True),
        (estimated(5, cost=4_999.0), False),
        (estimated(5, above="Limit  (cost=0.00..9.00 rows=5 width=4)\n"), False),
        (estimated(5, above="Aggregate  (cost=0.00..90000.00 rows=5 width=4)\n"), True),
        (estimated(5, above="Aggregate  (cost=0.00..90001.00 rows=5 width=4)\n"), False),
        (seq("(views = 5)"), False),
    ],
)
def test_a_plan_that_was_not_run_is_judged_by_its_cost(text: str, speaks: bool) -> None:
    assert bool(found("unindexed-filter", text)) is speaks


def test_an_unindexed_filter_is_likely_where_the_schema_knows_the_table() -> None:
    [possible] = found("unindexed-filter", estimated(5))
    [likely] = found("unindexed-filter", estimated(5), posts())
    assert (possible.confidence, likely.confidence) == (Confidence.POSSIBLE, Confidence.LIKELY)
    assert found("unindexed-filter", estimated(5), posts(index("posts_views", "views"))) == []


# filter-discards-rows


def by_index(removed: int, kept: int, *, condition: str = "(at > now())", filter_: str = "(views = 5)", **more: Any) -> str:
    details = (f"Index Cond: {condition}", f"Filter: {filter_}", f"Rows Removed by Filter: {removed}")
    return plan(node("Index Scan using posts_at on posts", *details, rows=kept, **more))


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (by_index(5_000, 555), True),
        (by_index(4_999, 5), False),
        (by_index(9_000, 1_000), True),
        (by_index(8_999, 1_001), False),
        (by_index(9_000, 5, time=5.0), True),
        (by_index(9_000, 5, time=4.9), False),
        (by_index(9_000, 5).replace("50.0 ms", "9.9 ms"), False),
    ],
)
def test_a_filter_behind_an_index_has_thrown_many_rows_away_and_kept_few(text: str, speaks: bool) -> None:
    assert bool(found("filter-discards-rows", text)) is speaks


@pytest.mark.parametrize(
    ("filter_", "statement"),
    [
        ("(views = 5)", "CREATE INDEX CONCURRENTLY posts_views_at_idx ON posts (views, at);"),
        ("(title IS NULL)", "CREATE INDEX CONCURRENTLY posts_at_idx ON posts (at) WHERE title IS NULL;"),
        ("(lower(title) = 'x'::text)", "CREATE INDEX CONCURRENTLY posts_expr_at_idx ON posts ((lower(title)), at);"),
        ("((title)::text ~~ 'x%'::text)", "CREATE INDEX CONCURRENTLY posts_title_idx ON posts (title text_pattern_ops);"),
        ("(tags @> '{a}'::text[])", "CREATE INDEX CONCURRENTLY posts_tags_idx ON posts USING gin (tags);"),
    ],
)
def test_the_better_index_holds_what_the_filter_asks_for(filter_: str, statement: str) -> None:
    [finding] = found("filter-discards-rows", by_index(9_000, 5, filter_=filter_))
    assert finding.remedy is not None
    assert finding.remedy.up() == statement


def test_a_search_that_no_btree_makes_gets_no_advice_for_one() -> None:
    [finding] = found("filter-discards-rows", by_index(9_000, 5, condition="(tags @> '{a}'::text[])"))
    assert finding.remedy is None
    assert "a partial index, or one on the filter's expression" in finding.message


# lossy-bitmap


def lossy(
    removed: int = 50_000, *, exact: int = 600, lost: int = 3_100, time: float = 40.0, kind: str = "Bitmap Heap Scan", **more: Any
) -> str:
    blocks = " ".join([*([f"exact={exact}"] if exact else []), *([f"lossy={lost}"] if lost else [])])
    details = ("Recheck Cond: (views = 5)", f"Rows Removed by Index Recheck: {removed}", f"Heap Blocks: {blocks}")
    below = node("Bitmap Index Scan on posts_views", "Index Cond: (views = 5)", rows=9_000, time=1.0, depth=1)
    return plan(node(f"{kind} on posts", *details, rows=9_000, time=time, **more), below)


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (lossy(5_000), True),
        (lossy(4_999), False),
        (lossy(time=6.0), True),
        (lossy(time=5.9), False),
        (lossy(lost=0), False),
        (lossy(exact=0), False),
        (lossy().replace("50.0 ms", "9.9 ms"), False),
    ],
)
def test_a_lossy_bitmap_compared_many_rows_again(text: str, speaks: bool) -> None:
    assert bool(found("lossy-bitmap", text)) is speaks


def test_an_index_of_pages_is_lossy_whatever_the_memory() -> None:
    assert found("lossy-bitmap", lossy(), posts(index("posts_views", "views")))
    assert not found("lossy-bitmap", lossy(), posts(index("posts_views", "views", method="brin")))


@pytest.mark.parametrize(
    ("exact", "lost", "megabytes"),
    [(600, 3_100, 4), (60_000, 5_536, 4), (60_000, 5_537, 8), (100_000, 900_000, 64), (9_000_000, 7_777_216, 1024)],
)
def test_the_work_mem_that_holds_a_bitmap_is_64_bytes_a_page(exact: int, lost: int, megabytes: int) -> None:
    [finding] = found("lossy-bitmap", lossy(exact=exact, lost=lost))
    assert finding.remedy is not None
    assert f"SET LOCAL work_mem = '{megabytes}MB';" in finding.remedy.up()


def test_a_bitmap_beyond_all_memory_is_to_find_fewer_rows() -> None:
    [finding] = found("lossy-bitmap", lossy(exact=9_000_000, lost=7_777_217))
    assert finding.remedy is None
    assert finding.message.endswith("let the index find fewer rows")


def test_before_version_18_a_parallel_scan_shows_the_leader_s_blocks_only() -> None:
    text = plan(
        node("Gather", "Workers Planned: 1", "Workers Launched: 1", rows=2, time=45.0),
        node(
            "Parallel Bitmap Heap Scan on posts",
            "Recheck Cond: (views = 5)",
            "Rows Removed by Index Recheck: 50000",
            "Heap Blocks: exact=40000 lossy=10000",
            rows=1,
            loops=2,
            depth=1,
        ),
        node("Bitmap Index Scan on posts_views", "Index Cond: (views = 5)", rows=9_000, time=1.0, depth=2),
    )
    [finding] = found("lossy-bitmap", text)
    assert "noted 20,000 pages without their rows" in finding.message
    assert finding.remedy is not None
    assert "'8MB'" in finding.remedy.up()


def test_each_of_the_bitmaps_that_are_compared_has_to_be_held() -> None:
    text = plan(
        node(
            "Bitmap Heap Scan on posts",
            "Recheck Cond: ((views = 5) AND (author_id = 7))",
            "Rows Removed by Index Recheck: 50000",
            "Heap Blocks: exact=600 lossy=3100",
            rows=9,
        ),
        node("BitmapAnd", rows=0, time=2.0, depth=1),
        node("Bitmap Index Scan on a", "Index Cond: (views = 5)", rows=200_000, time=1.0, depth=2),
        node("Bitmap Index Scan on b", "Index Cond: (author_id = 7)", rows=9_000, time=1.0, depth=2),
    )
    [finding] = found("lossy-bitmap", text)
    assert finding.remedy is not None
    assert "'16MB'" in finding.remedy.up()


# bitmap-and


def anded(
    first: str, second: str, *, rows: int = 9_000, kept: int = 100, time: float = 6.0, loops: int = 1, details: tuple[str, ...] = ()
) -> str:
    return plan(
        node("Bitmap Heap Scan on posts", "Recheck Cond: (x = 1)", *details, rows=kept, loops=loops),
        node("BitmapAnd", rows=0, time=time, loops=loops, depth=1),
        node("Bitmap Index Scan on posts_one", f"Index Cond: {first}", rows=rows, time=time / 3, loops=loops, depth=2),
        node("Bitmap Index Scan on posts_two", f"Index Cond: {second}", rows=rows, time=time / 3, loops=loops, depth=2),
    )


BOTH = ("(views = 5)", "(author_id = 7)")


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (anded(*BOTH), True),
        (anded(*BOTH, rows=2_500), True),
        (anded(*BOTH, rows=2_499), False),
        (anded(*BOTH, kept=3_600), True),
        (anded(*BOTH, kept=3_601), False),
        (anded(*BOTH, details=("Filter: (title = 'x'::text)", "Rows Removed by Filter: 3501")), False),
        (anded(*BOTH, time=5.0), True),
        (anded(*BOTH, time=4.9), False),
        (anded("(views > 5)", "(author_id = 7)"), True),
        (anded("((views > 5) AND (views < 9))", "(author_id = 7)"), True),
        (anded("(views > 5)", "(author_id > 7)"), False),
        (anded("(tags @> '{a}'::text[])", "(author_id = 7)"), False),
        (anded("(views = ANY ('{1,2}'::integer[]))", "(author_id = 7)"), True),
        (anded(*BOTH).replace("50.0 ms", "9.9 ms"), False),
    ],
)
def test_two_indexes_are_worth_one_where_a_btree_serves_both(text: str, speaks: bool) -> None:
    assert bool(found("bitmap-and", text)) is speaks


def test_an_or_among_the_bitmaps_is_more_than_one_index_can_hold() -> None:
    one = node("Bitmap Index Scan on posts_one", "Index Cond: (views = 5)", rows=9_000, time=1.0, depth=2)
    two = node("Bitmap Index Scan on posts_two", "Index Cond: (author_id = 7)", rows=9_000, time=1.0, depth=3)
    text = plan(
        node("Bitmap Heap Scan on posts", "Recheck Cond: (x = 1)", rows=100),
        node("BitmapAnd", rows=0, time=6.0, depth=1),
        one,
        node("BitmapOr", rows=0, time=2.0, depth=2),
        two,
        two,
    )
    assert not found("bitmap-and", text)
    assert found("bitmap-and", text.replace("BitmapOr", "BitmapAnd")) == []


def test_an_index_of_another_kind_is_not_put_into_a_btree() -> None:
    one, two = index("posts_one", "views"), index("posts_two", "author_id")
    assert found("bitmap-and", anded(*BOTH), posts(one, two))
    assert not found("bitmap-and", anded(*BOTH), posts(index("posts_one", "views", method="brin"), two))


def test_an_index_on_both_that_is_there_is_named() -> None:
    [finding] = found("bitmap-and", anded(*BOTH), posts(index("posts_both", "author_id", "views")))
    assert finding.remedy is None
    assert finding.confidence is Confidence.POSSIBLE
    assert "index posts_both could serve it" in finding.message


# heap-fetches


def only(fetches: int, rows: int, *, time: float = 40.0, loops: int = 1, removed: int = 0) -> str:
    filtered = ("Filter: (views > 5)", f"Rows Removed by Filter: {removed}") if removed else ()
    return plan(
        node("Index Only Scan using posts_views on posts", *filtered, f"Heap Fetches: {fetches}", rows=rows, time=time, loops=loops)
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (only(5_000, 5_000), True),
        (only(4_999, 5_000), False),
        (only(6_000, 60_000), True),
        (only(6_000, 60_001), False),
        (only(6_000, 600, loops=100), True),
        (only(6_000, 601, loops=100), False),
        (only(6_000, 50_000, removed=10_001), False),
        (only(6_000, 5), True),
        (only(5_000, 5_000, time=5.0), True),
        (only(5_000, 5_000, time=4.9), False),
        (only(5_000, 5_000).replace("50.0 ms", "9.9 ms"), False),
        (only(5_000, 5_000).replace("Only ", ""), False),
    ],
)
def test_heap_fetches_count_where_they_are_many_and_a_part_of_the_rows(text: str, speaks: bool) -> None:
    assert bool(found("heap-fetches", text)) is speaks


def test_what_fetches_cost_is_shared_out_among_the_rows() -> None:
    text = only(6_000, 12_000).replace("Heap Fetches", "Buffers: shared hit=4000\n  Heap Fetches")
    [finding] = found("heap-fetches", text)
    assert finding.saving is not None
    assert finding.saving.milliseconds == pytest.approx(20.0)
    assert finding.saving.blocks == 4_000
    [unknown] = found("heap-fetches", only(6_000, 12_000))
    assert unknown.saving is not None
    assert unknown.saving.blocks is None


def test_partitions_are_vacuumed_together() -> None:
    scans = [
        node(f"Index Only Scan using q{n}_views on posts_q{n} posts_{n}", "Heap Fetches: 3000", rows=3_000, time=20.0, depth=1)
        for n in (1, 2)
    ]
    [finding] = found("heap-fetches", plan(node("Append", rows=6_000), *scans))
    assert "posts_q1 and 1 more like it fetches 6,000 of 6,000 rows" in finding.message
    assert finding.remedy is not None
    assert finding.remedy.up() == "VACUUM (ANALYZE) posts_q1, posts_q2;"
    assert len(finding.related) == 1


# index-recheck-discards-rows


def rechecked(
    removed: int, kept: int, *, condition: str = "(title ~~ '%abc%'::text)", blocks: str = "exact=900", time: float = 40.0
) -> str:
    details = (f"Recheck Cond: {condition}", f"Rows Removed by Index Recheck: {removed}", f"Heap Blocks: {blocks}")
    below = node("Bitmap Index Scan on posts_some", f"Index Cond: {condition}", rows=9_000, time=1.0, depth=1)
    return plan(node("Bitmap Heap Scan on posts", *details, rows=kept, time=time), below)


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (rechecked(5_000, 555), True),
        (rechecked(4_999, 5), False),
        (rechecked(9_000, 1_000), True),
        (rechecked(9_000, 1_001), False),
        (rechecked(9_000, 5, time=6.0), True),
        (rechecked(9_000, 5, time=5.9), False),
        (rechecked(9_000, 5, blocks="exact=1 lossy=900"), False),
        (rechecked(9_000, 5, blocks="lossy=900"), True),
        (rechecked(9_000, 5).replace("50.0 ms", "9.9 ms"), False),
    ],
)
def test_a_recheck_has_thrown_many_rows_away_for_want_of_knowledge_not_of_memory(text: str, speaks: bool) -> None:
    assert bool(found("index-recheck-discards-rows", text)) is speaks


@pytest.mark.parametrize(
    ("condition", "method", "words"),
    [
        ("(title ~~ '%abc%'::text)", "gin", "the trigrams of '%abc%' are common"),
        ("(title ~~ '%abc%'::text)", "gist", "GiST keeps signatures where GIN keeps the elements: a trigram index"),
        ("(views = 5)", "brin", "BRIN knows ranges of pages, and they overlap: an index on (views) would know the rows"),
        ("(words @@ '''a'' <-> ''b'''::tsquery)", "gin", "positions, weights and phrases are not in the index"),
        ("(tags @> '{a}'::text[])", "gin", "the index knows only a part of the value"),
    ],
)
def test_what_is_said_of_a_recheck_depends_on_the_kind_of_index(condition: str, method: str, words: str) -> None:
    known = posts(index("posts_some", "title", method=method))
    [finding] = found("index-recheck-discards-rows", rechecked(9_000, 5, condition=condition), known)
    assert words in finding.message
    assert (finding.remedy is not None) is (method in ("gist", "brin"))


# unselective-index-scan


def whole(rows: int, visits: int, *details: str, kind: str = "Index Scan", time: float = 40.0, above: str = "") -> str:
    depth = 1 if above else 0
    scan = node(f"{kind} using posts_views on posts", *details, f"Buffers: shared hit={visits}", rows=rows, time=time, depth=depth)
    tops = [node(above, f"Buffers: shared hit={visits}", rows=rows, time=45.0)] if above else []
    return plan(*tops, scan)


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (whole(10_000, 10_000), True),
        (whole(9_999, 10_000), False),
        (whole(10_000, 3_000), True),
        (whole(10_000, 2_999), False),
        (whole(10_000, 10_000, time=5.0), True),
        (whole(10_000, 10_000, time=4.9), False),
        (whole(10_000, 10_000, "Index Cond: (views > 5)"), False),
        (whole(10_000, 10_000, "Order By: (place <-> '(0,0)'::point)"), False),
        (whole(10_000, 10_000, "Heap Fetches: 0", kind="Index Only Scan"), False),
        (whole(10_000, 10_000, above="Limit"), False),
        (whole(10_000, 10_000, above="Aggregate"), True),
        (whole(10_000, 10_000) + "Settings: enable_seqscan = 'off'\n", False),
        (whole(10_000, 10_000) + "Settings: work_mem = '1MB'\n", True),
        (whole(10_000, 10_000).replace("50.0 ms", "9.9 ms"), False),
    ],
)
def test_a_whole_table_is_fetched_in_another_order_than_its_own(text: str, speaks: bool) -> None:
    settings = "Settings" in text
    lines = text.splitlines(keepends=True)
    ordered = "".join([*lines[:-2], lines[-1], lines[-2]]) if settings else text
    assert bool(found("unselective-index-scan", ordered)) is speaks


@pytest.mark.parametrize(
    ("output", "carried"),
    [
        ("views, title", ("title",)),
        ("posts.title, posts.views", ("title",)),
        ("views", ()),
        ("upper(title)", ()),
        ("id, author_id, title, views, at", ()),
    ],
)
def test_the_columns_to_carry_are_those_that_the_plan_puts_out(output: str, carried: tuple[str, ...]) -> None:
    [finding] = found("unselective-index-scan", whole(10_000, 10_000, f"Output: {output}"), posts(index("posts_views", "views")))
    assert getattr(finding.remedy, "include", ()) == carried


def test_a_page_must_be_visited_once() -> None:
    [finding] = found("unselective-index-scan", whole(10_240, 10_240))
    assert finding.saving is not None
    assert finding.saving.blocks == 10_230
    assert finding.saving.milliseconds == pytest.approx(40 * 10_230 / 10_240)


# repeated-index-searches


def searched(searches: int, *, rows: float = 1, loops: int = 1, condition: str = "(views = 5)", time: float = 40.0) -> str:
    details = (f"Index Cond: {condition}", f"Index Searches: {searches}")
    return plan(node("Index Scan using posts_author_views on posts", *details, rows=rows, loops=loops, time=time / loops))


LISTS = "((author_id = ANY ('{1,2}'::integer[])) AND (views = ANY ('{3,4}'::integer[])))"
LIST_AND_VALUE = "((author_id = ANY ('{1,2}'::integer[])) AND (views = 5))"


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (searched(1_000), True),
        (searched(999), False),
        (searched(4_000, loops=1_000), True),
        (searched(3_999, loops=1_000), False),
        (searched(9_000, rows=90_000), True),
        (searched(9_000, condition="(author_id = ANY ('{1,2}'::integer[]))"), False),
        (searched(10_000, condition=LISTS, rows=2_000), True),
        (searched(10_000, condition=LISTS, rows=2_001), False),
        (searched(10_000, condition=LIST_AND_VALUE, rows=2_000), True),
        (searched(10_000, condition=LIST_AND_VALUE, rows=2_001), False),
        (searched(9_000, time=5.0), True),
        (searched(9_000, time=4.9), False),
        (searched(9_000).replace("50.0 ms", "9.9 ms"), False),
    ],
)
def test_searches_count_where_they_are_many_and_mostly_in_vain(text: str, speaks: bool) -> None:
    assert bool(found("repeated-index-searches", text)) is speaks


def test_searches_beyond_one_a_loop_are_saved() -> None:
    [finding] = found("repeated-index-searches", searched(4_000, loops=1_000))
    assert finding.saving is not None
    assert finding.saving.milliseconds == pytest.approx(30.0)
    assert finding.saving.share == pytest.approx(0.6)


def test_lists_are_told_to_become_pairs_and_values_to_lead() -> None:
    [pairs] = found("repeated-index-searches", searched(10_000, condition=LISTS))
    assert "every combination of author_id and views is searched for" in pairs.message
    assert pairs.remedy is None
    [value] = found("repeated-index-searches", searched(10_000, condition=LIST_AND_VALUE))
    assert value.remedy is not None
    assert value.remedy.up() == "CREATE INDEX CONCURRENTLY posts_views_idx ON posts (views);"
    known = posts(index("posts_author_views", "author_id", "views"), index("posts_views", "views"))
    [there] = found("repeated-index-searches", searched(10_000), known)
    assert (there.remedy, there.confidence) == (None, Confidence.POSSIBLE)


# partitions-not-pruned


def parts(filter_: str, *, idle: int = 3, busy: int = 1, time: float = 10.0) -> str:
    scans = [
        node(
            f"Seq Scan on posts_q{number} posts_{number}",
            f"Filter: {filter_}",
            "Rows Removed by Filter: 20000",
            rows=0 if number <= idle else 7,
            time=time,
            depth=1,
        )
        for number in range(1, idle + busy + 1)
    ]
    return plan(node("Append", rows=7 * busy, time=time * (idle + busy)), *scans)


def partitioned(strategy: str = "range", key: str | None = "at") -> Schema:
    columns = tuple(Column(name, type_, HERE) for name, type_ in TYPES.items())
    keyed = IndexKey(key) if key else IndexKey(expression=Expression("date_trunc('day'::text, at)", ("at",)))
    divided = PartitionKey(strategy, (keyed,))  # type: ignore[arg-type]
    children = [Table(Name("public", f"posts_q{n}"), columns, HERE, kind="partition", partition_of=POSTS) for n in range(1, 9)]
    return Schema((Table(POSTS, columns, HERE, kind="partitioned table", partition_key=divided), *children))


MONTH = "(date_trunc('month'::text, at) = '2024-03-01 00:00:00+00'::timestamp with time zone)"


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (parts(MONTH), True),
        (parts(MONTH, idle=2, busy=9), True),
        (parts(MONTH, idle=1), False),
        (parts(MONTH, time=2.5, idle=2), True),
        (parts(MONTH, time=2.4, idle=2), False),
        (parts(MONTH).replace("50.0 ms", "9.9 ms"), False),
        (parts("(lower(title) = 'x'::text)"), False),
        (parts(f"((at > '2024-01-01'::date) AND {MONTH})"), False),
        (parts(f"((at > (clock_timestamp() - '1 day'::interval)) AND {MONTH})"), True),
        (parts("(at > (now() - '1 day'::interval))"), False),
        (parts("(date_trunc('month'::text, at) IS NULL)"), False),
    ],
)
def test_partitions_are_read_in_vain_where_the_key_is_hidden(text: str, speaks: bool) -> None:
    assert bool(found("partitions-not-pruned", text, partitioned())) is speaks


def test_a_condition_that_cannot_exclude_by_the_key_is_not_blamed() -> None:
    assert found("partitions-not-pruned", parts(MONTH), partitioned(key="views")) == []
    assert found("partitions-not-pruned", parts(MONTH), partitioned(key=None)) == []


@pytest.mark.parametrize(
    ("filter_", "idle", "busy", "speaks"),
    [
        (MONTH, 3, 3, True),
        (MONTH, 3, 4, False),
        ("(lower(title) = 'x'::text)", 3, 1, False),
        ("((at)::text ~~ '2024-02%'::text)", 3, 1, True),
        ("((title)::text ~~ 'abc%'::text)", 3, 1, False),
    ],
)
def test_without_a_schema_only_functions_of_time_are_taken_for_the_key_s(filter_: str, idle: int, busy: int, speaks: bool) -> None:
    findings = found("partitions-not-pruned", parts(filter_, idle=idle, busy=busy))
    assert bool(findings) is speaks
    assert all(finding.confidence is Confidence.POSSIBLE for finding in findings)


@pytest.mark.parametrize(
    ("filter_", "code"),
    [
        ("(date_trunc('day'::text, at) = 'X'::date)", "at >= 'X'::date AND at < 'X'::date + interval '1 day'"),
        ("((at)::date = 'X'::date)", "at >= 'X'::date AND at < 'X'::date + 1"),
        ("(EXTRACT(year FROM at) = '2024'::numeric)", "at >= '2024-01-01' AND at < '2025-01-01'"),
        ("(date_part('year'::text, at) = '2024'::double precision)", "at >= '2024-01-01' AND at < '2025-01-01'"),
        ("((at + '7 days'::interval) > 'X'::date)", "at > 'X'::date - '7 days'::interval"),
        ("((at - '7 days'::interval) <= 'X'::date)", "at <= 'X'::date + '7 days'::interval"),
        ("(at > (clock_timestamp() - '1 day'::interval))", "at > (now() - '1 day'::interval)"),
        ("(date_trunc('day'::text, at) > 'X'::date)", None),
        ("(EXTRACT(month FROM at) = '3'::numeric)", None),
        ("(to_char(at, 'YYYY'::text) = '2024'::text)", None),
        ("((at + '7 days'::interval) <> 'X'::date)", None),
    ],
)
def test_a_hidden_key_is_asked_for_itself_where_that_can_be_written(filter_: str, code: str | None) -> None:
    [finding] = found("partitions-not-pruned", parts(filter_), partitioned())
    written = finding.remedy.up().splitlines()[1] if finding.remedy else None
    assert written == code


def test_the_partitions_without_a_row_are_what_is_saved() -> None:
    [finding] = found("partitions-not-pruned", parts(MONTH), partitioned())
    assert finding.subject == "public.posts"
    assert finding.saving is not None
    assert finding.saving.rows == 60_000
    assert finding.saving.milliseconds == pytest.approx(30.0)
    assert len(finding.related) == 3


# all of them

RULES = (
    "slow-sequential-scan",
    "filter-discards-rows",
    "lossy-bitmap",
    "bitmap-and",
    "heap-fetches",
    "index-recheck-discards-rows",
    "unselective-index-scan",
    "repeated-index-searches",
    "partitions-not-pruned",
)


def without_figures(text: str) -> str:
    return dedent("\n".join(line.partition("  (actual")[0].partition(" (actual")[0] for line in text.splitlines()[:-1]))


@pytest.mark.parametrize("rule", RULES)
def test_a_plan_that_was_not_run_has_nothing_measured(rule: str) -> None:
    for text in (
        seq("(views = 5)"),
        by_index(9_000, 5),
        lossy(),
        anded(*BOTH),
        only(9_000, 9_000),
        whole(90_000, 90_000),
        parts(MONTH),
    ):
        assert found(rule, without_figures(text)) == []


SPOKEN_OF = {
    "slow-sequential-scan": seq("(views = 5)"),
    "filter-discards-rows": by_index(9_000, 5),
    "lossy-bitmap": lossy(),
    "bitmap-and": anded(*BOTH),
    "heap-fetches": only(9_000, 9_000),
    "index-recheck-discards-rows": rechecked(9_000, 5),
    "unselective-index-scan": whole(90_000, 90_000),
    "repeated-index-searches": searched(9_000),
}
"""For each rule a plan of one table that it speaks of; the partitions of another rule's are a plan of their own."""


def twice(text: str, first: str, second: str) -> str:
    """A plan below an Append once for each of two tables, named with their aliases."""
    *lines, ending = text.splitlines()
    shifted = ["  ->  " + lines[0], *(" " * 6 + line for line in lines[1:])]
    both = ["\n".join(shifted).replace(" on posts", f" on {name}").replace("(posts", f"({name}") for name in (first, second)]
    counted = ["Buffers: shared hit=1"] if "Buffers" in text else []
    return "\n".join([node("Append", *counted, rows=2, time=90.0), *both, ending, ""])


@pytest.mark.parametrize("rule", SPOKEN_OF)
def test_two_partitions_are_one_finding_and_two_tables_are_two(rule: str) -> None:
    [one] = found(rule, twice(SPOKEN_OF[rule], "posts_q1 posts_1", "posts_q2 posts_2"))
    [other] = one.related
    assert other.message == "and here"
    assert other.location.line > one.at.line
    assert len(found(rule, twice(SPOKEN_OF[rule], "posts", "others"))) == 2


@pytest.mark.parametrize("rule", SPOKEN_OF)
def test_a_statement_of_just_ten_milliseconds_is_told_and_saves_no_more_than_itself(rule: str) -> None:
    [finding] = found(rule, SPOKEN_OF[rule].replace("50.0 ms", "10.0 ms"))
    assert finding.saving is not None
    assert finding.saving.share is not None
    assert 0 < finding.saving.share <= 1
    assert finding.saving.milliseconds is not None
    assert finding.confidence is not Confidence.POSSIBLE
    assert found(rule, SPOKEN_OF[rule].replace("50.0 ms", "9.999 ms")) == []


@pytest.mark.parametrize("rule", SPOKEN_OF)
def test_without_times_the_rows_alone_are_judged(rule: str) -> None:
    [finding] = found(rule, re.sub(r"actual time=\S+ ", "actual ", SPOKEN_OF[rule]))
    assert finding.saving is None or (finding.saving.milliseconds, finding.saving.share) == (None, None)
    [timed] = found(rule, SPOKEN_OF[rule])
    assert timed.saving is not None
    assert timed.saving.share == pytest.approx((timed.saving.milliseconds or 0) / 50)


def test_the_worst_of_several_scans_is_the_place() -> None:
    lines = twice(SPOKEN_OF["heap-fetches"], "posts_q1 posts_1", "posts_q2 posts_2")
    more = "Heap Fetches: 10000".join(lines.rsplit("Heap Fetches: 9000", 1))
    [finding] = found("heap-fetches", more)
    assert finding.at.line == 4
    assert "index-only scan of posts_q2 and 1 more like it fetches 19,000" in finding.message


def test_rows_that_a_filter_removes_after_the_recheck_were_wanted_of_the_bitmap() -> None:
    text = lossy().replace("Heap Blocks", "Filter: (title = 'x'::text)\n  Rows Removed by Filter: 1000\n  Heap Blocks")
    [finding] = found("lossy-bitmap", text)
    assert "compared 50,000 rows again for nothing, beside 10,000 that it wanted" in finding.message
    assert finding.saving is not None
    assert finding.saving.rows == 50_000
    assert finding.saving.blocks is None
    assert finding.confidence is Confidence.CERTAIN


@pytest.mark.parametrize("rule", ["slow-sequential-scan", "filter-discards-rows", "repeated-index-searches", "unindexed-filter"])
def test_the_new_index_has_a_name_that_the_table_has_not(rule: str) -> None:
    text = estimated(5) if rule == "unindexed-filter" else SPOKEN_OF[rule]
    taken = posts(index("posts_views_idx", "title"), index("posts_views_at_idx", "title"))
    [finding] = found(rule, text, taken)
    assert finding.remedy is not None
    assert "_idx1 ON posts (views" in finding.remedy.up()


@pytest.mark.parametrize("kind", ["Index Only Scan using posts_at", "Index Scan Backward using posts_at", "Bitmap Heap Scan"])
def test_whatever_reads_an_index_may_read_it_in_vain(kind: str) -> None:
    is_bitmap, searched = "Bitmap" in kind, "(at > now())"
    details = [f"{'Recheck' if is_bitmap else 'Index'} Cond: {searched}", "Filter: (views = 5)", "Rows Removed by Filter: 9000"]
    details += ["Heap Fetches: 0"] if "Only" in kind else []
    below = node("Bitmap Index Scan on posts_at", f"Index Cond: {searched}", rows=9_005, time=5.0, depth=1)
    [finding] = found("filter-discards-rows", plan(node(f"{kind} on posts", *details, rows=5), *([below] if is_bitmap else [])))
    assert finding.message.startswith("index posts_at finds 9,005 rows of posts and the filter keeps 5; an index on (views, at)")
    assert finding.saving is not None
    assert finding.saving.milliseconds == pytest.approx(40 * 9_000 / 9_005)


FILTERED = ("Filter: (views = 5)", "Rows Removed by Filter: 9000")


def test_an_index_that_was_searched_is_not_kept_for_its_order() -> None:
    limited = plan(
        node("Limit", rows=5, time=45.0),
        node(
            "Index Scan using posts_at on posts",
            "Index Cond: (at > now())",
            "Filter: (views = 5)",
            "Rows Removed by Filter: 9000",
            depth=1,
        ),
    )
    known = posts(index("posts_at", "at", "title"))
    [finding] = found("filter-discards-rows", limited, known)
    assert finding.remedy is not None
    assert "(views, at);" in finding.remedy.up()


def test_a_scan_in_an_index_s_order_is_kept_in_it_only_below_a_limit() -> None:
    known = posts(index("posts_at", "at"))
    scan = ("Index Scan using posts_at on posts", "Filter: (views = 5)", "Rows Removed by Filter: 9000")
    [limited] = found("filter-discards-rows", plan(node("Limit", rows=5, time=45.0), node(*scan, depth=1)), known)
    [whole_] = found("filter-discards-rows", plan(node(*scan)), known)
    assert limited.remedy is not None
    assert whole_.remedy is not None
    assert "(views, at);" in limited.remedy.up()
    assert "(views);" in whole_.remedy.up()


@pytest.mark.parametrize("kind", ["Index Scan using q_views", "Index Only Scan using q_views", "Bitmap Heap Scan"])
def test_partitions_that_are_read_by_index_are_not_pruned_either(kind: str) -> None:
    field = "Recheck Cond" if "Bitmap" in kind else "Index Cond"
    scans = []
    for number, rows in ((1, 0), (2, 0), (3, 7)):
        fetches = ["Heap Fetches: 0"] if "Only" in kind else []
        scans.append(
            node(f"{kind} on posts_q{number} posts_{number}", f"{field}: {MONTH}", *fetches, rows=rows, time=12.0, depth=1)
        )
        if "Bitmap" in kind:
            scans.append(node("Bitmap Index Scan on q_views", f"Index Cond: {MONTH}", rows=rows, time=11.0, depth=2))
    [finding] = found("partitions-not-pruned", plan(node("Append", rows=7, time=40.0), *scans), partitioned())
    assert "2 of the 3 partitions read of posts have no row that is asked for (24.0 ms)" in finding.message


def planned(kept: int, others: int) -> str:
    return (
        f"Hash Join  (cost=9.00..9900.00 rows={kept} width=4)\n  Hash Cond: (p.author_id = a.id)\n"
        "  ->  Seq Scan on posts p  (cost=0.00..9000.00 rows=300000 width=4)\n"
        f"  ->  Hash  (cost=9.00..9.00 rows={others} width=4)\n"
        f"        ->  Seq Scan on authors a  (cost=0.00..9.00 rows={others} width=4)\n"
    )


@pytest.mark.parametrize(("kept", "others", "speaks"), [(1_800, 1_800, True), (1_801, 5, False), (5, 1_801, False)])
def test_a_join_that_was_only_planned_is_judged_by_its_rows(kept: int, others: int, speaks: bool) -> None:
    assert bool(found("unindexed-filter", planned(kept, others))) is speaks


def test_partitions_that_are_to_be_read_whole_are_one_finding() -> None:
    scans = [
        f"  ->  Seq Scan on posts_q{number} posts_{number}  (cost=100.00..{cost}.00 rows=1 width=4)\n        Filter: (views = 5)\n"
        for number, cost in ((1, 3_100), (2, 4_100))
    ]
    text = "Append  (cost=0.00..7100.00 rows=2 width=4)\n" + "".join(scans)
    [finding] = found("unindexed-filter", text, partitioned())
    assert finding.message.startswith("posts (2 partitions) is to be read whole, at a cost of 7,000, for 2 rows; ")
    assert finding.at.line == 4
    assert [each.location.line for each in finding.related] == [2]
    [one] = found("unindexed-filter", estimated(1), posts())
    assert "posts is to be read whole, at a cost of 9,000, for 1 row; no index leads to them by views" in one.message
