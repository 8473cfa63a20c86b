"""What the code rules propose is right: keyset pages hold every row once, parameters keep the meaning, names are those at hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from advisor.engine.registry import find_rule
from advisor.finding import Confidence, Finding, Severity
from advisor.model import (
    ApiUse,
    Bound,
    CodeFile,
    Dependency,
    ForeignKey,
    Index,
    IndexKey,
    Interpolation,
    Location,
    Loop,
    Manifest,
    Name,
    OrderKey,
    Predicate,
    Project,
    Query,
    RawSql,
    RedisCommand,
    Relation,
    Schema,
    Scope,
    Table,
)
from advisor.model import Column as TableColumn
from advisor.remedies import CreateIndex, RewriteCode
from advisor.remedies.batched_reads import read_at_once
from advisor.remedies.keyset import after_in_prisma, after_in_sql, order_in_sql, page_in_prisma, total_order
from advisor.remedies.parameters import parameterised, stands_for_a_name
from advisor.remedies.prisma_calls import order_by

n_plus_one_query = find_rule("n-plus-one-query")

HERE = Location("src/app.ts", 5, 1, 5, 20)
USERS, POSTS = Name("public", "users"), Name("public", "posts")


def offset_pagination(query: Query, table: Table, schema: Schema) -> Iterator[Finding]:
    """The rule with its options as they are by default."""
    function = find_rule("offset-pagination").function
    return function(query, table, schema, function.__annotations__["options"]())


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


@pytest.mark.parametrize("loop", [replace(LOOP, collection="posts"), replace(LOOP, element=("posts",), binding="posts")])
def test_the_rows_read_at_once_take_no_name_that_the_loop_has(loop: Loop) -> None:
    loop = replace(loop, fetched_model=None)
    key = replace(POSTS_OF_USER.predicates[0], value_text=f"{loop.element[0]}.id")
    written = read_at_once(replace(POSTS_OF_USER, uses_element_of=loop, predicates=(key,)), POST_TABLE, SCHEMA)
    assert written is not None
    assert written.code.startswith("const allPosts = await ")


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


def test_a_page_keeps_the_conditions_beside_its_own_since_both_may_bound_one_field_or_hold_an_or() -> None:
    order = (IndexKey("created_at", descending=True), IndexKey("id", descending=True))
    written = page_in_prisma(paged(OrderKey("created_at", HERE, True), fixed=(PUBLISHED,)), POST_TABLE, order, "20")
    assert written is not None
    assert "AND: [\n      { /* the conditions that it has now */ },\n      lastPost ? { createdAt: { lte: " in written
    alone = page_in_prisma(paged(), POST_TABLE, (IndexKey("id"),), "20")
    assert alone is not None
    assert "where: lastPost ? { id: { gt: lastPost.id } } : {}," in alone


@pytest.mark.parametrize(
    "kind",
    [column("kind", "boolean"), replace(column("kind", "post_kind"), enum=Name("public", "post_kind"))],
    ids=["boolean", "enum"],
)
def test_prisma_writes_no_page_by_a_column_that_its_filters_cannot_compare(kind: TableColumn) -> None:
    table = replace(POST_TABLE, columns=(*POST_TABLE.columns, kind))
    query = paged(OrderKey("kind", HERE), OrderKey("id", HERE))
    assert page_in_prisma(query, table, (IndexKey("kind"), IndexKey("id")), "20") is None
    (finding,) = offset_pagination(query, table, SCHEMA)
    assert finding.remedy is None


def test_a_page_says_what_its_bound_would_lose() -> None:
    seen = column("seen_at", "timestamp with time zone", "seenAt", nullable=True)
    table = replace(POST_TABLE, columns=(*POST_TABLE.columns, seen))
    query = replace(paged(OrderKey("seen_at", HERE)), select=("id",))
    written = page_in_prisma(query, table, (IndexKey("seen_at"), IndexKey("id")), "20")
    assert written is not None
    assert written.startswith(
        "// rows whose seenAt is NULL are not reached: make it required first\n"
        "// a Date drops the microseconds of seenAt, so that rows are skipped: declare it with precision 3\n"
        "// select seenAt, too\n"
    )


def test_an_order_keeps_the_place_of_its_nulls() -> None:
    order = total_order(paged(OrderKey("created_at", HERE, True, nulls_first=False)), POST_TABLE)
    assert order is not None
    assert order_in_sql(order) == "created_at DESC NULLS LAST, id DESC"
    assert order_by(order, POST_TABLE) == "orderBy: [{ createdAt: { sort: 'desc', nulls: 'last' } }, { id: 'desc' }]"


def test_a_condition_that_is_given_on_some_calls_only_settles_no_column() -> None:
    author = Predicate("author_id", "=", HERE, "variable", optional=True, value_text="authorId")
    assert paged(fixed=(author,)).fixed_columns == ()


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


@pytest.mark.parametrize(
    ("text", "value", "numbered", "bound_value"),
    [
        ("SELECT 1 FROM t WHERE id IN (${ids.join(',')})", "ids.join(',')", "SELECT 1 FROM t WHERE id = ANY($1)", "ids"),
        (
            "SELECT 1 FROM t WHERE a NOT IN (${all.map((n) => `'${n}'`).join(', ')})",
            "all.map((n) => `'${n}'`).join(', ')",
            "SELECT 1 FROM t WHERE a <> ALL($1)",
            "all",
        ),
        ("SELECT 1 FROM t WHERE a = '${x.replace(/'/g, \"''\")}'", "x.replace(/'/g, \"''\")", "SELECT 1 FROM t WHERE a = $1", "x"),
    ],
)
def test_a_list_is_bound_whole_and_no_value_is_quoted_twice(text: str, value: str, numbered: str, bound_value: str) -> None:
    bound = parameterised(text, values(value))
    assert bound is not None
    assert (bound.numbered, bound.values) == (numbered, (bound_value,))


@pytest.mark.parametrize(
    ("api", "text", "expected"),
    [
        (
            "prisma.$executeRawUnsafe",
            "SET LOCAL app.user = '${x}'",
            "prisma.$executeRaw`SELECT set_config('app.user', ${x}, true)`",
        ),
        ("pool.query", "CREATE USER app PASSWORD '${x}'", "escapeLiteral(x)"),
        ("sequelize.query", "SELECT 1 WHERE a = '${x}'", "sequelize.query(`SELECT 1 WHERE a = $1`, { bind: [x] })"),
        ("knex.raw", "SELECT 1 WHERE a = '${x}'", "knex.raw(`SELECT 1 WHERE a = ?`, [x])"),
        ("db.execute", "SELECT 1 WHERE a = '${x}'", "db.execute(sql`SELECT 1 WHERE a = ${x}`)"),
        ("prisma.$queryRaw", "SELECT 1 WHERE a = '${x}'", "prisma.$queryRaw`SELECT 1 WHERE a = ${x}`"),
    ],
)
def test_values_are_bound_in_the_way_of_the_library(api: str, text: str, expected: str) -> None:
    (finding,) = find_rule("raw-sql-interpolation")(RawSql(HERE, Scope("application"), api, text, values("x")))
    assert isinstance(finding.remedy, RewriteCode)
    assert expected in finding.remedy.code


@pytest.mark.parametrize(
    ("package", "expected"),
    [("ioredis", "'EX', 60, 'NX'"), ("redis", "{ EX: 60, NX: true }"), ("@upstash/redis", "{ ex: 60, nx: true }")],
)
def test_the_options_of_redis_are_written_in_the_words_of_the_library(package: str, expected: str) -> None:
    lock = RedisCommand(
        HERE, Scope("application"), "setnx", "key", False, client="redis", arguments=("key", "'1'"), package=package
    )
    expire = replace(lock, command="expire", expires=True, arguments=("key", "60"))
    file = CodeFile("src/app.ts", "application", redis_commands=(lock, expire))
    (finding,) = find_rule("expire-not-atomic")(file, Project())
    assert isinstance(finding.remedy, RewriteCode)
    assert finding.remedy.code == f"await redis.set(key, '1', {expected});"


def test_rows_behind_tagged_sql_are_read_by_its_tag() -> None:
    key = Predicate("customer_id", "=", HERE, "element", value_text="user.id")
    text = "SELECT * FROM orders WHERE customer_id = $1"
    query = Query(HERE, POSTS_OF_USER.scope, "sql", "raw", "sql", text=text, predicates=(key,), uses_element_of=LOOP, client="sql")
    written = read_at_once(query, None, None)
    assert written is not None
    assert "const rows = await sql`SELECT * FROM orders WHERE customer_id = ANY(${users.map((user) => user.id)})`;" in written.code


@pytest.mark.parametrize(
    ("wanted", "severity"), [("~6.13.0", "info"), ("6.13.0", "info"), ("^6.13.0", "warning"), ("4.16.0", "info")]
)
def test_an_api_that_a_pinned_version_still_has_is_information(wanted: str, severity: str) -> None:
    version = tuple(int(part) for part in wanted.lstrip("^~").split("."))
    project = Project(manifests=(Manifest("package.json", (Dependency("@prisma/client", wanted, version, HERE),)),))
    (finding,) = find_rule("removed-api")(ApiUse(HERE, Scope("application"), "@prisma/client", "$use"), project)
    assert (finding.severity or Severity.WARNING).value == severity


def test_what_is_safe_stays_in_the_text() -> None:
    direction = replace(values("way")[0], safety="constant")
    bound = parameterised("SELECT 1 WHERE a = ${a} ORDER BY id ${way}", (*values("a"), direction))
    assert bound is not None
    assert bound.numbered == "SELECT 1 WHERE a = $1 ORDER BY id ${way}"
    assert bound.tagged == "SELECT 1 WHERE a = ${a} ORDER BY id ${Prisma.raw(way)}"


def test_every_key_of_an_order_stands_for_a_name_and_a_limit_does_not() -> None:
    text = "SELECT 1 ORDER BY ${column} ${direction} LIMIT ${limit}"
    assert [stands_for_a_name(text, number) for number in range(3)] == [True, True, False]


def test_a_pattern_is_bound_as_a_template_of_its_own() -> None:
    bound = parameterised("SELECT 1 WHERE title LIKE '%${q}%'", values("q"))
    assert bound is not None
    assert (bound.numbered, bound.values) == ("SELECT 1 WHERE title LIKE $1", ("`%${q}%`",))


@pytest.mark.parametrize("text", ["SELECT 1 FROM ${x}", 'SELECT "${x}" FROM t', "SELECT 1 FROM t ORDER BY ${x}"])
def test_a_name_cannot_be_bound(text: str) -> None:
    assert stands_for_a_name(text, 0)
    assert parameterised(text, values("x")) is None
