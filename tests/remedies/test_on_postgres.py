"""Each remedy is run on a real server: its SQL works, does what it says, and its way back restores the schema."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from advisor.model import Column, Expression, Index, IndexKey, Location, Name, Schema, Table
from advisor.remedies import CreateIndex, DropIndex, Remedy, ReplaceIndex
from advisor.remedies.partitions import Partition
from advisor.remedies.sql import QUOTED_KEYWORDS, coalesced, default_index_name, index_sql, quote, quote_dotted

HERE = Location("schema.sql", 1, 1, 1, 2)
POSTS = Name("public", "posts")
ORDER = Name("Shop", "Order")
HITS = Name("public", "hits")
DEEP = Name("public", "deep")
DEEP_PARTITIONS = (
    Partition(Name("public", "deep_a"), "has_one"),
    Partition(Name("public", "deep_b"), partitions=(Partition(Name("public", "deep_b_1"), free_name="deep_b_1_id_idx1"),)),
)

TABLES = """
    CREATE TABLE posts (
        id bigint PRIMARY KEY, author_id bigint, title text, "createdAt" timestamptz, "order" int, slug text NOT NULL,
        CONSTRAINT posts_slug_key UNIQUE (slug),
        CONSTRAINT posts_pair UNIQUE NULLS NOT DISTINCT (author_id, title) INCLUDE (slug) DEFERRABLE
    );
    CREATE INDEX posts_title_idx ON posts USING hash (title);
    CREATE INDEX posts_author ON posts (author_id DESC NULLS LAST, title COLLATE "C" text_pattern_ops) INCLUDE (slug)
        WHERE title <> '';
    CREATE INDEX posts_lower ON posts (lower(title) DESC, (id + 1));
    CREATE SCHEMA "Shop";
    CREATE TABLE "Shop"."Order" ("Id" int, "user" int);
    CREATE INDEX "Order_user_idx" ON "Shop"."Order" ("user");
    CREATE TABLE hits (id bigint, at date) PARTITION BY RANGE (at);
    CREATE TABLE hits_2025 PARTITION OF hits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE hits_2026 PARTITION OF hits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE deep (id bigint, at date) PARTITION BY LIST (at);
    CREATE TABLE deep_a PARTITION OF deep FOR VALUES IN ('2025-01-01');
    CREATE INDEX has_one ON deep_a (id);
    CREATE TABLE deep_b PARTITION OF deep DEFAULT PARTITION BY HASH (id);
    CREATE TABLE deep_b_1 PARTITION OF deep_b FOR VALUES WITH (modulus 1, remainder 0);
    CREATE INDEX deep_b_1_id_idx ON deep_b_1 (id DESC NULLS LAST);
"""

INDEXES = """
    SELECT pg_get_indexdef(i.indexrelid), i.indisvalid, pg_get_constraintdef(c.oid)
    FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid JOIN pg_namespace n ON n.oid = r.relnamespace
    LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
    WHERE n.nspname IN ('public', 'Shop') ORDER BY 1
"""


@pytest.fixture
def server(throwaway_postgres: str) -> Iterator[psycopg.Connection]:
    """A connection to a database of its own, with the tables above."""
    with psycopg.connect(throwaway_postgres, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS remedies")
        admin.execute("CREATE DATABASE remedies")
        with psycopg.connect(throwaway_postgres, dbname="remedies", autocommit=True) as connection:
            connection.execute(TABLES)
            yield connection
        admin.execute("DROP DATABASE remedies")


def index(name: str | None, *keys: IndexKey, table: Name = POSTS, method: str = "btree", unique: bool = False) -> Index:
    return Index(name, table, keys, HERE, method, unique)


HASH = index("posts_title_idx", IndexKey("title"), method="hash")
PARTIAL = Index(
    "posts_author",
    POSTS,
    (IndexKey("author_id", descending=True, nulls_first=False), IndexKey("title", collation="C", opclass="text_pattern_ops")),
    HERE,
    predicate=Expression("(title <> ''::text)"),
    include=("slug",),
)
EXPRESSIONS = index(
    "posts_lower", IndexKey(expression=Expression("lower(title)"), descending=True), IndexKey(expression=Expression("(id + 1)"))
)
SLUG = Index("posts_slug_key", POSTS, (IndexKey("slug"),), HERE, unique=True, constraint="unique")
PAIR = Index(
    "posts_pair",
    POSTS,
    (IndexKey("author_id"), IndexKey("title")),
    HERE,
    unique=True,
    constraint="unique",
    include=("slug",),
    nulls_not_distinct=True,
    deferrable=True,
)
QUOTED = index("Order_user_idx", IndexKey("user"), table=ORDER)
LONG = index("x" * 63, IndexKey("slug"))

REMEDIES = [
    CreateIndex(POSTS, ("author_id",)),
    CreateIndex(POSTS, ("author_id", IndexKey("createdAt", descending=True))),
    CreateIndex(POSTS, (IndexKey("order", nulls_first=True),), concurrently=False),
    CreateIndex(POSTS, (IndexKey("title", opclass="text_pattern_ops"),), name="posts_title_idx1"),
    CreateIndex(POSTS, (IndexKey(expression=Expression("lower(slug)")),)),
    CreateIndex(POSTS, ("slug",), method="hash"),
    CreateIndex(ORDER, ("Id",)),
    CreateIndex(HITS, ("id",), partitions=(Partition(Name("public", "hits_2025")), Partition(Name("public", "hits_2026")))),
    CreateIndex(DEEP, ("id",), partitions=DEEP_PARTITIONS),
    DropIndex(HASH),
    DropIndex(PARTIAL),
    DropIndex(EXPRESSIONS, concurrently=False),
    DropIndex(QUOTED),
    DropIndex(SLUG),
    DropIndex(PAIR),
    ReplaceIndex(HASH, index("posts_title_idx", IndexKey("title"))),
    ReplaceIndex(HASH, index("posts_title", IndexKey("title", opclass="text_pattern_ops"))),
    ReplaceIndex(PARTIAL, index("posts_author", IndexKey("author_id"), unique=True)),
    ReplaceIndex(QUOTED, index("Order_user_idx", IndexKey("user"), table=ORDER, method="hash")),
]


def run(connection: psycopg.Connection, text: str) -> None:
    """Statement by statement, as CONCURRENTLY needs it; no remedy's SQL has a semicolon elsewhere."""
    for statement in text.split(";"):
        if statement.strip():
            connection.execute(statement)


def indexes(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute(INDEXES).fetchall()


@pytest.mark.parametrize("remedy", REMEDIES, ids=lambda remedy: remedy.title())
def test_a_remedy_runs_and_its_way_back_restores_the_schema(remedy: Remedy, server: psycopg.Connection) -> None:
    before = indexes(server)
    run(server, remedy.up())
    after = indexes(server)
    assert after != before
    assert all(valid for _, valid, _ in after)
    down = remedy.down()
    assert down is not None
    run(server, down)
    assert indexes(server) == before


def test_a_replaced_index_keeps_its_name_even_if_that_is_as_long_as_a_name_can_be(server: psycopg.Connection) -> None:
    server.execute(index_sql(LONG))
    run(server, ReplaceIndex(LONG, index(LONG.name, IndexKey("slug"), method="hash")).up())
    assert [text for text, _, _ in indexes(server) if f"INDEX {LONG.name} " in str(text)] == [
        f"CREATE INDEX {LONG.name} ON public.posts USING hash (slug)"
    ]


def test_an_index_with_keys_of_every_kind_is_written_as_the_server_prints_it(server: psycopg.Connection) -> None:
    definitions = [text for text, _, _ in indexes(server)]
    for known in (HASH, PARTIAL, EXPRESSIONS):
        run(server, f"DROP INDEX {known.name}; {index_sql(known)}")
    assert [text for text, _, _ in indexes(server)] == definitions


def test_every_key_word_that_the_server_quotes_is_quoted(server: psycopg.Connection) -> None:
    words = [row[0] for row in server.execute("SELECT word FROM pg_get_keywords() ORDER BY word").fetchall()]
    names = [*words, "plain", "with_1", "Upper", "a b", 'a"b', "1st", "a$b", "über", ""]
    for name in names[:-1]:
        row = server.execute("SELECT quote_ident(%s)", (name,)).fetchone()
        assert row is not None
        assert quote(name) == row[0]
    assert set(words) >= QUOTED_KEYWORDS


def test_default_names_fit_what_the_server_keeps_of_them(server: psycopg.Connection) -> None:
    name = default_index_name(Name("public", "t" * 50), ["é" * 20, "b"])
    row = server.execute("SELECT %s::name::text", (name,)).fetchone()
    assert row == (name,)
    assert name.endswith("_idx")


@pytest.mark.parametrize(
    ("expression", "columns", "expected"),
    [
        ("((title || ' '::text) || content)", {"content"}, "((title || ' '::text) || coalesce(content, ''))"),
        ("to_tsvector('content'::regconfig, content)", {"content"}, "to_tsvector('content'::regconfig, coalesce(content, ''))"),
        ('"Title" || title', {"Title"}, "coalesce(\"Title\", '') || title"),
        ("text || x::text || text(y)", {"text"}, "coalesce(text, '') || x::text || text(y)"),
        ("'it''s content' || content", {"content"}, "'it''s content' || coalesce(content, '')"),
    ],
)
def test_coalesce_goes_around_columns_and_nothing_else(expression: str, columns: set[str], expected: str) -> None:
    assert coalesced(expression, columns) == expected


def test_a_name_that_is_taken_is_numbered_as_the_server_would() -> None:
    taken = Index("posts_author_id_idx", POSTS, (IndexKey("author_id"),), HERE, method="brin")
    posts = Table(POSTS, (Column("author_id", "bigint", HERE),), HERE, (taken,))
    assert CreateIndex.on(posts, ("author_id",), Schema((posts,))).up() == (
        "CREATE INDEX CONCURRENTLY posts_author_id_idx1 ON posts (author_id);"
    )


def test_the_name_of_a_collation_may_carry_a_schema_or_be_a_locale_with_a_dot() -> None:
    names = ["en_US.utf8", "app.german", "pg_catalog.C", "C"]
    assert [quote_dotted(name) for name in names] == ['"en_US.utf8"', "app.german", 'pg_catalog."C"', '"C"']
