"""Which SQL files belong together, and in which order they run."""

from __future__ import annotations

import pytest

from advisor.sources.histories import SqlGroup, group_sql, is_down_file, natural_order, up_part


def test_prisma_migrations_are_one_history_in_order_of_their_folders() -> None:
    paths = ["prisma/migrations/20240202_b/migration.sql", "prisma/migrations/20240101_a/migration.sql"]
    assert group_sql(paths, ["prisma/migrations"]) == [SqlGroup("prisma/migrations", "prisma", (paths[1], paths[0]))]


def test_numbered_files_of_a_folder_are_a_history() -> None:
    (group,) = group_sql(["db/10_c.sql", "db/9_b.sql", "db/V1__a.sql"], [])
    assert group.kind == "history"
    assert group.paths[:2] == ("db/9_b.sql", "db/10_c.sql")


def test_other_sql_files_are_loose_by_folder() -> None:
    assert group_sql(["sql/indexes.sql", "docs/x.sql"], []) == [
        SqlGroup("docs", "loose", ("docs/x.sql",)),
        SqlGroup("sql", "loose", ("sql/indexes.sql",)),
    ]


@pytest.mark.parametrize("name", ["001_users.down.sql", "down.sql", "U2__undo.sql", "20240101_x_rollback.sql"])
def test_down_migrations_take_no_part(name: str) -> None:
    assert is_down_file(f"migrations/{name}")
    assert group_sql([f"migrations/{name}"], []) == []


def test_up_and_down_in_folders_of_their_own_give_a_history_of_the_ups() -> None:
    paths = ["migrations/2024_a/up.sql", "migrations/2024_a/down.sql", "migrations/2025_b/up.sql"]
    (group,) = group_sql(paths, [])
    assert (group.folder, group.kind, group.paths) == ("migrations", "history", (paths[0], paths[2]))


def test_numbers_in_names_compare_as_numbers() -> None:
    assert sorted(["a10.sql", "a9.sql", "b1.sql"], key=natural_order) == ["a9.sql", "a10.sql", "b1.sql"]


def test_a_down_section_is_blanked_and_places_are_kept() -> None:
    text = "-- +goose Up\nCREATE TABLE a ();\n-- +goose Down\nDROP TABLE a;\n"
    up = up_part(text)
    assert "DROP" not in up
    assert "CREATE TABLE a" in up
    assert len(up) == len(text)
    assert up.count("\n") == text.count("\n")


def test_an_up_section_after_a_down_section_is_kept() -> None:
    up = up_part("-- migrate:down\nDROP TABLE a;\n-- migrate:up\nCREATE TABLE a ();\n")
    assert "DROP" not in up
    assert "CREATE TABLE a" in up
