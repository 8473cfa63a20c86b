"""Layouts of histories as people have them: each renames one column step by step, so that its last name tells the order."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.model import Project
from advisor.sources.read import read_project

SEED = "INSERT INTO t VALUES (1);\n"
PLAN = "%syntax-version=1.0.0\n%project=x\n\n"
FORMATTED = "--liquibase formatted sql\n"


def step(number: int) -> str:
    return "CREATE TABLE t (c1 int);\n" if number == 1 else f"ALTER TABLE t RENAME COLUMN c{number - 1} TO c{number};\n"


def back(number: int) -> str:
    return "DROP TABLE t;\n" if number == 1 else f"ALTER TABLE t RENAME COLUMN c{number} TO c{number - 1};\n"


def change(name: str, *, day: int) -> str:
    return f"{name} 2024-01-0{day}T00:00:00Z a <a@b> # n\n"


LAYOUTS: dict[str, tuple[str, dict[str, str]]] = {
    "releases have folders of their own": (
        "sql",
        {"store/0.9/00__a.sql": step(1), "store/0.19/00__b.sql": step(2), "store/0.19/01__c.sql": step(3)},
    ),
    "years below a folder of migrations": ("sql", {"migrations/2023/001.sql": step(1), "migrations/2024/001.sql": step(2)}),
    "releases below an edition and a database": (
        "golang-migrate",
        {
            "migrations/oss/postgres/1/01_a.up.sql": step(1),
            "migrations/oss/postgres/2/01_a.up.sql": step(2),
            "migrations/oss/postgres/10/01_a.up.sql": step(3),
        },
    ),
    "a file for each database": (
        "golang-migrate",
        {
            "migrations/1_a.postgres.up.sql": step(1),
            "migrations/1_a.mysql.up.sql": "CREATE TABLE t (c1 int) ENGINE=InnoDB;\n",
            "migrations/2_b.up.sql": step(2),
            "migrations/3_c.up.sql": "SELECT 1;\n",
            "migrations/3_c.postgres.up.sql": step(3),
            "migrations/3_c.sqlite3.up.sql": "SELECT 1;\n",
        },
    ),
    "flyway searches through its folder": (
        "flyway",
        {"db/migration/b/V1__a.sql": step(1), "db/migration/a/V2__b.sql": step(2), "db/migration/b/V10__c.sql": step(3)},
    ),
    "flyway's baseline stands for what is before it": (
        "flyway",
        {"db/V1__a.sql": step(1), "db/V2__b.sql": step(2), "db/B2__base.sql": step(1) + step(2), "db/V3__c.sql": step(3)},
    ),
    "flyway's callbacks are no migrations": (
        "flyway",
        {"db/migration/V1__a.sql": step(1), "db/migration/afterMigrate.sql": step(2)},
    ),
    "atlas' checkpoint stands for what is before it": (
        "atlas",
        {"m/atlas.sum": "h1:x\n", "m/1_a.sql": step(1), "m/2_b.sql": "-- atlas:checkpoint\n\n" + step(1), "m/3_c.sql": step(2)},
    ),
    "ways back have a folder of their own": (
        "sql",
        {"m/up/001_a.sql": step(1), "m/up/002_b.sql": step(2), "m/down/001_a.sql": back(1), "m/down/002_b.sql": back(2)},
    ),
    "ways back lie beside the migrations": (
        "sql",
        {"db/migrations/001_a.sql": step(1), "db/rollback/001_a.sql": back(1), "db/rollback/009_x.sql": back(9)},
    ),
    "seeds are no migrations": (
        "sql",
        {"db/migrations/001_a.sql": step(1), "db/migrations/seed.sql": SEED, "db/seeds/001_x.sql": SEED, "db/fixtures/1.sql": SEED},
    ),
    "supabase's seeds are no migrations": (
        "supabase",
        {"supabase/migrations/1_a.sql": step(1), "supabase/seed.sql": SEED, "supabase/seeds/01_x.sql": SEED},
    ),
    "sqitch's changes lie in folders": (
        "sqitch",
        {
            "sqitch.plan": PLAN + change("b/x", day=1) + change("a/x", day=2),
            "deploy/b/x.sql": step(1), "deploy/a/x.sql": step(2), "revert/b/x.sql": back(1),
        },
    ),
    "sqitch's change is reworked": (
        "sqitch",
        {
            "sqitch.plan": PLAN + change("a", day=1) + change("@v1", day=1) + change("a", day=2),
            "deploy/a@v1.sql": step(1), "deploy/a.sql": step(2), "revert/a.sql": back(2),
        },
    ),
    "a changelog lists its files": (
        "liquibase",
        {
            "db/changelog-master.yaml": "databaseChangeLog:\n- include:\n    file: db/x/b.sql\n- include:\n    file: db/a.sql\n",
            "db/x/b.sql": FORMATTED + "--changeset a:1\n" + step(1),
            "db/a.sql": FORMATTED + "--changeset a:2\n" + step(2),
        },
    ),
    "a changelog includes another and a folder": (
        "liquibase",
        {
            "changelog.xml": '<databaseChangeLog><include file="y/changelog.xml"/><includeAll path="z/"/></databaseChangeLog>',
            "y/changelog.xml": '<databaseChangeLog><include file="q.sql" relativeToChangelogFile="true"/></databaseChangeLog>',
            "y/q.sql": FORMATTED + "--changeset a:1\n" + step(1), "z/a.sql": FORMATTED + "--changeset a:2\n" + step(2),
        },
    ),
    "a changeset is ignored, another ends its statements otherwise": (
        "liquibase",
        {
            "c.sql": FORMATTED + "--changeset a:1 endDelimiter:@@\n" + step(1).replace(";", "@@")
            + "--changeset a:2 endDelimiter:/\n" + step(2).replace(";\n", "\n/\n") + "--changeset a:3 ignore:true\nDROP TABLE t;\n",
        },
    ),
    "rambler's marks": ("sql", {"migrations/01_a.sql": "-- rambler up\n" + step(1) + "-- rambler down\n" + back(1)}),
}  # fmt: skip


def project_of(files: dict[str, str], folder: Path) -> Project:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_project([str(folder)]).project


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_one_history_in_its_tool_s_order(name: str, tmp_path: Path) -> None:
    tool, files = LAYOUTS[name]
    project = project_of(files, tmp_path)
    (database,) = project.databases
    (table,) = database.schema.tables
    steps = [number for number in range(1, 9) if any(step(number) in text or step(number)[:-2] in text for text in files.values())]
    last = 1 if "callbacks" in name else max(steps)
    assert ([column.name for column in table.columns], {one.tool for one in database.migrations}) == ([f"c{last}"], {tool})
    assert not [problem for problem in project.skipped if problem.kind == "failed"]


def test_flyway_s_folders_of_two_databases_stay_apart(tmp_path: Path) -> None:
    project = project_of({"db/migration/a/V1__a.sql": step(1), "db/migration/b/V1__a.sql": "CREATE TABLE u ();"}, tmp_path)
    assert [database.folder.rpartition("/")[2] for database in project.databases] == ["a", "b"]


def test_a_migration_in_go_is_said_not_to_be_read(tmp_path: Path) -> None:
    go = "package m\n\nfunc init() { goose.AddMigrationContext(up, down) }\n"
    project = project_of({"m/1_a.sql": "-- +goose Up\n" + step(1), "m/2_b.go": go, "m/3_c.go": "package m\n"}, tmp_path)
    assert [(Path(one.path).name, one.reason) for one in project.skipped] == [
        ("2_b.go", "a migration in Go is not read: what it changes is not known")
    ]


def test_a_way_back_of_nothing_is_said(tmp_path: Path) -> None:
    project = project_of({"db/migrations/001_a.sql": step(1), "db/rollback/009_x.sql": back(9)}, tmp_path)
    assert [(Path(one.path).name, one.reason) for one in project.skipped] == [("009_x.sql", "a down migration")]


def test_a_migration_knows_how_many_come_after_it(tmp_path: Path) -> None:
    (database,) = project_of({"m/1_a.sql": step(1), "m/2_b.sql": step(2), "m/3_c.sql": step(3)}, tmp_path).databases
    assert [migration.later for migration in database.migrations] == [2, 1, 0]
