"""Mermaid diagrams: names that its grammar would misread."""

from __future__ import annotations

from advisor.formats.schema_mermaid import schema_mermaid
from advisor.model import SourceText
from advisor.sources.sql import read_sql


def diagram(text: str) -> list[str]:
    return schema_mermaid([("db", read_sql([SourceText("schema.sql", text)]).schema)]).splitlines()


def test_a_diagram_has_tables_columns_and_references() -> None:
    assert diagram("""
        CREATE TABLE authors (id bigint PRIMARY KEY, email varchar(200) UNIQUE);
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES authors, price numeric(10, 2));
    """) == [
        "erDiagram",
        "    authors {",
        "        bigint id PK",
        "        varchar(200) email UK",
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


def test_types_of_several_words_are_written_short() -> None:
    lines = diagram(
        "CREATE TABLE t (a timestamptz, b timestamp(3), c time, d double precision, e varchar(20)[], f char(2), g bit varying(3));"
    )
    assert [line.strip() for line in lines[2:-1]] == [
        "timestamptz a", "timestamp(3) b", "time c", "float8 d", "varchar(20)[] e", "char(2) f", "varbit(3) g",
    ]  # fmt: skip


def test_a_columns_comment_stands_behind_it() -> None:
    lines = diagram("""CREATE TABLE t (a int PRIMARY KEY); COMMENT ON COLUMN t.a IS E'What it\n"is"';""")
    assert lines[2].strip() == "integer a PK \"What it 'is'\""


def test_partitions_are_left_out() -> None:
    lines = diagram("CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);")
    assert [line.strip() for line in lines if "{" in line] == ["t {"]


def test_the_tables_of_several_databases_are_told_apart() -> None:
    schema = read_sql(
        [SourceText("schema.sql", "CREATE TABLE t (a int PRIMARY KEY); CREATE TABLE u (a int NOT NULL REFERENCES t);")]
    )
    lines = schema_mermaid([("shop", schema.schema), ("blog", schema.schema)]).splitlines()
    assert [line.strip() for line in lines if "t" in line and "{" in line] == [
        '"shop: t" {', '"shop: t" ||--o{ "shop: u" : "a"', '"blog: t" {', '"blog: t" ||--o{ "blog: u" : "a"',
    ]  # fmt: skip
