"""Two plans of one statement, node by node: two trees in; what stayed, what came and what went, out.

Scans are paired first, by what they read: the table and its alias stay when the way to read it changes. A node above is paired with
the one that does the same work (joins, sorts, groups, ...) on the same scans; a join that now joins other tables is a new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from advisor.model.plan.tree import Plan, PlanNode

TARGETS = ("Relation Name", "CTE Name", "Function Name", "Table Function Name", "Tuplestore Name")
ROLES = {
    **dict.fromkeys(("Nested Loop", "Hash Join", "Merge Join"), "join"),
    **dict.fromkeys(("Sort", "Incremental Sort"), "sort"),
    **dict.fromkeys(("Aggregate", "Group", "Unique"), "group"),
    **dict.fromkeys(("Gather", "Gather Merge"), "gather"),
    **dict.fromkeys(("Append", "Merge Append"), "append"),
    **dict.fromkeys(("Materialize", "Memoize"), "keep"),
}
"""Nodes that may take each other's place: the same work, done in another way. Any other node only stands for its own kind."""
HASH_BITS = 2**61 - 1

Kept = Literal["same", "changed", "added", "removed"]


class NodePair(Struct, frozen=True):
    """A node before and after; one of them is None where the node came or went. `depth` is that of its row, the root's 0."""

    before: PlanNode | None
    after: PlanNode | None
    depth: int = 0

    @property
    def kept(self) -> Kept:
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "same" if shape_of(self.before) == shape_of(self.after) else "changed"


class PlanChange(Struct, frozen=True, eq=False):
    """Two plans of one statement. `pairs` are in the after-plan's order; what went stands below the node that it hung at."""

    before: Plan
    after: Plan
    pairs: tuple[NodePair, ...]

    @property
    def times(self) -> tuple[float, float] | None:
        """Milliseconds before and after; None unless both were run with times."""
        before, after = self.before.elapsed, self.after.elapsed
        return None if before is None or after is None else (before, after)

    @property
    def costs(self) -> tuple[float, float] | None:
        """The planner's cost before and after; None where one has COSTS OFF."""
        roots = (self.before.root, self.after.root)
        known = all("Total Cost" in root.fields for root in roots)
        return (roots[0].number("Total Cost"), roots[1].number("Total Cost")) if known else None

    @property
    def is_of_one_statement(self) -> bool:
        """Whether at least half of what both read is the same."""
        reads = [pair for pair in self.pairs if is_read(pair.before or pair.after or self.after.root)]
        shared = sum(pair.before is not None and pair.after is not None for pair in reads)
        return 2 * shared >= len(reads) if reads else self.before.root.type == self.after.root.type


def compare(before: Plan, after: Plan) -> PlanChange:
    """Pair the nodes of two plans; linear in their number."""
    partners = pair_reads(list(before.walk()), list(after.walk()))
    partners |= pair_others(before, after, partners)
    return PlanChange(before, after, tuple(rows(before, after, partners)))


def shape_of(node: PlanNode) -> tuple[object, ...]:
    """What a node is, apart from figures: its kind, what it reads, by which index, and on what conditions."""
    names = ("Node Type", "Join Type", "Strategy", "Partial Mode", "Parallel Aware", "Index Name", "Scan Direction", *TARGETS)
    conditions = ("Index Cond", "Filter", "Hash Cond", "Merge Cond", "Join Filter", "Recheck Cond")
    lists = ("Sort Key", "Presorted Key", "Group Key")
    return tuple(node.text(name) for name in (*names, *conditions, *lists))


def is_read(node: PlanNode) -> bool:
    return node.type != "ModifyTable" and any(name in node.fields for name in TARGETS)


def read_of(node: PlanNode) -> tuple[object, ...] | None:
    """What a node reads: a table with its alias, a CTE, a function; None for one that reads what other nodes give."""
    if is_read(node):
        return (*(node.text(name) for name in TARGETS), node.text("Alias"))
    if node.type == "Values Scan":
        return (node.text("Alias"),)
    return None


def pair_reads(before: Sequence[PlanNode], after: Sequence[PlanNode]) -> dict[PlanNode, PlanNode]:
    """Each scan with the one of the same table and alias; several of them in their order."""
    waiting: dict[tuple[object, ...], list[PlanNode]] = defaultdict(list)
    for node in reversed(before):
        if (read := read_of(node)) is not None:
            waiting[read].append(node)
    found = {}
    for node in after:
        if (read := read_of(node)) is not None and waiting[read]:
            found[node] = waiting[read].pop()
    return found


def pair_others(before: Plan, after: Plan, partners: Mapping[PlanNode, PlanNode]) -> dict[PlanNode, PlanNode]:
    """Nodes that do the same work on the same scans, from the top down."""
    names = {node: number for number, node in enumerate(partners)} | {one: number for number, one in enumerate(partners.values())}
    signed_before, signed_after = signatures(before, names), signatures(after, names)
    waiting: dict[tuple[str, int], list[PlanNode]] = defaultdict(list)
    for node in reversed(list(before.walk())):
        if read_of(node) is None:
            waiting[role_of(node), signed_before[node]].append(node)
    found = {}
    for node in after.walk():
        alike = waiting[role_of(node), signed_after[node]] if read_of(node) is None else []
        if alike:
            found[node] = alike.pop()
    return found


def role_of(node: PlanNode) -> str:
    return ROLES.get(node.type, node.type)


def signatures(plan: Plan, names: Mapping[PlanNode, int]) -> Mapping[PlanNode, int]:
    """A number for the scans at and below each node: equal where the scans have the same names."""
    found: dict[PlanNode, int] = {}
    for node in reversed(list(plan.walk())):
        own = hash((names[node], "scan")) % HASH_BITS if node in names else hash(read_of(node)) if read_of(node) else 0
        found[node] = (own + sum(found[child] for child in node.children)) % HASH_BITS
    return found


def rows(before: Plan, after: Plan, partners: Mapping[PlanNode, PlanNode]) -> Iterator[NodePair]:
    """The after-plan's nodes with their partners, and below each the nodes that went from there."""
    gone = gone_below(before, set(partners.values()))
    yield from (NodePair(node, None, depth) for node, depth in gone.get(None, ()))
    waiting = [(after.root, 0)]
    while waiting:
        node, depth = waiting.pop()
        partner = partners.get(node)
        yield NodePair(partner, node, depth)
        if partner is not None:
            yield from (NodePair(lost, None, depth + below) for lost, below in gone.get(partner, ()))
        waiting.extend((child, depth + 1) for child in reversed(node.children))


def gone_below(before: Plan, kept: set[PlanNode]) -> Mapping[PlanNode | None, list[tuple[PlanNode, int]]]:
    """The nodes without a partner by the nearest node above them that has one, and how far below it they hung."""
    found: dict[PlanNode | None, list[tuple[PlanNode, int]]] = defaultdict(list)
    waiting: list[tuple[PlanNode, PlanNode | None, int]] = [(before.root, None, 0)]
    while waiting:
        node, above, below = waiting.pop()
        if node in kept:
            above, below = node, 0
        else:
            found[above].append((node, below))
        waiting.extend((child, above, below + 1) for child in reversed(node.children))
    return found
