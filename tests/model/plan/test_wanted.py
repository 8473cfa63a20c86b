"""The index that a scan's conditions ask for, and those that are there already."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from advisor.model import Expression, Index, IndexKey, Location, Name, Schema, Table
from advisor.model.plan.access import Access, access_of, conditions_of, index_for
from advisor.model.plan.conditions import alternatives, columns_in, conditions
from advisor.model.plan.wanted import serving, wanted_indexes
from advisor.model.schema import Column
from advisor.remedies.plan_indexes import CreateSpecialIndex, advise
from tests.sources.explain.plans import only_plan

HERE = Location("schema.sql", 1, 1, 1, 1)
POSTS = Name("public", "posts")
TYPES = {
    "id": "integer",
    "author_id": "integer",
    "slug": "character varying(80)",
    "status": "text",
    "code": "character(4)",
    "mail": "citext",
    "published": "boolean",
    "views": "integer",
    "tags": "text[]",
    "meta": "jsonb",
    "span": "tstzrange",
    "words": "tsvector",
    "created_at": "timestamp with time zone",
    "written_at": "timestamp without time zone",
}


def table(*indexes: Index, collation: str | None = None) -> Table:
    columns = tuple(Column(name, type_, HERE, collation=collation if name == "status" else None) for name, type_ in TYPES.items())
    primary = Index("posts_pkey", POSTS, (IndexKey("id"),), HERE, unique=True, constraint="primary key")
    return Table(POSTS, columns, HERE, indexes=(primary, *indexes))


def index(*keys: str | IndexKey, name: str = "there", **more: object) -> Index:
    made = tuple(key if isinstance(key, IndexKey) else IndexKey(key) for key in keys)
    return Index(name, POSTS, made, HERE, **more)  # type: ignore[arg-type]


def scan(filter_: str, known: Table | None) -> Access:
    text = f"Seq Scan on posts p  (cost=0.00..9.00 rows=1 width=4)\n  Filter: {filter_}\n"
    access = access_of(only_plan(text).root, Schema((known,)) if known else None)
    assert access is not None
    return access


def made(filter_: str, known: Table | None, *order: IndexKey) -> str:
    """The SQL of the index that is advised; the words where there is none."""
    access = scan(filter_, known)
    advice = advise([access], conditions_of(access, "Filter"), order, Schema((known,)) if known else None)
    return advice.remedy.up().replace(" CONCURRENTLY", "") if advice.remedy else advice.words


ASKED = [
    ("(author_id = 5)", "(author_id)"),
    ("((views > 9) AND (author_id = 5))", "(author_id, views)"),
    ("((author_id = ANY ('{1,2}'::integer[])) AND ((status)::text = 'x'::text))", "(status, author_id)"),
    ("((views > 9) AND (created_at < '2024-01-01'::date) AND (id > 7))", "(views, created_at)"),
    ("((author_id = 5) AND published)", "(author_id)"),
    ("(lower((slug)::text) = 'x'::text)", "((lower((slug)::text)))"),
    ("(lower((p.slug)::text) = 'x'::text)", "((lower((slug)::text)))"),
    ("((upper(status) = ANY ('{A,B}'::text[])) AND (views = 5))", "(views, (upper(status)))"),
    ("((id % 10) > 7)", "((id % 10))"),
    ("((meta ->> 'kind'::text) = 'x'::text)", "((meta ->> 'kind'::text))"),
    (
        "(date_trunc('day'::text, written_at) = '2024-01-01'::timestamp without time zone)",
        "((date_trunc('day'::text, written_at)))",
    ),
    ("((slug)::text ~~ 'a%'::text)", "(slug text_pattern_ops)"),
    ("((author_id = 5) AND ((slug)::text ~~ 'a%'::text))", "(author_id, slug text_pattern_ops)"),
    ("(code ~~ 'a%'::text)", "(code bpchar_pattern_ops)"),
    ("((slug)::text ~ '^ab'::text)", "(slug text_pattern_ops)"),
    ("(lower(status) ~~ 'a%'::text)", "((lower(status)) text_pattern_ops)"),
    ("((slug)::text ~~ '%abc%'::text)", "USING gin (slug gin_trgm_ops)"),
    ("((slug)::text ~* 'abc.*'::text)", "USING gin (slug gin_trgm_ops)"),
    ("((slug)::text ~~ $1)", "USING gin (slug gin_trgm_ops)"),
    ("(lower((slug)::text) ~~ '%abc%'::text)", "USING gin ((lower((slug)::text)) gin_trgm_ops)"),
    ("(tags @> '{a}'::text[])", "USING gin (tags)"),
    ("(tags && '{a}'::text[])", "USING gin (tags)"),
    ("(meta @> '{\"a\": 1}'::jsonb)", "USING gin (meta)"),
    ("(meta ? 'a'::text)", "USING gin (meta)"),
    ("((meta -> 'tags'::text) ? 'a'::text)", "USING gin ((meta -> 'tags'::text))"),
    ("(words @@ '''a'''::tsquery)", "USING gin (words)"),
    (
        "(to_tsvector('english'::regconfig, status) @@ to_tsquery('a'::text))",
        "USING gin ((to_tsvector('english'::regconfig, status)))",
    ),
    ("(span @> '2024-01-01 00:00:00+00'::timestamp with time zone)", "USING gist (span)"),
    ("(NOT published)", "(id) WHERE NOT published"),
    ("(status <> ALL ('{live,draft}'::text[]))", "(id) WHERE status <> ALL ('{live,draft}'::text[])"),
    ("((status IS NULL) AND (views <> 7))", "(id) WHERE status IS NULL AND (views <> 7)"),
    ("(ROW(created_at, id) > ROW('2024-02-21 00:00:00+00'::timestamp with time zone, 5))", "(created_at, id)"),
]


@pytest.mark.parametrize(("filter_", "expected"), ASKED)
def test_conditions_ask_for_the_index_that_serves_them(filter_: str, expected: str) -> None:
    *_, statement = made(filter_, table()).splitlines()
    assert statement.partition(" ON posts ")[2].removesuffix(";") == expected


NOT_SERVED = [
    ("((author_id)::text = '5'::text)", "the cast of author_id to text keeps an index on it out"),
    ("((created_at)::date = '2024-01-01'::date)", "the cast of created_at to date keeps an index on it out"),
    (
        "(date_trunc('day'::text, created_at) = '2024-01-01 00:00:00+00'::timestamp with time zone)",
        "ask for a range of created_at itself",
    ),
    ("(to_tsvector(status) @@ to_tsquery('a'::text))", "an index holds to_tsvector() only where it is IMMUTABLE"),
    ("((slug)::text ~~ '%ab%'::text)", "trigrams want three characters in a row"),
    ("((slug)::text ~ '[ab]'::text)", "no index serves the pattern"),
    ("(meta && '{a}'::text[])", "no index serves its filter"),
    ("(tags ? 'a'::text)", "no index serves its filter"),
    ("(lower(elsewhere) = 'x'::text)", "no index serves lower(elsewhere)"),
    ("((views = 1) OR published)", "no index serves all sides of its OR"),
    ("(lower(status) <> 'x'::text)", "no index serves lower(status)"),
    ("(views <> $1)", "no index serves its filter"),
    ("(mail ~~ 'abc%'::text)", "a trigram index"),
]


@pytest.mark.parametrize(("filter_", "words"), NOT_SERVED)
def test_what_no_index_serves_is_said_to_be_so(filter_: str, words: str) -> None:
    access = scan(filter_, table())
    advice = advise([access], conditions_of(access, "Filter"), (), Schema((table(),)))
    assert words in advice.words


def test_an_or_wants_an_index_for_each_side_that_has_none() -> None:
    both = made("((views = 1) OR ((author_id = 2) AND published))", table())
    assert both == "CREATE INDEX posts_views_idx ON posts (views);\nCREATE INDEX posts_author_id_idx ON posts (author_id);"
    one = made("((views = 1) OR (author_id = 2))", table(index("views")))
    assert one == "CREATE INDEX posts_author_id_idx ON posts (author_id);"
    none = made("((views = 1) OR (author_id = 2))", table(index("views", name="v"), index("author_id", name="a")))
    assert none == "indexes v and a could serve it and were not used, or are newer than this plan"


ORDER = (IndexKey("created_at", descending=True),)


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("(author_id = 5)", "(author_id, created_at DESC)"),
        ("(created_at > '2024-01-01'::date)", "(created_at DESC)"),
        ("(author_id = ANY ('{1,2}'::integer[]))", "(author_id)"),
        ("((author_id = 5) AND (views > 9))", "(author_id, views)"),
        ("(NOT published)", "(created_at DESC) WHERE NOT published"),
    ],
)
def test_the_order_of_a_limit_ends_the_index_where_it_can(filter_: str, expected: str) -> None:
    assert made(filter_, table(), *ORDER).partition(" ON posts ")[2].removesuffix(";") == expected


def test_without_a_schema_the_types_are_read_from_the_values() -> None:
    assert "USING gin (tags)" in made("(tags @> '{a}'::text[])", None)
    assert "USING gist (span)" in made("(span && '[1,2)'::int4range)", None)
    assert "(status text_pattern_ops)" in made("((status)::text ~~ 'a%'::text)", None)
    assert "keeps an index on it out" in made("((at)::text ~~ '2024-02%'::text)", None)
    assert "WHERE NOT published" in made("(NOT published)", None)


def test_a_column_in_the_order_of_its_characters_needs_no_class_of_its_own() -> None:
    assert made("(status ~~ 'a%'::text)", table(collation="C")).endswith("(status);")
    assert made("(status ~~ 'a%'::text)", table(collation='"de_DE"')).endswith("(status text_pattern_ops);")


def there(filter_: str, *indexes: Index, order: tuple[IndexKey, ...] = ()) -> bool:
    """Whether one of the table's indexes serves what these conditions ask for."""
    known = table(*indexes)
    access = scan(filter_, known)
    found = conditions_of(access, "Filter")
    [wanted] = wanted_indexes(access, found, order)
    return serving(known, wanted.index, found) is not None


LOWER = IndexKey(expression=Expression("lower((slug)::text)"))


@dataclass
class There:
    """An index and what it does or does not serve."""

    index: Index
    serves: list[str] = field(default_factory=list)
    serves_not: list[str] = field(default_factory=list)


@pytest.mark.parametrize(
    "case",
    [
        There(index("author_id", "views"), ["(author_id = 5)", "((views > 9) AND (author_id = 5))"], ["(views = 5)"]),
        There(index("views", "author_id"), ["((author_id = 1) AND (views = 5))"], ["((views > 9) AND (author_id = 5))"]),
        There(index("author_id", method="hash"), [], ["(author_id = 5)"]),
        There(index("author_id", valid=False), [], ["(author_id = 5)"]),
        There(index(IndexKey("status", collation="C")), [], ["(status = 'x'::text)"]),
        There(
            index(LOWER),
            ["(lower((slug)::text) = 'x'::text)", "(lower((p.slug)::text) = 'x'::text)"],
            ["(lower(status) = 'x'::text)"],
        ),
        There(
            index(IndexKey("slug", opclass="varchar_pattern_ops")),
            ["((slug)::text ~~ 'a%'::text)"],
            ["((slug)::text ~~ '%abc'::text)"],
        ),
        There(index("slug"), ["((slug)::text = 'a'::text)"], ["((slug)::text ~~ 'a%'::text)"]),
        There(
            index(IndexKey("slug", opclass="gin_trgm_ops"), method="gin"),
            ["((slug)::text ~~ '%abc'::text)"],
            ["(tags @> '{a}'::text[])"],
        ),
        There(index("tags", method="gin"), ["(tags @> '{a}'::text[])"]),
        There(index("author_id", unique=True), ["((author_id = 5) AND (views > 9))"], ["(views > 9)"]),
        There(
            index("author_id", predicate=Expression("NOT published")),
            ["((author_id = 5) AND (NOT published))"],
            ["(author_id = 5)", "((author_id = 5) AND published)"],
        ),
        There(
            index("author_id", predicate=Expression("author_id IS NOT NULL", implied_not_null=("author_id",))),
            ["(author_id = 5)"],
        ),
        There(
            index("id", predicate=Expression("status <> 'x'::text")),
            ["(status <> 'x'::text)"],
            ["(status <> 'y'::text)"],
        ),
    ],
    ids=lambda case: str(case.index.keys[0]) + case.index.method,
)
def test_an_index_that_is_there_is_known_by_method_class_order_and_predicate(case: There) -> None:
    assert [filter_ for filter_ in case.serves if not there(filter_, case.index)] == []
    assert [filter_ for filter_ in case.serves_not if there(filter_, case.index)] == []


def test_an_order_is_served_forwards_and_backwards() -> None:
    assert there("(author_id = 5)", index("author_id", "created_at"), order=ORDER)
    assert there("(author_id = 5)", index("author_id", ORDER[0]), order=ORDER)
    two = (*ORDER, IndexKey("id", descending=True))
    assert there("(author_id = 5)", index("author_id", "created_at", "id"), order=two)
    assert not there("(author_id = 5)", index("author_id", "created_at", IndexKey("id", descending=True)), order=two)
    assert not there("(author_id = 5)", index("author_id"), order=ORDER)


def test_index_for_asks_for_the_order_that_the_keys_have() -> None:
    backwards = IndexKey("created_at", descending=True)
    assert index_for(table(index("author_id", "created_at")), ["author_id", backwards]) is not None
    assert index_for(table(index("author_id", "created_at", "id")), ["author_id", backwards, IndexKey("id", descending=True)])
    assert index_for(table(index("author_id", "created_at", "id")), ["author_id", backwards, "id"]) is None
    assert index_for(table(index("views", "author_id")), ["author_id", "views"]) is not None
    assert index_for(table(index(IndexKey("slug", opclass="text_pattern_ops"))), ["slug"]) is None
    assert index_for(table(index("author_id", valid=False)), ["author_id"]) is None


def test_a_special_index_says_what_is_special_and_serves_no_other() -> None:
    made = CreateSpecialIndex(POSTS, ("author_id",), predicate="NOT published", include=("slug",))
    assert made.title() == "Index posts (author_id) including slug where NOT published"
    assert made.up() == ("CREATE INDEX CONCURRENTLY posts_author_id_idx ON posts (author_id) INCLUDE (slug) WHERE NOT published;")
    assert made.family() != CreateSpecialIndex(POSTS, ("author_id",)).family()
    trigram = CreateSpecialIndex(POSTS, (IndexKey("slug", opclass="gin_trgm_ops"),), method="gin", extension="pg_trgm")
    assert trigram.title() == "Index posts using gin (slug gin_trgm_ops)"
    assert trigram.up().startswith(
        "CREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE INDEX CONCURRENTLY posts_slug_idx ON posts USING gin"
    )


def test_an_index_gets_a_name_that_the_plan_does_not_show() -> None:
    text = "Index Scan using posts_views_idx on posts  (cost=0.00..9.00 rows=1 width=4)\n  Index Cond: (views > 1)\n"
    access = access_of(only_plan(text).root, None)
    assert access is not None
    advice = advise([access], conditions("(views = 5)"), (), None)
    assert advice.remedy is not None
    assert advice.remedy.up() == "CREATE INDEX CONCURRENTLY posts_views_idx1 ON posts (views);"


def test_the_sides_of_an_or_are_read_one_by_one() -> None:
    [either] = conditions("((a = 1) OR ((b = 2) AND (c > 3)) OR d)")
    assert [[(each.column, each.operator) for each in side] for side in alternatives(either)] == [
        [("a", "=")],
        [("b", "="), ("c", ">")],
        [("d", "is true")],
    ]
    assert alternatives(conditions("(a = 1)")[0]) == ()


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("lower((name)::text)", ("name",)),
        ("(at)::timestamp with time zone", ("at",)),
        ("EXTRACT(year FROM at)", ("at",)),
        ('("Odd Name" + b.c)', ("Odd Name", "c")),
        ("(a.x || b.y)", ("x", "y")),
        ("CASE WHEN a THEN b ELSE 'c'::text END", ("a", "b")),
    ],
)
def test_the_columns_of_an_expression_are_its_names_but_for_calls_types_and_key_words(
    expression: str, found: tuple[str, ...]
) -> None:
    assert columns_in(expression) == found


def test_columns_of_another_table_are_not_this_one_s() -> None:
    assert columns_in("(a.x || b.y || z)", "a") == ("x", "z")
