"""A history held against PostgreSQL. In: an empty database, statements or what makes them. Out: what is wrong, one line each.

Two proofs: the replay is the schema that the server has, field for field; and the SQL that is printed of the replay builds a
database of which the server gives the same listings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from advisor.formats.schema_sql import schema_sql
from advisor.model import Schema, SourceText
from advisor.sandbox.listings import Listings, listings
from advisor.sandbox.listings import differences as listed_otherwise
from advisor.sources.comparing.strict import strict_differences
from advisor.sources.sql import read_sql
from tests.formats.test_schema_sql import without_casts_of_constants
from tests.sources.sql.growing.history import History, taken_back
from tests.sources.sql.reducing import reduced

ONLY_BY_HISTORY = re.compile(r"AS RANGE|^ALTER SEQUENCE .* AS ")
"""What leaves what no statement makes anew, so that it cannot be printed: a range type's functions keep their names and the
privileges of their time, an identity's sequence may get another type."""

Grow = Callable[[History], bool]
"""Does a history; whether it could be done whole."""


@dataclass(frozen=True)
class Outcome:
    """The statements that a server took, and what it has after them."""

    statements: list[str]
    schema: Schema
    listings: Listings


def assert_as_on_server(connection: Any, grow: Grow) -> int:
    """Both proofs of a history. Gives the number of its statements; fails with the few of them that matter."""
    outcome = outcome_of(connection, grow)
    assert outcome is not None
    if faults(outcome, connection):
        short = reduced(outcome.statements, lambda statements: bool(faults_of(statements, connection)))
        pytest.fail("\n".join([*(faults_of(short, connection) or faults(outcome, connection)), ";\n".join(short)]))
    return len(outcome.statements)


def outcome_of(connection: Any, grow: Grow) -> Outcome | None:
    """What a server has after a history, of which nothing is left there."""
    with taken_back(connection):
        history = History(connection)
        whole = grow(history)
        return Outcome(history.accepted, history.schema(), listings(connection)) if whole else None


def faults_of(statements: Sequence[str], connection: Any) -> list[str]:
    """What is wrong after statements that are done again; nothing where the server does not take them as they are."""
    outcome = outcome_of(connection, lambda history: history.replay(statements))
    return faults(outcome, connection) if outcome is not None and outcome.statements == list(statements) else []


def faults(outcome: Outcome, connection: Any) -> list[str]:
    """What the replay refuses of what the server took, and what fails of the two proofs."""
    reading = read_sql([SourceText("history.sql", ";\n".join(outcome.statements))])
    wrong = [problem.reason for problem in reading.problems] + differences(reading.schema, outcome.schema)
    if any(map(ONLY_BY_HISTORY.search, outcome.statements)):
        return wrong
    return wrong + printed_otherwise(reading.schema, outcome.listings, connection)


def differences(ours: Schema, theirs: Schema) -> list[str]:
    """Where the replay and the server differ, one line each."""
    found = strict_differences(ours, theirs)
    return [f"{one.kind} {one.subject} {one.attribute or ''}: we have {one.left}, PostgreSQL has {one.right}" for one in found]


def printed_otherwise(schema: Schema, wanted: Listings, connection: Any) -> list[str]:
    """How the database that the printed schema builds differs from the one wanted."""
    import psycopg

    with taken_back(connection):
        try:
            connection.execute(schema_sql(schema).encode())
        except psycopg.Error as error:
            return [f"what is printed is refused: {error}"]
        return without_casts_of_constants(listed_otherwise(wanted, listings(connection)))
