"""The schema that we read from SQL is the one that PostgreSQL builds from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from advisor.model import SourceText
from advisor.sources.postgres import read_schema
from advisor.sources.sql import read_sql
from advisor.sources.sql.spelling.expressions import STRICT_FUNCTIONS
from advisor.sources.sql.spelling.opclasses import default_operator_class
from advisor.sources.sql.text.statements import Statement, read_statements
from tests.sources.sql.proving import differences

SCRIPTS = sorted((Path(__file__).parents[3] / "fixtures" / "sql").glob("*.sql"))

OF_EXTENSIONS = {"similarity", "unaccent", "word_similarity"}


@contextmanager
def connection_to(connection_string: str) -> Iterator[Any]:
    import psycopg

    with psycopg.connect(connection_string, autocommit=True) as connection:
        yield connection


@contextmanager
def new_database(connection_string: str, name: str) -> Iterator[Any]:
    with connection_to(connection_string) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    with connection_to(connection_string.replace("dbname=postgres", f"dbname={name}")) as connection:
        yield connection


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_builds_the_schema_that_postgresql_builds(path: Path, throwaway_postgres: str) -> None:
    source = SourceText(path.name, path.read_text(encoding="utf-8"))
    with new_database(throwaway_postgres, path.stem) as connection:
        for statement in read_statements(source):
            assert isinstance(statement, Statement)
            connection.execute(statement.text)
        theirs = read_schema(connection).schema
    reading = read_sql([source])
    assert reading.problems == ()
    assert differences(reading.schema, theirs) == []


def test_functions_said_to_be_strict_are_strict_in_all_their_forms(throwaway_postgres: str) -> None:
    with connection_to(throwaway_postgres) as connection:
        rows = connection.execute(
            "SELECT proname, bool_and(proisstrict) FROM pg_proc WHERE prokind = 'f' AND proname = ANY (%s) GROUP BY 1",
            [sorted(STRICT_FUNCTIONS)],
        ).fetchall()
    strict = {name for name, is_strict in rows if is_strict}
    assert STRICT_FUNCTIONS - OF_EXTENSIONS - strict == set()


def test_default_operator_classes_are_those_of_the_catalog(throwaway_postgres: str) -> None:
    with connection_to(throwaway_postgres) as connection:
        rows = connection.execute(
            "SELECT amname, format_type(opcintype, NULL), opcname FROM pg_opclass JOIN pg_am a ON a.oid = opcmethod"
            " WHERE opcdefault AND format_type(opcintype, NULL) !~ '^any|record|name|tid|vector$'"
        ).fetchall()
    wrong = [row for row in rows if default_operator_class(row[0], row[1]) not in (row[2], None)]
    assert wrong == []
    assert default_operator_class("btree", "mood", is_enum=True) == "enum_ops"
    assert default_operator_class("gin", "text[]") == "array_ops"
    assert default_operator_class("gist", "tstzrange") == "range_ops"
