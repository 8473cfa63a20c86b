"""A plan's tree as rows to be drawn: a Plan in; its nodes from the top down, with the lines that lead to them, out.

A tree of more than a few hundred nodes is folded where little happens: what takes next to no time and has no finding is one row
that says how many nodes it stands for and what they took together, so that the rows still add up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from advisor.formats.plan.figures import Figures
from advisor.model import Plan, PlanNode

MOST = 200
"""Nodes that are all drawn; of a larger plan, those that matter."""
LEAST_SHARE = 0.001
"""The share of the whole below which a node of a large plan is folded away."""
ALWAYS = 5
"""Nodes that took most, which are drawn however little that is."""
SHORTEST_CHAIN = 3
"""Nodes one below another, each with one thing of interest below it, from which they are folded into one row."""
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


class Row(Struct, frozen=True, eq=False):
    """A node in the tree, or several that are folded into one row (`node` is None then).

    `guides` are the lines that lead to it, `below` those that lead on beside what is said of it, `leads_on`: rows hang on it.
    """

    node: PlanNode | None
    folded: tuple[PlanNode, ...]
    guides: str
    below: str
    level: int
    leads_on: bool

    def own(self, figures: Figures) -> float:
        return sum(figures.own.get(node, 0.0) for node in self.nodes)

    @property
    def nodes(self) -> tuple[PlanNode, ...]:
        return (self.node,) if self.node is not None else self.folded


class Entry(Struct, frozen=True, eq=False):
    """A row without its lines: a node, or folded ones, with what hangs below them."""

    node: PlanNode | None
    folded: tuple[PlanNode, ...]
    inner: PlanNode | None
    """The one node below a folded chain."""


def rows_of(plan: Plan, figures: Figures, marked: Collection[PlanNode], *, most: int = MOST, deepest: int = 60) -> Iterator[Row]:
    """The rows of the tree; without recursion, so that depth is no limit. `marked` nodes are never folded away.

    `deepest` is the most characters of lines that lead to a node: below that, a tree is drawn no deeper.
    """
    folding = Folding(plan, figures, marked, most)
    waiting = [(folding.entry(plan.root), "", "", 1)]
    while waiting:
        entry, guides, below, level = waiting.pop()
        entries = folding.below(entry)
        yield Row(entry.node, entry.folded, guides, below, level, bool(entries))
        for number, child in reversed(list(enumerate(entries, 1))):
            turn, onward = ("└ ", "  ") if number == len(entries) else ("├ ", "│ ")
            lines = (shortened(below + turn, level, deepest), shortened(below + onward, level, deepest))
            waiting.append((child, *lines, level + 1))


def shortened(guides: str, level: int, deepest: int) -> str:
    """The lines that lead to a node below this level: as many as there is room for, and how many are left out."""
    if 2 * level <= deepest:
        return guides
    lead = f"…{level - deepest // 2 + 2} "
    return lead + guides[len(lead) - deepest :]


def fold_words(row: Row, figures: Figures) -> str:
    """`… 312 nodes below 0.1 %`."""
    count = f"… {len(row.folded):,} node{'s' * (len(row.folded) != 1)}"
    if not figures.total:
        return count
    largest = max(figures.share_of(node) for node in row.folded)
    bound = next((step for step in STEPS if largest < step), 1.0)
    return f"{count} below {bound * 100:g} %"


class Folding:
    """Which nodes of one plan are drawn, and which of them are folded into one row."""

    def __init__(self, plan: Plan, figures: Figures, marked: Collection[PlanNode], most: int) -> None:
        nodes = list(plan.walk())
        self.kept = set(nodes)
        self.needed = self.kept
        if len(nodes) > most:
            self.parents = {child: node for node in nodes for child in node.children}
            self.choose(plan, figures, marked, most)

    def choose(self, plan: Plan, figures: Figures, marked: Collection[PlanNode], most: int) -> None:
        """Keep those that took most, fewer of them until they fit with all that lead to them; and all that are marked."""
        ranked = sorted(figures.own, key=figures.own.__getitem__, reverse=True) if figures.total > 0 else list(by_level(plan))
        least = LEAST_SHARE if figures.total > 0 else 0.0
        worthy = [node for place, node in enumerate(ranked) if place < ALWAYS or figures.share_of(node) >= least]
        number = most
        while True:
            self.kept = {plan.root, *marked, *worthy[:number]}
            self.needed = self.with_ancestors(self.kept)
            if number <= ALWAYS or self.count(plan) <= most:
                return
            number = max(number // 2, ALWAYS)

    def count(self, plan: Plan) -> int:
        """How many rows of single nodes that makes."""
        found, waiting = 0, [self.entry(plan.root)]
        while waiting:
            entry = waiting.pop()
            found += entry.node is not None
            waiting.extend(self.below(entry))
        return found

    def with_ancestors(self, kept: Collection[PlanNode]) -> set[PlanNode]:
        found: set[PlanNode] = set()
        for node in kept:
            above: PlanNode | None = node
            while above is not None and above not in found:
                found.add(above)
                above = self.parents.get(above)
        return found

    def entry(self, node: PlanNode) -> Entry:
        """A node that is needed: alone, or with the chain that it begins if nothing happens along that."""
        chain: list[PlanNode] = []
        inner = node
        while inner not in self.kept and len(onward := [child for child in inner.children if child in self.needed]) == 1:
            chain.append(inner)
            inner = onward[0]
        if len(chain) < SHORTEST_CHAIN:
            return Entry(node, (), None)
        beside = [child for above in chain for child in above.children if child not in self.needed]
        return Entry(None, (*chain, *all_of(beside)), inner)

    def below(self, entry: Entry) -> list[Entry]:
        if entry.node is None:
            return [self.entry(entry.inner)] if entry.inner is not None else []
        found: list[Entry] = []
        run: list[PlanNode] = []
        for child in entry.node.children:
            if child not in self.needed:
                run.append(child)
                continue
            if run:
                found.append(Entry(None, all_of(run), None))
            run = []
            found.append(self.entry(child))
        return [*found, Entry(None, all_of(run), None)] if run else found


def by_level(plan: Plan) -> Iterator[PlanNode]:
    """The nodes level by level: where a plan tells nothing else, what lies higher says more."""
    level = [plan.root]
    while level:
        yield from level
        level = [child for node in level for child in node.children]


def all_of(nodes: Sequence[PlanNode]) -> tuple[PlanNode, ...]:
    """These nodes and all below them."""
    return tuple(inner for node in nodes for inner in node.walk())
