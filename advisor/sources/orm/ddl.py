"""The DDL that an ORM would run, replayed. In: its statements, each with the place in the code that asks for it. Out: a Schema.

An ORM makes its tables by DDL, so what PostgreSQL makes of that DDL is what the code declares: names, types and expressions come
out spelled as they do for every other road. Each statement makes one thing, so that one that cannot be read costs only that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Location, Name, Relation, Schema, Skipped, SourceText, Table
from advisor.remedies.sql import quote_name

Kept = TypeVar("Kept")

SECOND_TIME = "is declared a second time: the first counts"
"""Said of a table of which one of two declarations is left out, be it the right one."""
DEFAULT_UNKNOWN = "default is not known"
"""Said of a column that has a default, but one that the code computes."""
PATH = "(orm)/"
"""What the replayed texts are called: no file of a project."""


@dataclass(slots=True)
class Batch:
    """Statements that are replayed as one text."""

    statements: list[tuple[str, Location]] = field(default_factory=list)

    def add(self, sql: str, location: Location) -> None:
        self.statements.append((sql, location))


@dataclass(slots=True)
class Declared:
    """What the code calls a table and its columns, and where. `fields` are the ORM's names by column."""

    model: str | None
    location: Location
    name_location: Location | None = None
    fields: dict[str, str] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    implicit: bool = False
    left_to_hand: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Ddl:
    """The statements of one schema, in the order of phases: types, tables, and what needs both sides of a reference."""

    types: Batch = field(default_factory=Batch)
    tables: dict[Name, Batch] = field(default_factory=dict)
    later: dict[Name, Batch] = field(default_factory=dict)
    declared: dict[Name, Declared] = field(default_factory=dict)
    enums: dict[Name, str] = field(default_factory=dict)
    """What the code calls an enum, where it has a name there."""
    views: list[Table] = field(default_factory=list)
    """Views whose query is not SQL in the code."""
    default_names: set[tuple[Name, str]] = field(default_factory=set)
    """Names of indexes that the ORM made up, with their tables."""
    problems: list[Skipped] = field(default_factory=list)

    def table(self, name: Name, declared: Declared) -> None:
        """Begin a table: it is there even if nothing of it can be read."""
        self.declared[name] = declared
        self.tables[name] = Batch([(f"CREATE TABLE {quote_name(name)} ()", declared.location)])

    def alter(self, name: Name, change: str, location: Location) -> None:
        """Something of the table alone: a column, a key, a check."""
        self.tables[name].add(f"ALTER TABLE {quote_name(name)} {change}", location)

    def afterwards(self, name: Name, sql: str, location: Location) -> None:
        """Something that needs all tables, or that comes after its own: a foreign key, an index, a policy."""
        self.later.setdefault(name, Batch()).add(sql, location)

    def report(self, location: Location, reason: str) -> None:
        self.problems.append(Skipped(location.path, reason, "failed", location))


def replay(ddl: Ddl) -> tuple[Schema, list[Skipped]]:
    """The schema that the statements make, with the places and names of the code, and what could not be read."""
    from advisor.sources.sql import read_sql

    batches = [batch for batch in (ddl.types, *ddl.tables.values(), *ddl.later.values()) if batch.statements]
    places: dict[str, list[Location]] = {}
    sources = [text_of(batch, f"{PATH}{number}.sql", places) for number, batch in enumerate(batches)]
    found = read_sql(sources)

    def place(location: Location) -> Location:
        lines = places.get(location.path)
        return lines[min(location.line, len(lines)) - 1] if lines else location

    schema = relocated(found.schema, place)
    named = [with_code_names(table, ddl) for table in schema.tables]
    enums = tuple(replace(enum, field=ddl.enums.get(enum.name)) for enum in schema.enums)
    problems = [problem_at_home(problem, place) for problem in found.problems]
    return replace(schema, tables=(*named, *ddl.views), enums=enums), [*ddl.problems, *problems]


def text_of(batch: Batch, path: str, places: dict[str, list[Location]]) -> SourceText:
    """The statements as one text, and the place that each of its lines comes from."""
    lines: list[Location] = []
    parts: list[str] = []
    for sql, location in batch.statements:
        parts.append(f"{sql}\n;\n")
        lines.extend([location] * (sql.count("\n") + 2))
    places[path] = lines
    return SourceText(path, "".join(parts))


def relocated(value: Kept, place: Callable[[Location], Location]) -> Kept:
    """A value of the model with every location in it mapped."""
    if isinstance(value, Location):
        return place(value)  # type: ignore[return-value]
    if isinstance(value, tuple):
        return tuple(relocated(item, place) for item in value)  # type: ignore[return-value]
    if not isinstance(value, Struct):
        return value
    changed: dict[str, Any] = {}
    for name in value.__struct_fields__:
        old = getattr(value, name)
        if isinstance(old, (Struct, tuple)):
            new = relocated(old, place)
            if new != old:
                changed[name] = new
    return replace(value, **changed) if changed else value


def with_code_names(table: Table, ddl: Ddl) -> Table:
    """A table with what the code calls it and its columns."""
    declared = ddl.declared.get(table.name)
    if declared is None:
        return table
    return replace(
        table,
        location=declared.location,
        name_location=declared.name_location,
        model=declared.model,
        implicit=declared.implicit,
        left_to_hand=tuple(declared.left_to_hand),
        relations=tuple(declared.relations),
        columns=tuple(replace(column, field=declared.fields.get(column.name, column.name)) for column in table.columns),
        indexes=tuple(
            replace(index, name_is_default=True) if (table.name, index.name) in ddl.default_names else index
            for index in table.indexes
        ),
    )


def problem_at_home(problem: Skipped, place: Callable[[Location], Location]) -> Skipped:
    """What the replay says of a statement, said of the code that asks for it."""
    if problem.location is None:
        return problem
    location = place(problem.location)
    return Skipped(location.path, f"what it asks the database for is not understood: {problem.reason}", "failed", location)


def column_list(names: Iterable[str]) -> str:
    """`("a", "b")`."""
    return "(" + ", ".join(quoted(name) for name in names) + ")"


def quoted(name: str) -> str:
    """An identifier, always in quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant."""
    return "'" + text.replace("'", "''") + "'"
