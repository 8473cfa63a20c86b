"""The remedy of a migration rule: the statements that do the same without hurting anybody, each in the migration it needs."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from advisor.model import Location, Migration, Operation, Schema, tool_named
from advisor.remedies.migrations.forms import write
from advisor.remedies.remedy import Edit, Remedy


class Step(Struct, frozen=True):
    """The statements of one migration. Those of different steps must not share a transaction.

    `name` is for the migration, in snake_case. `outside`: no transaction may be around it (CONCURRENTLY).
    """

    name: str
    up: str
    down: str | None = None
    outside: bool = False


class SafeSteps(Remedy, frozen=True):
    """What to write in place of a statement. `in_place`: all of it may stand where the statement stands."""

    kind: ClassVar[str] = "safe-migrations"
    effort: ClassVar[str] = "low"

    what: str
    at: Location
    steps: tuple[Step, ...]
    tool: str = "sql"
    in_place: bool = False

    @classmethod
    def instead_of(cls, operation: Operation, migration: Migration, what: str, *steps: Step, alone: bool = True) -> SafeSteps:
        """For an operation of a migration: whether it may be replaced where it stands follows from what surrounds it.

        `alone` is false where the steps stand for further operations too, which are elsewhere.
        """
        return cls(what, operation.location, steps, migration.tool, alone and fits(operation, migration, steps))

    def title(self) -> str:
        return self.what

    def up(self) -> str:
        if self.in_place:
            return self.in_its_place()
        title, many = tool_named(self.tool).title, len(self.steps) > 1
        written = [write(self.tool, title, step.name, step.up, step.down, outside=step.outside) for step in self.steps]
        return "\n\n".join(written) if many or self.steps[0].outside else self.steps[0].up

    def in_its_place(self) -> str:
        return "\n".join(step.up for step in self.steps)

    def down(self) -> str | None:
        """The way back through all of them, the last one first."""
        ways = [step.down for step in reversed(self.steps) if step.down is not None]
        return "\n".join(ways) or None

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:  # noqa: ARG002 - others need it
        return (Edit(self.at, self.in_its_place()),) if self.in_place else ()


def fits(operation: Operation, migration: Migration, steps: tuple[Step, ...]) -> bool:
    """Whether the steps may stand in the place of the one statement: nothing else is in it, and no transaction is in the way."""
    if not operation.location.path.endswith(".sql") or not migration.is_whole_statement(operation):
        return False
    if migration.transaction == "none" and migration.ran_by.runs == "statement by statement":
        return True
    outside = steps[0].outside
    if len(steps) > 1 or steps[0].up.count(";\n"):
        return False
    return not outside or (migration.transaction == "none" and len(migration.operations) == 1)
