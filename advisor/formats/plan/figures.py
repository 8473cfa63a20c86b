"""What every picture of a plan shows: a Plan in; times or costs of each node, triggers, findings at their nodes out.

The tree in the terminal, the icicle, the page and the JSON all take their figures from here, so that they agree.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from advisor.finding import Finding
from advisor.model import Plan, PlanNode
from advisor.model.plan.times import exclusive_costs, exclusive_times

if TYPE_CHECKING:
    from advisor.engine.review import Review

KEPT = 8
BEYOND = 1e15
"""Milliseconds, rows or costs that no plan has."""
SLACK = 1.0
"""Milliseconds by which the printed times may fail to add up."""


class Trigger(Struct, frozen=True):
    """A trigger that fired. `time` is milliseconds, None without timing; `within`: its node's time has them in it."""

    name: str
    relation: str | None
    calls: float
    time: float | None
    within: bool

    @property
    def title(self) -> str:
        where = f" on {self.relation}" if self.relation else ""
        return f"Trigger {self.name}{where}, {self.calls:,.0f} call{'s' * (self.calls != 1)}"


class Figures(Struct, frozen=True, eq=False):
    """`own` is what each node took itself, in the unit that `measure` names: `time` (milliseconds), `cost`, or empty for none.

    `total` is what shares are of: all nodes together, and the triggers that fired after them.
    """

    measure: str
    own: Mapping[PlanNode, float]
    triggers: tuple[Trigger, ...]
    total: float

    def share(self, amount: float) -> float:
        """A part of the whole, 0 to 1."""
        return min(max(amount / self.total, 0.0), 1.0) if self.total > 0 else 0.0

    def share_of(self, node: PlanNode) -> float:
        return self.share(self.own.get(node, 0.0))

    @property
    def later(self) -> tuple[Trigger, ...]:
        """The triggers that fired after the plan's nodes had ended."""
        return tuple(trigger for trigger in self.triggers if trigger.time and not trigger.within)


@lru_cache(maxsize=KEPT)
def figures_of(plan: Plan) -> Figures:
    times = exclusive_times(plan)
    if times and not any(times.values()):
        times = {}
    own = {node: number(amount) or 0.0 for node, amount in (times or exclusive_costs(plan)).items()}
    measure = "time" if times else "cost" if own else ""
    triggers = tuple(triggers_of(plan))
    after = sum(trigger.time for trigger in triggers if trigger.time and not trigger.within) if times else 0.0
    return Figures(measure, own, triggers, sum(own.values()) + after)


def triggers_of(plan: Plan) -> Iterable[Trigger]:
    """The triggers, those that took longest first.

    Those that fire AFTER the statement are in its execution time and not in the root's; those that fire BEFORE each row are in the
    time of the node that changes the rows. EXPLAIN does not tell which is which: a constraint's always fire after, of the others
    those do whose time is left over. Source: `src/backend/commands/explain.c` (`report_triggers`), `trigger.c`.
    """
    given = plan.fields.get("Triggers")
    found = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    left = plan.execution_time - plan.root.total_time + SLACK
    for each in sorted(found, key=lambda each: ("Constraint Name" not in each, -(number(each.get("Time")) or 0.0))):
        time = number(each.get("Time"))
        within = time is not None and "Constraint Name" not in each and time > left
        left -= 0.0 if within or time is None else time
        name = str(each.get("Constraint Name") or each.get("Trigger Name") or "without a name")
        relation = each.get("Relation")
        yield Trigger(name, None if relation is None else str(relation), number(each.get("Calls")) or 0.0, time, within)


def number(value: Any) -> float | None:
    """A number that can be drawn: none of those that JSON's writers invent for infinity, and none that no clock shows."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < BEYOND else None


def findings_by_plan(review: Review) -> list[tuple[Plan, list[Finding]]]:
    """Each plan with the findings whose place lies in it, in the order of the review; a place in no plan is in none."""
    found: list[tuple[Plan, list[Finding]]] = [(plan, []) for plan in review.project.plans]
    starts = sorted(
        ((plan.location.path, plan.location.line, plan.location.column), place) for place, (plan, _) in enumerate(found)
    )
    for finding in review.findings:
        at = finding.at
        position = bisect_right(starts, ((at.path, at.line, at.column), len(found))) - 1
        if position >= 0:
            plan, mine = found[starts[position][1]]
            if plan.location.path == at.path and (at.line, at.column) <= (plan.location.end_line, plan.location.end_column):
                mine.append(finding)
    return found


def findings_by_node(plan: Plan, findings: Iterable[Finding]) -> Mapping[PlanNode, Sequence[Finding]]:
    """The findings that lie in the plan, at the node in which their place lies: the last that begins at or before it."""
    wanted = [finding for finding in findings if finding.at.path == plan.location.path]
    if not wanted:
        return {}
    nodes = sorted(plan.walk(), key=lambda node: (node.location.line, node.location.column))
    starts = [(node.location.line, node.location.column) for node in nodes]
    first, last = (plan.location.line, plan.location.column), (plan.location.end_line, plan.location.end_column)
    found: dict[PlanNode, list[Finding]] = {}
    for finding in wanted:
        start = (finding.at.line, finding.at.column)
        place = bisect_right(starts, start) - 1
        if place >= 0 and first <= start <= last:
            found.setdefault(nodes[place], []).append(finding)
    return found
