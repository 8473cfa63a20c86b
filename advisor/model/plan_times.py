"""Where a plan's time goes: what each node took itself, without what it waited for.

EXPLAIN tells the time of a node with all below it, as an average of its loops. Three things stand between that and the node's
own time: loops (a total is average times loops), parallel workers (their loops overlap, so the sum is divided by the processes
that ran), and plans that hang at one node and run inside another (an InitPlan runs where its value is needed, a CTE where it is
scanned).
Source: PostgreSQL documentation, "Using EXPLAIN", section "EXPLAIN ANALYZE"; `src/backend/executor/nodeSubplan.c` for InitPlans.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from advisor.model.plan import Plan, PlanNode

PARAMETER = re.compile(r"\$\d+|InitPlan \d+")
GATHERS = ("Gather", "Gather Merge")
NOT_A_USE = frozenset(("Subplan Name", "Recheck Cond", "Output", "Query Text"))
"""Fields that name a parameter without being the first to need it."""


def exclusive_times(plan: Plan) -> Mapping[PlanNode, float]:
    """Milliseconds of the wall clock that each node took itself; empty where the plan was run without timing, or not at all.

    The times add up to the root's total, but for rounding and for what was read more often than it was computed.
    """
    if "Actual Total Time" not in plan.root.fields:
        return {}
    inclusive = inclusive_times(plan)
    own = {node: inclusive[node] for node in plan.walk()}
    for node in plan.walk():
        for child in node.children:
            if not runs_elsewhere(child):
                own[node] -= inclusive[child]
    for subplan, users in _users_of_subplans(plan):
        _charge(own, inclusive[subplan], users)
    return {node: max(0.0, time) for node, time in own.items()}


def exclusive_costs(plan: Plan) -> Mapping[PlanNode, float]:
    """The planner's cost of each node without its children, for plans that were not run; empty with COSTS OFF.

    A Limit stops its input early, so a node may cost less than its children; its own cost is zero then.
    """
    if "Total Cost" not in plan.root.fields:
        return {}
    own: dict[PlanNode, float] = {}
    for node in plan.walk():
        below = sum(child.number("Total Cost") for child in node.children if child.text("Parent Relationship") != "SubPlan")
        own[node] = max(0.0, node.number("Total Cost") - below)
    return own


def inclusive_times(plan: Plan) -> Mapping[PlanNode, float]:
    """Milliseconds of the wall clock that each node took with all below it, all loops together."""
    times: dict[PlanNode, float] = {}
    waiting: list[tuple[PlanNode, float]] = [(plan.root, 1.0)]
    while waiting:
        node, processes = waiting.pop()
        times[node] = node.total_time / processes
        for child in node.children:
            waiting.append((child, processes * processes_below(node, child)))
    return times


def processes_below(node: PlanNode, child: PlanNode) -> float:
    """How many processes ran a child at once: below a Gather each of them runs it once for each loop of the Gather."""
    if node.type not in GATHERS or runs_elsewhere(child) or node.loops <= 0:
        return 1.0
    return max(1.0, child.loops / node.loops)


def runs_elsewhere(node: PlanNode) -> bool:
    """Whether a node's time is not its parent's to subtract: InitPlans and CTEs run where they are used."""
    return node.text("Parent Relationship") == "InitPlan"


def _users_of_subplans(plan: Plan) -> Iterable[tuple[PlanNode, list[PlanNode]]]:
    """Each InitPlan and CTE with the nodes inside which it ran, in the order of the plan; without any, the node it hangs at."""
    subplans = [(node, child) for node in plan.walk() for child in node.children if runs_elsewhere(child)]
    if not subplans:
        return []
    scans, uses = _readers(plan)
    found = []
    for parent, subplan in subplans:
        name = subplan.text("Subplan Name") or ""
        if name.startswith("CTE "):
            found.append((subplan, scans.get(name.removeprefix("CTE "), [])))
        else:
            users = [user for parameter in PARAMETER.findall(name) for user in uses.get(parameter, [])]
            found.append((subplan, users or [parent]))
    return found


def _readers(plan: Plan) -> tuple[dict[str, list[PlanNode]], dict[str, list[PlanNode]]]:
    """The scans of each CTE by its name, and the nodes that use each InitPlan by its parameters."""
    scans: dict[str, list[PlanNode]] = {}
    uses: dict[str, list[PlanNode]] = {}
    for node in plan.walk():
        if node.type == "CTE Scan":
            scans.setdefault(str(node.fields.get("CTE Name")), []).append(node)
        for name, value in node.fields.items():
            if isinstance(value, str) and name not in NOT_A_USE:
                for parameter in set(PARAMETER.findall(value)):
                    uses.setdefault(parameter, []).append(node)
    return scans, uses


def _charge(own: dict[PlanNode, float], time: float, users: list[PlanNode]) -> None:
    """Take the time out of those inside which it passed: each gives what it has, the one that has most first."""
    for user in sorted(users, key=own.__getitem__, reverse=True):
        taken = min(time, max(0.0, own[user]))
        own[user] -= taken
        time -= taken
