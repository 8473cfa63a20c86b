"""What the code rules propose is right: keyset pages hold every row once, parameters keep the meaning, names are those at hand."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.engine.registry import find_rule
from advisor.finding import Confidence
from advisor.model import (
    Bound,
    ForeignKey,
    Index,
    IndexKey,
    Interpolation,
    Location,
    Loop,
    Name,
    OrderKey,
    Predicate,
    Query,
    Relation,
    Schema,
    Scope,
    Table,
)
from advisor.model import Column as TableColumn
from advisor.remedies import CreateIndex
from advisor.remedies.batched_reads import read_at_once
from advisor.remedies.keyset import after_in_prisma, after_in_sql, order_in_sql, total_order
from advisor.remedies.parameters import parameterised, stands_for_a_name

n_plus_one_query = find_rule("n-plus-one-query")
offset_pagination = find_rule("offset-pagination")

HERE = Location("src/app.ts", 5, 1, 5, 20)
USERS, POSTS = Name("public", "users"), Name("public", "posts")


def column(name: str, kind: str = "integer", field: str | None = None, *, nullable: bool = False) -> TableColumn:
    return TableColumn(name, kind, HERE, nullable, field=field)


def primary_key(table: Name) -> Index:
    return Index(None, table, (IndexKey("id"),), HERE, unique=True, constraint="primary key")


USER_TABLE = Table(
    USERS,
    (column("id"), column("email", "text")),
    HERE,
    (primary_key(USERS),),
    relations=(Relation("posts", POSTS, True, HERE),),
    model="User",
)
POST_TABLE = Table(
    POSTS,
    (
        column("id"),
        column("author_id", field="authorId"),
        column("created_at", "timestamp(3) without time zone", "createdAt"),
        column("published", "boolean"),
    ),
    HERE,
    (primary_key(POSTS),),
    (ForeignKey(None, POSTS, ("author_id",), USERS, ("id",), HERE),),
    relations=(Relation("author", USERS, False, HERE, ("author_id",), ("id",)),),
    model="Post",
)
SCHEMA = Schema((USER_TABLE, POST_TABLE))
LOOP = Loop("for of", HERE, ("user",), "users", fetched_model="user", fetched_at=HERE)
POSTS_OF_USER = Query(
    HERE,
    Scope("application", "digest", HERE),
    "prisma",
    "find many",
    "findMany",
    "post",
    POSTS,
    predicates=(
        Predicate("author_id", "=", HERE, "element", value_text="user.id"),
        Predicate("published", "=", HERE, "constant", value_text="true"),
    ),
    limit=Bound("5", HERE, 5),
    loops=(LOOP,),
    uses_element_of=LOOP,
    client="prisma",
    result_name="latest",
)


def test_rows_of_a_parent_that_is_read_beside_are_fetched_by_include() -> None:
    written = read_at_once(POSTS_OF_USER, POST_TABLE, SCHEMA)
    assert written is not None
    assert "include: { posts: { where: { published: true }, take: 5 } }" in written.code
    assert "const latest = user.posts;" in written.code


def test_rows_of_a_list_from_elsewhere_are_read_by_one_in_filter() -> None:
    loop = replace(LOOP, fetched_model=None, element=("id",), binding="{ id }")
    key = replace(POSTS_OF_USER.predicates[0], value_text="id")
    query = replace(POSTS_OF_USER, uses_element_of=loop, predicates=(key,), limit=None)
    written = read_at_once(query, POST_TABLE, SCHEMA)
    assert written is not None
    assert "where: { authorId: { in: users.map(({ id }) => id) } }" in written.code
    assert "Map.groupBy(posts, (post) => post.authorId)" in written.code
    assert "postsByAuthorId.get(id) ?? []" in written.code


def test_a_value_that_was_computed_in_the_loop_cannot_be_written_outside_of_it() -> None:
    key = replace(POSTS_OF_USER.predicates[0], value_text="normalised")
    assert read_at_once(replace(POSTS_OF_USER, predicates=(key,)), POST_TABLE, SCHEMA) is None


def test_sums_for_each_key_are_not_rewritten_as_rows_of_all_keys() -> None:
    key = Predicate("customer_id", "=", HERE, "element", value_text="user.id")
    query = Query(
        HERE, POSTS_OF_USER.scope, "sql", "raw", "query", predicates=(key,), uses_element_of=LOOP, loops=(LOOP,), client="pool"
    )
    assert read_at_once(replace(query, text="SELECT sum(total) FROM orders WHERE customer_id = $1"), None, None) is None
    written = read_at_once(replace(query, text="SELECT * FROM orders WHERE customer_id = $1"), None, None)
    assert written is not None
    assert "WHERE customer_id = ANY($1)`, [users.map((user) => user.id)]" in written.code


def test_a_loop_over_an_unindexed_key_speaks_for_the_index_too() -> None:
    (finding,) = n_plus_one_query(POSTS_OF_USER, POST_TABLE, SCHEMA)
    assert finding.also == (CreateIndex(POSTS, ("author_id",)),)
    indexed = replace(POST_TABLE, indexes=(*POST_TABLE.indexes, Index(None, POSTS, (IndexKey("author_id"),), HERE)))
    (finding,) = n_plus_one_query(POSTS_OF_USER, indexed, SCHEMA)
    assert finding.also == ()


@pytest.mark.parametrize(
    "loop",
    [
        replace(LOOP, drains=True),
        replace(LOOP, chunks=True),
        replace(LOOP, bounded=True),
    ],
    ids=["a draining loop", "a loop over chunks", "a bounded loop"],
)
def test_a_loop_of_few_rounds_or_whole_batches_is_no_fault(loop: Loop) -> None:
    assert list(n_plus_one_query(replace(POSTS_OF_USER, uses_element_of=loop, loops=(loop,)), POST_TABLE, SCHEMA)) == []


def paged(*order: OrderKey, fixed: tuple[Predicate, ...] = ()) -> Query:
    return replace(
        POSTS_OF_USER,
        loops=(),
        uses_element_of=None,
        predicates=fixed,
        order_by=order,
        offset=Bound("page * 20", HERE, None, True),
        limit=Bound("20", HERE, 20),
    )


PUBLISHED = Predicate("published", "=", HERE, "constant", value_text="true")


def test_a_page_by_offset_asks_for_the_index_that_serves_its_order() -> None:
    (finding,) = offset_pagination(paged(OrderKey("created_at", HERE, True), fixed=(PUBLISHED,)), POST_TABLE, SCHEMA)
    (index,) = finding.also
    assert index.up() == (
        "CREATE INDEX CONCURRENTLY posts_published_created_at_id_idx ON posts (published, created_at DESC, id DESC);"
    )


def test_an_index_read_backwards_serves_the_order_of_a_page() -> None:
    index = Index(None, POSTS, (IndexKey("published"), IndexKey("created_at")), HERE)
    table = replace(POST_TABLE, indexes=(*POST_TABLE.indexes, index))
    (finding,) = offset_pagination(paged(OrderKey("created_at", HERE, True), fixed=(PUBLISHED,)), table, SCHEMA)
    assert finding.also == ()


def test_pages_of_one_parents_rows_are_a_possibility_and_ask_for_no_index() -> None:
    author = Predicate("author_id", "=", HERE, "variable", value_text="authorId")
    (finding,) = offset_pagination(paged(OrderKey("created_at", HERE, True), fixed=(author,)), POST_TABLE, SCHEMA)
    assert finding.confidence is Confidence.POSSIBLE
    assert finding.also == ()


def test_an_order_ends_in_the_primary_key_unless_it_is_unique_already() -> None:
    assert total_order(paged(OrderKey("created_at", HERE, True)), POST_TABLE) == (
        IndexKey("created_at", descending=True),
        IndexKey("id", descending=True),
    )
    assert total_order(paged(OrderKey("id", HERE)), POST_TABLE) == (IndexKey("id"),)
    assert total_order(paged(OrderKey("name", HERE, path=("author",))), POST_TABLE) is None


def test_prisma_goes_on_by_a_bound_on_the_leading_field_and_the_ways_to_come_after() -> None:
    order = (IndexKey("created_at", descending=True), IndexKey("id", descending=True))
    assert after_in_prisma(order, POST_TABLE, "last") == (
        "createdAt: { lte: last.createdAt }",
        "OR: [{ createdAt: { lt: last.createdAt } }, { id: { lt: last.id } }]",
    )


@given(
    rows=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=20),
    directions=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    size=st.integers(1, 4),
)
def test_pages_by_keyset_give_every_row_once_and_in_order(
    rows: list[tuple[int, int]], directions: tuple[bool, bool, bool], size: int
) -> None:
    order = tuple(IndexKey(name, descending=down) for name, down in zip(("a", "b", "id"), directions, strict=True))
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer)")
        database.executemany("INSERT INTO t (a, b) VALUES (?, ?)", rows)
        ordered = order_in_sql(order)
        everything = database.execute(f"SELECT a, b, id FROM t ORDER BY {ordered}").fetchall()
        seen: list[tuple[int, int, int]] = []
        condition = "true"
        while page := database.execute(f"SELECT a, b, id FROM t WHERE {condition} ORDER BY {ordered} LIMIT {size}").fetchall():
            seen += page
            condition = after_in_sql(order, [str(value) for value in page[-1]])
    assert seen == everything


def values(*texts: str) -> tuple[Interpolation, ...]:
    return tuple(Interpolation(text, HERE) for text in texts)


def test_values_in_quotes_are_bound_without_them_and_constants_stay() -> None:
    bound = parameterised("SELECT * FROM users WHERE kind = 'x' AND email = '${email}' AND age > ${age}", values("email", "age"))
    assert bound is not None
    assert bound.numbered == "SELECT * FROM users WHERE kind = 'x' AND email = $1 AND age > $2"
    assert bound.values == ("email", "age")


def test_a_pattern_is_bound_as_a_template_of_its_own() -> None:
    bound = parameterised("SELECT 1 WHERE title LIKE '%${q}%'", values("q"))
    assert bound is not None
    assert (bound.numbered, bound.values) == ("SELECT 1 WHERE title LIKE $1", ("`%${q}%`",))


@pytest.mark.parametrize("text", ["SELECT 1 FROM ${x}", 'SELECT "${x}" FROM t', "SELECT 1 FROM t ORDER BY ${x}"])
def test_a_name_cannot_be_bound(text: str) -> None:
    assert stands_for_a_name(text, 0)
    assert parameterised(text, values("x")) is None
