"""What PostgreSQL itself says that a database consists of. In: statements, a server. Out: listings that two equal databases share.

Everything comes from the server's own `pg_get_...` functions, in no way through the schema model: that is what makes the comparison
of two listings a proof, of DDL that was written down again as of a remedy that was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    import psycopg

Listings = Mapping[str, list[str]]
"""By kind of object: one line for each, sorted."""


def listings(connection: psycopg.Connection[Any]) -> Listings:
    """All of them, with every name that is not in `public` in full; temporary tables go before. Written for PostgreSQL 18."""
    connection.execute("DISCARD TEMP")
    connection.execute("SET search_path TO public")
    return {kind: sorted(map(line, connection.execute(query).fetchall())) for kind, query in queries().items()}


@cache
def queries() -> Mapping[str, bytes]:
    """The query for each kind of object."""
    parts = files("advisor.sandbox").joinpath("listings.sql").read_text(encoding="utf-8").split("\n\n-- ")[1:]
    return {kind: query.encode() for kind, _, query in (part.partition("\n") for part in parts)}


def line(row: tuple[Any, ...]) -> str:
    return " | ".join("" if value is None else str(value) for value in row)


def built_by(statements: Iterable[str], connection_string: str, roles: Iterable[str] = ()) -> Listings:
    """What a new database of a server holds after the statements; what one raises comes through."""
    with new_database(connection_string) as connection:
        make_roles(connection, roles)
        for statement in statements:
            connection.execute(statement.encode())
        return listings(connection)


def make_roles(connection: psycopg.Connection[Any], roles: Iterable[str]) -> None:
    """Those that the server lacks."""
    from psycopg.sql import SQL, Identifier

    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    for role in sorted(set(roles) - known):
        connection.execute(SQL("CREATE ROLE {}").format(Identifier(role)))


def differences(one: Listings, other: Listings) -> list[str]:
    """What only one has, marked `-`, and what only the other has, marked `+`, kind by kind."""
    found: list[str] = []
    for kind in one:
        mine, theirs = set(one[kind]), set(other[kind])
        marked = [(row, "-") for row in mine - theirs] + [(row, "+") for row in theirs - mine]
        found += [f"{kind}: {mark} {row}" for row, mark in sorted(marked)]
    return found


def printed_builds_the_same(
    statements: Iterable[str], printed: str, connection_string: str, roles: Iterable[str] = ()
) -> list[str]:
    """How a database that statements build differs from one that the printed schema builds; nothing where it does not."""
    wanted = tuple(roles)
    return differences(built_by(statements, connection_string, wanted), built_by([printed], connection_string, wanted))


@contextmanager
def new_database(connection_string: str) -> Iterator[psycopg.Connection[Any]]:
    """An empty database, gone at the end."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    name = f"advisor_{uuid4().hex}"
    with psycopg.connect(connection_string, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        try:
            with psycopg.connect(make_conninfo(connection_string, dbname=name), autocommit=True) as connection:
                yield connection
        finally:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
