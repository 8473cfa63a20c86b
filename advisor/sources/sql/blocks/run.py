"""A block while it runs: its text, what is known, what has been done; and what is said of a step that is not examined."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from advisor.model import Location, Operation, Skipped
from advisor.sources.sql.blocks.constant_text import Value
from advisor.sources.sql.blocks.guards import Guard
from advisor.sources.sql.blocks.plpgsql import Plain
from advisor.sources.sql.blocks.variables import Variables
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.text.split import next_piece
from advisor.sources.sql.text.statements import Statement, parse
from advisor.sources.sql.text.tree import Node

Apply: TypeAlias = Callable[[Catalog, Statement], Sequence[Operation]]

ALWAYS = Guard()


@dataclass(frozen=True)
class Executed(Statement):
    """A statement in a string, or of a function that is called: all of it stands where EXECUTE or the call does."""

    place: Location | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    """The variables that are known where it is run."""
    callers: tuple[str, ...] = ()
    """The functions that are being run, by signature."""

    @property
    def location(self) -> Location:
        return self.place or self.source.location(0)

    def stretch(self, _start: int, _end: int) -> Location:
        return self.location


@dataclass
class Run:
    """A block while it runs: its text, where that begins in the file, and what has been done."""

    catalog: Catalog
    statement: Statement
    apply: Apply
    kept: Container[str]
    """The kinds of statements that the catalog keeps."""
    start: int
    text: str
    plain: str
    operations: list[Operation] = field(default_factory=list)
    left: Guard = ALWAYS
    """Where RETURN ends the block under a condition: what holds for the rest."""
    returned: bool = False
    variables: Variables = field(default_factory=Variables)
    rounds: int = 1
    """How often the loops around run what is being read."""
    applied: int = 0
    """How many statements have been applied: a branch of which some were is the one that runs."""
    applied_before: int = 0
    """How many had been when the branch began that is being read."""

    @property
    def callers(self) -> tuple[str, ...]:
        return self.statement.callers if isinstance(self.statement, Executed) else ()

    def executed(self, kind: str, fields: Node, text: str, place: Location) -> Executed:
        source, piece = self.statement.source, self.statement.piece
        return Executed(source, piece, kind, fields, text, place, self.variables.values, self.callers)

    def place(self, step: Plain) -> Location:
        if isinstance(self.statement, Executed):
            return self.statement.location
        return self.statement.source.location(self.start + step.start, self.start + step.end)

    def plain_of(self, step: Plain) -> str:
        return self.plain[step.start : step.end].removesuffix(";")

    def text_of(self, start: int, end: int) -> str:
        return self.text[start:end]


def leave_alone(catalog: Catalog, place: Location, reason: str) -> None:
    left = Skipped(place.path, reason, "left alone", place)
    if left not in catalog.unexamined:
        catalog.unexamined.append(left)


def report(run: Run, step: Plain, why: str) -> None:
    words = " ".join(run.text_of(step.start, step.end).split()).rstrip(";")
    shown = words if len(words) <= 60 else words[:57] + "..."
    leave_alone(run.catalog, run.place(step), f"{shown} is not examined: {why}")


def parsed(run: Run, step: Plain) -> Statement | None:
    """The statement that stands here; None where it cannot be read (it speaks of the block's variables)."""
    source = run.statement.source
    piece = next_piece(source.text, run.start + step.start)
    found = parse(source, piece) if piece is not None and piece.end <= run.start + len(run.text) else None
    if not isinstance(found, list) or not found:
        return None
    first = found[0]
    if not isinstance(run.statement, Executed):
        return first
    place, values = run.statement.location, run.variables.values
    return Executed(first.source, first.piece, first.kind, first.fields, first.text, place, values, run.callers)


def is_kept(run: Run, found: Statement) -> bool:
    return found.kind in run.kept and found.kind not in ("SelectStmt", "VariableSetStmt")
