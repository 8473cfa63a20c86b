"""A history held against PostgreSQL. In: an empty database, statements or what makes them. Out: what is wrong, one line each.

Two proofs: the replay is the schema that the server has, field for field; and the SQL that is printed of the replay builds a
database of which the server gives the same listings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from traceback import format_exc
from typing import Any

from advisor.formats.schema_sql import schema_sql
from advisor.model import Schema, SourceText
from advisor.sandbox.listings import Listings, listings
from advisor.sandbox.listings import differences as listed_otherwise
from advisor.sources.comparing.strict import strict_differences
from advisor.sources.sql import read_sql
from tests.formats.test_schema_sql import without_casts_of_constants
from tests.sources.sql.growing.history import History, is_control, taken_back
from tests.sources.sql.reducing import reduced

ONLY_BY_HISTORY = re.compile(r"AS RANGE|^ALTER SEQUENCE .* AS ")
"""What leaves what no statement makes anew, so that it cannot be printed: a range type's functions keep their names and the
privileges of their time, an identity's sequence may get another type."""

VALIDITY = re.compile(r"(.*)\| (?:True|False) \|(?= (?:True|False) \| (?:True|False) \| )")
"""In the listing of an index."""

SCHEMA_MADE = re.compile(r'CREATE SCHEMA (?:IF NOT EXISTS |AUTHORIZATION )?(\w+|"[^"]+")|ALTER SCHEMA .* RENAME TO (\w+)')
SEARCH_PATH = re.compile(r"SET search_path TO (.*)")

Grow = Callable[[History], bool]
"""Does a history; whether it could be done whole."""


@dataclass(frozen=True)
class Outcome:
    """The statements that a server took, and what it has after them."""

    statements: list[str]
    tried: int
    schema: Schema
    listings: Listings


@dataclass(frozen=True)
class Proof:
    """How many statements were tried and taken, transactions apart, and what is wrong after them."""

    tried: int
    taken: int
    complaint: str | None


def proof(connection: Any, grow: Grow) -> Proof:
    """Both proofs of a history; a complaint ends with the few statements that matter."""
    outcome = outcome_of(connection, grow)
    assert outcome is not None
    taken = sum(not is_control(statement) for statement in outcome.statements)
    return Proof(outcome.tried, taken, complaint_of(outcome, connection))


def complaint_of(outcome: Outcome, connection: Any) -> str | None:
    wrong = faults(outcome, connection)
    if not wrong:
        return None

    def fails(statements: Sequence[str]) -> bool:
        return bool(faults_of(statements, connection))

    outside = [statement for statement in outcome.statements if not is_control(statement)]
    short = reduced(outside if fails(outside) else outcome.statements, fails)
    return "\n".join([*(faults_of(short, connection) or wrong), ";\n".join(short)])


def outcome_of(connection: Any, grow: Grow) -> Outcome | None:
    """What a server has after a history, of which nothing is left there."""
    with taken_back(connection):
        history = History(connection)
        whole = grow(history)
        return Outcome(history.accepted, history.tried, history.schema(), listings(connection)) if whole else None


def faults_of(statements: Sequence[str], connection: Any) -> list[str]:
    """What is wrong after statements that are done again; nothing where the server does not take them as they are."""
    if not are_found(statements):
        return []
    outcome = outcome_of(connection, lambda history: history.replay(statements))
    return faults(outcome, connection) if outcome is not None and outcome.statements == list(statements) else []


def are_found(statements: Sequence[str]) -> bool:
    """Whether the schemas of every search path have been there: one that nothing makes is taken on trust by the replay."""
    there = {"public"}
    for statement in statements:
        there |= {name for found in SCHEMA_MADE.findall(statement) for name in found}
        path = SEARCH_PATH.match(statement)
        if path is not None and not there.issuperset(path[1].split(", ")):
            return False
    return True


def faults(outcome: Outcome, connection: Any) -> list[str]:
    """What is wrong after what the server took, be it that the program raises."""
    try:
        return unproven(outcome, connection)
    except Exception:  # whatever it is: then the statements that bring it about are what one wants to see
        return [format_exc()]


def unproven(outcome: Outcome, connection: Any) -> list[str]:
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
        return without_casts_of_constants(listed_otherwise(*map(without_validity, (wanted, listings(connection)))))


def without_validity(found: Listings) -> Listings:
    """An index ON ONLY a table of which all partitions have gone stays invalid."""
    return {**found, "indexes": [VALIDITY.sub(r"\1| |", line) if " ON ONLY " in line else line for line in found["indexes"]]}
