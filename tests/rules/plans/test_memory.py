"""The judgement of the rules on what nodes keep, write and read: where each threshold lies."""

from __future__ import annotations

import pytest

from advisor.finding import Finding
from tests.rules.plans.making import found, node, plan


def only(rule: str, text: str) -> Finding:
    [finding] = found(rule, text)
    return finding


BUFFERS = "Buffers: shared hit=1"


# wide-rows


def kept(*, rows: float = 20_000, width: int = 800, kind: str = "Sort", time: float = 40, details: tuple[str, ...] = ()) -> str:
    return plan(
        node(kind, *details, rows=rows, width=width, time=time),
        node("Seq Scan on posts", depth=1, rows=rows, width=width, time=time - 20),
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (kept(rows=20_000, width=800), True),
        (kept(rows=19_999, width=800), False),
        (kept(rows=40_000, width=500), True),
        (kept(rows=40_000, width=499), False),
        (kept(kind="Unique"), False),
        (kept(details=("Sort Key: id", "Sort Method: external merge  Disk: 9kB")), False),
        (kept().replace("Sort  (", "Limit  (", 1), False),
        (kept().replace("50.0 ms", "9.9 ms"), False),
    ],
)
def test_rows_are_wide_from_500_bytes_and_many_from_16_megabytes(text: str, speaks: bool) -> None:
    assert bool(found("wide-rows", text)) is speaks


def test_what_a_limit_takes_of_a_sort_is_no_room() -> None:
    text = plan(
        node("Limit", rows=10),
        node("Sort", "Sort Key: id", depth=1, rows=20_000, width=800),
        node("Seq Scan on posts", depth=2, rows=20_000, width=800, time=20),
    )
    assert found("wide-rows", text) == []


# hash-spills-to-disk


def hashed(*, batches: int = 2, temp: int = 1_024, time: float = 40, settings: str = "") -> str:
    text = plan(
        node("Hash Join", "Hash Cond: (a.id = b.id)", f"Buffers: shared hit=9, temp read={temp} written={temp}", time=time),
        node("Seq Scan on a", BUFFERS, depth=1, rows=100, time=1),
        node("Hash", f"Buckets: 1024  Batches: {batches}  Memory Usage: 900kB", BUFFERS, depth=1, rows=100_000, time=1),
        node("Seq Scan on b", BUFFERS, depth=2, rows=100_000, time=1, estimated=100_000),
    )
    return text.replace("Execution Time", f"{settings}Execution Time")


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (hashed(), True),
        (hashed(batches=1), False),
        (hashed(temp=512), True),
        (hashed(temp=511), False),
        (hashed(time=4.9), False),
    ],
)
def test_a_hash_on_disk_is_told_from_four_megabytes(text: str, speaks: bool) -> None:
    assert bool(found("hash-spills-to-disk", text)) is speaks


def test_the_multiplier_is_that_of_the_plans_settings() -> None:
    text = "Settings: hash_mem_multiplier = '1'\n"
    sizes = [
        only("hash-spills-to-disk", one).message.partition("work_mem = '")[2].partition("MB")[0]
        for one in (hashed(), hashed(settings=text))
    ]
    assert [int(size) for size in sizes] == [4, 8]


def test_a_hash_of_groups_is_told_by_its_keys() -> None:
    text = plan(
        node("HashAggregate", "Group Key: visitor", "Batches: 5  Memory Usage: 4000kB  Disk Usage: 5000kB", rows=9_000),
        node("Seq Scan on visits", depth=1, rows=90_000, time=5),
    )
    finding = only("hash-spills-to-disk", text)
    assert finding.message.startswith("hash of groups by visitor took 5 batches and wrote 5 MB to disk; work_mem = '")
    assert found("hash-spills-to-disk", text.replace("Batches: 5", "Batches: 1").replace("  Disk Usage: 5000kB", "")) == []


# temp-file-io


def stored(*, temp: int = 256, kind: str = "Materialize", time: float = 40) -> str:
    return plan(
        node("Nested Loop", f"Buffers: shared hit=9, temp read={temp} written={temp}", rows=10, time=time + 1),
        node("Seq Scan on a", BUFFERS, depth=1, rows=100, time=0.1),
        node(kind, f"Buffers: shared hit=9, temp read={temp} written={temp}", depth=1, rows=10, loops=100, time=time / 100),
        node("Seq Scan on b", BUFFERS, depth=2, rows=10, time=0.1),
        took=time + 2.0,
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (stored(), True),
        (stored(temp=255), False),
        (stored(kind="Sort"), False),
        (stored(time=9), True),
        (stored(time=7.9), False),
    ],
)
def test_files_of_what_is_read_again_are_told_from_four_megabytes(text: str, speaks: bool) -> None:
    assert bool(found("temp-file-io", text)) is speaks


# memoize-evictions


def remembered(*, hits: int = 100, misses: int = 900, evictions: int = 0, memory: int = 100) -> str:
    figures = f"Hits: {hits}  Misses: {misses}  Evictions: {evictions}  Overflows: 0  Memory Usage: {memory}kB"
    return plan(
        node("Nested Loop", rows=1_000, time=41),
        node("Seq Scan on a", depth=1, rows=1_000, time=1),
        node("Memoize", "Cache Key: a.id", "Cache Mode: logical", figures, depth=1, loops=1_000, time=0.04),
        node("Index Scan using b_pkey on b", depth=2, rows=1, loops=900, time=0.04),
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (remembered(), True),
        (remembered(hits=101, misses=899), False),
        (remembered(hits=0, misses=999), False),
        (remembered(hits=0, misses=1_000), True),
    ],
)
def test_a_cache_is_told_that_answers_a_tenth_of_a_thousand_look_ups_or_less(text: str, speaks: bool) -> None:
    assert bool(found("memoize-evictions", text)) is speaks


def test_more_memory_is_advised_where_entries_were_dropped() -> None:
    assert only("memoize-evictions", remembered()).message.endswith("dropped 0 entries; its keys hardly repeat")
    finding = only("memoize-evictions", remembered(evictions=800, memory=1_000))
    assert finding.remedy is not None
    # 1,000 kB held 100 entries: 900 take 8.8 MB, of which hash_mem_multiplier gives two for one
    assert "work_mem = '8MB'" in finding.remedy.up()


# cold-buffers


def read(*, hit: int = 2_000, cold: int = 2_000, waited: float = 0.0) -> str:
    timings = (f"I/O Timings: shared read={waited:.3f}",) if waited else ()
    return plan(node("Seq Scan on posts", f"Buffers: shared hit={hit} read={cold}", *timings, rows=90_000))


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (read(), True),
        (read(cold=1_999, hit=1), False),
        (read(hit=2_001), False),
        (read(waited=25), True),
        (read(waited=25.1), False),
    ],
)
def test_a_plan_is_cold_where_half_of_its_blocks_were_not_in_memory_and_reads_do_not_rule_it(text: str, speaks: bool) -> None:
    assert bool(found("cold-buffers", text)) is speaks


# wal-heavy


def changed(*, rows: int = 1_000, wal: int = 5_000_000, images: int = 0) -> str:
    pages = f"fpi={images} " if images else ""
    return plan(
        node("Update on posts", f"WAL: records=9 {pages}bytes={wal}", rows=0),
        node("Seq Scan on posts", depth=1, rows=rows, time=5),
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (changed(), True),
        (changed(wal=4_999_999), False),
        (changed(rows=2_500), True),
        (changed(rows=2_501), False),
    ],
)
def test_wal_is_heavy_from_five_megabytes_and_two_thousand_bytes_a_row(text: str, speaks: bool) -> None:
    assert bool(found("wal-heavy", text)) is speaks


def test_half_of_it_as_whole_pages_is_a_checkpoints() -> None:
    pages = 5_000_000 // 2 // 8192
    assert only("wal-heavy", changed(images=pages)).message.endswith("every index is written too")
    assert only("wal-heavy", changed(images=pages + 1)).message.endswith(f"{pages + 1} whole pages after a checkpoint")


# default-estimate


def guessed(*, rows: float = 20_000, expected: int = 1_000, above: str = "Nested Loop", schema: str = "") -> str:
    return plan(
        node(above, rows=rows, time=45),
        node(f"Function Scan on {schema}wanted w", depth=1, rows=rows, estimated=expected, time=20),
        node("Index Scan using a_pkey on a", depth=1, rows=1, loops=int(max(rows, 1)), time=0.001),
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (guessed(), True),
        (guessed(rows=10_000), True),
        (guessed(rows=9_999), False),
        (guessed(expected=100, rows=1_000), True),
        (guessed(expected=100, rows=999), False),
        (guessed(expected=500), False),
        (guessed(above="Append"), False),
    ],
)
def test_a_default_is_told_where_a_join_was_planned_for_it(text: str, speaks: bool) -> None:
    assert bool(found("default-estimate", text)) is speaks


def test_a_function_of_one_s_own_can_be_told_its_rows() -> None:
    own, built_in = only("default-estimate", guessed()), only("default-estimate", guessed(expected=100, schema="pg_catalog."))
    assert own.remedy is not None
    assert "ALTER FUNCTION wanted(...) ROWS 20000;" in own.remedy.up()
    assert built_in.remedy is None


# materialize-rescans


def again(*, loops: int = 1_000, rows: int = 1_000, removed: int = 0) -> str:
    return plan(
        node("Nested Loop", *([f"Rows Removed by Join Filter: {removed}"] if removed else []), rows=5_000, time=45),
        node("Seq Scan on a", depth=1, rows=loops, time=1),
        node("Materialize", depth=1, rows=rows, loops=loops, time=0.02),
        node("Seq Scan on b", depth=2, rows=rows, time=1),
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (again(), True),
        (again(loops=999), False),
        (again(loops=100, rows=10_000), True),
        (again(loops=99, rows=20_000), False),
        (again(removed=5_000), True),
        (again(removed=5_001), False),
    ],
)
def test_rows_read_again_are_told_from_a_hundred_rounds_and_a_million_rows(text: str, speaks: bool) -> None:
    assert bool(found("materialize-rescans", text)) is speaks


# offset-discards-rows


def skipped(*, before: int = 1_000, returned: int = 20) -> str:
    return plan(
        node("Limit", rows=returned, time=40),
        node("Index Scan using posts_pkey on posts", depth=1, rows=before + returned, time=39),
    )


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        (skipped(), True),
        (skipped(before=999), False),
        (skipped(before=2_000, returned=200), True),
        (skipped(before=1_999, returned=200), False),
        (skipped().replace("50.0 ms", "9.9 ms"), False),
    ],
)
def test_an_offset_is_told_from_a_thousand_rows_and_ten_for_each_returned(text: str, speaks: bool) -> None:
    assert bool(found("offset-discards-rows", text)) is speaks
