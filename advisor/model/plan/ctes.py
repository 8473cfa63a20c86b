"""CTEs that a plan builds whole: which scans read each, and which are built for little."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from advisor.model.plan.tree import Plan, PlanNode

MAX_KEPT = 0.1
"""The part of a CTE's rows that one reader keeps of what it was built for in vain."""


class Cte(Struct, frozen=True, eq=False):
    """A materialized CTE: what makes its rows, and the scans that read them."""

    name: str
    source: PlanNode
    scans: tuple[PlanNode, ...]

    @property
    def is_recursive(self) -> bool:
        return self.source.type == "Recursive Union"

    @property
    def changes_rows(self) -> bool:
        return self.source.type == "ModifyTable"


def ctes_of(plan: Plan) -> Mapping[str, Cte]:
    """The CTEs of a plan by the name that their source has (`CTE recent`)."""
    scans: dict[str, list[PlanNode]] = {}
    sources: dict[str, PlanNode] = {}
    for node in plan.walk():
        name = node.text("Subplan Name") or ""
        if name.startswith("CTE "):
            sources.setdefault(name, node)
        if node.type == "CTE Scan":
            scans.setdefault(f"CTE {node.text('CTE Name')}", []).append(node)
    return {name: Cte(name.removeprefix("CTE "), source, tuple(scans.get(name, ()))) for name, source in sources.items()}


def read_in_vain(plan: Plan) -> Mapping[str, Cte]:
    """Those of which every reader throws nearly all away: the filter belongs inside. None that is recursive or changes rows."""
    return {name: cte for name, cte in ctes_of(plan).items() if not (cte.is_recursive or cte.changes_rows) and is_in_vain(cte)}


def is_in_vain(cte: Cte) -> bool:
    ran = [scan for scan in cte.scans if scan.loops]
    return bool(ran) and all(scan.rows <= MAX_KEPT * (scan.rows + scan.number("Rows Removed by Filter")) for scan in ran)
