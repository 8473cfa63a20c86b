"""Pages that a plan reaches by OFFSET: what each Limit skips, and in which order the rows come.

Source: `adjust_limit_rows_costs` in `src/backend/optimizer/util/pathnode.c` for the costs of a Limit.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from advisor.model.plan.access import Access, access_of, sort_keys
from advisor.model.plan.tree import Plan, PlanNode
from advisor.model.schema import IndexKey, Schema


class Skip(Struct, frozen=True):
    """A Limit with its input: the rows before the OFFSET, and those of the page."""

    limit: PlanNode
    input: PlanNode
    rows: float
    returned: float


def skips_of(plan: Plan) -> Iterator[Skip]:
    """Every Limit that skips rows; as far as the plan tells, or by the planner's costs where it was not run."""
    for node in plan.walk():
        child = next((child for child in node.children if child.text("Parent Relationship") != "InitPlan"), None)
        if node.type == "Limit" and child is not None and (rows := skipped_rows(node, child)) > 0:
            yield Skip(node, child, rows, node.total_rows if node.analyzed else node.estimated_rows)


def skipped_rows(node: PlanNode, child: PlanNode) -> float:
    """Rows that the Limit takes from its input and does not hand on.

    Without ANALYZE, the planner's costs tell: a Limit starts when its input has given the rows before the OFFSET, so its start-up
    cost stands as far above the input's as they are of the whole.
    """
    if node.analyzed:
        return child.total_rows - node.total_rows
    start, end = child.number("Startup Cost"), child.number("Total Cost")
    if end <= start:
        return 0.0
    return (node.number("Startup Cost") - start) / (end - start) * child.estimated_rows


def page_order(skip: Skip, schema: Schema | None) -> tuple[Access | None, tuple[IndexKey, ...]]:
    """The one table that is paged through, and the order of its rows: None where there are several, no keys where nobody knows."""
    scans = [access for below in skip.limit.walk() if (access := access_of(below, schema)) is not None]
    return (scans[0], order_below(skip.limit, scans[0])) if len(scans) == 1 else (None, ())


def order_below(node: PlanNode, scan: Access) -> tuple[IndexKey, ...]:
    """The order of the rows, ended by the primary key: a Sort's keys, or those of the index that was read, in its direction."""
    sort = next((below for below in node.walk() if below.type in ("Sort", "Incremental Sort")), None)
    keys = sort_keys(sort) if sort is not None else keys_of_index(scan)
    primary = scan.table.primary_key if scan.table else None
    if not keys or primary is None or None in primary.columns:
        return keys
    named = {key.column for key in keys}
    return (*keys, *(IndexKey(column, descending=keys[-1].descending) for column in primary.columns if column not in named))


def keys_of_index(scan: Access) -> tuple[IndexKey, ...]:
    indexes = scan.table.indexes if scan.table else ()
    used = next((index for index in indexes if index.name == scan.node.text("Index Name")), None)
    if used is None or None in used.columns:
        return ()
    backward = scan.node.text("Scan Direction") == "Backward"
    return tuple(IndexKey(key.column, descending=key.descending != backward) for key in used.keys)
