"""SQL files read in order: places, operations, what stood before, and what was left out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model import (
    AddForeignKey,
    AlterTable,
    CreateIndex,
    CreateTable,
    DropIndex,
    DropTable,
    Location,
    Name,
    RenameTable,
    Schema,
    SourceText,
    Table,
)
from advisor.sources.sql import SqlReading, read_sql

SCRIPTS = sorted((Path(__file__).parents[3] / "fixtures" / "sql").glob("*.sql"))

POSTS, AUTHORS = Name("public", "posts"), Name("public", "authors")


def read(*texts: str, before: Schema | None = None) -> SqlReading:
    sources = [SourceText(f"migrations/{number}/migration.sql", text) for number, text in enumerate(texts, 1)]
    return read_sql(sources, before=before, migrations="prisma")


def table(reading: SqlReading, name: Name) -> Table:
    found = reading.schema.table(name)
    assert found is not None
    return found


def cut(text: str, location: Location) -> str:
    source = SourceText(location.path, text)
    return text[source.offset(location.line, location.column) : source.offset(location.end_line, location.end_column)]


def test_every_object_points_at_its_own_text() -> None:
    text = """-- größer
CREATE TABLE public.posts ( -- the posts
  id bigint PRIMARY KEY, -- the key (of course)
  "Größe" numeric(8, 2) DEFAULT 1.5 CHECK ("Größe" > 0)
    NOT NULL /* in m, not mm */,
  author_id bigint CONSTRAINT by REFERENCES authors (id) ON DELETE CASCADE DEFERRABLE NOT NULL,
  title text COLLATE "C",
  CONSTRAINT once UNIQUE (title, author_id), /* é */ CHECK (title <> ')')
);
CREATE INDEX ON posts (title);
ALTER TABLE posts ADD COLUMN a text DEFAULT '(,' , ADD b int UNIQUE, ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES authors (id);
CREATE TYPE mood AS ENUM ('é');
"""
    reading = read(text)
    posts = table(reading, POSTS)
    assert cut(text, posts.location).startswith("CREATE TABLE public.posts (")
    assert cut(text, posts.location).endswith("(title <> ')')\n);")
    assert posts.name_location is not None
    assert cut(text, posts.name_location) == "public.posts"
    assert [cut(text, column.location) for column in posts.columns] == [
        "id bigint PRIMARY KEY",
        '"Größe" numeric(8, 2) DEFAULT 1.5 CHECK ("Größe" > 0)\n    NOT NULL',
        "author_id bigint CONSTRAINT by REFERENCES authors (id) ON DELETE CASCADE DEFERRABLE NOT NULL",
        'title text COLLATE "C"',
        "a text DEFAULT '(,'",
        "b int UNIQUE",
    ]
    assert [cut(text, index.location) for index in posts.indexes] == [
        "PRIMARY KEY",
        "CONSTRAINT once UNIQUE (title, author_id)",
        "CREATE INDEX ON posts (title);",
        "UNIQUE",
    ]
    assert [cut(text, key.location) for key in posts.foreign_keys] == [
        "CONSTRAINT by REFERENCES authors (id) ON DELETE CASCADE DEFERRABLE",
        "CONSTRAINT k FOREIGN KEY (b) REFERENCES authors (id)",
    ]
    assert [cut(text, check.location) for check in posts.checks] == ['CHECK ("Größe" > 0)', "CHECK (title <> ')')"]
    assert cut(text, reading.schema.enums[0].location) == "CREATE TYPE mood AS ENUM ('é');"


def test_a_history_knows_the_schema_before_each_migration() -> None:
    reading = read("CREATE TABLE posts (id int);", "ALTER TABLE posts ADD a int;", "SELECT 1;", "ALTER TABLE posts ADD b int;")
    seen = [len(found.columns) if (found := migration.before.table(POSTS)) else 0 for migration in reading.migrations]
    assert seen == [0, 1, 2, 2]
    assert [migration.name for migration in reading.migrations] == ["1", "2", "3", "4"]
    assert reading.migrations[2].before is reading.migrations[3].before


def test_operations_are_typed_and_point_at_their_statements() -> None:
    reading = read(
        """
        CREATE TABLE authors (id int PRIMARY KEY);
        CREATE UNIQUE INDEX CONCURRENTLY once ON posts USING btree (title DESC) WHERE title IS NOT NULL;
        CREATE INDEX ON ONLY posts (a);
        ALTER TABLE posts ADD COLUMN x int REFERENCES authors,
            ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES authors NOT VALID;
        ALTER TABLE posts ALTER x SET NOT NULL, DROP COLUMN y;
        DROP INDEX CONCURRENTLY once;
        ALTER TABLE posts RENAME TO articles;
        DROP TABLE authors;
        """
    )
    (migration,) = reading.migrations
    found = list(migration.operations)
    assert [type(operation).__name__ for operation in found] == [
        "CreateTable", "CreateIndex", "CreateIndex", "AddColumn", "AddForeignKey", "AddForeignKey", "DropColumn", "SetNotNull",
        "DropIndex", "RenameTable", "DropTable",
    ]  # fmt: skip
    assert isinstance(found[0], CreateTable)
    assert isinstance(found[1], CreateIndex)
    assert found[1].concurrently
    assert (found[1].index.name, found[1].index.unique, str(found[1].index.keys[0])) == ("once", True, "title DESC")
    assert isinstance(found[2], CreateIndex)
    assert found[2].on_only
    assert isinstance(found[3], AlterTable)
    assert (found[3].action, found[3].column) == ("add column", "x")
    assert isinstance(found[5], AddForeignKey)
    assert (found[5].foreign_key.name, found[5].foreign_key.validated) == ("k", False)
    assert found[5].foreign_key.referenced_columns == ("id",)
    actions = [(operation.action, operation.column) for operation in found[6:8] if isinstance(operation, AlterTable)]
    assert actions == [("drop column", "y"), ("set not null", "x")]
    assert isinstance(found[8], DropIndex)
    assert (found[8].name, found[8].table, found[8].concurrently) == (Name("public", "once"), POSTS, True)
    assert isinstance(found[9], RenameTable)
    assert isinstance(found[10], DropTable)
    assert [operation.location.line for operation in found] == [2, 3, 4, 5, 5, 5, 7, 7, 8, 9, 10]
    assert reading.creates == {AUTHORS}
    assert reading.touches == {POSTS}
    assert reading.problems == ()
    assert reading.schema.tables == ()


def test_a_table_that_no_statement_makes_is_taken_on_trust() -> None:
    before = read("CREATE TABLE posts (id int PRIMARY KEY);").schema
    reading = read("ALTER TABLE posts ADD a int; ALTER TABLE unseen ADD b int;", before=before)
    assert [column.name for column in table(reading, POSTS).columns] == ["id", "a"]
    assert reading.touches == {POSTS, Name("public", "unseen")}
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CREATE TABLE posts (id int);", 'relation "posts" already exists'),
        ("CREATE TABLE other (a int, a int);", 'column "a" specified more than once'),
        ("ALTER TABLE posts ADD id int;", 'column "id" of relation "posts" already exists'),
        ("ALTER TABLE posts DROP nothing;", 'column "nothing" of relation "posts" does not exist'),
        ("ALTER TABLE posts RENAME nothing TO x;", 'column "nothing" of relation "posts" does not exist'),
        ("ALTER TABLE posts DROP CONSTRAINT nothing;", 'constraint "nothing" of relation "posts" does not exist'),
        ("ALTER TABLE posts ADD PRIMARY KEY (id);", 'multiple primary keys for table "posts" are not allowed'),
        ("ALTER TABLE posts ALTER id DROP NOT NULL;", 'column "id" is in a primary key'),
        ("CREATE INDEX posts_pkey ON posts (id);", 'relation "posts_pkey" already exists'),
        ("ALTER TABLE posts ADD CONSTRAINT drafts UNIQUE USING INDEX posts_once;", 'relation "drafts" already exists'),
        ("GRANT SELECT ON posts TO PUBLIC WITH GRANT OPTION;", "grant options can only be granted to roles"),
        ("CREATE INDEX ON posts (nothing);", 'column "nothing" of relation "posts" does not exist'),
        ("DROP INDEX posts_pkey;", 'cannot drop index "posts_pkey": constraint "posts_pkey" requires it'),
        ("ALTER TYPE mood ADD VALUE 'a';", 'enum label "a" already exists'),
        ("COMMENT ON COLUMN id IS 'x';", "column name must be qualified"),
    ],
)
def test_what_postgresql_would_refuse_is_left_alone_and_said(text: str, reason: str) -> None:
    start = "CREATE TABLE posts (id int PRIMARY KEY); CREATE TYPE mood AS ENUM ('a'); CREATE SEQUENCE drafts;"
    start += "CREATE UNIQUE INDEX posts_once ON posts (id);"
    reading = read(start, f"{text}\nCREATE TABLE after ();")
    (problem,) = reading.problems
    assert (problem.reason, problem.kind) == (reason, "left alone")
    assert problem.location is not None
    assert problem.location.line == 1
    assert reading.schema.table(Name("public", "after")) is not None
    assert table(reading, POSTS) == table(read(start), POSTS)


def test_if_not_exists_and_if_exists_are_honoured() -> None:
    reading = read(
        """
        CREATE TABLE posts (id int); CREATE TABLE IF NOT EXISTS posts (other int);
        CREATE INDEX i ON posts (id); CREATE INDEX IF NOT EXISTS i ON posts (id, id);
        ALTER TABLE posts ADD IF NOT EXISTS id text, DROP IF EXISTS x, DROP CONSTRAINT IF EXISTS y;
        DROP TABLE IF EXISTS nothing; DROP INDEX IF EXISTS nothing;
        """
    )
    assert reading.problems == ()
    assert [(column.name, column.type) for column in table(reading, POSTS).columns] == [("id", "integer")]
    assert len(table(reading, POSTS).indexes) == 1


def test_a_dump_is_known_by_its_header() -> None:
    assert read("--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE posts ();").dump
    assert read("SET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n").dump
    assert not read("CREATE TABLE posts ();").dump


def test_temporary_tables_and_the_search_path_end_with_their_file() -> None:
    reading = read("SET search_path TO app; CREATE TEMP TABLE posts (a int);", "CREATE TABLE posts (id int);")
    assert [found.name for found in reading.schema.tables] == [POSTS]


def test_the_schema_before_is_not_changed() -> None:
    before = read("CREATE TABLE posts (id int); CREATE TYPE mood AS ENUM ('a');").schema
    kept = Schema(before.tables, before.enums, before.extensions)
    read("DROP TABLE posts; DROP TYPE mood; CREATE EXTENSION citext;", before=before)
    assert before == kept


JUNK = (
    "'",
    '"',
    "$$",
    "$a$",
    "/*",
    "*/",
    "--",
    "\n",
    ";",
    "(",
    ")",
    "\\",
    "\\.",
    "é",
    "\0",
    ",",
    "CREATE TABLE",
    "::",
    "E'",
    "NULL",
)


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(SCRIPTS), seed=st.integers(0, 2**32), edits=st.integers(1, 12))
def test_mutated_files_are_read_without_a_traceback_and_losses_have_places(path: Path, seed: int, edits: int) -> None:
    chance = random.Random(seed)
    text = path.read_text(encoding="utf-8")
    for _ in range(edits):
        start = chance.randrange(len(text))
        end = start + chance.choice((0, 0, 1, 2, 40))
        text = text[:start] + chance.choice((*JUNK, "", text[end : end + 30])) + text[end:]
    for problem in read_sql([SourceText("mutated.sql", text)]).problems:
        assert problem.location is not None
        assert problem.reason
        assert "\n" not in problem.reason


def test_a_file_that_psql_would_include_is_said_not_to_be_followed() -> None:
    reading = read("-- \\i not_this.sql\n\\i tables.sql\nCREATE TABLE posts (id int);\n")
    assert [(lost.reason, lost.kind, lost.location.line if lost.location else 0) for lost in reading.problems] == [
        ("\\i tables.sql is not followed", "left alone", 2)
    ]
    assert [each.name for each in reading.schema.tables] == [POSTS]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ALTER TABLE heir INHERIT heir;", "circular inheritance not allowed"),
        ("ALTER TABLE old INHERIT heir;", "circular inheritance not allowed"),
        ("ALTER TABLE heir INHERIT old;", 'relation "old" would be inherited from more than once'),
        ("CREATE TABLE x () INHERITS (old, old);", 'relation "old" would be inherited from more than once'),
        ("ALTER TABLE part INHERIT old;", '"part" is partitioned or a partition: it takes no part in inheritance'),
        ("ALTER TABLE old INHERIT whole;", '"whole" is partitioned or a partition: it takes no part in inheritance'),
        ("ALTER TABLE whole ATTACH PARTITION part FOR VALUES IN (2);", '"part" is already a partition'),
        ("ALTER TABLE old ATTACH PARTITION alone FOR VALUES IN (2);", 'table "old" is not partitioned'),
        ("ALTER TABLE whole ATTACH PARTITION old FOR VALUES IN (2);", "cannot attach an inheritance child or parent as partition"),
        ("ALTER TABLE whole ATTACH PARTITION heir FOR VALUES IN (2);", "cannot attach an inheritance child or parent as partition"),
        (
            "ALTER TABLE hashed ATTACH PARTITION alone FOR VALUES WITH (MODULUS 0, REMAINDER 0);",
            "modulus for hash partition must be an integer value greater than zero",
        ),
        (
            "ALTER INDEX whole ATTACH PARTITION alone;",
            'ALTER action ATTACH PARTITION cannot be performed on relation "whole"',
        ),
        ("CREATE COLLATION c (FROM = \"C\", VERSION = '1');", "conflicting or redundant options"),
    ],
)
def test_families_that_postgresql_would_refuse_are_left_alone_and_said(text: str, reason: str) -> None:
    start = "CREATE TABLE old (i int); CREATE TABLE heir () INHERITS (old); CREATE TABLE alone (i int);"
    start += "CREATE TABLE whole (i int) PARTITION BY LIST (i); CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);"
    start += "CREATE TABLE hashed (i int) PARTITION BY HASH (i);"
    reading = read(start, text)
    assert [(problem.reason, problem.kind) for problem in reading.problems] == [(reason, "left alone")]
    assert reading.schema.tables == read(start).schema.tables
