"""A project's own statements, run by a server. In: the texts of migrations. Out: those that it took, what it refused.

Roles and schemas that a text takes for granted are made when the server misses them. An extension that these binaries do not have
is replaced by a stub of that name, with the functions that are named here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from msgspec.structs import replace
from psycopg.pq import TransactionStatus

from advisor.model import SourceText
from advisor.sources.migrations.texts import MigrationText
from advisor.sources.sql.text.statements import Statement, read_statements

STUBS = {
    "uuid-ossp": [
        f"CREATE FUNCTION uuid_generate_{name} RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';"
        for name in ("v1()", "v1mc()", "v3(uuid, text)", "v4()", "v5(uuid, text)")
    ],
    "pgcrypto": [
        "CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT pg_catalog.gen_random_uuid()';",
        "CREATE FUNCTION gen_random_bytes(integer) RETURNS bytea LANGUAGE sql AS $$SELECT '\\x00'::bytea$$;",
        "CREATE FUNCTION digest(text, text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT '\\x00'::bytea$$;",
        "CREATE FUNCTION digest(bytea, text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$SELECT '\\x00'::bytea$$;",
        "CREATE FUNCTION crypt(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';",
        "CREATE FUNCTION gen_salt(text) RETURNS text LANGUAGE sql AS 'SELECT $1';",
    ],
}
"""What stands in for extensions that the binaries do not have."""

MISSING_SCHEMA = re.compile(r'schema "(.+?)" does not exist')
MISSING_ROLE = re.compile(r'role "(.+?)" does not exist')
MISSING_EXTENSION = re.compile(r'extension "(.+?)" is not available')
ATTEMPTS = 10
WITHOUT_EFFECT = frozenset({"CopyStmt", "LockStmt"})
"""Kinds of statements that need what is not here, a client's data or a transaction around, and change no schema."""
RUNNING = frozenset({"SelectStmt", "CallStmt"})
"""Kinds of statements that may run functions."""
TABLES = (
    "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname !~ '^pg_'"
)


@dataclass
class Session:
    """A connection to a database that a text fills, and what came up on the way."""

    connection: psycopg.Connection[Any]
    extensions: Path
    """Where stubs are written to."""
    statements: int = 0
    refused: list[str] = field(default_factory=list)
    stubs: set[str] = field(default_factory=set)
    schemas: list[str] = field(default_factory=list)
    """Those that the text takes for granted."""
    made_by_functions: set[str] = field(default_factory=set)
    """Tables that came up while a query or a procedure ran; those that the replay has too are compared."""


def run_migrations(session: Session, migrations: Sequence[MigrationText]) -> list[MigrationText]:
    """Run them all; gives those texts, behind one that makes the schemas that are taken for granted."""
    for name in session.schemas:
        attempt(session.connection, f'CREATE SCHEMA "{name}"')
    taken = [run_migration(session, migration) for migration in migrations]
    schemas = SourceText("schemas.sql", "".join(f'CREATE SCHEMA "{name}";\n' for name in session.schemas))
    return [MigrationText("schemas", "schemas.sql", (schemas,)), *taken]


def run_migration(session: Session, migration: MigrationText) -> MigrationText:
    """Run a migration in a session of its own; gives it without the statements that the server refused."""
    taken = tuple(run_text(session, source) for source in migration.up)
    if session.connection.info.transaction_status != TransactionStatus.IDLE:
        # What a text leaves open, the tool that began a transaction around it ends.
        session.connection.execute("COMMIT")
    for statement in ("RESET SESSION AUTHORIZATION", "DISCARD TEMP", "RESET ALL"):
        session.connection.execute(statement)
    return replace(migration, up=taken, down=())


def run_text(session: Session, source: SourceText) -> SourceText:
    """Run a text's statements; gives the text with those blanked that the server refused."""
    text = source.text
    for statement in read_statements(source):
        if not isinstance(statement, Statement) or statement.kind in WITHOUT_EFFECT:
            continue
        session.statements += 1
        before = tables_there(session) if statement.kind in RUNNING else set()
        reason = run(session, statement.text)
        if statement.kind in RUNNING:
            session.made_by_functions |= tables_there(session) - before
        if reason is not None:
            session.refused.append(f"{statement.location.path.rpartition('/')[2]}:{statement.location.line}: {reason}")
            text = blanked(text, statement.piece.start, statement.piece.end)
    return SourceText(source.path, text)


def blanked(text: str, start: int, end: int) -> str:
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def tables_there(session: Session) -> set[str]:
    return {name for (name,) in session.connection.execute(TABLES)}


def run(session: Session, statement: str) -> str | None:
    """The server's reason where it refuses a statement, with missing roles made and missing extensions stubbed."""
    for _ in range(ATTEMPTS):
        reason = attempt(session.connection, statement)
        if reason is None:
            return None
        if (role := MISSING_ROLE.search(reason)) is not None:
            attempt(session.connection, f'CREATE ROLE "{role[1]}"')
        elif (schema := MISSING_SCHEMA.search(reason)) is not None and schema[1] not in session.schemas:
            session.schemas.append(schema[1])
            attempt(session.connection, f'CREATE SCHEMA "{schema[1]}"')
        elif (extension := MISSING_EXTENSION.search(reason)) is not None and extension[1] not in session.stubs:
            session.stubs.add(extension[1])
            write_stub(extension[1], session.extensions)
        else:
            return reason
    return reason


def attempt(connection: psycopg.Connection[Any], statement: str) -> str | None:
    """Inside a transaction that the text has begun, what is refused is undone alone."""
    inside = connection.info.transaction_status == TransactionStatus.INTRANS
    ends = re.match(r"\s*(commit|rollback|end|abort|set)\b", statement, re.IGNORECASE)
    if inside and not ends:
        connection.execute("SAVEPOINT attempt")
    try:
        connection.execute(statement.encode())
    except psycopg.Error as error:
        if inside and not ends:
            connection.execute("ROLLBACK TO SAVEPOINT attempt")
        return str(error).partition("\n")[0]
    return None


def write_stub(name: str, extensions: Path) -> None:
    """An extension of that name (`extension_control_path`, PostgreSQL 18)."""
    folder = extensions / "extension"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    (folder / f"{name}.control").write_text("default_version = '1.0'\nrelocatable = true\n", encoding="utf-8")
    (folder / f"{name}--1.0.sql").write_text("\n".join(STUBS.get(name, [])) + "\n", encoding="utf-8")
