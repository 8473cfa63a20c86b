"""A database, from its catalogs, as the same Schema that files become. In: an address. Out: a Schema, and what could not be read.

All in one read-only transaction, in a fixed number of questions however many objects there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from advisor.errors import InputError
from advisor.model import Schema, Skipped
from advisor.sources.postgres.addresses import read_address
from advisor.sources.postgres.columns import read_columns
from advisor.sources.postgres.comments import read_comments
from advisor.sources.postgres.connecting import connection_to
from advisor.sources.postgres.constraints import read_constraints
from advisor.sources.postgres.definitions import read_definitions
from advisor.sources.postgres.functions import read_functions
from advisor.sources.postgres.privileges import read_privileges
from advisor.sources.postgres.sequences import read_sequences
from advisor.sources.postgres.session import Session, not_of_extension
from advisor.sources.postgres.tables import read_tables
from advisor.sources.postgres.types import read_collations, read_composites, read_domains, read_enums, read_ranges

if TYPE_CHECKING:
    import psycopg

TIMEOUT_SECONDS = 60.0

NAMESPACES = """
    SELECT n.nspname::text AS name FROM pg_namespace n WHERE n.nspname <> 'public' AND {user_schema} AND {own} ORDER BY n.oid
"""

EXTENSIONS = """
    SELECT e.extname::text AS name, s.nspname::text AS schema FROM pg_extension e JOIN pg_namespace s ON s.oid = e.extnamespace
    WHERE e.extname <> 'plpgsql' ORDER BY e.oid
"""


class Introspection(Struct, frozen=True):
    """What a server has. `shown` names the database without credentials; `asked` is the one schema that the address asked for."""

    shown: str
    schema: Schema
    problems: tuple[Skipped, ...] = ()
    asked: str | None = None
    version: int = 0


def introspect(url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Introspection:
    """Read the database at a URL or `key=value` address. Raises `InputError` where it cannot be reached or read.

    `timeout_seconds` bounds each question, each wait for a lock, and the time between two questions.
    """
    address = read_address(url)
    with connection_to(address) as connection:
        found = read_schema(connection, shown=address.shown, schema=address.schema, timeout_seconds=timeout_seconds)
    if address.schema is not None and address.schema not in ("public", *found.schema.schemas):
        raise InputError(f"{address.shown} has no schema {address.schema}")
    return found


def read_schema(
    connection: psycopg.Connection[Any],
    *,
    shown: str = "postgresql://localhost",
    schema: str | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Introspection:
    """The same over a connection that is there, which must not be in a transaction."""
    session = Session(connection, shown, schema, timeout_seconds)
    with session.reading():
        found = read_all(session)
    return Introspection(shown, found, tuple(session.problems), schema, session.version)


def read_all(session: Session) -> Schema:
    columns, constraints, functions = read_columns(session), read_constraints(session), read_functions(session)
    privileges = read_privileges(session, functions)
    extensions = session.rows(EXTENSIONS, "extensions")
    return Schema(
        tables=read_tables(session, columns, constraints),
        enums=read_enums(session),
        extensions=tuple(row["name"] for row in extensions),
        extension_schemas=tuple((row["name"], row["schema"]) for row in extensions if row["schema"] != "public"),
        sequences=read_sequences(session),
        definitions=read_definitions(session),
        domains=read_domains(session, constraints),
        composites=read_composites(session, columns),
        ranges=read_ranges(session),
        collations=read_collations(session),
        functions=tuple(functions.values()),
        grants=privileges.grants,
        revoked=privileges.revoked,
        default_grants=privileges.default_grants,
        comments=read_comments(session, functions),
        schemas=tuple(row["name"] for row in session.rows(namespaces(), "schemas")),
    )


def namespaces() -> str:
    return NAMESPACES.replace("{own}", not_of_extension("pg_namespace", "n.oid"))
