"""Reading TEXT: what a line means, where a node stands, what people paste around a plan."""

from __future__ import annotations

import pytest

from advisor.sources.explain.details import NotUnderstoodError, parse_detail
from advisor.sources.explain.headlines import parse_phrase
from advisor.sources.explain.summary import add_summary
from tests.sources.explain.plans import only_plan, reading

SCAN = "Seq Scan on posts  (cost=0.00..1.00 rows=1 width=4)"


@pytest.mark.parametrize(
    ("phrase", "fields"),
    [
        ("Seq Scan on posts", {"Node Type": "Seq Scan", "Relation Name": "posts", "Alias": "posts"}),
        ("Seq Scan on blog.posts p", {"Node Type": "Seq Scan", "Relation Name": "posts", "Schema": "blog", "Alias": "p"}),
        ('Seq Scan on "a ""b"" -> c" "x y"', {"Node Type": "Seq Scan", "Relation Name": 'a "b" -> c', "Alias": "x y"}),
        (
            "Index Only Scan Backward using i on t",
            {
                "Node Type": "Index Only Scan",
                "Scan Direction": "Backward",
                "Index Name": "i",
                "Relation Name": "t",
                "Alias": "t",
            },
        ),
        ("Bitmap Index Scan on i", {"Node Type": "Bitmap Index Scan", "Index Name": "i"}),
        ("Nested Loop Left Join", {"Node Type": "Nested Loop", "Join Type": "Left"}),
        ("Hash Right Anti Join", {"Node Type": "Hash Join", "Join Type": "Right Anti"}),
        ("Merge Join", {"Node Type": "Merge Join", "Join Type": "Inner"}),
        ("Hash", {"Node Type": "Hash"}),
        ("Finalize GroupAggregate", {"Node Type": "Aggregate", "Strategy": "Sorted", "Partial Mode": "Finalize"}),
        ("HashSetOp Except All", {"Node Type": "SetOp", "Strategy": "Hashed", "Command": "Except All"}),
        ("Merge on t", {"Node Type": "ModifyTable", "Operation": "Merge", "Relation Name": "t", "Alias": "t"}),
        ("Foreign Update on t", {"Node Type": "Foreign Scan", "Operation": "Update", "Relation Name": "t", "Alias": "t"}),
        ("CTE Scan on x a", {"Node Type": "CTE Scan", "CTE Name": "x", "Alias": "a"}),
        ('Values Scan on "*VALUES*"', {"Node Type": "Values Scan", "Alias": "*VALUES*"}),
        (
            "Custom Scan (ChunkAppend) on m",
            {"Node Type": "Custom Scan", "Custom Plan Provider": "ChunkAppend", "Relation Name": "m", "Alias": "m"},
        ),
        ("Quantum Scan on t q", {"Node Type": "Quantum Scan", "Relation Name": "t", "Alias": "q"}),
        ("Something New", {"Node Type": "Something New"}),
    ],
)
def test_a_phrase_is_taken_apart_into_postgresql_s_own_fields(phrase: str, fields: dict[str, object]) -> None:
    assert parse_phrase(phrase) == fields | {"Parallel Aware": False}


def test_parallel_and_async_are_told_from_the_node_s_name() -> None:
    assert parse_phrase("Parallel Seq Scan on t")["Parallel Aware"] is True
    assert parse_phrase("Async Foreign Scan on t") == {
        "Node Type": "Foreign Scan",
        "Operation": "Select",
        "Parallel Aware": False,
        "Async Capable": True,
        "Relation Name": "t",
        "Alias": "t",
    }


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("Filter: (a = 'x: y, z'::text)", {"Filter": "(a = 'x: y, z'::text)"}),
        ("One-Time Filter: false", {"One-Time Filter": "false"}),
        ("Sort Key: a, f(b, c) DESC, (d || ', '::text)", {"Sort Key": ["a", "f(b, c) DESC", "(d || ', '::text)"]}),
        ("Rows Removed by Filter: 12", {"Rows Removed by Filter": 12}),
        ("Disabled: true", {"Disabled": True}),
        (
            "Sort Method: top-N heapsort  Memory: 27kB",
            {"Sort Method": "top-N heapsort", "Sort Space Used": 27, "Sort Space Type": "Memory"},
        ),
        (
            "Buckets: 8 (originally 4)  Batches: 2 (originally 1)  Memory Usage: 9kB",
            {
                "Hash Buckets": 8,
                "Original Hash Buckets": 4,
                "Hash Batches": 2,
                "Original Hash Batches": 1,
                "Peak Memory Usage": 9,
            },
        ),
        ("Batches: 1  Memory Usage: 24kB", {"HashAgg Batches": 1, "Peak Memory Usage": 24, "Disk Usage": 0}),
        ("Planned Partitions: 4", {"Planned Partitions": 4}),
        ("Heap Blocks: exact=3", {"Exact Heap Blocks": 3, "Lossy Heap Blocks": 0}),
        ("WAL: records=2 bytes=59 buffers full=1", {"WAL Records": 2, "WAL FPI": 0, "WAL Bytes": 59, "WAL Buffers Full": 1}),
        ("I/O Timings: read=1.500", {"I/O Read Time": 1.5, "I/O Write Time": 0.0}),
        (
            "I/O Timings: shared/local read=1.500, temp write=2.000",
            {"I/O Read Time": 1.5, "I/O Write Time": 0.0, "Temp I/O Read Time": 0.0, "Temp I/O Write Time": 2.0},
        ),
        ("I/O Timings: shared read=1.500", {"Shared I/O Read Time": 1.5, "Shared I/O Write Time": 0.0}),
        ("Tuples: inserted=2", {"Tuples Inserted": 2, "Tuples Updated": 0, "Tuples Deleted": 0, "Tuples Skipped": 0}),
        ("Batch Size: 100", {"Batch Size": 100}),
        ("A Field of the Future: some words", {"A Field of the Future": "some words"}),
    ],
)
def test_a_detail_line_gives_the_fields_that_json_has(line: str, fields: dict[str, object]) -> None:
    assert parse_detail(line) == fields


def test_buffers_name_every_count_of_which_text_prints_those_that_are_not_zero() -> None:
    fields = parse_detail("Buffers: shared hit=1 read=2, temp written=3")
    assert {name: value for name, value in fields.items() if value} == {
        "Shared Hit Blocks": 1,
        "Shared Read Blocks": 2,
        "Temp Written Blocks": 3,
    }
    assert len(fields) == 10


@pytest.mark.parametrize(
    "line",
    ["Buffers: shared hit=", "Buffers: sha", "Buckets: 10", "WAL: bytes", "just words", "Rows Removed by Filter: " + "9" * 400],
)
def test_a_detail_line_that_is_damaged_is_not_understood(line: str) -> None:
    with pytest.raises(NotUnderstoodError):
        parse_detail(line)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("Planning time: 0.5 ms", {"Planning Time": 0.5}),
        ("Total runtime: 1.500 ms", {"Total Runtime": 1.5}),
        (
            "Settings: work_mem = '64kB', search_path = '\"$user\", public'",
            {"Settings": {"work_mem": "64kB", "search_path": '"$user", public'}},
        ),
        (
            "Trigger t_audit on posts: time=1.500 calls=3",
            {"Triggers": [{"Trigger Name": "t_audit", "Relation": "posts", "Time": 1.5, "Calls": 3}]},
        ),
        ("Trigger for constraint c_fkey: calls=3", {"Triggers": [{"Constraint Name": "c_fkey", "Calls": 3}]}),
        ("Query Identifier: -42", {"Query Identifier": -42}),
    ],
)
def test_a_line_below_the_plan_gives_the_fields_beside_it(line: str, fields: dict[str, object]) -> None:
    found: dict[str, object] = {}
    add_summary(found, line)
    assert found == fields


def test_jit_and_planning_are_groups_of_their_own() -> None:
    plan = only_plan("""
        Seq Scan on t  (cost=0.00..1.00 rows=1 width=4) (actual time=0.010..0.020 rows=1 loops=1)
        Planning:
          Buffers: shared hit=3
        Planning Time: 0.1 ms
        JIT:
          Functions: 3
          Options: Inlining false, Optimization true, Expressions true, Deforming true
          Timing: Generation 0.500 ms (Deform 0.100 ms), Inlining 0.000 ms, Optimization 1.000 ms, Emission 2.000 ms, Total 3.500 ms
        Execution Time: 0.2 ms
    """)
    assert plan.fields["Planning"]["Shared Hit Blocks"] == 3
    assert plan.fields["JIT"]["Options"]["Inlining"] is False
    assert plan.fields["JIT"]["Timing"]["Generation"] == {"Deform": 0.1, "Total": 0.5}
    assert plan.fields["Execution Time"] == 0.2


def test_a_value_with_line_breaks_in_quotes_is_one_value_whatever_it_looks_like() -> None:
    plan = only_plan("""
        Seq Scan on docs  (cost=0.00..635.00 rows=1 width=121)
          Filter: (body = 'line one
          ->  Seq Scan on fake  (cost=0.00..1.00 rows=1 width=4)
        Planning Time: 9.9 ms'::text)
    """)
    assert len(list(plan.walk())) == 1
    assert plan.root.fields["Filter"] == (
        "(body = 'line one\n  ->  Seq Scan on fake  (cost=0.00..1.00 rows=1 width=4)\nPlanning Time: 9.9 ms'::text)"
    )
    assert "Planning Time" not in plan.fields


def test_each_node_has_the_place_of_its_own_line() -> None:
    text = f"\nLimit  (cost=0.00..1.00 rows=1 width=4)\n  ->  {SCAN}\n        Filter: a\n"
    [plan] = reading(text).plans
    places = [(node.location.line, node.location.column, node.location.end_column) for node in plan.walk()]
    assert places == [(2, 1, 40), (3, 7, 7 + len(SCAN))]
    assert (plan.location.line, plan.location.end_line) == (2, 4)


@pytest.mark.parametrize(
    "text",
    [
        f" QUERY PLAN\n------------\n {SCAN}\n   Filter: a\n(2 rows)\n",
        f"```\n{SCAN}\n  Filter: a\n```\n",
        f"The plan:\n\n```text\n{SCAN}\n  Filter: a\n```\nSo it scans.\n",
        f"{SCAN}\r\n  Filter: a\r\n",
        f"    {SCAN}\n      Filter: a\n",
        f"{SCAN}    \n  Filter: a   \n\n(2 rows)\n\nTime: 0,512 ms\n",
    ],
    ids=["psql", "fence", "prose", "crlf", "indented", "footer"],
)
def test_what_people_paste_around_a_plan_does_not_disturb_it(text: str) -> None:
    found = reading(text)
    assert found.problems == ()
    [plan] = found.plans
    assert (plan.root.relation, plan.root.fields["Filter"]) == ("posts", "a")


@pytest.mark.parametrize(
    ("above", "statement"),
    [
        ("EXPLAIN (ANALYZE, BUFFERS) SELECT *\nFROM posts;\n\n QUERY PLAN\n-----\n ", "SELECT *\nFROM posts"),
        ("blog=# EXPLAIN ANALYZE VERBOSE SELECT 1;\n QUERY PLAN\n-----\n ", "SELECT 1"),
        ("blog=> explain select 1\nblog-> from posts;\n", "select 1\nfrom posts"),
        ("-- a comment\nEXPLAIN SELECT 2;\n```\n", "SELECT 2"),
        ("nothing of the kind\n\n", None),
    ],
)
def test_the_statement_above_a_plan_is_kept(above: str, statement: str | None) -> None:
    [plan] = reading(f"{above}{SCAN}\n").plans
    assert plan.statement == statement


def test_several_plans_of_one_file_are_read_in_order_each_with_its_statement() -> None:
    found = reading(f"EXPLAIN SELECT 1;\n{SCAN}\n\nEXPLAIN SELECT 2;\n{SCAN.replace('posts', 'users')}\n{SCAN}\n")
    assert [(plan.root.relation, plan.statement) for plan in found.plans] == [
        ("posts", "SELECT 1"),
        ("users", "SELECT 2"),
        ("posts", None),
    ]
    assert found.problems == ()


def test_a_plan_without_costs_is_known_by_its_nodes() -> None:
    plan = only_plan("""
        Limit
          ->  Index Scan using posts_pkey on posts
                Index Cond: (id > 5)
    """)
    assert [(node.type, node.relation) for node in plan.walk()] == [("Limit", None), ("Index Scan", "posts")]
    assert "Total Cost" not in plan.root.fields


def test_a_word_that_is_a_node_s_name_is_no_plan() -> None:
    found = reading("Sort\nLimit\nResult\n\nHash\n")
    assert found.plans == ()
    assert [problem.reason for problem in found.problems] == ["no EXPLAIN output was found in it"]


def test_depth_is_no_limit() -> None:
    lines = [f"{' ' * (6 * depth - 4) + '->  ' if depth else ''}Unique  (cost=0.00..1.00 rows=1 width=4)" for depth in range(1500)]
    lines.append(f"{' ' * (6 * 1500 - 4)}->  {SCAN}")
    assert len(list(only_plan("\n".join(lines)).walk())) == 1501


def test_grouping_sets_are_told_from_a_plain_group_key() -> None:
    plain = only_plan(f"""
        HashAggregate  (cost=1.00..2.00 rows=1 width=4)
          Group Key: a, b
          ->  {SCAN}
    """)
    assert plain.root.fields["Group Key"] == ["a", "b"]
    sets = only_plan(f"""
        GroupAggregate  (cost=1.00..2.00 rows=1 width=4)
          Group Key: a, b
          Group Key: a
          Group Key: ()
          Sort Key: b
            Group Key: b
          ->  {SCAN}
    """)
    assert sets.root.fields["Grouping Sets"] == [
        {"Group Keys": [["a", "b"], ["a"], []]},
        {"Sort Key": ["b"], "Group Keys": [["b"]]},
    ]


def test_a_modify_table_of_version_12_lists_its_targets_and_has_a_member_for_each() -> None:
    plan = only_plan("""
        Update on events  (cost=0.00..2.00 rows=2 width=14)
          Update on events_1
          Update on events_2 e
          ->  Seq Scan on events_1  (cost=0.00..1.00 rows=1 width=14)
          ->  Seq Scan on events_2 e  (cost=0.00..1.00 rows=1 width=14)
    """)
    assert plan.root.fields["Target Tables"] == [
        {"Relation Name": "events_1", "Alias": "events_1"},
        {"Relation Name": "events_2", "Alias": "e"},
    ]
    assert [child.fields["Parent Relationship"] for child in plan.root.children] == ["Member", "Member"]
