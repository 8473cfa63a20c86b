"""Statements explained on a server now, in all four forms: one tree and one set of values, whatever the form.

None of them is among the recorded plans. They are run without a clock, each in a transaction that is rolled back, so that a run
differs from the next in nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from tests.postgres import throwaway_postgres
from tests.sources.explain.plans import RECORDED, only_plan, reading, tree

__all__ = ["throwaway_postgres"]

SCRIPT = (RECORDED / "explained_now.sql").read_text(encoding="utf-8")
TABLES, *PARTS = SCRIPT.split("-- statement\n")
STATEMENTS = [tuple(part.strip().rsplit(";\n", 1)) for part in PARTS]
SERIAL = "SET LOCAL max_parallel_workers_per_gather = 0"
OPTIONS = "ANALYZE, VERBOSE, BUFFERS OFF, TIMING OFF, SUMMARY OFF, SETTINGS"


@pytest.fixture(scope="module")
def database(throwaway_postgres: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(throwaway_postgres, autocommit=True) as server:
        if server.info.server_version < 180000:
            pytest.skip("the statements are those of PostgreSQL 18")
        server.execute("DROP DATABASE IF EXISTS explained_now")
        server.execute("CREATE DATABASE explained_now")
    with psycopg.connect(throwaway_postgres, dbname="explained_now", autocommit=True) as connection:
        connection.execute(TABLES)
        yield connection


def explained(database: psycopg.Connection, settings: str, statement: str, options: str, form: str) -> str:
    with database.transaction(force_rollback=True):
        database.execute(settings)
        rows = [row[0] for row in database.execute(f"EXPLAIN ({options}, FORMAT {form}) {statement.rstrip(';')}")]
    return json.dumps(rows[0]) if form == "JSON" else "\n".join(map(str, rows)) + "\n"


@pytest.mark.parametrize(("settings", "statement"), STATEMENTS, ids=range(len(STATEMENTS)))
def test_four_forms_of_a_statement_give_one_tree(database: psycopg.Connection, settings: str, statement: str) -> None:
    wanted = tree(only_plan(explained(database, settings, statement, OPTIONS, "JSON")))
    for form in ("TEXT", "YAML", "XML"):
        found = reading(explained(database, settings, statement, OPTIONS, form))
        assert [problem.reason for problem in found.problems] == []
        assert [tree(plan) for plan in found.plans] == [wanted], form


@pytest.mark.parametrize(
    "options", ["COSTS OFF", "ANALYZE, COSTS OFF", "ANALYZE, BUFFERS, WAL, MEMORY, SERIALIZE", "GENERIC_PLAN", "VERBOSE"]
)
def test_every_option_is_read_in_every_form(database: psycopg.Connection, options: str) -> None:
    statement = "SELECT s.name FROM shops s JOIN stock k ON k.shop = s.id WHERE k.part = 3 ORDER BY s.name LIMIT 5"
    if options == "GENERIC_PLAN":
        statement = statement.replace("= 3", "= $1")
    shapes = set()
    for form in ("TEXT", "JSON", "YAML", "XML"):
        found = reading(explained(database, SERIAL, statement, options, form))
        assert [problem.reason for problem in found.problems] == []
        [plan] = found.plans
        shapes.add(tuple(node.type for node in plan.walk()))
    assert len(shapes) == 1
