"""Mermaid diagrams: names that its grammar would misread."""

from __future__ import annotations

from advisor.formats.schema_mermaid import schema_mermaid
from advisor.model import SourceText
from advisor.sources.sql import read_sql


def diagram(text: str) -> list[str]:
    return schema_mermaid([read_sql([SourceText("schema.sql", text)]).schema]).splitlines()


def test_a_diagram_has_tables_columns_and_references() -> None:
    assert diagram("""
        CREATE TABLE authors (id bigint PRIMARY KEY, email varchar(200) UNIQUE);
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES authors, price numeric(10, 2));
    """) == [
        "erDiagram",
        "    authors {",
        "        bigint id PK",
        "        character_varying(200) email UK",
        "    }",
        "    posts {",
        "        bigint id PK",
        "        bigint author_id FK",
        "        numeric(10_2) price",
        "    }",
        '    authors ||--o{ posts : "author_id"',
    ]


def test_names_that_are_mermaids_own_words_are_quoted() -> None:
    lines = diagram("".join(f'CREATE TABLE "{name}" (id int);' for name in ("class", "to", "Style", "ends")))
    assert [line for line in lines if "{" in line] == ['    "class" {', '    "to" {', '    "Style" {', "    ends {"]


def test_names_that_mermaid_cannot_hold_are_quoted_without_what_it_refuses() -> None:
    lines = diagram(r"""
        CREATE TABLE "50% of ""a\b"" all" ("PK" int, "1st" int, größe "1 Kind");
        CREATE TABLE "order-lines" (id int);
        CREATE TABLE größen (id int);
        CREATE SCHEMA app;
        CREATE TABLE app.users (id int);
    """)
    assert [line.strip() for line in lines if " id" not in line and "}" not in line] == [
        "erDiagram",
        "\"50' of 'a'b' all\" {",
        "integer PK_",
        "integer _1st",
        "_1_Kind größe",
        '"order-lines" {',
        '"größen" {',
        '"app.users" {',
    ]
