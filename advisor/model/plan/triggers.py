"""The triggers that a plan tells of: a Plan in; each trigger once, with its time, its calls, and when it fires, out.

EXPLAIN counts a trigger's time apart. One that fires BEFORE each row is in the time of the node that changes the rows too; one that
fires AFTER is in no node's time. It does not tell which is which: a constraint's always fires after, of the others those do whose
time the nodes leave over. A partitioned table's trigger is told once for each partition, and counts once here.
Source: `src/backend/commands/explain.c` (`report_triggers`), `trigger.c`; `ri_triggers.c` (the names of a foreign key's).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from advisor.model.plan.tree import Plan, number_in

SLACK = 1.0
"""Milliseconds by which the printed times may fail to add up."""
Side = Literal["action", "check"]
"""A foreign key's trigger looks for the rows that refer to one that goes or changes, or for the row that is referred to."""
SIDES: Mapping[str, Side] = {"RI_ConstraintTrigger_a": "action", "RI_ConstraintTrigger_c": "check"}


class FiredTrigger(Struct, frozen=True):
    """A trigger that fired. `time` is milliseconds of all its calls, `relations` the tables as far as they are told.

    `constraint`: it is one of a constraint, whose name it then has; `side`: of a foreign key, where the plan tells;
    `before`: it fires before each row, within the time of the node that changes the rows.
    """

    name: str
    constraint: bool
    side: Side | None
    relations: tuple[str, ...]
    time: float
    calls: float
    before: bool

    @property
    def time_of_a_call(self) -> float:
        return self.time / max(self.calls, 1.0)


def fired_triggers(plan: Plan) -> tuple[FiredTrigger, ...]:
    """The triggers whose time is known, in the order of the plan."""
    found: dict[tuple[object, ...], list[FiredTrigger]] = {}
    told: Counter[tuple[object, ...]] = Counter()
    for fired in each_told(plan):
        # Partitions are told with their names. Twice the same on the same table are two that have one name.
        same = (fired.name, fired.constraint, fired.side)
        found.setdefault((*same, told[same, fired.relations]), []).append(fired)
        told[same, fired.relations] += 1
    joined = [together(alike) for alike in found.values()]
    left = (plan.elapsed or 0.0) - plan.root.total_time + SLACK - sum(fired.time for fired in joined if fired.constraint)
    before = set()
    for fired in sorted(joined, key=lambda each: -each.time):
        if not fired.constraint and fired.time > left:
            before.add(fired)
        elif not fired.constraint:
            left -= fired.time
    return tuple(
        FiredTrigger(one.name, one.constraint, one.side, one.relations, one.time, one.calls, one in before) for one in joined
    )


def each_told(plan: Plan) -> Iterator[FiredTrigger]:
    given = plan.fields.get("Triggers")
    for fields in given if isinstance(given, list) else []:
        if isinstance(fields, Mapping) and (fired := fired_from(fields)) is not None:
            yield fired


def fired_from(fields: Mapping[str, Any]) -> FiredTrigger | None:
    """One line of the plan; None where it has no time (TIMING OFF), or no name."""
    time, calls = number_in(fields, "Time"), number_in(fields, "Calls")
    constraint, trigger, relation = (fields.get(name) for name in ("Constraint Name", "Trigger Name", "Relation"))
    name = constraint or trigger
    if time is None or calls is None or not name:
        return None
    side = SIDES.get(str(trigger).rpartition("_")[0])
    relations = (str(relation),) if relation else ()
    return FiredTrigger(str(name), bool(constraint), side, relations, time, calls, before=False)


def together(alike: list[FiredTrigger]) -> FiredTrigger:
    first = alike[0]
    relations = tuple(dict.fromkeys(name for one in alike for name in one.relations))
    time, calls = sum(one.time for one in alike), sum(one.calls for one in alike)
    return FiredTrigger(first.name, first.constraint, first.side, relations, time, calls, first.before)
