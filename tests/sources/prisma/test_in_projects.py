"""Prisma schemas in their projects: which version they are for, where their history lies, and schemas of other databases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor.cli import main
from advisor.model import Project
from advisor.sources.read import read_project

MODEL = "model Post {\n  id Int @id\n  title String\n}\n"
URL = 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n'
NO_URL = 'datasource db {\n  provider = "postgresql"\n}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def project(folder: Path, files: dict[str, str]) -> Project:
    write(folder, files)
    return read_project(["."]).project


def failures(found: Project) -> list[str]:
    return [lost.reason for lost in found.skipped if lost.kind == "failed"]


@pytest.mark.parametrize(
    ("version", "datasource", "reasons"),
    [
        ("^6.19.0", URL, []),
        ("^6.19.0", NO_URL, ["the datasource does not say its `url`"]),
        ("^7.2.0", URL, ["since Prisma 7 `url` belongs into prisma.config.ts"]),
        ("^7.2.0", NO_URL, []),
        ("^8.0.0", NO_URL, []),
        ("latest", URL, []),
        ("latest", NO_URL, []),
    ],
)
def test_the_manifest_tells_which_form_of_the_language_is_right(
    folder: Path, version: str, datasource: str, reasons: list[str]
) -> None:
    manifest = json.dumps({"devDependencies": {"prisma": version}})
    assert failures(project(folder, {"package.json": manifest, "prisma/schema.prisma": datasource + MODEL})) == reasons


def test_a_configuration_that_names_the_connection_frees_version_6_of_the_url(folder: Path) -> None:
    files = {
        "package.json": json.dumps({"devDependencies": {"prisma": "6.19.0"}}),
        "prisma.config.ts": "export default { schema: 'prisma/schema.prisma', datasource: { url: env('X') } }",
        "prisma/schema.prisma": NO_URL + MODEL,
    }
    assert failures(project(folder, files)) == []


def test_the_history_lies_where_the_configuration_says(folder: Path) -> None:
    found = project(
        folder,
        {
            "api/prisma.config.ts": "export default { schema: './db/models', migrations: { path: 'history/migrations' } }",
            "api/db/models/main.prisma": NO_URL,
            "api/db/models/post.prisma": MODEL,
            "api/history/migrations/migration_lock.toml": 'provider = "postgresql"',
            "api/history/migrations/1_a/migration.sql": 'CREATE TABLE "Post" (id int PRIMARY KEY, title text NOT NULL);',
        },
    )
    (database,) = found.databases
    assert database.prisma is not None
    assert len(database.migrations) == 1
    assert database.built is not None
    assert [str(table.name) for table in database.built.tables] == ["Post"]


PATHS_PUT_TOGETHER = """
const a = path.join(__dirname, 'a')
export default { schema: path.join(a, 'models'), migrations: { seed: `{}`, path: path.join(a, '../z/history') } }
"""

CONFIGURATIONS = [
    ("prisma.config.ts", "export default defineConfig({ schema: 'a/models', migrations: { path: 'z/history' } })"),
    ("prisma.config.mts", "export default { schema: 'a/models', migrations: { path: 'z/history/' } } satisfies PrismaConfig"),
    ("prisma.config.cjs", "module.exports = { schema: './a/models', migrations: { path: './z/history' } }"),
    ("prisma.config.ts", "const c = { schema: 'a/models', migrations: { path: 'z/history' } }\nexport default c"),
    ("prisma.config.ts", PATHS_PUT_TOGETHER),
    ("apps/api/prisma.config.ts", "export default { schema: '../../a/models', migrations: { path: '../../z/history' } }"),
    (".config/prisma.ts", "export default { schema: '../a/models', migrations: { path: '../z/history' } }"),
    ("prisma.reports.config.ts", "export default { schema: 'a/models', migrations: { path: 'z/history' } }"),
]


@pytest.mark.parametrize(("path", "text"), CONFIGURATIONS)
def test_schema_and_history_are_joined_wherever_the_configuration_puts_them(folder: Path, path: str, text: str) -> None:
    files = {
        path: text,
        "a/models/settings/main.prisma": NO_URL,
        "a/models/posts/post.prisma": MODEL,
        "z/history/migration_lock.toml": 'provider = "postgresql"',
        "z/history/1_a/migration.sql": 'CREATE TABLE "Post" (id int PRIMARY KEY, title text NOT NULL);',
    }
    (database,) = project(folder, files).databases
    assert database.prisma is not None
    assert len(database.prisma.paths) == 2
    assert len(database.migrations) == 1


@pytest.mark.parametrize(("manifest", "schema"), [("package.json", "db/schema"), ("apps/api/package.json", "../../db/schema/")])
def test_a_manifest_may_name_a_folder_of_schema_files(folder: Path, manifest: str, schema: str) -> None:
    files = {
        manifest: json.dumps({"prisma": {"schema": schema}}),
        "db/schema/settings/main.prisma": NO_URL,
        "db/schema/posts/post.prisma": MODEL,
    }
    (database,) = project(folder, files).databases
    assert database.prisma is not None
    assert len(database.prisma.paths) == 2


def test_two_schemas_of_a_monorepo_have_each_their_history(folder: Path) -> None:
    files = {}
    for app, table in (("one", "Post"), ("two", "User")):
        files[f"{app}/prisma.config.ts"] = "export default { schema: 'schema.prisma', migrations: { path: './sql/migrations' } }"
        files[f"{app}/schema.prisma"] = NO_URL + MODEL.replace("Post", table)
        files[f"{app}/sql/migrations/migration_lock.toml"] = 'provider = "postgresql"'
        files[f"{app}/sql/migrations/1_a/migration.sql"] = f'CREATE TABLE "{table}" (id int PRIMARY KEY, title text);'
    found = project(folder, files)
    built = [
        (database.folder, [str(table.name) for table in database.built.tables]) for database in found.databases if database.built
    ]
    assert built == [("one", ["Post"]), ("two", ["User"])]


@pytest.mark.parametrize("provider", ["mysql", "sqlite", "sqlserver", "mongodb"])
def test_a_schema_of_another_database_says_that_postgresqls_rules_do_not_apply(folder: Path, provider: str) -> None:
    write(folder, {"prisma/schema.prisma": NO_URL.replace("postgresql", provider) + MODEL})
    line = f"its tables are not PostgreSQL's, so that no PostgreSQL rule applies to it: the provider is {provider}"
    told = CliRunner().invoke(main, ["check", "."])
    assert told.exit_code == 0
    assert told.output.count(line) == 1
    skipped = json.loads(CliRunner().invoke(main, ["check", ".", "--format", "json"]).output)["skipped"]
    assert [(one["path"], one["reason"]) for one in skipped] == [("prisma/schema.prisma", line)]


def test_rules_about_prisma_itself_run_whatever_the_database(folder: Path) -> None:
    write(folder, {"prisma/schema.prisma": NO_URL.replace("postgresql", "mysql") + MODEL})
    report = json.loads(CliRunner().invoke(main, ["check", ".", "--format", "json"]).output)
    assert "preview-feature-retired" not in [one["rule"] for one in report["not_run"]]
    assert "unindexed-foreign-key" in [one["rule"] for one in report["not_run"]]
