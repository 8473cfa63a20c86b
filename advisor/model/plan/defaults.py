"""Estimates that are the planner's defaults, because it can know nothing: those of functions in FROM.

Source: PostgreSQL documentation, "CREATE FUNCTION": ROWS is 1000 where nothing is said; `pg_proc.dat` says 100 of many built-in
ones (`unnest`, `jsonb_array_elements`).
"""

from __future__ import annotations

from advisor.model.plan.tree import PlanNode

DEFAULTS = (100.0, 1000.0)


def is_default(node: PlanNode) -> bool:
    """Whether the planner could not know how many rows a node gives."""
    return node.type in ("Function Scan", "Table Function Scan") and node.estimated_rows in DEFAULTS and "Filter" not in node.fields
