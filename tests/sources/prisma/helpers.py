"""What the tests of the Prisma front end share."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from advisor.model import Location, SourceText, Table
from advisor.sources.prisma import PrismaReading, read_prisma

FIXTURES = Path(__file__).parents[3] / "fixtures" / "prisma"


def read(text: str, path: str = "schema.prisma") -> PrismaReading:
    """Read one file, its indentation taken off."""
    return read_prisma([SourceText(path, dedent(text).lstrip("\n"))])


def read_files(*paths: Path) -> PrismaReading:
    return read_prisma([SourceText(path.name, path.read_text()) for path in paths])


def table(reading: PrismaReading, name: str) -> Table:
    found = reading.schema.table_named(name)
    assert found is not None, f"no table {name}: {[table.name.name for table in reading.schema.tables]}"
    return found


def reasons(reading: PrismaReading) -> list[str]:
    return [problem.reason for problem in reading.problems]


def text_at(text: str, location: Location | None) -> str:
    """The stretch of a text that a location points to."""
    assert location is not None
    source = SourceText(location.path, text)
    return text[source.offset(location.line, location.column) : source.offset(location.end_line, location.end_column)]
