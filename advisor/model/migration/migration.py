"""One migration of a history, with the schema before and after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from functools import cached_property
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from advisor.model.location import Location
from advisor.model.migration.effects import NEWEST_VERSION, Effect, effects_of
from advisor.model.migration.moments import Moment, moments_of
from advisor.model.migration.operations import AddColumn, AlterTable, CreateTable, Operation, RenameTable
from advisor.model.migration.tools import Tool, tool_named
from advisor.model.schema import Name, Schema, WrittenName

Transaction = Literal["one", "shared", "none", "own"]
"""What surrounds the statements of this very migration.

- "one": a transaction of its own, by its tool or because PostgreSQL takes a batch for one.
- "shared": the same transaction as the other pending migrations of its history.
- "none": every statement commits by itself.
- "own": it says BEGIN or COMMIT itself; see its operations.
"""


class Migration(Struct, frozen=True, dict=True):
    """One migration: its operations in order, and the schema before and after it."""

    name: str
    location: Location
    operations: tuple[Operation, ...]
    before: Schema
    tool: str = "sql"
    """The name of the tool that runs it; `ran_by` is its record."""
    after: Schema = field(default_factory=Schema)
    down: tuple[Operation, ...] = ()
    """What undoes it, where the tool has that and it was written; applied to nothing."""
    has_down: bool = False
    """Whether a way back is written, be it empty."""
    transaction: Transaction = "none"
    begun_by_tool: bool = False
    """Whether its tool begins a transaction around it, whatever it says itself."""
    version: str | None = None
    """What its tool orders it by: `20240131120000`, `2.1`; None for Flyway's repeatable ones and where a name has none."""
    repeatable: bool = False
    """Run again whenever it changes (Flyway's `R__`, Liquibase's runOnChange)."""

    cut_names: tuple[WrittenName, ...] = ()
    """Identifiers of more than 63 bytes, of which PostgreSQL keeps the first 63."""
    unqualified_names: tuple[WrittenName, ...] = ()
    """Tables and views that are made, changed or referred to without their schema."""

    later: int = 0
    """How many migrations of its history come after it; 0 where files have no order of their own."""
    applied: bool = False
    """Whether it has run everywhere, as the configuration says: nothing is to be said of what it does."""

    @cached_property
    def made(self) -> frozenset[Name]:
        """The tables and views that it makes, by every name that they have in it."""
        return frozenset(relations_made(self.operations))

    @cached_property
    def only_empty(self) -> frozenset[Name]:
        """The tables that must have no row, or it fails."""
        steps = (step for step in self.operations if isinstance(step, AlterTable) and step.needs_empty_table)
        return frozenset(step.table for step in steps)

    @property
    def ran_by(self) -> Tool:
        return tool_named(self.tool)

    def proves_empty(self, table: Name) -> bool:
        """Whether it runs at all only while the table has no rows."""
        return table in self.only_empty

    def finds(self, table: Name) -> bool:
        """Whether a table is in use when it runs: it neither makes the table itself, nor does it run on an empty one alone."""
        return not (self.creates(table) or self.proves_empty(table))

    def creates(self, table: Name) -> bool:
        """Whether this migration makes the table itself: nobody holds it yet, so nothing on it can block anybody."""
        return table in self.made

    @property
    def is_one_statement(self) -> bool:
        """Whether it holds a single statement, apart from what only a query asks."""
        return len({operation.location for operation in self.operations}) <= 1

    def adds(self, table: Name, column: str | None) -> bool:
        """Whether a column comes with this migration: no other version of the application knows it."""
        return any(isinstance(step, AddColumn) and (step.table, step.column) == (table, column) for step in self.operations)

    def is_whole_statement(self, operation: Operation) -> bool:
        """Whether its statement does nothing else: ALTER TABLE may hold several commands, a DO block several statements."""
        place = self._places[id(operation)]
        beside = (*self.operations[max(place - 1, 0) : place], *self.operations[place + 1 : place + 2])
        return not any(other.location.overlaps(operation.location) for other in beside)

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(operation): place for place, operation in enumerate(self.operations)}

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """Each operation, with what it does and what holds while it runs, on the newest version of PostgreSQL."""
        return self.moments_on(NEWEST_VERSION)

    def moments_on(self, version: int) -> tuple[Moment, ...]:
        """The same on another version."""
        return tuple(moments_of(self.effects(version), in_transaction=self.transaction in ("one", "shared") or self.begun_by_tool))

    def effects(self, version: int = NEWEST_VERSION) -> Iterator[tuple[Operation, tuple[Effect, ...]]]:
        """Each operation with its effects, which know whether their relation was there before this migration."""
        made: set[Name] = set()
        for operation in self.operations:
            if isinstance(operation, CreateTable):
                made.add(operation.table)
            found = effects_of(operation, version)
            yield operation, tuple(replace(effect, existed=effect.relation not in made) for effect in found)
            made |= made_by(operation, made)


def relations_made(operations: Iterable[Operation]) -> set[Name]:
    """The relations that operations make, by the names that they had before and after a renaming."""
    made: set[Name] = set()
    for operation in operations:
        made |= made_by(operation, made)
    return made


def made_by(operation: Operation, made: Set[Name]) -> set[Name]:
    """What is new after one operation, when `made` was new before it."""
    if isinstance(operation, CreateTable):
        return {operation.table}
    if isinstance(operation, RenameTable) and operation.table in made:
        return {operation.new_name}
    return set()
