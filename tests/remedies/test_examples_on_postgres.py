"""The bad SQL examples of the rules on schemas, on a real server: what a finding proposes runs there, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from advisor.engine.registry import all_rules
from advisor.engine.review import review
from advisor.remedies import Remedy
from advisor.rule import Example, Rule
from tests.rules.spoken import write_example as write

CATEGORIES = ("design", "indexes", "keys", "types")

SHAPE = """
    SELECT pg_get_indexdef(i.indexrelid), i.indisvalid::text, coalesce(pg_get_constraintdef(c.oid), '')
    FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid
    LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
    WHERE r.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT table_name || '.' || column_name, format_type(atttypid, atttypmod) || is_nullable,
           concat('AS ' || generation_expression, 'DEFAULT ' || column_default, 'IDENTITY ' || identity_generation)
    FROM information_schema.columns
    JOIN pg_attribute ON attrelid = format('public.%I', table_name)::regclass AND attname = column_name
    WHERE table_schema = 'public'
    UNION ALL
    SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid), '' FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace
    UNION ALL
    SELECT sequencename, data_type::text, max_value::text FROM pg_sequences WHERE schemaname = 'public'
    UNION ALL
    SELECT relname, relpersistence::text, '' FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'S'
    ORDER BY 1, 2, 3
"""


def cases() -> Iterator[object]:
    for rule in all_rules():
        for number, example in enumerate(rule.bad, 1):
            if rule.category in CATEGORIES and all(path.endswith((".sql", ".toml")) for path in example.files):
                yield pytest.param(rule, example, id=f"{rule.name}-{number}")


@pytest.fixture
def server(throwaway_postgres: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(throwaway_postgres, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS examples")
        admin.execute("CREATE DATABASE examples")
        with psycopg.connect(throwaway_postgres, dbname="examples", autocommit=True) as connection:
            yield connection
        admin.execute("DROP DATABASE examples")


def run(connection: psycopg.Connection, text: str) -> None:
    """Statement by statement, as CONCURRENTLY needs it."""
    for statement in text.split(";"):
        if any(line.strip() and not line.strip().startswith("--") for line in statement.splitlines()):
            connection.execute(statement)


def shape(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute(SHAPE).fetchall()


def remedies(rule: Rule, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Remedy]:
    monkeypatch.chdir(folder)
    return [finding.remedy for finding in review(".", select=[rule.name]).findings if finding.remedy]


@pytest.mark.parametrize(("rule", "example"), list(cases()))
def test_what_a_rule_proposes_runs_and_can_be_taken_back(
    rule: Rule, example: Example, server: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(example, tmp_path)
    try:
        for path, text in sorted(example.files.items()):
            if path.endswith(".sql"):
                server.execute(text)
    except psycopg.errors.UndefinedTable:
        pytest.skip("the example leaves its table to an earlier migration")
    except (
        psycopg.errors.DatatypeMismatch,
        psycopg.errors.DuplicateColumn,
        psycopg.errors.InvalidForeignKey,
        psycopg.errors.InvalidObjectDefinition,
    ):
        pytest.skip("that PostgreSQL refuses the example is what the rule says")
    for remedy in remedies(rule, tmp_path, monkeypatch):
        up, down = remedy.up(), remedy.down()
        assert down is not None
        before = shape(server)
        first, second = (down, up) if remedy.kind == "rewrite-statement" else (up, down)
        run(server, first)
        assert shape(server) != before
        run(server, second)
        assert shape(server) == before or is_partition_wise(up)


def is_partition_wise(sql: str) -> bool:
    """The statement that it replaces named the partitions' indexes by itself."""
    return "ATTACH PARTITION" in sql
