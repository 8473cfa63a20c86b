"""What nodes of a plan spent on rows that nobody wanted: a plan and some of its nodes in, time, blocks and rows out."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from advisor.model.plan.times import exclusive_counts, exclusive_times
from advisor.model.plan.tree import Plan, PlanNode

BLOCKS = ("Shared Hit Blocks", "Shared Read Blocks", "Local Hit Blocks", "Local Read Blocks")


class Waste(Struct, frozen=True):
    """At most this. `share` (0 to 1) is the part of the statement's time that the milliseconds are; None where it is not known."""

    milliseconds: float | None = None
    share: float | None = None
    blocks: int | None = None
    rows: int | None = None


def waste_of(plan: Plan, nodes: Iterable[PlanNode], *, read: float, kept: float) -> Waste:
    """What the nodes' own work would lose if only the kept rows were read.

    Each row kept still wants its part of the time, and at most one block of its own: of the time the part of the rows that were
    not kept is counted, of the blocks those beyond the number of rows kept.
    """
    chosen = list(nodes)
    times, total = exclusive_times(plan), plan.elapsed
    part = max(0.0, read - kept) / read if read else 0.0
    milliseconds = sum(times[node] for node in chosen) * part if times else None
    share = min(1.0, milliseconds / total) if milliseconds is not None and total else None
    counted = any(name in plan.root.fields for name in BLOCKS)
    blocks = exclusive_counts(plan, *BLOCKS)
    spared = max(0, round(sum(blocks[node] for node in chosen) - kept)) if counted else None
    return Waste(milliseconds, share, spared, round(read - kept))
