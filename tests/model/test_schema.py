"""What an index serves, repeats and extends."""

from __future__ import annotations

import pytest

from advisor.model import Column, Expression, Index, IndexKey, Location, Name, Table

HERE = Location("schema.sql", 1, 1, 1, 2)
POSTS = Name("public", "posts")


def key(text: str) -> IndexKey:
    """`a`, `a desc`, `a nulls first`, `a text_pattern_ops`, `a collate C`."""
    name, *words = text.split()
    return IndexKey(
        name,
        opclass=next((word for word in words if word.endswith("_ops")), None),
        collation="C" if "collate" in words else None,
        descending="desc" in words,
        nulls_first=("first" in words) if "nulls" in words else None,
    )


def index(
    *keys: str,
    name: str = "i",
    method: str = "btree",
    unique: bool = False,
    where: Expression | None = None,
    include: tuple[str, ...] = (),
) -> Index:
    return Index(name, POSTS, tuple(key(text) for text in keys), HERE, method, unique, where, include)


def table(*indexes: Index) -> Table:
    return Table(POSTS, tuple(Column(name, "bigint", HERE) for name in "abc"), HERE, indexes)


NOT_NULL = Expression("a IS NOT NULL", ("a",), ("a",), implied_not_null=("a",))
RECENT = Expression("c > 5", ("c",), ("c",))


@pytest.mark.parametrize(
    ("served", "found"),
    [
        (index("a"), True),
        (index("a", "b"), True),
        (index("b", "a"), False),
        (index("a", where=NOT_NULL), True),
        (index("a", where=RECENT), False),
        (index("a", method="hash"), True),
        (index("a", method="gin"), False),
        (index("a", method="brin"), False),
        (index("a", "c", method="gist"), True),
        (index("a collate"), False),
        (index("a text_pattern_ops"), True),
        (index("a desc"), True),
        (Index("i", POSTS, (IndexKey(expression=Expression("lower(a)", ("a",))),), HERE), False),
    ],
)
def test_an_index_serves_a_lookup_by_one_column(served: Index, found: bool) -> None:
    assert served.serves_lookup_by(["a"]) is found


def test_a_lookup_by_two_columns_is_served_in_either_order() -> None:
    assert index("b", "a", "c").serves_lookup_by(["a", "b"])
    assert not index("a", "c", "b").serves_lookup_by(["a", "b"])


def test_an_index_may_serve_a_part_of_a_lookup() -> None:
    assert index("b", "c").narrows_lookup_by(["a", "b"]) == ("b",)
    assert index("c", "a").narrows_lookup_by(["a", "b"]) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (index("a"), index("a")),
        (index("a"), index("a desc")),
        (index("a desc", "b"), index("a", "b desc")),
        (index("a desc nulls first"), index("a")),
        (index("a nulls first"), index("a desc nulls last")),
        (index("a", include=("b", "c")), index("a", include=("c", "b"))),
        (index("a", where=RECENT), index("a", where=RECENT)),
        (index("a"), index("a", unique=True)),
    ],
)
def test_indexes_with_the_same_entries_in_the_same_or_the_inverted_order_repeat_each_other(one: Index, other: Index) -> None:
    assert one.repeats(other)
    assert other.repeats(one)


@pytest.mark.parametrize(
    "other",
    [
        index("b"),
        index("a", "b"),
        index("a desc nulls last"),
        index("a text_pattern_ops"),
        index("a collate"),
        index("a", method="hash"),
        index("a", where=RECENT),
        index("a", include=("b",)),
    ],
)
def test_indexes_that_differ_in_anything_that_a_query_sees_do_not_repeat_each_other(other: Index) -> None:
    assert not index("a").repeats(other)
    assert not other.repeats(index("a"))


def test_two_orders_that_no_backward_scan_turns_into_each_other_are_two_indexes() -> None:
    assert not index("a", "b").repeats(index("a", "b desc"))


def test_only_a_btree_is_read_backwards() -> None:
    assert not index("a", method="gist").repeats(index("a desc", method="gist"))


def test_a_leading_part_agrees_in_order_and_predicate() -> None:
    assert index("a").begins(index("a desc", "b"))
    assert index("a", "b desc").begins(index("a desc", "b", "c"))
    assert not index("a", "b").begins(index("a", "b desc", "c"))
    assert not index("a").begins(index("b", "a"))
    assert not index("a").begins(index("a", "b", where=RECENT))
    assert not index("a").begins(index("a"))
    assert not index("a", include=("c",)).begins(index("a", "b"))
    assert index("a", include=("b",)).begins(index("a", "b"))


def test_of_two_equal_indexes_the_later_is_superfluous() -> None:
    first, second = index("a", name="first"), index("a", name="second")
    assert table(first, second).repeated_by(second) is first
    assert table(first, second).repeated_by(first) is None


def test_a_key_stays_whatever_the_order() -> None:
    plain = index("a", name="plain")
    key_index = Index("key", POSTS, (IndexKey("a"),), HERE, unique=True, constraint="primary key")
    assert table(plain, key_index).repeated_by(plain) is key_index
    assert table(plain, key_index).repeated_by(key_index) is None


def test_a_unique_index_is_not_repeated_by_a_plain_one() -> None:
    plain, unique = index("a", name="plain"), index("a", name="unique", unique=True)
    assert table(plain, unique).repeated_by(unique) is None
    assert table(plain, unique).repeated_by(plain) is unique


def test_a_key_that_allows_one_null_is_not_repeated_by_one_that_allows_many() -> None:
    many = index("a", name="many", unique=True)
    one = Index("one", POSTS, (IndexKey("a"),), HERE, unique=True, nulls_not_distinct=True)
    assert table(many, one).repeated_by(one) is None
    assert table(many, one).repeated_by(many) is one


def test_a_key_that_is_checked_at_once_is_not_repeated_by_one_that_is_deferred() -> None:
    deferred = Index("deferred", POSTS, (IndexKey("a"),), HERE, unique=True, constraint="unique", deferrable=True)
    at_once = Index("at_once", POSTS, (IndexKey("a"),), HERE, unique=True)
    assert table(deferred, at_once).repeated_by(at_once) is None


def test_an_exclusion_constraint_is_never_superfluous() -> None:
    exclusion = Index("exclusion", POSTS, (IndexKey("a"),), HERE, method="gist", constraint="exclusion")
    plain = index("a", name="plain", method="gist")
    assert table(plain, exclusion).repeated_by(exclusion) is None
    assert table(plain, exclusion).repeated_by(plain) is exclusion


def test_a_shorter_index_is_extended_by_one_that_stays() -> None:
    short, middle, long = index("a", name="short"), index("a", "b", name="middle"), index("a", "b", "c", name="long")
    assert table(short, middle, long).extended_by(short) is long
    assert table(short, middle, long).extended_by(middle) is long
    assert table(short, middle, long).extended_by(long) is None


def test_an_index_that_enforces_something_is_never_a_mere_leading_part() -> None:
    unique, long = index("a", name="unique", unique=True), index("a", "b", name="long")
    assert table(unique, long).extended_by(unique) is None


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column("done", "boolean", HERE), "by type"),
        (Column("state", "mood", HERE, enum=Name("public", "mood")), "by type"),
        (Column("orderStatus", "text", HERE), "by name"),
        (Column("order_status", "character varying(20)", HERE), "by name"),
        (Column("status", "bigint", HERE), None),
        (Column("title", "text", HERE), None),
    ],
)
def test_few_values_are_told_by_type_or_name(column: Column, expected: str | None) -> None:
    assert column.few_values == expected
