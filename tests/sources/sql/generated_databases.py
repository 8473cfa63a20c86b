"""A random history of a database, grown on a server.

In: a seed, a connection to an empty database. Out: the statements that it took, and the schema that they built.

All of it is one transaction, taken back at the end, so that the next history finds the database empty again: that takes a tenth of
the time of a new database. Transactions of the history itself are savepoints on the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from advisor.model import Schema
from advisor.sources.postgres.introspection import read_all
from advisor.sources.postgres.session import SETTINGS, Session
from tests.sources.sql import growing_objects, growing_tables
from tests.sources.sql.growing import Chance, Maker, NothingThereError
from tests.sources.sql.standing import what_stands

BEGINNING = (
    "CREATE TABLE t (a int PRIMARY KEY, b text, c int, d int)",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE SCHEMA s",
    "CREATE TYPE mood AS ENUM ('one', 'two')",
)
LONGEST_TRANSACTION = 6
AS_SAVEPOINTS = {
    "BEGIN": "SAVEPOINT whole",
    "COMMIT": "RELEASE SAVEPOINT whole",
    "ROLLBACK": "ROLLBACK TO SAVEPOINT whole; RELEASE whole",
}


@contextmanager
def taken_back(connection: Any) -> Iterator[None]:
    """A transaction that leaves nothing behind."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


class History:
    """Statements while they are tried on a server. `tried` counts them all, `accepted` are those that it took, in order."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.accepted: list[str] = []
        self.tried = 0
        self.in_transaction = 0

    def grow(self, seed: int, length: int) -> None:
        """Try so many statements after those at the beginning."""
        random = Random(seed)
        for statement in BEGINNING:
            self.attempt(statement)
        for _ in range(length):
            self.step(random)
        if self.in_transaction:
            self.control("COMMIT")

    def step(self, random: Random) -> None:
        if not self.in_transaction and random.randrange(100) < 3:
            self.control("BEGIN")
            self.in_transaction = 1
        path = self.connection.execute("SELECT current_schemas(false)").fetchone()[0] or []
        statement = next_statement(Chance(random, what_stands(self.connection), path))
        if not self.in_transaction:
            self.attempt(statement)
            return
        self.control("SAVEPOINT before")
        if not self.attempt(statement) or random.randrange(100) < 10:
            self.control("ROLLBACK TO SAVEPOINT before")
        self.in_transaction += 1
        if self.in_transaction > LONGEST_TRANSACTION or random.randrange(100) < 20:
            self.control(random.choice(("COMMIT", "ROLLBACK")))
            self.in_transaction = 0

    def control(self, statement: str) -> None:
        """Do what begins or ends a transaction or a part of it."""
        self.connection.execute(AS_SAVEPOINTS.get(statement, statement))
        self.accepted.append(statement)

    def attempt(self, statement: str) -> bool:
        """Do what a server may refuse."""
        import psycopg

        self.tried += 1
        self.connection.execute("SAVEPOINT tried")
        try:
            self.connection.execute(f"{statement}; RELEASE SAVEPOINT tried")
        except psycopg.Error:
            self.connection.execute("ROLLBACK TO SAVEPOINT tried; RELEASE SAVEPOINT tried")
            return False
        self.accepted.append(statement)
        return True

    def replay(self, statements: Iterable[str]) -> bool:
        """Do statements again; whether all of those that steer a transaction could be."""
        import psycopg

        try:
            for statement in statements:
                if statement in AS_SAVEPOINTS or "SAVEPOINT" in statement:
                    self.control(statement)
                else:
                    self.attempt(statement)
        except psycopg.Error:
            return False
        return True

    def schema(self) -> Schema:
        """What the server has now."""
        for name, value in SETTINGS.items():
            self.connection.execute("SELECT set_config(%s, %s, true)", [name, value])
        return read_all(Session(self.connection, "server"))


def next_statement(chance: Chance) -> str:
    """The first statement for which there is everything that it needs."""
    makers = growing_objects.MAKERS if chance.random.randrange(100) < 45 else growing_tables.MAKERS
    while True:
        try:
            return chosen(chance.random, makers)(chance)
        except NothingThereError:
            continue


def chosen(random: Random, makers: list[tuple[int, Maker]]) -> Maker:
    return random.choices([maker for _, maker in makers], [weight for weight, _ in makers])[0]
