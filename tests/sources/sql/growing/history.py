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
from tests.sources.sql.growing import access, changes, code, indexes, others, partitions, tables, types, views
from tests.sources.sql.growing.chance import Chance, Maker, NothingThereError
from tests.sources.sql.growing.standing import Standing, what_stands

BEGINNING = (
    "CREATE TABLE t (a int PRIMARY KEY, b text, c int, d int)",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE SCHEMA s",
    "CREATE TYPE mood AS ENUM ('one', 'two')",
)
MODULES = (access, changes, code, indexes, others, partitions, tables, types, views)
MAKERS: list[tuple[int, Maker]] = [maker for module in MODULES for maker in module.MAKERS]
"""Each with its weight: how often it is chosen, beside the others."""

LENGTH = 40
"""How many statements a history tries after those at the beginning."""

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
        self.standing: Standing | None = None

    def grow(self, seed: int, length: int = LENGTH) -> bool:
        """Try so many statements after those at the beginning."""
        random = Random(seed)
        for statement in BEGINNING:
            self.attempt(statement)
        for _ in range(length):
            self.step(random)
        if self.in_transaction:
            self.control("COMMIT")
        return True

    def step(self, random: Random) -> None:
        if not self.in_transaction and random.randrange(100) < 3:
            self.control("BEGIN")
            self.in_transaction = 1
        if self.standing is None:
            self.standing = what_stands(self.connection)
        statement = next_statement(Chance(random, self.standing))
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
        self.took(statement)

    def took(self, statement: str) -> None:
        self.accepted.append(statement)
        self.standing = None

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
        self.took(statement)
        return True

    def replay(self, statements: Iterable[str]) -> bool:
        """Do statements, which may be refused; whether transactions begin and end in them as they should."""
        import psycopg

        try:
            for statement in statements:
                if is_control(statement):
                    self.control(statement)
                else:
                    self.attempt(statement)
        except psycopg.Error:
            return False
        return self.accepted.count("BEGIN") == self.accepted.count("COMMIT") + self.accepted.count("ROLLBACK")

    def schema(self) -> Schema:
        """What the server has now. Temporary tables go before, since they hide others."""
        self.connection.execute("DISCARD TEMP")
        for name, value in SETTINGS.items():
            self.connection.execute("SELECT set_config(%s, %s, true)", [name, value])
        return read_all(Session(self.connection, "server"))


def is_control(statement: str) -> bool:
    """Whether it begins or ends a transaction or a part of it."""
    return statement in AS_SAVEPOINTS or "SAVEPOINT" in statement


def next_statement(chance: Chance) -> str:
    """The first statement for which there is everything that it needs."""
    while True:
        try:
            return chosen(chance.random)(chance)
        except NothingThereError:
            continue


def chosen(random: Random) -> Maker:
    return random.choices([maker for _, maker in MAKERS], [weight for weight, _ in MAKERS])[0]
