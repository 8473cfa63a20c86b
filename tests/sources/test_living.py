"""A live database belongs to the described one that it resembles."""

from __future__ import annotations

from advisor.model import Database, Name, Schema, SourceText
from advisor.sources.living import join_live
from advisor.sources.postgres import Introspection
from advisor.sources.sql import read_sql

SHOWN = "postgresql://db.example.com/blog"


def schema_of(text: str) -> Schema:
    return read_sql([SourceText("schema.sql", text)]).schema


def test_the_database_with_most_tables_in_common_is_its_own() -> None:
    blog, shop = Database("blog", schema_of("CREATE TABLE posts ()")), Database("shop", schema_of("CREATE TABLE orders ()"))
    live = schema_of("CREATE TABLE orders (); CREATE TABLE items ()")
    assert join_live([blog, shop], Introspection(SHOWN, live)) == [blog, Database("shop", shop.schema, live=live)]


def test_a_database_that_nothing_describes_stands_by_itself() -> None:
    blog, live = Database("blog", schema_of("CREATE TABLE posts ()")), schema_of("CREATE TABLE schema_migrations ()")
    assert join_live([blog], Introspection(SHOWN, live)) == [blog, Database(SHOWN, live, live=live)]


def test_the_schema_that_an_address_names_plays_public() -> None:
    blog = Database("blog", schema_of("CREATE TYPE mood AS ENUM ('a'); CREATE TABLE posts (m mood)"))
    live = schema_of("CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('a'); CREATE TABLE app.posts (m app.mood)")
    (joined,) = join_live([blog], Introspection(SHOWN, live, asked="app"))
    assert joined.live is not None
    table = joined.live.table(Name("public", "posts"))
    assert table is not None
    assert table.columns[0].type == "mood"
