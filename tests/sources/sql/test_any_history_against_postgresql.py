"""Any history of a database leaves in the replay what it leaves in PostgreSQL: every statement that there is, in any order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.model import Schema, SourceText
from advisor.sources.sql import read_sql
from tests.profiles import against_server
from tests.sources.sql.generated_databases import History, taken_back
from tests.sources.sql.objects_oracle import scratch_database
from tests.sources.sql.reducing import reduced
from tests.sources.sql.test_against_postgresql import differences

LENGTH = 40


@pytest.fixture(scope="module")
def empty_database(throwaway_postgres: str) -> Iterator[Any]:
    with scratch_database(throwaway_postgres) as connection:
        yield connection


@against_server(60)
@given(seed=st.integers(0, 2**32))
def test_any_history_leaves_what_it_leaves_in_postgresql(seed: int, empty_database: Any) -> None:
    with taken_back(empty_database):
        history = History(empty_database)
        history.grow(seed, LENGTH)
        wrong = faults(history.accepted, history.schema())
    if wrong:
        short = reduced(history.accepted, lambda statements: bool(faults_of(statements, empty_database)))
        pytest.fail("\n".join([*faults_of(short, empty_database), ";\n".join(short)]))


def faults(statements: Sequence[str], theirs: Schema) -> list[str]:
    """What the replay refuses of statements that the server took, and where the schemas differ."""
    reading = read_sql([SourceText("history.sql", ";\n".join(statements))])
    return [problem.reason for problem in reading.problems] + differences(reading.schema, theirs)


def faults_of(statements: Sequence[str], connection: Any) -> list[str]:
    """The same for statements that are done again; none where the server does not take them as they are."""
    with taken_back(connection):
        history = History(connection)
        whole = history.replay(statements) and history.accepted == list(statements)
        return faults(history.accepted, history.schema()) if whole else []
