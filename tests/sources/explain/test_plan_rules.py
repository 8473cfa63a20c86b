"""The judgement of the rules on plans: what they leave alone, where they put the finding, what they advise."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Any

import pytest

from advisor.engine.registry import all_rules
from advisor.finding import Confidence, Finding, Severity
from advisor.model import Index, IndexKey, Location, Name, Schema, Table, Target
from advisor.model.schema import Column
from advisor.remedies import CreateIndex
from advisor.rule import Options
from tests.sources.explain.plans import TIMED, only_plan, recorded

RULES = {rule.name: rule for rule in all_rules() if rule.category == "plans"}
HERE = Location("schema.sql", 1, 1, 1, 1)
POSTS = Name("public", "posts")


def column(name: str, type_: str) -> Column:
    return Column(name, type_, HERE)


def posts(*indexes: Index) -> Schema:
    columns = (
        column("id", "integer"),
        column("author_id", "integer"),
        column("slug", "character varying(80)"),
        column("status", "text"),
        column("published", "boolean"),
        column("views", "integer"),
        column("created_at", "timestamp with time zone"),
    )
    primary = Index("posts_pkey", POSTS, (IndexKey("id"),), HERE, unique=True, constraint="primary key")
    return Schema((Table(POSTS, columns, HERE, indexes=(primary, *indexes)),))


def index(name: str, *columns: str) -> Index:
    return Index(name, POSTS, tuple(IndexKey(each) for each in columns), HERE)


def found(rule: str, text: str, schema: Schema | None = None, **options: Any) -> list[Finding]:
    """The findings of a rule on a plan (a recorded one by its file's name, or a text), with options in place of the defaults."""
    function = RULES[rule].function
    plan = recorded(text) if text.endswith(".txt") else only_plan(text)
    kinds = {name: kind for name, kind in function.__annotations__.items() if isinstance(kind, type) and issubclass(kind, Options)}
    facts: dict[str, Any] = {name: kind(**options) for name, kind in kinds.items()}
    if "schema" in function.__annotations__:
        facts["schema"] = schema
    if "target" in function.__annotations__:
        facts["target"] = Target()
    return list(function(plan, **facts))


def scan(filter_: str, *, read: int = 100_000, kept: int = 5, time: float = 50.0, above: str = "") -> str:
    """A timed sequential scan of posts, below the nodes of `above` (lines with their indentation)."""
    depth = max((line.index("->") // 6 + 1 for line in above.splitlines() if "->" in line), default=0) + 1 if above else 0
    lead = 6 * depth
    arrow = " " * (lead - 4) + "->  " if above else ""
    return (
        f"{above}{arrow}Seq Scan on posts  (cost=0.00..9000.00 rows={kept} width=4)"
        f" (actual time=0.1..{time} rows={kept} loops=1)\n"
        f"{' ' * (lead + 2)}Filter: {filter_}\n"
        f"{' ' * (lead + 2)}Rows Removed by Filter: {read - kept}\n"
        f"Planning Time: 0.1 ms\nExecution Time: {time}0 ms\n"
    )


TOP_OF_SCAN = dedent("""\
    Limit  (cost=0.00..9.00 rows=5 width=4) (actual time=50.0..50.0 rows=5 loops=1)
      ->  Sort  (cost=0.00..9.00 rows=5 width=4) (actual time=50.0..50.0 rows=5 loops=1)
            Sort Key: created_at DESC
""")


def keys(finding: Finding) -> str:
    assert isinstance(finding.remedy, CreateIndex)
    return ", ".join(str(each) for each in finding.remedy.columns)


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("(author_id = 5)", "author_id"),
        ("((views > 9) AND (author_id = 5))", "author_id, views"),
        ("((author_id = 5) AND (status = 'x'::text) AND published)", "author_id, status"),
        ("((views > 9) AND (created_at < now()))", "views, created_at"),
        ("((slug)::text = 'x'::text)", "slug"),
        ("(status = ANY ('{a,b}'::text[]))", "status"),
        ("(NOT published)", "id"),
    ],
)
def test_the_index_begins_with_equalities_and_ends_with_one_range(filter_: str, expected: str) -> None:
    [finding] = found("slow-sequential-scan", scan(filter_), posts())
    assert keys(finding) == expected
    assert finding.subject == "public.posts"


def test_under_a_limit_the_index_goes_on_with_the_order() -> None:
    [finding] = found("slow-sequential-scan", scan("(author_id = 5)", above=TOP_OF_SCAN), posts())
    assert keys(finding) == "author_id, created_at DESC"
    assert finding.at.line == 4


def test_an_index_that_is_there_is_not_advised_again() -> None:
    [finding] = found("slow-sequential-scan", scan("(author_id = 5)"), posts(index("posts_author", "author_id", "views")))
    assert finding.remedy is None
    assert "posts_author could serve it and was not used" in finding.message
    assert finding.confidence is Confidence.POSSIBLE


@pytest.mark.parametrize(
    "text",
    [
        scan("(author_id = 5)", time=4.0),
        scan("published", kept=60_000),
        scan("(author_id = 5)", read=3_000),
        (TIMED / "slow-scan-mended.txt").name,
    ],
    ids=["quick", "most rows are kept", "small", "mended"],
)
def test_a_scan_that_is_right_is_left_alone(text: str) -> None:
    assert found("slow-sequential-scan", text, posts()) == []


def test_thresholds_are_options() -> None:
    assert found("slow-sequential-scan", scan("(author_id = 5)", time=4.0), posts(), min_time=1.0)
    assert not found("slow-sequential-scan", scan("(author_id = 5)"), posts(), min_rows=1_000_000)


def test_the_partitions_of_one_table_are_one_finding() -> None:
    text = "Append  (cost=0.00..9.00 rows=2 width=4) (actual time=0.1..50.0 rows=2 loops=1)\n" + "".join(
        f"  ->  Seq Scan on events_{year} events_{number}"
        "  (cost=0.00..9.00 rows=1 width=4) (actual time=0.1..25.0 rows=1 loops=1)\n"
        "        Filter: (kind = 5)\n        Rows Removed by Filter: 50000\n"
        for number, year in enumerate((2024, 2025), 1)
    )
    [finding] = found("slow-sequential-scan", text + "Execution Time: 50.0 ms\n")
    assert len(finding.related) == 1
    assert "reads 100,002 rows to keep 2" in finding.message


def test_a_filter_behind_an_index_asks_for_both_columns() -> None:
    [finding] = found("filter-discards-rows", "filter.txt", posts(index("posts_created_at_idx", "created_at")))
    assert keys(finding) == "status, created_at"


def test_an_index_read_for_its_order_keeps_it() -> None:
    [finding] = found("filter-discards-rows", "slow-scan.txt", posts(index("posts_created_at_idx", "created_at")))
    assert keys(finding) == "author_id, created_at"


def test_without_a_schema_the_order_of_an_index_is_not_guessed() -> None:
    [finding] = found("filter-discards-rows", "slow-scan.txt")
    assert keys(finding) == "author_id"


@pytest.mark.parametrize("name", ["filter-mended.txt", "slow-scan-mended.txt", "subplan-mended.txt"])
def test_an_index_scan_whose_filter_removes_little_is_left_alone(name: str) -> None:
    assert found("filter-discards-rows", name) == []


def test_a_misestimate_is_named_where_it_starts_and_only_there() -> None:
    [finding] = found("row-misestimate", "misestimate.txt")
    assert finding.at.line == 12
    assert finding.subject == "Seq Scan on authors (public.authors)"
    assert finding.remedy is not None
    assert "CREATE STATISTICS authors_country_city_expr_stats ON country, city, (lower(name)) FROM authors;" in finding.remedy.up()


def join(child: str, *, kind: str = "Nested Loop", total: float = 50.0) -> str:
    return (
        f"{kind}  (cost=0.00..9.00 rows=5 width=4) (actual time=0.1..{total} rows=5 loops=1)\n{child}"
        "  ->  Seq Scan on b  (cost=0.00..9.00 rows=5 width=4) (actual time=0.1..1.0 rows=5 loops=1)\n"
        f"Execution Time: {total}0 ms\n"
    )


def side(rows: int, expected: int, what: str = "Seq Scan on a", lead: str = "  ->  ") -> str:
    return f"{lead}{what}  (cost=0.00..9.00 rows={expected} width=4) (actual time=0.1..2.0 rows={rows} loops=1)\n"


def test_fewer_rows_than_expected_below_a_limit_are_no_misestimate() -> None:
    limited = "Limit  (cost=0.00..9.00 rows=5 width=4) (actual time=0.1..50.0 rows=5 loops=1)\n" + "".join(
        f"      {line}\n" if line.startswith(" ") else f"  ->  {line}\n" for line in join(side(20, 50_000)).splitlines()[:-1]
    )
    assert found("row-misestimate", limited + "Execution Time: 50.0 ms\n") == []
    assert len(found("row-misestimate", join(side(20, 50_000)))) == 1


def test_a_merge_join_that_stops_early_or_reads_again_has_not_been_wrong() -> None:
    assert found("row-misestimate", join(side(20, 50_000), kind="Merge Join")) == []
    assert found("row-misestimate", join(side(50_000, 20), kind="Merge Join")) == []


@pytest.mark.parametrize(("rows", "expected"), [(500, 5), (5_000, 900), (0, 5)])
def test_few_rows_and_small_factors_do_not_matter(rows: int, expected: int) -> None:
    assert found("row-misestimate", join(side(rows, expected))) == []


def test_a_factor_of_a_hundred_is_graver_than_one_of_ten() -> None:
    [mild] = found("row-misestimate", join(side(20_000, 1_000)))
    [grave] = found("row-misestimate", join(side(200_000, 1_000)))
    assert (mild.severity, grave.severity) == (Severity.INFO, None)


def test_a_sort_that_spills_is_told_the_work_mem_that_holds_it() -> None:
    [finding] = found("sort-spills-to-disk", "sort-spill.txt")
    assert finding.remedy is not None
    assert "SET LOCAL work_mem = '56MB';" in finding.remedy.up()
    assert found("sort-spills-to-disk", "sort-spill-mended.txt") == []


MEASURED = [
    (60_000, 4, 712, 1_422),
    (300_000, 4, 3_560, 7_093),
    (60_000, 12, 1_312, 3_312),
    (300_000, 12, 6_472, 16_446),
    (200_000, 28, 7_448, 14_158),
    (200_000, 41, 10_192, 17_242),
    (300_000, 76, 18_224, 28_187),
    (200_000, 193, 41_136, 46_893),
    (300_000, 193, 61_664, 70_375),
]
"""Rows, their width, kB on disk, and the least work_mem in kB with which the same sort stayed in memory on PostgreSQL 18."""


@pytest.mark.parametrize(("rows", "width", "disk", "least"), MEASURED)
def test_the_suggested_work_mem_held_every_sort_that_was_measured(rows: int, width: int, disk: int, least: int) -> None:
    text = (
        f"Sort  (cost=0.00..9.00 rows={rows} width={width}) (actual time=0.1..500.0 rows={rows} loops=1)\n  Sort Key: a\n"
        f"  Sort Method: external merge  Disk: {disk}kB\n"
        f"  ->  Seq Scan on t  (cost=0.00..9.00 rows={rows} width={width}) (actual time=0.1..5.0 rows={rows} loops=1)\n"
        "Execution Time: 500.0 ms\n"
    )
    [finding] = found("sort-spills-to-disk", text, min_disk=1)
    assert finding.remedy is not None
    suggested = int(finding.remedy.up().split("'")[1].removesuffix("MB")) * 1024
    assert least <= suggested <= 1.5 * least


def test_a_sort_beyond_all_memory_gets_no_work_mem() -> None:
    text = (TIMED / "sort-spill.txt").read_text(encoding="utf-8").replace("42", "9942", 1).replace("Disk: 42", "Disk: 9942")
    [finding] = found("sort-spills-to-disk", text)
    assert finding.remedy is None
    assert "let an index give the order" in finding.message


def test_an_offset_is_answered_with_the_key_to_go_on_from() -> None:
    [finding] = found("offset-discards-rows", "offset.txt", posts(index("posts_created_at_idx", "created_at")))
    assert "OFFSET reads 100,000 rows and throws them away, for a page that returns 20" in finding.message
    assert finding.remedy is not None
    assert "WHERE (created_at, id) < ($1, $2)\nORDER BY created_at DESC, id DESC\nLIMIT 20" in finding.remedy.up()
    assert found("offset-discards-rows", "offset-mended.txt") == []


def test_an_order_that_is_not_known_is_not_made_up() -> None:
    [finding] = found("offset-discards-rows", "offset.txt")
    assert finding.remedy is None


def test_a_limit_without_offset_discards_nothing() -> None:
    for name in ("slow-scan.txt", "slow-scan-mended.txt"):
        assert found("offset-discards-rows", name) == []


def test_a_quick_plan_is_left_alone_by_every_rule() -> None:
    for name in ("misestimate.txt", "sort-spill.txt", "offset.txt", "filter.txt"):
        text = re.sub(r"Execution Time: .*", "Execution Time: 1.000 ms", (TIMED / name).read_text(encoding="utf-8"))
        assert [rule for rule in RULES if rule != "plan-regression" and found(rule, text)] == []


def hash_join(found_to_join: int, *, kind: str = "Hash Join") -> str:
    return (
        f"{kind}  (cost=0.00..9.00 rows=2 width=4) (actual time=50.0..50.0 rows=0 loops=1)\n  Hash Cond: (a.id = b.id)\n"
        + side(1, 500_000)
        + f"  ->  Hash  (cost=0.00..9.00 rows=1 width=4) (actual time=49.0..49.0 rows={found_to_join} loops=1)\n"
        + f"        ->  Seq Scan on b  (cost=0.00..9.00 rows=1 width=4) (actual time=49.0..49.0 rows={found_to_join} loops=1)\n"
        "Execution Time: 50.0 ms\n"
    )


def test_the_first_row_that_a_hash_join_takes_before_it_finds_its_table_empty_is_no_misestimate() -> None:
    assert found("row-misestimate", hash_join(0)) == []
    assert len(found("row-misestimate", hash_join(1))) == 1
    assert len(found("row-misestimate", hash_join(0, kind="Hash Left Join"))) == 1


def test_no_choice_hangs_on_how_many_rows_are_counted() -> None:
    top = "(cost=0.00..9.00 rows=1 width=4) (actual time=50.0..50.0 rows=1 loops=1)\n"
    counted = side(0, 87_736) + "Execution Time: 50.0 ms\n"
    assert found("row-misestimate", f"Aggregate  {top}{counted}") == []
    assert len(found("row-misestimate", f"HashAggregate  {top}  Group Key: x\n{counted}")) == 1


def test_a_scan_of_no_table_is_named_in_full() -> None:
    text = join(side(20_000, 150, "Function Scan on generate_series g"))
    [finding] = found("row-misestimate", text)
    assert finding.message.startswith("Function Scan on generate_series g gave 20,000 rows where 150 were expected")


def partitions(condition: str) -> str:
    return "Append  (cost=0.00..9.00 rows=2 width=4) (actual time=0.1..50.0 rows=2 loops=1)\n" + "".join(
        f"  ->  Seq Scan on events_q{number} events_{number}"
        "  (cost=0.00..9.00 rows=1 width=4) (actual time=0.1..25.0 rows=1 loops=1)\n"
        f"        Filter: {condition}\n        Rows Removed by Filter: 50000\n"
        for number in (1, 2)
    )


def test_partitions_of_no_known_table_are_indexed_one_by_one() -> None:
    [finding] = found("slow-sequential-scan", partitions("(user_id = 5)") + "Execution Time: 50.0 ms\n")
    assert "sequential scan of events_q1 and 1 more like it reads" in finding.message
    assert "times" not in finding.message
    assert finding.remedy is not None
    assert finding.remedy.up().splitlines()[1:] == [
        "CREATE INDEX CONCURRENTLY events_q1_user_id_idx ON events_q1 (user_id);",
        "CREATE INDEX CONCURRENTLY events_q2_user_id_idx ON events_q2 (user_id);",
    ]


def test_partitions_of_a_known_table_are_indexed_through_it() -> None:
    events = Name("public", "events")
    columns = (column("id", "bigint"), column("user_id", "integer"))
    parts = [Table(Name("public", f"events_q{number}"), columns, HERE, partition_of=events) for number in (1, 2)]
    schema = Schema((Table(events, columns, HERE, kind="partitioned table"), *parts))
    [finding] = found("slow-sequential-scan", partitions("(user_id = 5)") + "Execution Time: 50.0 ms\n", schema)
    assert "sequential scan of events (2 partitions) reads" in finding.message
    assert finding.remedy is not None
    assert finding.remedy.up().startswith("CREATE INDEX events_user_id_idx ON ONLY events (user_id);\n")
    assert "CONCURRENTLY events_user_id_idx" not in finding.remedy.up()


def work_mem(text: str) -> str:
    [finding] = found("sort-spills-to-disk", text)
    assert finding.remedy is not None
    return finding.remedy.up().split("'")[1]


def test_what_went_into_a_sort_counts_not_what_a_join_took_of_it() -> None:
    """Measured on PostgreSQL 18: in memory this sort takes 12 MB, of which the join wanted 83 rows."""
    text = """
    Sort  (cost=63334.92..64584.92 rows=500000 width=4) (actual time=99.349..99.360 rows=83.00 loops=1)
      Sort Key: post_id
      Sort Method: external merge  Disk: 5880kB
      ->  Seq Scan on comments  (cost=0.00..9167.00 rows=500000 width=4) (actual time=0.072..32.754 rows=500000.00 loops=1)
    Execution Time: 141.009 ms
    """
    assert work_mem(text) == "14MB"
    [finding] = found("sort-spills-to-disk", text)
    assert "wrote 6 MB to disk for 500,000 rows" in finding.message


def test_a_parallel_sort_needs_what_its_largest_process_needs() -> None:
    """Measured on PostgreSQL 18: the leader's part in memory took 31 MB."""
    text = """
    Gather Merge  (cost=20656.25..24096.20 rows=300000 width=197) (actual time=118.918..162.060 rows=300000.00 loops=1)
      Workers Planned: 2
      Workers Launched: 2
      ->  Sort  (cost=20656.23..20968.73 rows=125000 width=197) (actual time=101.300..105.878 rows=100000.00 loops=3)
            Sort Key: slug
            Sort Method: external merge  Disk: 24816kB
            Worker 0:  Sort Method: external merge  Disk: 19240kB
            Worker 1:  Sort Method: external merge  Disk: 17664kB
            ->  Parallel Seq Scan on posts  (cost=0.00..74.00 rows=125000 width=197) (actual time=0.1..23.3 rows=100000.00 loops=3)
    Execution Time: 172.923 ms
    """
    assert work_mem(text) == "32MB"
    [finding] = found("sort-spills-to-disk", text)
    assert "wrote 60 MB to disk for 300,000 rows in 3 processes" in finding.message


def test_the_groups_of_an_incremental_sort_share_the_memory() -> None:
    text = """
    Incremental Sort  (cost=28772.10..90065.51 rows=3000000 width=197) (actual time=86.753..257.865 rows=3000000.00 loops=1)
      Sort Key: status, slug
      Presorted Key: status
      Full-sort Groups: 300  Sort Method: quicksort  Average Memory: 39kB  Peak Memory: 39kB
      Pre-sorted Groups: 300  Sort Method: external merge  Average Disk: 5000kB  Peak Disk: 6000kB
      ->  Index Scan using st on posts  (cost=0.42..683.49 rows=3000000 width=197) (actual time=0.024..95.3 rows=3000000.00 loops=1)
            Index Searches: 1
    Execution Time: 266.567 ms
    """
    assert work_mem(text) == "7MB"
