"""Nodes of two plans, paired: scans by what they read, what stands above them by its work."""

from __future__ import annotations

from advisor.model.plan.comparing import compare
from advisor.model.plan.titles import title_of
from tests.sources.explain.plans import only_plan

JOINED = """
    Sort  (cost=30.00..31.00 rows=9 width=4)
      Sort Key: a.id
      ->  Nested Loop  (cost=0.00..20.00 rows=9 width=4)
            ->  Seq Scan on a  (cost=0.00..9.00 rows=9 width=4)
            ->  Index Scan using b_a on b  (cost=0.42..1.00 rows=1 width=4)
                  Index Cond: (a = a.id)
"""
HASHED = """
    Sort  (cost=30.00..31.00 rows=9 width=4)
      Sort Key: a.id
      ->  Hash Join  (cost=9.00..20.00 rows=9 width=4)
            Hash Cond: (b.a = a.id)
            ->  Seq Scan on b  (cost=0.00..9.00 rows=9 width=4)
            ->  Hash  (cost=9.00..9.00 rows=9 width=4)
                  ->  Seq Scan on a  (cost=0.00..9.00 rows=9 width=4)
"""


def paired(before: str, after: str) -> list[tuple[str, str | None, str | None, int]]:
    change = compare(only_plan(before), only_plan(after))
    return [
        (pair.kept, title_of(pair.before) if pair.before else None, title_of(pair.after) if pair.after else None, pair.depth)
        for pair in change.pairs
    ]


def test_a_plan_beside_itself_is_the_same() -> None:
    assert {row[0] for row in paired(JOINED, JOINED)} == {"same"}


def test_a_join_that_is_done_in_another_way_stays_the_join_of_its_tables() -> None:
    assert paired(JOINED, HASHED) == [
        ("same", "Sort", "Sort", 0),
        ("changed", "Nested Loop", "Hash Join", 1),
        ("changed", "Index Scan on b by b_a", "Seq Scan on b", 2),
        ("added", None, "Hash", 2),
        ("same", "Seq Scan on a", "Seq Scan on a", 3),
    ]


def test_what_went_stands_where_it_hung() -> None:
    assert ("removed", "Hash", None, 2) in paired(HASHED, JOINED)


def test_a_join_of_other_tables_is_another_join() -> None:
    other = JOINED.replace(" on b ", " on c ").replace("b_a", "c_a")
    rows = paired(JOINED, other)
    assert ("removed", "Nested Loop", None, 1) in rows
    assert ("added", None, "Nested Loop", 1) in rows
    assert ("same", "Seq Scan on a", "Seq Scan on a", 2) in rows


def test_branches_of_a_table_read_twice_keep_their_order() -> None:
    text = """
        Append  (cost=0.00..30.00 rows=9 width=4)
          ->  Seq Scan on a  (cost=0.00..9.00 rows=9 width=4)
                Filter: (x = 1)
          ->  Seq Scan on a  (cost=0.00..9.00 rows=9 width=4)
                Filter: (x = 2)
    """
    assert [row[0] for row in paired(text, text)] == ["same", "same", "same"]


def test_plans_that_share_no_table_are_of_two_statements() -> None:
    one, other = (
        only_plan("Seq Scan on a  (cost=0.00..9.00 rows=9 width=4)"),
        only_plan("Seq Scan on b  (cost=0.00..9.00 rows=9 width=4)"),
    )
    assert not compare(one, other).is_of_one_statement
    assert compare(one, one).is_of_one_statement
