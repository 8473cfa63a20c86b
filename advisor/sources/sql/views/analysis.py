"""What is known of a query once it has been looked into. In: nothing. Out: the shapes that `queries.py` fills."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Struct

from advisor.model import Name
from advisor.sources.sql.text.tree import Node


class Output(Struct, frozen=True):
    """A column that a query or a relation gives. `type` is None where it could not be derived, `unknown` for a bare constant."""

    name: str
    type: str | None = None
    collation: str | None = None
    """The collation, where it is not its type's own."""


@dataclass(slots=True)
class Source:
    """One relation, subquery or function in FROM, under the name that columns are qualified with."""

    alias: str
    columns: list[Output] | None
    """None where they are not known."""
    relation: Name | None = None
    node: Node | None = None
    """The `RangeVar` that names the relation."""
    row_type: str | None = None


class Reference(Struct, frozen=True):
    """A `ColumnRef` node that means a column of a relation; `result` is the target that it is the whole of."""

    node: Node
    source: Source
    column: str
    result: Node | None = None


class Row(Struct, frozen=True):
    """A `ColumnRef` node that means whole rows of a source: `t`, or `t.*` inside an expression."""

    source: Source
    node: Node
    result: Node | None = None


class Star(Struct, frozen=True):
    """`*` or `t.*` in a list of results, and the names that stand for it: the alias (None where none may be used), the column."""

    targets: list[Node]
    target: Node
    columns: tuple[tuple[str | None, str], ...]


@dataclass(slots=True)
class Analysis:
    """What a query gives and reads. `columns` is None where it shows all columns of something that is not known."""

    columns: list[Output] | None = None
    sources: list[Source] = field(default_factory=list)
    """The relations that it reads, in order of appearance."""
    references: list[Reference] = field(default_factory=list)
    stars: list[Star] = field(default_factory=list)
    joined: list[tuple[Source, str]] = field(default_factory=list)
    """Columns that USING and NATURAL join by."""
    natural: list[tuple[Node, tuple[str, ...]]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    """What is read as whole rows."""
    sequences: list[Name] = field(default_factory=list)
    """The sequences that it reads as relations."""
    row_types: list[Name] = field(default_factory=list)
    """The relations whose rows functions in FROM give."""
    functions: set[str] = field(default_factory=set)
    """The names of the functions called."""
    types: set[str] = field(default_factory=set)
    """The types that are cast to."""

    @property
    def reads(self) -> tuple[Name, ...]:
        named = [source.relation for source in self.sources if source.relation is not None]
        return tuple(dict.fromkeys((*named, *self.row_types)))

    def columns_read(self) -> Iterator[tuple[Name, str]]:
        for reference in self.references:
            if reference.source.relation is not None:
                yield reference.source.relation, reference.column
        for source, column in self.joined:
            if source.relation is not None:
                yield source.relation, column
        for row in self.rows:
            for output in row.source.columns or []:
                if row.source.relation is not None:
                    yield row.source.relation, output.name


class Scope:
    """The names that an expression may use: those of its own FROM, then those of the queries around it."""

    def __init__(self, around: Scope | None = None, ctes: dict[str, list[Output] | None] | None = None) -> None:
        self.around = around
        self.sources: list[Source] = []
        self.shown: list[tuple[Source | None, Output]] = []
        """The columns that `*` stands for; None for a column that several sources share by USING."""
        self.merged: dict[str, list[Source]] = {}
        self.ctes: dict[str, list[Output] | None] = ctes if ctes is not None else {}
        self.complete = True

    def cte(self, name: str) -> tuple[bool, list[Output] | None]:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.ctes:
                return True, scope.ctes[name]
            scope = scope.around
        return False, None

    def source_called(self, alias: str, schema: str | None = None) -> Source | None:
        scope: Scope | None = self
        while scope is not None:
            for source in scope.sources:
                fits = schema is None or (source.relation is not None and source.relation.schema == schema)
                if source.alias == alias and fits:
                    return source
            scope = scope.around
        return None

    def column_called(self, name: str) -> tuple[list[Source], Output] | None:
        """The column that a bare name means, and the sources that have it (several after USING)."""
        scope: Scope | None = self
        while scope is not None:
            found = next(((source, output) for source, output in scope.shown if output.name == name), None)
            if found is not None:
                source, output = found
                return ([source] if source is not None else scope.merged.get(name, [])), output
            if not scope.complete:
                return None
            scope = scope.around
        return None
