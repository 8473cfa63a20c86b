"""Differences that may come from what could not be followed. In: a database, what was not examined. Out: the same with doubts.

A statement that could not be followed casts doubt on the tables and enums that it names; where it names none, as dynamic SQL may
do, on those that its file names; in an ORM's schema on the tables that the file declares. A file of the history that was not read
at all casts doubt on everything. A default that is not known is not compared.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Database, Difference, Location, Schema, Skipped, SourceText
from advisor.sources.migrations.unread import ROWS_LEFT
from advisor.sources.orm.ddl import DEFAULT_UNKNOWN, SECOND_TIME

WORD = re.compile(r"\w+")


class Doubt(Struct, frozen=True):
    """Where something was not followed, and the names that it may be about; None where that may be any."""

    location: Location
    names: frozenset[str] | None


def with_doubts(database: Database, skipped: Collection[Skipped], texts: Mapping[str, SourceText]) -> Database:
    """A database whose differences say what may have made them."""
    unknown = [one.location for one in skipped if one.location and DEFAULT_UNKNOWN in one.reason]
    known = [difference for difference in database.drift if not is_unknown_default(difference, unknown)]
    doubts = list(doubts_about(database, (one for one in skipped if DEFAULT_UNKNOWN not in one.reason), texts))
    return replace(database, drift=tuple(with_doubt(difference, database, doubts) for difference in known))


def is_unknown_default(difference: Difference, unknown: Iterable[Location]) -> bool:
    """Whether a default is missing only because it could not be told: the code that computes it stands in the column."""
    column = difference.left_location
    if difference.attribute != "default" or difference.left is not None or column is None:
        return False
    return any(place.path == column.path and column.line <= place.line <= column.end_line for place in unknown)


def doubts_about(database: Database, skipped: Iterable[Skipped], texts: Mapping[str, SourceText]) -> Iterator[Doubt]:
    migrations = {migration.location.path for migration in database.migrations}
    folders = [path.rpartition("/")[0] or "." for path in migrations]
    root = posixpath.commonpath(folders) + "/" if folders else None
    declared = names_by_file(database.declared) if database.declared else {}
    known = frozenset(name for schema in (database.declared, database.built) if schema for name in names_of(schema))
    for one in skipped:
        place, text = one.location or Location(one.path, 1, 1, 1, 1), texts.get(one.path)
        if text is None and one.kind == "failed" and root is not None and one.path.startswith(root):
            yield Doubt(place, None)
        elif SECOND_TIME in one.reason:
            yield Doubt(place, known.intersection(WORD.findall(one.reason)))
        elif one.path in declared:
            yield Doubt(place, frozenset(declared[one.path]))
        elif text is not None and one.path in migrations and one.reason != ROWS_LEFT:
            lines = "\n".join(map(text.line, range(place.line, place.end_line + 1))) if one.location else ""
            yield Doubt(place, known.intersection(WORD.findall(lines)) or known.intersection(WORD.findall(text.text)))


def names_by_file(schema: Schema) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for table in schema.tables:
        found.setdefault(table.location.path, set()).add(table.name.name)
    for enum in schema.enums:
        found.setdefault(enum.location.path, set()).add(enum.name.name)
    return found


def names_of(schema: Schema) -> Iterator[str]:
    """What a text may call the tables and enums of a schema."""
    yield from (table.name.name for table in schema.tables)
    yield from (enum.name.name for enum in schema.enums)
    yield from (table.model for table in schema.tables if table.model)


def with_doubt(difference: Difference, database: Database, doubts: Iterable[Doubt]) -> Difference:
    """A difference with the first place that casts doubt on it."""
    name = difference.subject.split(".")[1] if "." in difference.subject else difference.subject
    tables = database.declared.tables if database.declared else ()
    names = {name, *(table.model for table in tables if table.name.name == name)}
    found = next((doubt for doubt in doubts if doubt.names is None or names & doubt.names), None)
    return replace(difference, doubt=found.location) if found else difference
