"""DBML: what is written, and that the language's own parser takes it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from advisor.formats.schema_dbml import schemas_dbml
from advisor.model import SourceText
from advisor.sources.sql import read_sql

FIXTURES = Path(__file__).parents[2] / "fixtures"

PARSE = """
const { Parser } = require("@dbml/core");
const fs = require("fs");
for (const file of process.argv.slice(1)) {
  try { new Parser().parse(fs.readFileSync(file, "utf8"), "dbmlv2"); }
  catch (error) { console.log(file, JSON.stringify(error.diags || String(error))); }
}
"""


def dbml(text: str) -> str:
    return schemas_dbml([("db", read_sql([SourceText("schema.sql", text)]).schema)])


def test_tables_have_columns_with_settings_indexes_and_references() -> None:
    assert (
        dbml("""
            CREATE TYPE mood AS ENUM ('calm', 'very cross');
            CREATE TABLE authors (id bigserial PRIMARY KEY, email varchar(200) UNIQUE NOT NULL, mood mood DEFAULT 'calm');
            CREATE TABLE posts (
                id int GENERATED ALWAYS AS IDENTITY, title text, at timestamptz DEFAULT now(), n int DEFAULT 0,
                author_id bigint NOT NULL REFERENCES authors ON DELETE CASCADE, CHECK (n >= 0), PRIMARY KEY (id, at)
            );
            CREATE INDEX posts_lower ON posts (lower(title), at) WHERE n > 1;
            CREATE UNIQUE INDEX posts_title ON posts (title) INCLUDE (n);
            COMMENT ON TABLE posts IS 'What''s written';
        """)
        == """\
Enum mood {
  calm
  "very cross"
}

Table authors {
  id bigint [pk, increment]
  email "character varying(200)" [unique, not null]
  mood mood [default: 'calm']
}

Table posts {
  id integer [increment, not null]
  title text
  at "timestamp with time zone" [not null, default: `now()`]
  n integer [default: 0]
  author_id bigint [not null]

  indexes {
    (id, at) [pk, name: 'posts_pkey']
    (`lower(title)`, at) [name: 'posts_lower', note: 'where n > 1']
    title [unique, name: 'posts_title', note: 'include n']
  }

  checks {
    `n >= 0` [name: 'posts_n_check']
  }

  Note: 'What\\'s written'
}

Ref posts_author_id_fkey: posts.author_id > authors.id [delete: cascade]
"""
    )


def test_odd_names_are_quoted_and_schemas_kept() -> None:
    lines = dbml('CREATE SCHEMA app; CREATE TABLE app."Odd ""Name" ("a b" int, "select" text);').splitlines()
    assert lines == ['Table app."Odd \'Name" {', '  "a b" integer', "  select text", "}"]


def test_a_unique_reference_is_one_to_one() -> None:
    assert dbml("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int UNIQUE REFERENCES a);").splitlines()[-1] == (
        "Ref b_a_fkey: b.a - a.id"
    )


def test_views_and_partitions_are_named_in_comments() -> None:
    text = dbml("CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t DEFAULT; CREATE VIEW v AS SELECT 1;")
    assert [line for line in text.splitlines() if line.startswith("//")] == ["// partition public.t1", "// view public.v"]


def test_the_tables_of_several_databases_are_told_apart() -> None:
    schema = read_sql([SourceText("schema.sql", "CREATE SCHEMA x; CREATE TABLE a (id int); CREATE TABLE x.a (id int);")]).schema
    lines = schemas_dbml([("shop", schema), ("", schema)]).splitlines()
    assert [line for line in lines if line.startswith(("Table", "//"))] == [
        "// Database described in shop", "Table shop.a {", 'Table "shop.x".a {',
        "// Database described in .", 'Table ".".a {', 'Table "..x".a {',
    ]  # fmt: skip


def test_the_parser_of_dbml_takes_what_is_written(tmp_path: Path) -> None:
    """NODE_PATH says where `@dbml/core` is installed: `npm install @dbml/core`."""
    node = shutil.which("node")
    known = node and subprocess.run([node, "-e", 'require("@dbml/core")'], capture_output=True, check=False).returncode == 0
    if not known or node is None:
        pytest.skip("Node.js or the package @dbml/core is not there (NODE_PATH)")
    files = []
    for script in sorted([*(FIXTURES / "ddl").glob("*.sql"), *(FIXTURES / "sql").glob("*.sql")]):
        files.append(tmp_path / f"{script.parent.name}_{script.stem}.dbml")
        files[-1].write_text(dbml(script.read_text(encoding="utf-8")), encoding="utf-8")
    found = subprocess.run([node, "-e", PARSE, *map(str, files)], capture_output=True, check=True, text=True, env=dict(os.environ))
    assert found.stdout == ""
