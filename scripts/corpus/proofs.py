"""The two proofs. In: a project. Out: for each of its databases, how the replay and what is printed of it differ from PostgreSQL.

The replay: the statements that the server took are replayed, the server is introspected, every field is compared. What is printed:
`advisor schema --format sql` of the replay is loaded into an empty database; the server's own listings of both databases are
compared, which have nothing to do with our introspection.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from msgspec.structs import replace
from psycopg.sql import SQL, Identifier

import advisor.sources.sql as sql_front_end
from advisor.formats.schema_sql import schema_sql
from advisor.model import Difference, Schema, Skipped, SourceText
from advisor.sandbox.listings import Listings, differences, listings, new_database
from advisor.sources import databases
from advisor.sources.comparing.strict import strict_differences
from advisor.sources.migrations.texts import MigrationText
from advisor.sources.postgres import read_schema
from advisor.sources.read import read_project
from advisor.sources.sql import SqlReading, read_history, read_sql
from scripts.corpus.loading import Session, attempt, run_migrations


@dataclass(frozen=True)
class Proof:
    """One database of a project: what was read of it, and how far the two proofs hold."""

    project: str
    place: str
    files: int
    session: Session
    tables: int
    indexes: int
    said: tuple[str, ...]
    """What the replay could not follow, of the statements that the server took."""
    differences: tuple[Difference, ...]
    """Of the replay."""
    printed: tuple[str, ...]
    """Rows of the listings that only one has, `-` the text's and `+` what is printed; or why the server refused it."""
    seconds: float


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
    without_orms: Any = patch.object(databases, "read_orm_databases", lambda *_: [])
    with patch.multiple(sql_front_end, read_sql=files, read_history=history), without_orms:
        yield calls


def prove(folder: Path, server: str, extensions: Path) -> Iterator[Proof]:
    """The databases of one project; files that make no table are not among them."""
    with recorded() as calls:
        read_project([str(folder)])
    for migrations, reading in calls:
        if any(table.columns for table in reading.schema.tables):
            yield prove_database(folder, migrations, server, extensions)


def prove_database(
    folder: Path, migrations: Sequence[MigrationText], server: str, extensions: Path, schemas: Sequence[str] = ()
) -> Proof:
    """`schemas` are taken for granted: where more of them come to light, all is done again with them there from the start."""
    started = time.monotonic()
    place = migrations[0].path.rpartition("/")[0].partition(f"{folder.name}/")[2] or "."
    with new_database(server) as connection:
        session = Session(connection, extensions, schemas=list(schemas))
        taken = run_migrations(session, migrations)
        if len(session.schemas) > len(schemas):
            return prove_database(folder, migrations, server, extensions, session.schemas)
        replayed = read_history(taken)
        session.made_by_functions -= {table.name.qualified for table in replayed.schema.tables}
        ours = of_this_database(replayed.schema)
        theirs = of_this_database(without_tables(read_schema(connection).schema, session.made_by_functions))
        found = strict_differences(ours, theirs)
        if session.made_by_functions:
            # An index is not valid while a partition lacks its own, and some of the partitions are those that functions made.
            found = tuple(one for one in found if one.attribute != "valid")
        printed = printed_differences(session, schema_sql(ours), server)
    indexes = sum(len(table.indexes) for table in theirs.tables)
    seconds = time.monotonic() - started
    said = tuple(place_of(problem) for problem in replayed.problems)
    return Proof(folder.name, place, len(migrations), session, len(theirs.tables), indexes, said, found, printed, seconds)


def place_of(problem: Skipped) -> str:
    line = problem.location.line if problem.location else 1
    return f"{problem.path.rpartition('/')[2]}:{line}: {problem.reason}"


def of_this_database(schema: Schema) -> Schema:
    """A schema without what is granted on whole databases: the text names its own, and ours has another name."""
    return replace(schema, grants=tuple(grant for grant in schema.grants if grant.kind != "database"))


def without_tables(schema: Schema, names: set[str]) -> Schema:
    """A schema without tables that no statement of the text makes."""
    return replace(schema, tables=tuple(table for table in schema.tables if table.name.qualified not in names))


def printed_differences(session: Session, printed: str, server: str) -> tuple[str, ...]:
    """The second proof; the database is given back without what functions made."""
    for name in session.made_by_functions:
        for kind in ("TABLE", "VIEW", "MATERIALIZED VIEW"):
            drop = SQL("DROP {} IF EXISTS {} CASCADE").format(SQL(kind), Identifier(*name.split(".", 1)))
            attempt(session.connection, drop.as_string())
    wanted = listings(session.connection)
    with new_database(server) as connection:
        try:
            connection.execute(printed.encode())
        except psycopg.Error as error:
            return (f"refused: {str(error).partition(chr(10))[0]}",)
        return tuple(differences(without_validity(wanted, session), without_validity(listings(connection), session)))


def without_validity(found: Listings, session: Session) -> Listings:
    """See `prove_database`."""
    if not session.made_by_functions:
        return found
    # What follows the definition is whether it is valid, clustered on, the replica identity, and what it is attached to.
    parts = [row.rsplit(" | ", 4) for row in found["indexes"]]
    rows = [" | ".join((definition, *rest)) for definition, _, *rest in parts]
    return {**found, "indexes": sorted(rows)}
