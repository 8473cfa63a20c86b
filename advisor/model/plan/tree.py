"""An EXPLAIN plan, whatever form it was pasted in.

The fields keep PostgreSQL's own names and values, as EXPLAIN (FORMAT JSON) prints them; what rules ask of a node again and again is
a property.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from advisor.model.location import Location

LARGEST = 1e15
"""No count of rows, no size and no time of a real plan is larger; what is, was made up, and would overflow in sums."""

TIMES = ("Execution Time", "Total Runtime", "Duration")
"""Where a plan tells how long its statement took, in milliseconds: since 9.4, before it, and auto_explain's entry in a log, which
prints neither (`explain_ExecutorEnd` in auto_explain.c) but tells the duration above the plan, with or without ANALYZE.
"""


def number_in(fields: Mapping[str, Any], name: str) -> float | None:
    """A numeric field; None where it is absent or no number that a plan can hold."""
    value = fields.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not -LARGEST < value < LARGEST:
        return None
    return float(value)


class PlanNode(Struct, frozen=True, eq=False):
    """One node. `fields` are PostgreSQL's own (`Node Type`, `Plan Rows`, `Filter`, ...) without `Plans`. Times are milliseconds."""

    fields: Mapping[str, Any]
    location: Location
    children: tuple[PlanNode, ...] = ()

    @property
    def type(self) -> str:
        return str(self.fields.get("Node Type", "Unknown"))

    @property
    def relation(self) -> str | None:
        value = self.fields.get("Relation Name")
        return None if value is None else str(value)

    @property
    def analyzed(self) -> bool:
        """Whether it was executed under ANALYZE (a node that was never executed has zero loops)."""
        return "Actual Loops" in self.fields

    @property
    def loops(self) -> float:
        return self.number("Actual Loops")

    @property
    def estimated_rows(self) -> float:
        """Rows that the planner expected of one loop."""
        return self.number("Plan Rows")

    @property
    def rows(self) -> float:
        """Rows that one loop gave on average."""
        return self.number("Actual Rows")

    @property
    def total_rows(self) -> float:
        """Rows of all loops together."""
        return self.rows * self.loops

    @property
    def total_time(self) -> float:
        """Milliseconds of all loops together, children included; workers' loops overlap in time."""
        return self.number("Actual Total Time") * self.loops

    def number(self, name: str) -> float:
        """A numeric field, 0 where it is absent or no number that a plan can hold."""
        return number_in(self.fields, name) or 0.0

    def text(self, name: str) -> str | None:
        value = self.fields.get(name)
        return None if value is None else str(value)

    def walk(self) -> Iterator[PlanNode]:
        """This node and all below it, parents first; without recursion, so that depth is no limit."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


class Plan(Struct, frozen=True, eq=False):
    """A whole plan. `fields` are those beside `Plan` in PostgreSQL's JSON (`Planning Time`, `Triggers`, `Settings`, ...).

    Of a plan from auto_explain's log they also hold `Duration`, which is no field of PostgreSQL's JSON but stands above it.
    """

    root: PlanNode
    location: Location
    fields: Mapping[str, Any] = field(default_factory=dict)
    statement: str | None = None
    """The query, where the input showed it (a psql prompt, auto_explain, a comment)."""

    @property
    def execution_time(self) -> float:
        """Milliseconds: as printed, or the root's own total."""
        told = (number_in(self.fields, name) for name in TIMES)
        return next((time for time in told if time is not None), self.root.total_time)

    @property
    def elapsed(self) -> float | None:
        """Milliseconds that the statement took; None where the plan does not tell."""
        known = "Duration" in self.fields or (
            self.root.analyzed and (any(name in self.fields for name in TIMES) or self.root.total_time > 0)
        )
        return self.execution_time if known else None

    def walk(self) -> Iterator[PlanNode]:
        return self.root.walk()
