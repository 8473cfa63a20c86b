"""The way to a server. In: an address. Out: a connection; or one line that says why there is none, in which no password stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError
from advisor.sources.postgres.addresses import Address

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT_SECONDS = 10
OLDEST = 12


@contextmanager
def connection_to(address: Address, connect_timeout: int = CONNECT_TIMEOUT_SECONDS) -> Iterator[psycopg.Connection[Any]]:
    """A connection for as long as the block lasts. No statement is prepared: a pooler may hand each to another server process."""
    import psycopg

    try:
        connection = psycopg.connect(
            with_limit(address.conninfo, connect_timeout), autocommit=True, prepare_threshold=None, application_name="advisor"
        )
    except (psycopg.Error, UnicodeError, ValueError) as error:
        raise InputError(f"{address.shown} cannot be reached: {address.without_secrets(reason_of(error))}") from None
    try:
        if connection.info.server_version < OLDEST * 10_000:
            raise InputError(
                f"{address.shown} is PostgreSQL {connection.info.server_version // 10_000}: {OLDEST} is the oldest read"
            )
        yield connection
    except psycopg.Error as error:
        raise InputError(f"{address.shown} cannot be read: {address.without_secrets(reason_of(error))}") from None
    finally:
        connection.close()


def with_limit(conninfo: str, connect_timeout: int) -> str:
    """Never wait for ever for a host that does not answer; what was said already stays."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    words = conninfo_to_dict(conninfo)
    return make_conninfo(conninfo, connect_timeout=words.get("connect_timeout", connect_timeout))


def reason_of(error: Exception) -> str:
    """The last line says what went wrong; those before say where it was tried."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
