"""What the rule makes of differences: what may come from what could not be followed is only possible; one cause is one finding."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from advisor import review
from advisor.engine.run import run_rules
from advisor.engine.settings import Settings
from advisor.finding import Confidence
from advisor.model import Database, Project, SourceText
from advisor.sources.comparing.drift import drift
from advisor.sources.sql import read_sql

SCHEMA = """
datasource db {
  provider = "postgresql"
}

model User {
  id   Int    @id
  name String
}

model Post {
  id    Int    @id
  title String
}
"""
USERS = 'CREATE TABLE "User" (id integer PRIMARY KEY);'
POSTS = 'CREATE TABLE "Post" (id integer PRIMARY KEY);'
DYNAMIC = "DO $$ BEGIN EXECUTE (SELECT text FROM changes WHERE about = 'User'); END $$;"


def drift_of(folder: Path, *migrations: str) -> list[tuple[str, Confidence, str]]:
    """Subject, confidence and the end of the message of each finding."""
    for number, text in enumerate(migrations):
        (folder / "prisma" / "migrations" / f"{number}_step").mkdir(parents=True)
        (folder / "prisma" / "migrations" / f"{number}_step" / "migration.sql").write_text(text)
    (folder / "prisma" / "migrations" / "migration_lock.toml").write_text('provider = "postgresql"')
    (folder / "prisma" / "schema.prisma").write_text(SCHEMA)
    found = review(["."], select=["schema-drift"]).findings
    return [(one.subject, one.confidence, one.message.partition("; ")[2]) for one in found]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_statement_that_was_not_followed_casts_doubt_on_the_table_that_it_names(folder: Path) -> None:
    reason = "this may come from prisma/migrations/1_step/migration.sql, line 1, which could not be followed"
    assert drift_of(folder, USERS + POSTS, DYNAMIC) == [
        ("public.User", Confidence.POSSIBLE, reason),
        ("public.Post", Confidence.CERTAIN, ""),
    ]


def test_a_history_that_was_followed_leaves_no_doubt(folder: Path) -> None:
    assert [confidence for _, confidence, _ in drift_of(folder, USERS + POSTS)] == [Confidence.CERTAIN, Confidence.CERTAIN]


def test_one_wrong_statement_casts_doubt_on_its_tables_alone(folder: Path) -> None:
    found = drift_of(folder, USERS + POSTS, 'ALTER TABLE "Post" ADD COLUM title text NOT NULL;')
    assert [(subject, confidence) for subject, confidence, _ in found] == [
        ("public.User", Confidence.CERTAIN),
        ("public.Post", Confidence.POSSIBLE),
    ]


def test_a_default_that_the_code_computes_is_not_compared_and_casts_no_doubt(folder: Path) -> None:
    (folder / "drizzle.config.ts").write_text(
        'import { defineConfig } from "drizzle-kit";\n'
        'export default defineConfig({ dialect: "postgresql", schema: "./schema.ts", out: "./drizzle" });\n'
    )
    (folder / "schema.ts").write_text(
        'import { integer, pgTable, text } from "drizzle-orm/pg-core";\n'
        'import { FIRST } from "elsewhere";\n'
        'export const posts = pgTable("posts", { state: integer("state").default(FIRST), title: text("title") });\n'
    )
    (folder / "drizzle" / "meta").mkdir(parents=True)
    journal = '{"version": "7", "dialect": "postgresql", "entries": [{"idx": 0, "tag": "0000_first"}]}'
    (folder / "drizzle" / "meta" / "_journal.json").write_text(journal)
    (folder / "drizzle" / "0000_first.sql").write_text('CREATE TABLE "posts" ("state" integer DEFAULT 3, "title" text NOT NULL);')
    (found,) = review(["."], select=["schema-drift"]).findings
    assert (found.message, found.confidence) == (
        "posts: column title is NULL as declared, NOT NULL in the history",
        Confidence.CERTAIN,
    )


def test_a_difference_that_many_tables_have_is_one_finding(folder: Path) -> None:
    models = "".join(f"model T{number} {{\n  id BigInt @id\n}}\n" for number in range(6))
    tables = "".join(f'CREATE TABLE "T{number}" (id integer PRIMARY KEY);' for number in range(6))
    (folder / "schema.prisma").write_text(f'datasource db {{\n  provider = "postgresql"\n}}\n{models}')
    (folder / "migrations" / "0_step").mkdir(parents=True)
    (folder / "migrations" / "0_step" / "migration.sql").write_text(tables)
    (folder / "migrations" / "migration_lock.toml").write_text('provider = "postgresql"')
    (found,) = review(["."], select=["schema-drift"]).findings
    assert found.message == "column is bigint as declared, integer in the history, in 6 tables: T0.id, T1.id, T2.id, and 3 more"


def messages(declared: str, live: str) -> list[str]:
    """Of a server that has something else than what is declared."""
    wanted, there = (read_sql([SourceText("a.sql", text)]).schema for text in (declared, live))
    database = Database("", wanted, declared=wanted, live=there)
    found = run_rules(Project((replace(database, drift=drift(database)),)), Settings(select=("schema-drift",)))
    return [finding.message for finding in found.findings]


TABLE = "CREATE TABLE a (id int PRIMARY KEY, b int); "


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("CREATE INDEX ON a (b DESC);", "index on (b DESC)"),
        ("CREATE UNIQUE INDEX ON a (b);", "unique index on (b)"),
        ("CREATE INDEX ON a USING brin (b);", "index using brin (b)"),
        ("ALTER TABLE a ADD UNIQUE (b);", "unique constraint on (b)"),
        (
            "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES a ON DELETE CASCADE;",
            "foreign key (b) REFERENCES a (id) ON DELETE CASCADE",
        ),
        ("ALTER TABLE a ADD c text;", "column c"),
    ],
)
def test_what_is_missing_is_said_in_words(more: str, said: str) -> None:
    assert messages(TABLE + more, TABLE) == [f"a: {said} is declared, not on the server"]


def test_several_differences_of_a_table_are_one_finding() -> None:
    declared = f"{TABLE} ALTER TABLE a ADD c text; CREATE INDEX ON a (b, id);"
    (found,) = messages(declared, TABLE.replace("b int", "b bigint"))
    assert found.split("; ") == [
        "a: column b is integer as declared, bigint on the server",
        "column c is declared, not on the server",
        "index on (b, id) is declared, not on the server",
    ]


def test_a_server_is_compared_where_there_is_no_history() -> None:
    declared, live = (
        read_sql([SourceText("a.sql", f"CREATE TABLE a ({columns})")]).schema for columns in ("b int, c int", "b int")
    )
    database = Database("", declared, declared=declared, live=live)
    found = run_rules(Project((replace(database, drift=drift(database)),)), Settings(select=("schema-drift",)))
    assert [finding.message for finding in found.findings] == ["a: column c is declared, not on the server"]
    assert run_rules(Project((database,)), Settings(select=("schema-drift",))).not_run == []
