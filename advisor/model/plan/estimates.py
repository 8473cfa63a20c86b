"""How far the planner's estimates of rows were off: a plan in, the nodes whose estimate was wrong out.

Fewer rows than expected say nothing of a node that something above stopped before it had given all its rows: a LIMIT, an EXISTS, a
merge join whose other side ended, a join that wants one match. More rows than expected are wrong wherever they are, but on the
inner side of a merge join, which counts a row again each time that it goes back to it.
Source: PostgreSQL documentation, "Using EXPLAIN", section "Caveats"; `src/backend/executor/nodeHashjoin.c` (an empty hash table
ends the join), `nodeMergejoin.c` (mark and restore), `nodeSubplan.c` (an EXISTS stops at the first row).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from advisor.model.plan.times import KEPT
from advisor.model.plan.tree import Plan, PlanNode

FACTOR = 10.0
"""How far rows and estimate are apart before anybody is told."""
BLOCKING = frozenset(("Sort", "Hash", "Bitmap Heap Scan"))
"""Nodes that read all of their input before they give a row: nothing above them can stop it early."""
COLLECTING = ("Plain", "Hashed", "Mixed")
"""Strategies of an Aggregate that do the same."""
NO_ROWS_OF_THEIR_OWN = frozenset(("BitmapAnd", "BitmapOr", "Bitmap Index Scan", "ModifyTable", "Limit", "WorkTable Scan"))
"""Nodes whose figures are no estimate of their own (a recursion's is a fixed guess), or are told by the node above."""
INPUTS = (None, "Outer", "Inner", "Member", "Subquery")
ONE_MATCH = ("Semi", "Anti", "Right Semi", "Right Anti")


def ratio_of(node: PlanNode) -> float:
    """Rows for each row expected; fewer than one row counts as one, since the planner never expects less."""
    return max(node.rows, 1.0) / max(node.estimated_rows, 1.0)


def factor_of(node: PlanNode) -> float:
    """How far apart rows and estimate are, in either direction."""
    ratio = ratio_of(node)
    return max(ratio, 1 / ratio)


@lru_cache(maxsize=KEPT)
def misestimates(plan: Plan, factor: float = FACTOR) -> Mapping[PlanNode, float]:
    """The nodes whose estimate was off by the factor or more, with ratios: 625 for 625 times as many rows, 0.1 for a tenth."""
    stopped = stopped_early(plan)
    found: dict[PlanNode, float] = {}
    for node in plan.walk():
        if not node.loops or "Plan Rows" not in node.fields or node.type in NO_ROWS_OF_THEIR_OWN or factor_of(node) < factor:
            continue
        if node.rows > node.estimated_rows or node not in stopped:
            found[node] = ratio_of(node)
    for node in plan.walk():
        if node.type == "Merge Join":
            for child in node.children:
                if child.text("Parent Relationship") == "Inner":
                    found.pop(child, None)
    return found


@lru_cache(maxsize=KEPT)
def stopped_early(plan: Plan) -> frozenset[PlanNode]:
    """The nodes that something above may have stopped before they gave all their rows."""
    found: set[PlanNode] = set()
    for node in plan.walk():
        for child in node.children:
            known = may_stop(node, child)
            if known or (known is None and node in found):
                found.add(child)
    return frozenset(found)


def may_stop(above: PlanNode, below: PlanNode) -> bool | None:
    """Whether a node may stop one of its inputs; None where it reads on for as long as it is read itself."""
    side = below.text("Parent Relationship")
    if side not in INPUTS or above.type in ("Limit", "Merge Join"):
        return True
    if above.type in BLOCKING or (above.type == "Aggregate" and above.text("Strategy") in COLLECTING):
        return False
    one_match = above.fields.get("Inner Unique") is True or above.text("Join Type") in ONE_MATCH
    if above.type == "Nested Loop" and side == "Inner" and one_match:
        return True
    return True if above.type == "Hash Join" and side == "Outer" and found_nothing_to_join(above) else None


def found_nothing_to_join(join: PlanNode) -> bool:
    """Whether a hash join ended after one row of its outer input, because its hash table was empty."""
    if join.text("Join Type") in ("Left", "Full", "Anti"):
        return False
    return any(child.type == "Hash" and child.loops > 0 and child.total_rows == 0 for child in join.children)
