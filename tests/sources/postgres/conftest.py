"""The throw-away server, and a database of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.postgres import throwaway_postgres

__all__ = ["throwaway_postgres"]

numbers = count(1)


@pytest.fixture
def own_database(throwaway_postgres: str) -> Iterator[tuple[str, Any]]:
    """The connection string of an empty database, and a connection to it."""
    import psycopg

    name = f"introspected_{next(numbers)}"
    with psycopg.connect(throwaway_postgres, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
    place = throwaway_postgres.replace("dbname=postgres", f"dbname={name}")
    with psycopg.connect(place, autocommit=True) as connection:
        yield place, connection
