"""Why a plan takes more than before: a PlanChange and a node of it in; one phrase that names what is different there, out. Also
what differs beside the nodes: triggers, JIT, the writing of the result, settings.

The first difference that explains more work is told: what the node is, then whether it spills, how often and with how many
processes it runs, what it was expected to give, what it throws away, and from where its blocks came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from advisor.model.plan.comparing import NodePair, PlanChange
from advisor.model.plan.estimates import misestimates
from advisor.model.plan.times import GATHERS, exclusive_counts
from advisor.model.plan.titles import title_of
from advisor.model.plan.tree import Plan, PlanNode, number_in
from advisor.model.plan.triggers import fired_triggers

TWICE = 2.0
"""How many times more of something explains that a node takes longer."""
WASTED = {
    "Rows Removed by Filter": "throws {:,} rows away by its Filter",
    "Rows Removed by Join Filter": "throws {:,} pairs away by its Join Filter",
    "Rows Removed by Index Recheck": "throws {:,} rows away when it looks at them again",
    "Heap Fetches": "looks {:,} rows up in the table",
    "Lossy Heap Blocks": "remembers {:,} blocks without their rows",
    "Index Searches": "searches its index {:,} times",
    "Cache Misses": "misses its cache {:,} times",
}
"""What a node does for nothing, or that costs it more than a row does otherwise."""
PER_LOOP = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")
"""Of these, what EXPLAIN tells of one loop on average."""
LEAST_WASTED = 100
SERVING = frozenset(("Hash", "Materialize", "Memoize", "Gather", "Gather Merge"))
"""Nodes that are there for the sake of the one above."""
KEEPING = frozenset(("Sort", "Incremental Sort", "Hash", "Hash Join", "Aggregate", "Materialize", "Memoize", "WindowAgg", "Gather"))
"""Nodes that copy rows, so that wide ones cost them more."""


class Difference(Struct, frozen=True):
    """What is told of a node. `follows`: it may well follow from what a node above does."""

    phrase: str
    follows: bool = False


def difference_at(change: PlanChange, pair: NodePair) -> Difference | None:
    """What is different at a node of the plan after; None where the plans show nothing that explains more work."""
    before, after = pair.before, pair.after
    if after is None:
        return None
    if before is None:
        return Difference(arrival(change, after), after.type in SERVING)
    for describe in DIFFERENCES:
        if (phrase := describe(change, before, after)) is not None:
            return Difference(phrase, describe is more_loops)
    return None


def arrival(change: PlanChange, node: PlanNode) -> str:
    alike = sum(pair.before is None and pair.after is not None and pair.after.type == node.type for pair in change.pairs) - 1
    return f"{title_of(node)} is new" + (f", and {alike:,} more of its kind" if alike else "")


def other_kind(change: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    """Another node does its work, or another index."""
    lost = [name for name in dict.fromkeys(indexes_of(before)) if name not in set(indexes_of(after))]
    if lost and after.type == "Seq Scan":
        unused = not set(lost) & {name for node in change.after.walk() for name in indexes_of(node)}
        were = f"{' and '.join(lost)} {'were' if len(lost) > 1 else 'was'} used"
        return f"{title_of(after)} reads the whole table, where {were}" + (
            "; nothing uses that index now" if unused and len(lost) == 1 else ""
        )
    if before.type != after.type or before.text("Index Name") != after.text("Index Name"):
        return f"{title_of(after)} took the place of {title_of(before)}"
    return None


def indexes_of(node: PlanNode) -> Iterator[str]:
    """The indexes of a scan: its own, or those of the bitmap that it reads."""
    below = node.walk() if node.type == "Bitmap Heap Scan" else iter((node,))
    for each in below:
        if (name := each.text("Index Name")) is not None:
            yield name


def on_disk(_: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    """A join's hash table is told of the join: the files are written by both."""
    spilling = [node for node in (after, *hashes_of(after)) if went_to_disk(node)]
    if not spilling or any(map(went_to_disk, (before, *hashes_of(before)))):
        return None
    [first, *_rest] = spilling
    kilobytes = first.number("Sort Space Used") if first.type == "Sort" else first.number("Disk Usage")
    return f"{title_of(after)} no longer fits into memory" + (f" and writes {kilobytes:,.0f} kB to disk" if kilobytes else "")


def hashes_of(node: PlanNode) -> Iterator[PlanNode]:
    return (child for child in node.children if child.type == "Hash")


def went_to_disk(node: PlanNode) -> bool:
    """Whether a node kept what it sorts, hashes or stores in temporary files."""
    kept_on_disk = "Disk" in (node.text("Sort Space Type"), node.text("Storage"))
    return kept_on_disk or node.number("Hash Batches") > 1 or node.number("Disk Usage") > 0


def fewer_processes(change: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    had, has = (processes_of(plan, node) for plan, node in ((change.before, before), (change.after, after)))
    return f"{title_of(after)} is done by {has:,.0f} process{'es' * (has > 1)} instead of {had:,.0f}" if has < had else None


def processes_of(plan: Plan, node: PlanNode) -> float:
    """How many processes had the node: the leader, and the workers launched above it."""
    above = {child: each for each in plan.walk() for child in each.children}
    here: PlanNode | None = node
    while here is not None:
        if here.type in GATHERS:
            return here.number("Workers Launched") + 1
        here = above.get(here)
    return 1.0


def wider(_: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    had, has = before.number("Plan Width"), after.number("Plan Width")
    if after.type not in KEEPING or has < TWICE * had or has < LEAST_WASTED:
        return None
    return f"{title_of(after)} holds rows of {has:,.0f} bytes instead of {had:,.0f}"


def more_loops(_: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    if after.loops < TWICE * max(before.loops, 1.0):
        return None
    return f"{title_of(after)} runs {after.loops:,.0f} times instead of {before.loops:,.0f}"


def worse_estimate(change: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    if after not in misestimates(change.after) or before in misestimates(change.before):
        return None
    expected = f"{after.rows:,.0f} rows where {after.estimated_rows:,.0f} are expected"
    return f"{title_of(after)} gives {expected}, which was right before"


def more_rows(_: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    if after.total_rows < TWICE * max(before.total_rows, 1.0):
        return None
    return f"{title_of(after)} gives {after.total_rows:,.0f} rows instead of {before.total_rows:,.0f}"


def more_waste(_: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    """Of the figures that grew, the one that grew most. Each loop searches an index once at least: that many are no waste."""
    grown = {}
    for name in WASTED:
        had, has = (node.number(name) * (node.loops if name in PER_LOOP else 1) for node in (before, after))
        expected = had * max(after.loops / max(before.loops, 1.0), 1.0) if name == "Index Searches" else had
        if has >= max(TWICE * expected, LEAST_WASTED):
            grown[name] = (has - had, has, had)
    if not grown:
        return None
    name = max(grown, key=lambda each: grown[each][0])
    has, had = grown[name][1:]
    return f"{title_of(after)} {WASTED[name].format(round(has))}" + (f" instead of {had:,.0f}" if had else "")


def from_disk(change: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    had, has = own_counts(change, before, after, "Shared Read Blocks")
    if has < max(TWICE * had, LEAST_WASTED):
        return None
    return f"{title_of(after)} finds {has:,.0f} blocks outside shared buffers instead of {had:,.0f}"


def own_counts(change: PlanChange, before: PlanNode, after: PlanNode, *names: str) -> tuple[float, float]:
    return exclusive_counts(change.before, *names)[before], exclusive_counts(change.after, *names)[after]


def other_conditions(_: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    for name in ("Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Filter"):
        if before.text(name) != after.text(name):
            return f"{title_of(after)} has another {name}"
    return None


def more_blocks(change: PlanChange, before: PlanNode, after: PlanNode) -> str | None:
    had, has = own_counts(change, before, after, "Shared Hit Blocks", "Shared Read Blocks")
    if has < TWICE * max(had, 1.0) or has < LEAST_WASTED:
        return None
    return f"{title_of(after)} reads {has:,.0f} blocks instead of {had:,.0f} for as many rows"


DIFFERENCES: tuple[Callable[[PlanChange, PlanNode, PlanNode], str | None], ...] = (
    other_kind,
    on_disk,
    fewer_processes,
    wider,
    worse_estimate,
    more_waste,
    more_loops,
    more_rows,
    from_disk,
    other_conditions,
    more_blocks,
)
"""From the plainest to the one that leaves most open."""


def grown_beside_nodes(change: PlanChange) -> tuple[str, float, float] | None:
    """A trigger, JIT or the writing of the result: the one that takes most milliseconds more, with those of before and after."""
    before, after = (dict(times_beside_nodes(plan)) for plan in (change.before, change.after))
    grown = {name: time - before.get(name, 0.0) for name, time in after.items()}
    name = max(grown, key=grown.__getitem__, default=None)
    return None if name is None else (name, before.get(name, 0.0), after[name])


def times_beside_nodes(plan: Plan) -> Iterator[tuple[str, float]]:
    """What takes time and is no node, with its milliseconds."""
    for fired in fired_triggers(plan):
        yield f"the {'foreign key' if fired.constraint else 'trigger'} {fired.name}", fired.time
    for group, field, name in (("JIT", "Total", "compiling it (JIT)"), ("Serialization", "Time", "writing the result out")):
        fields = plan.fields.get(group)
        timing = fields.get("Timing", fields) if isinstance(fields, Mapping) else None
        time = number_in(timing, field) if isinstance(timing, Mapping) else None
        if time is not None:
            yield name, time


def changed_settings(change: PlanChange) -> list[str]:
    """What was set differently, where the plans tell their settings."""
    before, after = (plan.fields.get("Settings") for plan in (change.before, change.after))
    had, has = (dict(each) if isinstance(each, Mapping) else {} for each in (before, after))
    names = [name for name in sorted({*had, *has}) if had.get(name) != has.get(name)]
    return [f"{name} is {has.get(name, 'the default')} (was {had.get(name, 'the default')})" for name in names]
