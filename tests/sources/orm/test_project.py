"""ORM schemas of whole projects: which files are one database, and what their history adds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from advisor.sources.orm.mentions import declares_schema_of
from advisor.sources.orm.patterns import matching
from advisor.sources.read import read_project
from tests.sources.orm.reading import FIXTURES


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_drizzle_configuration_names_schema_and_history(project: Path) -> None:
    shutil.copytree(FIXTURES / "drizzle", project / "app")
    (database,) = read_project(["app"]).project.databases
    assert (database.orm, database.folder, len(database.migrations)) == ("drizzle", "app", 1)
    assert database.declared is not None
    assert database.built is not None
    assert [len(schema.tables) for schema in (database.declared, database.built, database.schema)] == [12, 12, 12]
    assert {table.location.path for table in database.schema.tables} == {
        f"app/src/db/{name}.ts" for name in ("accounts", "content", "orders")
    }


def test_a_drizzle_configuration_deeper_in_a_package_counts_from_where_it_is_run(project: Path) -> None:
    shutil.copytree(FIXTURES / "drizzle", project / "app")
    (project / "app" / "package.json").write_text('{"name": "app"}')
    settings = project / "app" / "src" / "db" / "drizzle.config.ts"
    (project / "app" / "drizzle.config.ts").rename(settings)
    (database,) = read_project(["app"]).project.databases
    assert (database.orm, len(database.migrations), database.declares_all, database.drift) == ("drizzle", 1, True, ())


@pytest.mark.parametrize(("name", "orm", "tables"), [("sequelize", "sequelize", 11), ("typeorm", "typeorm", 23)])
def test_models_of_a_package_are_one_database(project: Path, name: str, orm: str, tables: int) -> None:
    shutil.copytree(FIXTURES / name, project / "app", ignore=shutil.ignore_patterns("*.sql"))
    (database,) = read_project(["app"]).project.databases
    assert (database.orm, len(database.schema.tables)) == (orm, tables)


def test_constants_come_from_files_that_access_no_data(project: Path) -> None:
    (project / "names.ts").write_text("export const NAME = 'things';\n")
    (project / "schema.ts").write_text(
        "import { pgTable, text } from 'drizzle-orm/pg-core';\nimport { NAME } from './names';\n"
        "export const t = pgTable(NAME, { a: text() });\n"
    )
    (database,) = read_project(["."]).project.databases
    assert [str(table.name) for table in database.schema.tables] == ["things"]


def test_a_drizzle_schema_of_another_database_is_left_alone(project: Path) -> None:
    (project / "drizzle.config.ts").write_text("export default { dialect: 'sqlite', schema: './schema.ts' };\n")
    (project / "schema.ts").write_text(
        "import { sqliteTable } from 'drizzle-orm/sqlite-core';\nexport const t = sqliteTable('t', {});\n"
    )
    found = read_project(["."]).project
    assert found.databases == ()
    assert "a schema of another database (sqlite)" in {skipped.reason for skipped in found.skipped}


def test_patterns_of_a_configuration_are_those_of_shells() -> None:
    paths = ["a/src/db/one.ts", "a/src/db/deep/two.sql.ts", "a/src/other.ts", "b/src/db/one.ts"]
    assert list(matching(["./src/**/*.ts"], "a", paths)) == ["a/src/db/deep/two.sql.ts", "a/src/db/one.ts", "a/src/other.ts"]
    assert list(matching(["./src/db"], "a", paths)) == ["a/src/db/deep/two.sql.ts", "a/src/db/one.ts"]
    assert list(matching(["src/{other,none}.ts", "../b/src/db/one.ts"], "a", paths)) == ["a/src/other.ts", "b/src/db/one.ts"]


@pytest.mark.parametrize(
    ("text", "orm"),
    [
        ("import { pgTable } from 'drizzle-orm/pg-core'", "drizzle"),
        ("import { Entity } from 'typeorm';\n@Entity() class A {}", "typeorm"),
        ("module.exports = (sequelize, T) => sequelize.define('A', {})", "sequelize"),
        ("import { DataSource } from 'typeorm'; export const repository = 1", None),
    ],
)
def test_a_look_at_the_text_tells_which_orm_it_may_be(text: str, orm: str | None) -> None:
    assert declares_schema_of("a.ts", text) == orm
