"""The judgement of plan-regression: what counts as worse, where it began, what is said of it; on recorded plans and made ones."""

from __future__ import annotations

from dataclasses import fields
from textwrap import dedent
from typing import Any, get_type_hints

import pytest

from advisor.engine.registry import find_rule
from advisor.finding import Confidence, Finding
from advisor.model import PlanChange
from advisor.model.plan.comparing import compare
from scripts.record_workloads import FOLDER
from tests.sources.explain.plans import only_plan

RULE = find_rule("plan-regression").function
OPTIONS: Any = get_type_hints(RULE)["options"]
CASES = sorted(
    path.stem for path in FOLDER.glob("*.sql") if all((FOLDER / f"{path.stem}.{kind}.txt").exists() for kind in ("fault", "mended"))
)
TOLD = {
    "accounts-closed": "the foreign key transfers_to_fkey takes 60.2 ms instead of 0.03",
    "archive-from-disk": "Seq Scan on archive reads the whole table, where archive_year_idx was used; nothing uses that index now",
    "articles-by-score": "Sort holds rows of 1,292 bytes instead of 12",
    "audit-row-by-row": "the trigger accounts_audit takes",
    "authors-who-leave": "the foreign key books_author_fkey takes 154 ms instead of",
    "cache-that-forgets": "Memoize misses its cache 60,000 times instead of 9,000",
    "calls-of-sixty-months": "compiling it (JIT) takes",
    "documents-in-full": "writing the result out takes",
    "hash-joins-switched-off": "Nested Loop took the place of Hash Join; enable_hashjoin is off (was the default)",
    "map-out-of-date": "Index Only Scan on sessions by sessions_reader_seen_idx looks 64,348 rows up in the table",
    "one-status-of-a-month": "Bitmap Heap Scan on orders throws 43,832 rows away by its Filter",
    "orders-by-either": "where orders_customer_id_idx and orders_total_idx were used",
    "orders-by-mail": "Seq Scan on orders o reads the whole table, where orders_customer_id_idx was used",
    "orders-estimated": "units of cost instead of",
    "orders-of-two-days": "rows away when it looks at them again",
    "page-by-number": "gives 250,050 rows instead of 50",
    "queue-that-was-long": "Seq Scan on queue finds 39,903 blocks outside shared buffers instead of 100",
    "whole-table-to-the-client": "it is about 300,000 rows instead of 1,000; compare plans with the same parameters",
    "workers-that-were-not-there": "Parallel Seq Scan on items is done by 1 process instead of 3",
}
"""What is said of a workload's fault where the mended plan was the one before."""


def change_of(name: str, before: str, after: str) -> PlanChange:
    plans = (only_plan((FOLDER / f"{name}.{kind}.txt").read_text("utf-8")) for kind in (before, after))
    return compare(*plans)


def found(before: str, after: str, **options: Any) -> list[Finding]:
    change = compare(only_plan(dedent(before)), only_plan(dedent(after)))
    return list(RULE(change, OPTIONS(**options)))


def message(before: str, after: str, **options: Any) -> str:
    [finding] = found(before, after, **options)
    return finding.message


@pytest.mark.parametrize("name", CASES)
def test_what_was_mended_is_no_regression(name: str) -> None:
    assert list(RULE(change_of(name, "fault", "mended"), OPTIONS())) == []


@pytest.mark.parametrize("name", CASES)
def test_a_fault_that_came_is_told_where_it_took_far_longer(name: str) -> None:
    change = change_of(name, "mended", "fault")
    findings = list(RULE(change, OPTIONS()))
    if change.times is not None and change.times[1] >= 3 * change.times[0] + 10:
        assert len(findings) == 1
    assert all("does the same as before" not in finding.message for finding in findings)


@pytest.mark.parametrize("name", sorted(set(TOLD) & set(CASES)))
def test_the_reason_is_the_one_that_a_reader_would_give(name: str) -> None:
    [finding] = RULE(change_of(name, "mended", "fault"), OPTIONS())
    assert TOLD[name] in finding.message


def scan(
    time: float,
    *details: str,
    kind: str = "Seq Scan on posts",
    rows: float = 10,
    loops: int = 1,
    estimated: float = 10,
    width: int = 8,
    cost: float = 900.0,
    planning: float = 0.1,
    whole: float | None = None,
    ending: str = "",
) -> str:
    """One node that was run, with its details and the lines below the nodes."""
    guess = f"(cost=0.00..{cost:.2f} rows={estimated:.0f} width={width})"
    first = f"{kind}  {guess} (actual time=0.010..{time:.3f} rows={rows} loops={loops})"
    below = [f"Planning Time: {planning} ms", *filter(None, [ending]), f"Execution Time: {whole or time * loops:.3f} ms"]
    return "\n".join([first, *(f"  {each}" for each in details), *below])


def summed(text: str) -> str:
    """The node below an Aggregate of one row, which takes as long."""
    *node, planning, execution = text.splitlines()
    time = execution.split()[2]
    above = f"Aggregate  (cost=900.00..900.01 rows=1 width=8) (actual time=0.010..{time} rows=1 loops=1)"
    return "\n".join([above, f"  ->  {node[0]}", *(f"      {line}" for line in node[1:]), planning, execution])


def test_every_option_says_what_it_is() -> None:
    assert {field.name for field in fields(OPTIONS)} == {
        *("factor", "min_time", "min_blocks", "min_cost", "faster", "unexplained_factor")
    }


@pytest.mark.parametrize(
    ("before", "after", "speaks"),
    [
        (30.0, 45.0, True),  # half as long again, and 10 ms more
        (30.0, 44.9, False),
        (19.0, 29.0, True),
        (19.0, 28.9, False),
    ],
)
def test_a_statement_is_slower_by_a_factor_and_by_milliseconds(before: float, after: float, speaks: bool) -> None:
    filtered = "Rows Removed by Filter: 100000"
    assert bool(found(scan(before, "Filter: x"), scan(after, "Filter: x", filtered))) is speaks


def test_factor_and_milliseconds_are_options() -> None:
    one, other = scan(10.0, "Filter: x"), scan(12.0, "Filter: x", "Rows Removed by Filter: 900")
    assert not found(one, other)
    assert not found(one, other, factor=1.1)
    assert found(one, other, factor=1.1, min_time=2.0)


def test_more_blocks_are_told_though_the_time_is_too_short_to_tell() -> None:
    one, other = (scan(2.0, f"Buffers: shared hit={number}") for number in (1000, 1500))
    assert message(one, other).startswith("this plan takes 1,500 blocks instead of 1,000: most of it at Seq Scan on posts")
    assert not found(one, scan(2.0, "Buffers: shared hit=1499"))
    assert not found(scan(2.0, "Buffers: shared hit=500"), scan(2.0, "Buffers: shared hit=999"))
    assert found(scan(2.0, "Buffers: local hit=500"), scan(2.0, "Buffers: local hit=1000"))
    assert found(scan(2.0, "Buffers: shared hit=10"), scan(2.0, "Buffers: shared hit=10, temp read=250 written=250"))


def test_more_blocks_in_less_time_are_no_regression() -> None:
    before = scan(30.0, "Buffers: shared hit=1000")
    assert not found(before, scan(27.0, "Buffers: shared hit=9000"))
    assert found(before, scan(28.0, "Buffers: shared hit=9000"))
    # of a few milliseconds no time says anything
    assert found(scan(9.0, "Buffers: shared hit=1000"), scan(3.0, "Buffers: shared hit=9000"))


def test_blocks_are_not_compared_where_one_plan_does_not_tell_them() -> None:
    assert not found(scan(2.0), scan(2.0, "Buffers: shared hit=9000"))


def test_costs_are_compared_where_a_plan_was_not_run() -> None:
    def estimated(cost: float, kind: str = "Seq Scan on posts") -> str:
        return f"{kind}  (cost=0.00..{cost:.2f} rows=10 width=8)"

    [finding] = found(estimated(1000), estimated(1500))
    assert finding.confidence is Confidence.POSSIBLE  # the same plan: the table grew
    assert finding.message.startswith("this plan takes 1,500 units of cost instead of 1,000: most of it at Seq Scan on posts")
    assert not found(estimated(1000), estimated(1499))
    assert not found(estimated(900), estimated(1399))
    [finding] = found(estimated(8, "Index Scan using posts_x_idx on posts"), estimated(1500))
    assert finding.confidence is Confidence.LIKELY
    assert found(scan(2.0), estimated(1500))
    assert not found(scan(2.0), scan(2.0, cost=90_000))  # what was measured counts


def test_the_same_plan_with_the_same_rows_has_to_take_far_longer() -> None:
    assert not found(scan(30.0), scan(74.0))
    [finding] = found(scan(30.0), scan(75.0))
    assert finding.confidence is Confidence.POSSIBLE
    assert finding.message.endswith("which does the same as before; run it again, other work may have been in its way")
    assert found(scan(30.0), scan(50.0), unexplained_factor=1.5)


def test_a_result_that_grew_with_the_time_is_another_question() -> None:
    [finding] = found(scan(10.0, rows=1000), scan(100.0, rows=10_000))
    assert finding.confidence is Confidence.POSSIBLE
    assert "it is about 10,000 rows instead of 1,000" in finding.message
    # three times the rows do not explain ten times the time
    assert "it is about" not in message(scan(10.0, rows=1000, estimated=900), scan(100.0, rows=3000, estimated=900))


def test_planning_is_compared_on_its_own() -> None:
    [finding] = found(scan(2.0, planning=5.0), scan(2.0, planning=15.0))
    assert finding.message == "this plan takes 15.0 ms of planning instead of 5.0: the plan itself does not show why"
    assert finding.confidence is Confidence.POSSIBLE
    assert finding.saving is not None
    assert finding.saving.milliseconds == 10.0
    assert not found(scan(2.0, planning=5.0), scan(2.0, planning=14.9))
    loaded = scan(2.0, planning=30.0).replace("Planning Time", "Planning:\n  Buffers: shared hit=300 read=20\nPlanning Time")
    assert message(scan(2.0), loaded).endswith("it looked at 320 blocks of the catalog instead of 0, as a new connection does")


def test_planning_of_more_scans_is_explained_by_them() -> None:
    parts = [f"  ->  Seq Scan on day_{number}  (cost=0.00..1.00 rows=1 width=8)" for number in range(3)]
    before, after = (
        "\n".join([f"Append  (cost=0.00..9.00 rows={number} width=8)", *parts[:number], f"Planning Time: {time} ms"])
        for number, time in ((2, 1.0), (3, 30.0))
    )
    assert "it weighs 3 scans instead of 2" in message(before, after)


@pytest.mark.parametrize(
    ("before", "after", "phrase"),
    [
        ({}, {"kind": "Index Scan using posts_x_idx on posts"}, "by posts_x_idx took the place of Seq Scan on posts"),
        ({"rows": 10, "estimated": 10}, {"rows": 5000, "estimated": 10}, "gives 5,000 rows where 10 are expected, which was right"),
        ({"estimated": 900, "rows": 900}, {"estimated": 1800, "rows": 1800}, "gives 1,800 rows instead of 900"),
        ({"loops": 1}, {"loops": 40, "time": 3.0}, "runs 40 times instead of 1"),
    ],
)
def test_what_differs_at_the_node_is_named(before: dict[str, Any], after: dict[str, Any], phrase: str) -> None:
    one, other = scan(3.0, **before), scan(**{"time": 100.0, **after})
    assert phrase in message(summed(one), summed(other))


@pytest.mark.parametrize(
    ("before", "after", "phrase"),
    [
        ("Rows Removed by Filter: 100", "Rows Removed by Filter: 200", "throws 200 rows away by its Filter instead of 100"),
        ("Rows Removed by Filter: 49", "Rows Removed by Filter: 99", "does the same as before"),
        ("Rows Removed by Filter: 101", "Rows Removed by Filter: 200", "does the same as before"),
        ("Filter: (x = 1)", "Filter: (x = 2)", "has another Filter"),
        ("Buffers: shared hit=300", "Buffers: shared hit=200 read=100", "finds 100 blocks outside shared buffers instead of 0"),
        ("Buffers: shared hit=300", "Buffers: shared hit=201 read=99", "does the same as before"),
        ("Buffers: shared hit=300", "Buffers: shared hit=600", "reads 600 blocks instead of 300 for as many rows"),
        ("Buffers: shared hit=300", "Buffers: shared hit=599", "does the same as before"),
        ("Heap Fetches: 0", "Heap Fetches: 100", "looks 100 rows up in the table"),
        ("Index Searches: 1", "Index Searches: 500", "searches its index 500 times instead of 1"),
    ],
)
def test_what_a_node_does_for_nothing_is_named(before: str, after: str, phrase: str) -> None:
    assert phrase in message(scan(3.0, before), scan(100.0, after))


def sorting(time: float, method: str, *, width: int = 8) -> str:
    return dedent(f"""
        Sort  (cost=900.00..950.00 rows=100 width={width}) (actual time={time - 1}..{time} rows=100 loops=1)
          Sort Key: posts.x
          Sort Method: {method}
          ->  Seq Scan on posts  (cost=0.00..100.00 rows=100 width={width}) (actual time=0.010..1.000 rows=100 loops=1)
        Execution Time: {time} ms
    """)


def test_a_sort_that_went_to_disk_says_how_much_it_writes() -> None:
    memory, disk = "quicksort  Memory: 900kB", "external merge  Disk: 8152kB"
    assert message(sorting(9.0, memory), sorting(90.0, disk)).endswith(
        ": Sort no longer fits into memory and writes 8,152 kB to disk"
    )
    assert "no longer" not in message(sorting(9.0, disk), sorting(90.0, disk))


def test_wider_rows_are_named_from_a_hundred_bytes() -> None:
    memory = "quicksort  Memory: 900kB"
    assert message(sorting(9.0, memory, width=50), sorting(90.0, memory, width=100)).endswith(
        "Sort holds rows of 100 bytes instead of 50"
    )
    assert "holds rows" not in message(sorting(9.0, memory, width=51), sorting(90.0, memory, width=100))
    assert "holds rows" not in message(sorting(9.0, memory, width=8), sorting(90.0, memory, width=99))


def test_settings_that_differ_are_told() -> None:
    before, after = (
        scan(time, f"Rows Removed by Filter: {number}", ending=setting)
        for time, number, setting in ((3.0, 0, ""), (90.0, 900, "Settings: work_mem = '64kB', enable_sort = 'off'"))
    )
    assert message(before, after).endswith("; enable_sort is off (was the default); work_mem is 64kB (was the default)")
    assert message(
        after.replace("900", "0").replace("90.000", "3.000"), before.replace(": 0", ": 900").replace("3.000", "90.000")
    ).endswith("; enable_sort is the default (was off); work_mem is the default (was 64kB)")


def test_a_trigger_counts_where_it_holds_half_of_the_growth() -> None:
    before = scan(3.0, whole=3.0)
    half = scan(50.0, "Rows Removed by Filter: 900", whole=97.0, ending="Trigger posts_audit: time=47.000 calls=100")
    assert message(before, half).endswith(": the trigger posts_audit takes 47.0 ms")
    less = half.replace("time=47.000", "time=46.900")
    assert "throws 900 rows away" in message(before, less)


def test_both_places_and_what_it_cost_are_given() -> None:
    [finding] = found(scan(10.0, "Buffers: shared hit=100"), scan(100.0, "Buffers: shared hit=900", "Rows Removed by Filter: 900"))
    assert finding.confidence is Confidence.CERTAIN
    [related] = finding.related
    assert related.message == "before the change"
    assert finding.saving is not None
    assert finding.saving.milliseconds == 90.0
    assert finding.saving.share == 0.9
    assert finding.saving.blocks == 800
    [finding] = found(scan(10.0), scan(100.0, "Rows Removed by Filter: 900"))
    assert finding.confidence is Confidence.LIKELY
