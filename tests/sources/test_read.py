"""Files to a Project: what belongs together, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.model import Database, Project
from advisor.sources.read import read_project


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, files: dict[str, str]) -> Project:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return read_project(["."]).project


def tables(database: Database) -> list[str]:
    return sorted(str(table.name) for table in database.schema.tables)


MODEL = "model Post {\n  id Int @id\n  title String\n}\n"
DATASOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'


def test_a_prisma_schema_and_its_history_are_one_database(folder: Path) -> None:
    project = write(
        folder,
        {
            "prisma/schema.prisma": DATASOURCE + MODEL,
            "prisma/migrations/migration_lock.toml": 'provider = "postgresql"',
            "prisma/migrations/1_a/migration.sql": 'CREATE TABLE "Post" (id int PRIMARY KEY, title text);',
            "prisma/migrations/2_b/migration.sql": "CREATE INDEX live ON \"Post\" (title) WHERE title <> '';",
        },
    )
    (database,) = project.databases
    assert [migration.name for migration in database.migrations] == ["1_a", "2_b"]
    assert [index.name for index in database.schema.tables[0].indexes] == ["Post_pkey", "live"]


def test_a_schema_in_several_files_is_one_schema(folder: Path) -> None:
    project = write(folder, {"prisma/schema/main.prisma": DATASOURCE, "prisma/schema/models/post.prisma": MODEL})
    assert [tables(database) for database in project.databases] == [["Post"]]


def test_two_schemas_of_a_monorepo_are_two_databases(folder: Path) -> None:
    project = write(folder, {f"apps/{name}/prisma/schema.prisma": DATASOURCE + MODEL for name in ("a", "b")})
    assert [(database.folder, tables(database)) for database in project.databases] == [
        ("apps/a/prisma", ["Post"]),
        ("apps/b/prisma", ["Post"]),
    ]


def test_sql_that_makes_no_table_joins_the_database_that_has_them(folder: Path) -> None:
    project = write(
        folder, {"prisma/schema.prisma": DATASOURCE + MODEL, "sql/indexes.sql": 'CREATE INDEX by_title ON "Post" (title);'}
    )
    (database,) = project.databases
    assert [index.name for index in database.schema.tables[0].indexes] == ["Post_pkey", "by_title"]
    assert [migration.name for migration in database.migrations] == ["indexes.sql"]


def test_sql_of_another_database_is_left_alone_with_all_of_its_history(folder: Path) -> None:
    project = write(
        folder,
        {
            "events/1_a.sql": "CREATE TABLE a (id UInt64) ENGINE = MergeTree ORDER BY id;",
            "events/2_b.sql": "ALTER TABLE a ADD COLUMN b String AFTER id;",
            "db/1_a.sql": "CREATE TABLE a (id int);",
        },
    )
    assert [tables(database) for database in project.databases] == [["a"]]
    assert {lost.path: lost.reason for lost in project.skipped} == {
        "events/1_a.sql": "SQL of another database (clickhouse)",
        "events/2_b.sql": "SQL of another database (clickhouse)",
    }


def test_sql_in_a_folder_named_after_another_database_is_left_alone(folder: Path) -> None:
    project = write(
        folder,
        {
            "migrations/mysql/1_a.sql": "CREATE TABLE a (id int);",
            "migrations/sqlite/1_a.sql": "CREATE TABLE a (id int);",
            "migrations_sqlite3/1_a.sql": "CREATE TABLE a (id int);",
            "db/mysql-dump.sql": "CREATE TABLE a (id int);",
            "db/migration/oracle/V1__a.sql": "CREATE TABLE a (id int);",
            "migrations/postgres/1_a.sql": "CREATE TABLE a (id int);",
            "services/oracle/1_b.sql": "CREATE TABLE b (id int);",
            "mysql_to_postgres/c.sql": "CREATE TABLE c (id int);",
        },
    )
    assert sorted(tables(database) for database in project.databases) == [["a"], ["b"], ["c"]]
    assert {lost.path: lost.reason for lost in project.skipped} == {
        "migrations/mysql/1_a.sql": "SQL of another database (mysql)",
        "migrations/sqlite/1_a.sql": "SQL of another database (sqlite)",
        "migrations_sqlite3/1_a.sql": "SQL of another database (sqlite3)",
        "db/mysql-dump.sql": "SQL of another database (mysql)",
        "db/migration/oracle/V1__a.sql": "SQL of another database (oracle)",
    }


def test_a_folder_around_the_project_says_nothing_of_its_database(tmp_path: Path) -> None:
    project = tmp_path / "mysql" / "shop"
    project.mkdir(parents=True)
    (project / "schema.sql").write_text("CREATE TABLE a (id int);", encoding="utf-8")
    (database,) = read_project([str(project)]).project.databases
    assert tables(database) == ["a"]


def test_down_migrations_are_not_replayed(folder: Path) -> None:
    project = write(
        folder,
        {
            "migrations/1_a.up.sql": "CREATE TABLE a (id int);",
            "migrations/1_a.down.sql": "DROP TABLE a;",
            "migrations/2_b.sql": "-- +goose Up\nCREATE TABLE b (id int);\n-- +goose Down\nDROP TABLE b;\n",
        },
    )
    assert [tables(database) for database in project.databases] == [["a", "b"]]
    (database,) = project.databases
    assert [[type(step).__name__ for step in migration.down] for migration in database.migrations] == [["DropTable"], ["DropTable"]]
    assert project.skipped == ()


def test_code_without_data_access_is_not_parsed_and_generated_code_is_left_alone(folder: Path) -> None:
    call = "import { PrismaClient } from '@prisma/client';\nnew PrismaClient().post.findMany();\n"
    project = write(folder, {"a.ts": "export const x = 1;\n", "b.ts": f"/* @generated */\n{call}", "c.ts": call})
    assert [file.path for file in project.code] == ["c.ts"]
    assert [(lost.path, lost.reason) for lost in project.skipped] == [("b.ts", "generated code")]


def test_what_a_file_is_for_depends_on_its_place_in_the_project_not_on_the_projects_place(folder: Path) -> None:
    call = "import { PrismaClient } from '@prisma/client';\nnew PrismaClient().post.findMany();\n"
    write(folder, {"fixtures/app/src/a.ts": call, "fixtures/app/scripts/b.ts": call, "fixtures/app/prisma/seed.ts": call})
    project = read_project(["fixtures/app"]).project
    assert {file.path.rpartition("/")[2]: file.role for file in project.code} == {
        "a.ts": "application",
        "b.ts": "script",
        "seed.ts": "seed",
    }


def test_a_plan_is_known_by_its_content(folder: Path) -> None:
    plan = "Seq Scan on posts  (cost=0.00..35.50 rows=2550 width=4)\n"
    project = write(folder, {"notes.txt": "Nothing to see here.\n", "slow.txt": plan, "data.json": '{"a": 1}'})
    assert [each.location.path for each in project.plans] == ["slow.txt"]
    assert project.skipped == ()


def test_a_query_in_a_sql_file_has_the_role_of_its_place_in_the_project(folder: Path) -> None:
    text = "SELECT id FROM posts ORDER BY id LIMIT 10 OFFSET 5;\n"
    write(folder, {"fixtures/app/sql/page.sql": text, "fixtures/app/scripts/page.sql": text})
    project = read_project(["fixtures/app"]).project
    assert {query.location.path: query.scope.role for query in project.queries} == {
        "fixtures/app/sql/page.sql": "application",
        "fixtures/app/scripts/page.sql": "script",
    }


INIT = "CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint);\nCREATE INDEX posts_author ON posts (author_id);\n"


def test_a_dump_that_repeats_a_history_is_no_second_database(folder: Path) -> None:
    dump = "CREATE TABLE public.posts (id bigint NOT NULL, author_id bigint);\nCREATE TABLE schema_migrations (version text);\n"
    dump += "ALTER TABLE posts ADD CONSTRAINT p PRIMARY KEY (id);\nCREATE INDEX i ON posts USING btree (author_id);\n"
    project = write(folder, {"db/migrations/1_init.sql": INIT, "db/structure.sql": dump})
    assert [database.folder for database in project.databases] == ["db/migrations"]
    assert [(lost.path, lost.reason, lost.kind) for lost in project.skipped] == [
        ("db/structure.sql", "repeats the tables of db/migrations", "left alone")
    ]


def test_a_schema_file_that_differs_from_the_history_is_read(folder: Path) -> None:
    project = write(
        folder, {"db/migrations/1_init.sql": INIT, "db/schema.sql": "CREATE TABLE posts (id bigint, author_id bigint);"}
    )
    assert [database.folder for database in project.databases] == ["db/migrations", "db"]


def test_equal_files_of_two_services_are_two_databases(folder: Path) -> None:
    assert len(write(folder, {"a/schema.sql": INIT, "b/schema.sql": INIT}).databases) == 2


def test_sql_that_adds_tables_and_indexes_those_of_another_database_joins_it(folder: Path) -> None:
    more = 'CREATE TABLE audit (id int PRIMARY KEY);\nCREATE INDEX titles ON "Post" (title);\n'
    (database,) = write(folder, {"prisma/schema.prisma": DATASOURCE + MODEL, "sql/setup.sql": more}).databases
    assert tables(database) == ["Post", "audit"]
    assert [index.name for index in database.schema.tables[0].indexes] == ["Post_pkey", "titles"]


def test_a_history_of_prisma_is_that_of_the_schema_for_postgresql(folder: Path) -> None:
    files = {
        "prisma/mysql.prisma": 'datasource db {\n  provider = "mysql"\n}\nmodel A {\n  id Int @id\n}\n',
        "prisma/postgresql.prisma": 'datasource db {\n  provider = "postgresql"\n}\nmodel A {\n  id Int @id\n}\n',
        "prisma/postgresql-migrations/migration_lock.toml": 'provider = "postgresql"',
        "prisma/postgresql-migrations/1_a/migration.sql": 'CREATE TABLE "A" (id integer PRIMARY KEY);',
    }
    _, ours = write(folder, files).databases
    assert (ours.prisma is not None and ours.prisma.location.path, len(ours.migrations), ours.drift) == (
        "prisma/postgresql.prisma",
        1,
        (),
    )


def test_a_history_elsewhere_is_that_of_the_schema_whose_tables_it_makes(folder: Path) -> None:
    imported = 'import { integer, pgTable } from "drizzle-orm/pg-core";\n'
    table = 'export const a = pgTable("a", { id: integer("id").primaryKey() });\n'
    journal = '{"version": "7", "dialect": "postgresql", "entries": [{"idx": 0, "tag": "0000_a"}]}'
    files = {
        "packages/server/package.json": "{}",
        "packages/server/src/schema.ts": imported + table,
        "apps/web/package.json": "{}",
        "apps/web/drizzle/meta/_journal.json": journal,
        "apps/web/drizzle/0000_a.sql": 'CREATE TABLE "a" ("id" integer PRIMARY KEY);',
    }
    (database,) = write(folder, files).databases
    assert (database.orm, len(database.migrations), database.drift) == ("drizzle", 1, ())
