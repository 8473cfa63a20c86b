"""A migration as SQL, before it is replayed: what SQL files and migrations written in code have in common."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from advisor.model import Location, Skipped, SourceText


@dataclass(frozen=True)
class PlacedText(SourceText):
    """SQL that stands nowhere: it was made from a call in code, and whatever is found in it is found at that call."""

    place: Location | None = None

    def location(self, start: int, end: int | None = None) -> Location:
        return self.place or super().location(start, end)


class MigrationText(Struct, frozen=True):
    """One migration. `up` and `down` are stretches of SQL in the order in which they run.

    A stretch of a SQL string in code is a `SourceText` of the whole file with all but the SQL blanked, so that places stay right.
    """

    name: str
    path: str
    up: tuple[SourceText, ...]
    down: tuple[SourceText, ...] = ()
    transactional: bool | None = None
    """What the migration itself says about its transaction; None where it leaves that to its tool."""
    problems: tuple[Skipped, ...] = ()
    """What of it could not be made into SQL."""
    tool: str = ""
    """The tool that runs it, where the text itself tells: `typeorm`, `sequelize`, `knex`, `kysely`, `node-pg-migrate`."""
    timestamp: int | None = None
    """The moment in its name by which TypeORM orders migrations; other tools order by the names of files."""
    version: str | None = None
    """What its tool orders it by, as written: `20240131120000`, `2.1`."""
    repeatable: bool = False
    """Run again whenever it changes."""
    tool_version: tuple[int, ...] | None = None
    """Which version of its tool runs it, where the project's manifests tell and it matters."""
