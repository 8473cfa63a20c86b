"""Sorts of which a LIMIT takes the first rows, over the scan of one table: what an index in that order would spare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from advisor.model.plan.access import (
    Access,
    access_of,
    conditions_of,
    family_of,
    indexable,
    key_columns,
    parents_of,
    sort_keys,
)
from advisor.model.plan.tree import Plan, PlanNode
from advisor.model.schema import IndexKey, Name, Schema

PASSED = frozenset(("Gather Merge", "Gather", "Append", "Merge Append", "Subquery Scan", "Result", "LockRows"))
"""Nodes that hand on the rows of one scan, or of its partitions."""
SCANS = frozenset(("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"))
ATTACHED = ("InitPlan", "SubPlan")


class LimitedSort(Struct, frozen=True):
    """A Sort below a Limit, and the scan of the table that it sorts, or those of its partitions."""

    limit: PlanNode
    sort: PlanNode
    scans: tuple[Access, ...]

    @property
    def name(self) -> Name:
        return self.scans[0].name

    @property
    def of(self) -> str:
        """The table, or what its partitions have in common where no schema tells their parent."""
        others = len({scan.name for scan in self.scans}) - 1
        return f"{self.name} and {others} more like it" if others else str(self.name)

    @property
    def by(self) -> str:
        return ", ".join(map(str, self.sort.fields.get("Sort Key", [])))

    @property
    def rows(self) -> float:
        """Rows that are sorted at a time, as they were or as they are expected."""
        if not self.sort.analyzed:
            return sum(scan.node.estimated_rows for scan in self.scans)
        return sum(scan.node.total_rows for scan in self.scans) / max(self.limit.loops, 1.0)

    @property
    def wanted(self) -> float:
        """Of them those that are asked for, the ones that an OFFSET skips among them."""
        given = (self.limit, self.sort)
        if not self.sort.analyzed:
            return self.limit.estimated_rows
        return max(node.total_rows for node in given) / max(self.limit.loops, 1.0)


def limited_sorts(plan: Plan, schema: Schema | None) -> Iterator[LimitedSort]:
    """Those of a plan. None whose rows something else than one scan makes: a join, an aggregate."""
    for limit in plan.walk():
        sort = sort_below(limit) if limit.type == "Limit" else None
        scans = scans_below(sort, schema, parents_of(plan)) if sort else ()
        if sort is not None and scans:
            yield LimitedSort(limit, sort, scans)


def sort_below(limit: PlanNode) -> PlanNode | None:
    node = limit
    while node is limit or node.type in PASSED:
        inputs = [child for child in node.children if child.text("Parent Relationship") not in ATTACHED]
        if len(inputs) != 1:
            return None
        node = inputs[0]
    return node if node.type == "Sort" else None


def scans_below(sort: PlanNode, schema: Schema | None, parents: Mapping[PlanNode, PlanNode]) -> tuple[Access, ...]:
    found, waiting = [], list(sort.children)
    while waiting:
        node = waiting.pop()
        access = access_of(node, schema) if node.type in SCANS else None
        if access is not None:
            found.append(access)
        elif node.type in PASSED:
            waiting.extend(node.children)
        elif node.text("Parent Relationship") not in ATTACHED:
            return ()
    families = {family_of(access.node, parents) for access in found}
    return tuple(found) if len(families) == 1 else ()


def index_columns(found: LimitedSort) -> tuple[str | IndexKey, ...]:
    """The columns of an index that gives the order; none where it is by an expression, or where the table has such an index."""
    order, scan = sort_keys(found.sort), found.scans[0]
    filters = indexable(scan, conditions_of(scan, "Index Cond", "Recheck Cond", "Filter"))
    fixed = [condition.column for condition in filters if condition.is_equality and condition.column]
    if not order or (scan.table is not None and scan.table.serves_order(order, fixed)):
        return ()
    columns = key_columns(filters, order)
    names = {column.column if isinstance(column, IndexKey) else column for column in columns}
    return columns if {key.column for key in order} <= names else ()
