"""A folder of migrations in code, read as a project: a database, its migrations in order, and nothing of it twice."""

from __future__ import annotations

from pathlib import Path

from advisor.sources.read import read_project

FIRST = """
exports.up = async (knex) => {
  await knex.schema.createTable("posts", (table) => { table.increments(); table.string("title", 80).notNullable(); });
};
exports.down = (knex) => knex.schema.dropTable("posts");
"""
SECOND = """
exports.up = async (knex) => {
  await knex.raw("UPDATE posts SET title = 'x'");
  await knex.schema.alterTable("posts", (table) => { table.index("title"); });
};
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_the_files_of_a_folder_build_a_database(tmp_path: Path) -> None:
    write(tmp_path, {"migrations/20240102_index.js": SECOND, "migrations/20240101_posts.js": FIRST})
    (database,) = read_project([str(tmp_path)]).project.databases
    (table,) = database.schema.tables
    assert [(column.name, str(column.type)) for column in table.columns] == [("id", "integer"), ("title", "character varying(80)")]
    assert sorted(index.name or "" for index in table.indexes) == ["posts_pkey", "posts_title_index"]
    assert [migration.name for migration in database.migrations] == ["20240101_posts", "20240102_index"]


def test_a_query_in_a_migration_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, {"migrations/20240101_posts.js": FIRST, "migrations/20240102_index.js": SECOND})
    project = read_project([str(tmp_path)]).project
    assert [(query.verb, query.scope.role, query.location.line) for query in project.queries] == [("update", "migration", 3)]
    assert {code.role for code in project.code} == {"migration"}


def test_a_folder_for_another_database_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, {"migrations/mysql/20240101_posts.js": FIRST})
    project = read_project([str(tmp_path)]).project
    assert project.databases == ()
    assert [(found.reason, found.kind) for found in project.skipped] == [("a migration of another database (mysql)", "left alone")]


def test_what_is_not_examined_is_said(tmp_path: Path) -> None:
    text = "import { add } from './add';\nexports.up = async (knex) => { await add(knex); };"
    write(tmp_path, {"migrations/20240101_posts.js": FIRST, "migrations/20240102_add.js": text})
    skipped = read_project([str(tmp_path)]).project.skipped
    assert [found.reason for found in skipped] == ["what `add` does is not examined: it is defined elsewhere"]


def test_a_package_with_the_driver_of_another_database_is_left_alone(tmp_path: Path) -> None:
    manifest = '{"dependencies": {"knex": "^3.0.0", "mysql2": "^3.0.0"}}'
    write(tmp_path, {"package.json": manifest, "migrations/20240101_posts.js": FIRST})
    project = read_project([str(tmp_path)]).project
    assert project.databases == ()
    assert [found.reason for found in project.skipped] == ["a migration of another database (mysql)"]


def test_a_package_that_can_do_both_is_read(tmp_path: Path) -> None:
    manifest = '{"dependencies": {"knex": "^3.0.0", "mysql2": "^3.0.0", "pg": "^8.0.0"}}'
    write(tmp_path, {"package.json": manifest, "migrations/20240101_posts.js": FIRST})
    assert len(read_project([str(tmp_path)]).project.databases) == 1
