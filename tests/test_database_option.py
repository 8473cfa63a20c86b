"""`--db`, from the command line to the findings: which side has what, and that no password is ever printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from advisor.cli import main
from tests.postgres import throwaway_postgres

__all__ = ["throwaway_postgres"]

SECRET = "hunter2-XYZ"
FIRST = "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL);"
SECOND = "CREATE TABLE posts (id integer PRIMARY KEY, title text);"
numbers = count(1)


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("001_users.sql", FIRST), ("002_posts.sql", SECOND)):
        path = tmp_path / "migrations" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def place(throwaway_postgres: str) -> Iterator[str]:
    """The address of an empty database, with a password that the server does not ask for."""
    import psycopg

    name = f"option_{next(numbers)}"
    with psycopg.connect(throwaway_postgres, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        yield f"{throwaway_postgres.replace('dbname=postgres', f'dbname={name}')} password={SECRET}"


def run(*words: str) -> Result:
    result = CliRunner().invoke(main, words)
    assert SECRET not in result.output
    return result


def build(place: str, text: str) -> None:
    import psycopg

    with psycopg.connect(place, autocommit=True) as server:
        server.execute(text.encode())


def drift_messages(place: str, *paths: str) -> list[tuple[str, str | None]]:
    """What schema-drift says, with the SQL of its remedy."""
    result = run("check", *paths, "--db", place, "--select", "schema-drift", "--format", "json")
    found = json.loads(result.output)
    return [(one["message"], one["remedy"]["up"] if one["remedy"] else None) for one in found["findings"]]


def test_a_server_like_its_history_has_no_drift(migrations: Path, place: str) -> None:
    build(place, FIRST + SECOND)
    assert drift_messages(place) == []
    assert run("check", "--db", place, "--select", "schema-drift").exit_code == 0


def test_a_migration_that_did_not_run_there_is_named(migrations: Path, place: str) -> None:
    build(place, FIRST)
    assert [message for message, _ in drift_messages(place, "migrations")] == ["posts: table is in the history, not on the server"]
    assert run("check", "--db", place, "--select", "schema-drift").exit_code == 1


def test_a_column_that_the_server_lacks_comes_with_its_sql(migrations: Path, place: str) -> None:
    build(place, FIRST + "CREATE TABLE posts (id integer PRIMARY KEY);")
    assert drift_messages(place) == [
        ("posts: column title is in the history, not on the server", "ALTER TABLE posts ADD COLUMN title text;")
    ]


def test_an_extra_index_a_changed_type_and_a_table_ahead_are_named(migrations: Path, place: str) -> None:
    build(place, FIRST + "CREATE TABLE posts (id bigint PRIMARY KEY, title text); CREATE INDEX by_title ON posts (title);")
    build(place, "CREATE TABLE later (id integer)")
    changed = "posts: column id is integer as in the history, bigint on the server"
    assert drift_messages(place) == [
        (f"{changed}; index on (title) is on the server, not in the history", None),
        ("later: table is on the server, not in the history", None),
    ]


def test_the_schema_of_a_server_is_printed_without_any_paths(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    build(place, FIRST)
    result = run("schema", "--db", place)
    assert result.exit_code == 0
    assert "CREATE TABLE" in result.output


@pytest.mark.parametrize(
    "wrong", [("port=", "port=1 host=127.0.0.1"), ("dbname=", "dbname=nothing_there"), ("user=", "user=nobody_there")]
)
def test_a_wrong_address_is_one_line_and_code_two(place: str, wrong: tuple[str, str], migrations: Path) -> None:
    result = run("check", "--db", f"{place} {wrong[1]}")
    assert (result.exit_code, result.output.count("\n")) == (2, 1)


def test_no_report_holds_the_password(migrations: Path, place: str) -> None:
    build(place, FIRST)
    run("report", "migrations", "--db", place, "--output", "report.html")
    assert SECRET not in Path("report.html").read_text()
