"""What was read of a file, as stretches of its text. In: a project that was read. Out: whole lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from advisor.model import Location, Project, SourceText
from advisor.sources.files import decode
from advisor.sources.prisma.parser import parse
from advisor.sources.prisma.problems import Problems
from advisor.sources.sql.text.statements import Statement, read_statements

CODE = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")


def source_of(path: Path, data: bytes) -> SourceText:
    """The text as the program decodes it; an empty one where it refuses the file."""
    return decode(data, str(path)).source or SourceText(str(path), "")


def parts_of(source: SourceText, project: Project) -> dict[str, str]:
    """The lines of each statement (SQL), block (Prisma), or else of each plan, query, table and change of a migration.

    In code with those right above it too, where decorators and the opening of the statement are: a mistake there is in the part.
    """
    return {
        lines_of(source, place.line, place): lines_of(source, first_line(source, place), place) for place in places(source, project)
    }


def places(source: SourceText, project: Project) -> Iterator[Location]:
    if source.path.endswith(".sql"):
        yield from (found.location for found in read_statements(source) if isinstance(found, Statement))
    elif source.path.endswith(".prisma"):
        blocks = parse(source, Problems()).blocks
        yield from (source.location(block.span.start, block.span.end) for block in blocks)
    else:
        yield from (place for place in places_in_model(project) if place.path == source.path)


def places_in_model(project: Project) -> Iterator[Location]:
    yield from (query.location for query in project.queries)
    yield from (plan.location for plan in project.plans)
    for database in project.databases:
        yield from (linked.query.location for linked in database.queries)
        yield from (table.location for table in database.schema.tables)
        yield from (enum.location for enum in database.schema.enums)
        yield from (plan.location for plan in database.plans)
        yield from (step.location for migration in database.migrations for step in migration.operations)


def first_line(source: SourceText, place: Location) -> int:
    first = place.line
    while first > 1 and source.path.endswith(CODE) and source.line(first - 1).strip():
        first -= 1
    return first


def lines_of(source: SourceText, first: int, place: Location) -> str:
    return "\n".join(source.line(number).strip() for number in range(first, place.end_line + 1))


def standing(parts: Mapping[str, str], source: SourceText) -> Iterator[str]:
    """The parts that stand in a text word for word, on lines of their own: the mistake is not in them."""
    text = "\n".join(["", *(line.strip() for line in source.text.replace("\r\n", "\n").split("\n")), ""])
    yield from (part for part, around in parts.items() if f"\n{around}\n" in text)
