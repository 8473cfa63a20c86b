"""Which database a SQL text is written for."""

from __future__ import annotations

import pytest

from advisor.sources.sql import dialect_of


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("CREATE TABLE a (id int AUTO_INCREMENT) ENGINE=InnoDB;", "mysql"),
        ("CREATE TABLE `a` (`id` int);", "mysql"),
        ("CREATE TABLE a (id int unsigned NOT NULL);", "mysql"),
        ("CREATE TABLE a (id UInt64) ENGINE = ReplacingMergeTree(at) ORDER BY id", "clickhouse"),
        ("ALTER TABLE a ON CLUSTER default ADD COLUMN b String;", "clickhouse"),
        ("ALTER TABLE a ADD COLUMN b Nullable(String);", "clickhouse"),
        ("ALTER TABLE a DROP COLUMN b SETTINGS mutations_sync = 2;", "clickhouse"),
        ("CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT);", "sqlite"),
        ("PRAGMA foreign_keys = ON;", "sqlite"),
        ("CREATE TABLE [dbo].[a] ([id] int);\nGO\n", "sqlserver"),
        ("CREATE TABLE a (id int IDENTITY(1,1), name nvarchar(max));", "sqlserver"),
        ("CREATE TABLE a (id serial PRIMARY KEY);", "postgresql"),
        ("CREATE TABLE a (id INT8 DEFAULT unique_rowid(), b STRING DEFAULT '':::STRING);", "cockroachdb"),
        ("", "postgresql"),
    ],
)
def test_a_dialect_is_known_by_what_postgresql_has_not(text: str, dialect: str) -> None:
    assert dialect_of(text) == dialect


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO notes VALUES ('ENGINE=InnoDB AUTO_INCREMENT `x`');",
        "-- was AUTO_INCREMENT in MySQL, ENGINE = MergeTree in ClickHouse\nCREATE TABLE a (id int);",
        "/* PRAGMA x;\nGO\n*/ CREATE TABLE a (id int);",
        'CREATE TABLE "auto_increment" ("`odd`" int, "nvarchar(max)" text);',
        "DO $$ BEGIN RAISE NOTICE 'GO'; -- `x` AUTOINCREMENT\nEND $$;",
        "COPY a FROM stdin;\n1\t`AUTO_INCREMENT`\nGO\n\\.\n",
        "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY (START WITH 1), engine text, pragma int, format text);",
        "CREATE INDEX i ON a (settings); ALTER TABLE a ADD go int;",
    ],
)
def test_words_of_other_dialects_do_not_mislead(text: str) -> None:
    assert dialect_of(text) == "postgresql"
