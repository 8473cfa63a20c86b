"""What surrounds a migration's statements, tool by tool."""

from __future__ import annotations

import re

import pytest

from advisor.model import TOOLS, Dependency, Location, Manifest, Name, SourceText
from advisor.sources.migrations.order import KEYS
from advisor.sources.migrations.texts import MigrationText
from advisor.sources.migrations.versions import with_tool_versions
from advisor.sources.sql import read_history

ONE, TWO = "CREATE TABLE a ();", "CREATE TABLE a (); CREATE TABLE b ();"
OWN = "BEGIN; CREATE TABLE a (); COMMIT;"
CONCURRENTLY = "CREATE INDEX CONCURRENTLY ON a (b);"


@pytest.mark.parametrize(
    ("tool", "sql", "transactional", "expected"),
    [
        ("prisma", TWO, None, "one"),
        ("prisma", ONE, None, "none"),
        ("prisma", OWN, None, "own"),
        ("golang-migrate", CONCURRENTLY, None, "none"),
        ("supabase", ONE, None, "one"),
        ("supabase", CONCURRENTLY, None, "none"),
        ("drizzle", ONE, None, "shared"),
        ("drizzle", "COMMIT; CREATE INDEX CONCURRENTLY ON a (b);", None, "own"),
        ("typeorm", ONE, None, "shared"),
        ("typeorm", ONE, False, "none"),
        ("goose", ONE, None, "one"),
        ("goose", ONE, False, "none"),
        ("goose", OWN, None, "own"),
        ("goose", TWO, False, "none"),
        ("dbmate", TWO, False, "one"),
        ("dbmate", CONCURRENTLY, False, "none"),
        ("sqlx", TWO, False, "one"),
        ("diesel", CONCURRENTLY, False, "none"),
        ("hasura", CONCURRENTLY, None, "one"),
        ("flyway", "REINDEX SCHEMA public;", None, "none"),
        ("flyway", "REINDEX INDEX CONCURRENTLY i;", None, "one"),
        ("flyway", "ALTER SYSTEM SET work_mem = '8MB';", None, "none"),
        ("flyway", ONE, None, "one"),
        ("flyway", CONCURRENTLY, None, "none"),
        ("sequelize", TWO, None, "none"),
        ("sql", TWO, None, "none"),
        ("a tool of their own", TWO, None, "none"),
    ],
)
def test_the_transaction_is_the_tool_s_and_the_migration_s(tool: str, sql: str, transactional: bool | None, expected: str) -> None:
    text = MigrationText("1", "1.sql", (SourceText("1.sql", sql),), transactional=transactional, tool=tool)
    (migration,) = read_history([text]).migrations
    assert migration.transaction == expected
    (moment, *_) = migration.moments
    assert expected == "own" or (moment.transaction is None) == (expected == "none")


@pytest.mark.parametrize(
    ("asked_for", "expected"),
    [
        ("6.19.0", "one"),
        ("^6.2.0", "one"),
        ("7.3.0", "one"),
        ("~7.4.1", "none"),
        ("^7.0.0", "none"),
        ("8.0.0", "shared"),
        ("*", "one"),
    ],
)
def test_prisma_s_version_decides_what_surrounds_its_statements(asked_for: str, expected: str) -> None:
    place = Location("package.json", 1, 1, 1, 2)
    numbers = tuple(int(part) for part in re.findall(r"\d+", asked_for))
    manifest = Manifest("package.json", (Dependency("prisma", asked_for, numbers, place),))
    path = "prisma/migrations/1_a/migration.sql"
    text = MigrationText("1_a", path, (SourceText(path, TWO),), tool="prisma")
    (migration,) = read_history(with_tool_versions([text], [manifest])).migrations
    assert migration.transaction == expected


def test_every_tool_that_has_an_order_of_its_own_is_known() -> None:
    assert KEYS.keys() <= {tool.name for tool in TOOLS}


def test_the_way_back_is_kept_as_operations_and_changes_nothing() -> None:
    up, down = SourceText("1.up.sql", "CREATE TABLE a (id int);"), SourceText("1.down.sql", "DROP TABLE a;\nDROP INDEX nothing;")
    reading = read_history([MigrationText("1", "1.up.sql", (up,), (down,), tool="golang-migrate")])
    (migration,) = reading.migrations
    assert [type(step).__name__ for step in migration.down] == ["DropTable", "DropIndex"]
    assert [table.name.name for table in reading.schema.tables] == ["a"]
    assert migration.has_down
    assert migration.after == reading.schema


def test_what_cannot_be_read_of_a_way_back_is_said() -> None:
    down = SourceText("1.down.sql", "DROP TABLEE a;")
    reading = read_history([MigrationText("1", "1.up.sql", (SourceText("1.up.sql", ONE),), (down,), tool="golang-migrate")])
    assert [(problem.path, problem.kind) for problem in reading.problems] == [("1.down.sql", "failed")]


def test_tables_renamed_in_a_circle_are_told_new_from_old() -> None:
    circle = "ALTER TABLE a RENAME TO c; ALTER TABLE c RENAME TO a; CREATE TABLE n (); ALTER TABLE n RENAME TO m;"
    (migration,) = read_history([MigrationText("1", "1.sql", (SourceText("1.sql", circle),), tool="goose")]).migrations
    assert [migration.creates(Name("public", name)) for name in ("a", "c", "n", "m")] == [False, False, True, True]
