"""Where a plan's time and blocks go: what each node took itself, without what it waited for.

EXPLAIN tells the time of a node with all below it, as an average of its loops. Three things stand between that and the node's
own time: loops (a total is average times loops), parallel workers (their loops overlap, so the sum is divided by the processes
that ran), and plans that hang at one node and run inside another (an InitPlan runs where its value is needed, a CTE where it is
scanned).
Blocks are counted along of all below as the times are, but those of workers are added up and not averaged.
Source: PostgreSQL documentation, "Using EXPLAIN", section "EXPLAIN ANALYZE"; `src/backend/executor/nodeSubplan.c` for InitPlans.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from advisor.model.plan.tree import Plan, PlanNode

PARAMETER = re.compile(r"\$\d+|InitPlan \d+")
KEPT = 8
"""Plans whose figures are kept: every rule asks for those of the plan at hand."""
GATHERS = ("Gather", "Gather Merge")
IO_TIMES = tuple(f"{kind}I/O {word} Time" for kind in ("", "Shared ", "Local ", "Temp ") for word in ("Read", "Write"))
NOT_A_USE = frozenset(("Subplan Name", "Recheck Cond", "Output", "Query Text"))
"""Fields that name a parameter without being the first to need it."""


@lru_cache(maxsize=KEPT)
def exclusive_times(plan: Plan) -> Mapping[PlanNode, float]:
    """Milliseconds of the wall clock that each node took itself; empty where the plan was run without timing, or not at all.

    The times add up to the root's total, but for rounding and for what was read more often than it was computed.
    """
    if "Actual Total Time" not in plan.root.fields:
        return {}
    return _own(plan, inclusive_times(plan))


@lru_cache(maxsize=KEPT)
def exclusive_counts(plan: Plan, *names: str) -> Mapping[PlanNode, float]:
    """What each node counted itself of these fields together (`Shared Hit Blocks`, `Shared Read Blocks`, `WAL Bytes`)."""
    return _own(plan, {node: sum(map(node.number, names)) for node in plan.walk()})


def exclusive_io_times(plan: Plan) -> Mapping[PlanNode, float]:
    """Milliseconds of the wall clock that each node waited for reads and writes itself (`track_io_timing`).

    EXPLAIN adds up what all processes waited; below a Gather they waited side by side.
    """
    processes = _processes(plan)
    return _own(plan, {node: sum(map(node.number, IO_TIMES)) / processes[node] for node in plan.walk()})


def _own(plan: Plan, inclusive: Mapping[PlanNode, float]) -> Mapping[PlanNode, float]:
    own = dict(inclusive)
    for node in plan.walk():
        for child in node.children:
            if not runs_elsewhere(child):
                own[node] -= inclusive[child]
    for subplan, users in _users_of_subplans(plan):
        _charge(own, inclusive[subplan], users)
    return {node: max(0.0, amount) for node, amount in own.items()}


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
    return {node: node.total_time / processes for node, processes in _processes(plan).items()}


@lru_cache(maxsize=KEPT)
def _processes(plan: Plan) -> Mapping[PlanNode, float]:
    """How many processes ran each node side by side."""
    found: dict[PlanNode, float] = {}
    waiting: list[tuple[PlanNode, float]] = [(plan.root, 1.0)]
    while waiting:
        node, processes = waiting.pop()
        found[node] = processes
        for child in node.children:
            waiting.append((child, processes * processes_below(node, child)))
    return found


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
    # A CTE that an InitPlan reads ran inside of it, and has to find there what is left to give.
    return sorted(found, key=lambda pair: (pair[0].text("Subplan Name") or "").startswith("CTE "))


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
