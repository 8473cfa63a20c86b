"""Migrations in code against what their tools make of them.

In: `fixtures/migrations`, and beside each migration its SQL, recorded by `scripts/record_code_migrations.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from pglast import parse_sql
from pglast.stream import RawStream

from advisor.model import SourceText
from advisor.sources.migrations.code import read_code_migration
from advisor.sources.migrations.texts import MigrationText

FOLDER = Path(__file__).parents[4] / "fixtures" / "migrations"
MIGRATIONS = sorted(FOLDER.glob("*/*.[jt]s"))


def statements(texts: Iterable[str]) -> list[str]:
    """Statements in one spelling."""
    return [RawStream()(statement) for text in texts for statement in parse_sql(text)]


def read(path: Path) -> MigrationText:
    migration = read_code_migration(SourceText(f"migrations/{path.name}", path.read_text()))
    assert migration is not None
    return migration


def recorded(path: Path, direction: str) -> list[str]:
    return statements(json.loads(path.with_suffix(".json").read_text())[direction])


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.parent.name)
def test_the_sql_is_what_the_tool_runs(path: Path) -> None:
    # TypeORM asks whether the table is there before it sends CREATE TABLE.
    up = [statement.replace("IF NOT EXISTS ", "") for statement in statements(text.text for text in read(path).up)]
    assert up == [statement.replace("IF NOT EXISTS ", "") for statement in recorded(path, "up")]


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.parent.name)
def test_the_way_back_is_what_the_tool_runs(path: Path) -> None:
    down = statements(text.text for text in read(path).down)
    expected = recorded(path, "down")
    if path.parent.name == "typeorm":  # it also drops one by one what goes with a table
        expected = [statement for statement in expected if statement in down]
    assert down == expected


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.parent.name)
def test_nothing_of_it_is_left(path: Path) -> None:
    assert read(path).problems == ()


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.parent.name)
def test_the_tool_is_recognised(path: Path) -> None:
    assert read(path).tool == path.parent.name
