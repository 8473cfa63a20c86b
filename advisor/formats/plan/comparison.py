"""Two plans of one statement for a terminal. In: a PlanChange. Out: what became of time, blocks and cost, then what of each node.

A node that is new begins with `+`, one that went with `-`, one that does its work in another way with `~`; the others are dim.
Figures are each node's own, before and after.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from advisor.formats.excerpt import one_line
from advisor.formats.plan.figures import findings_by_plan
from advisor.formats.plan.words import amount, compact, cut, full_title
from advisor.formats.text import Line, cells
from advisor.model import NodePair, Plan, PlanChange, PlanNode
from advisor.model.plan.times import exclusive_costs, exclusive_counts, exclusive_times

if TYPE_CHECKING:
    from advisor.engine.review import Review

SIGNS = {"same": " ", "changed": "~", "added": "+", "removed": "-"}
STYLES = {"same": "dim", "changed": "warning", "added": "label", "removed": "dim"}
BLOCKS = ("Shared Hit Blocks", "Shared Read Blocks", "Temp Read Blocks", "Temp Written Blocks")
ABOUT_SAME = 1.1
"""The factor below which two figures are said to be about the same."""
DEEPEST = 20
"""Levels that a node is moved in at most."""
LEAST_TITLE = 20


class Sides(Struct, frozen=True):
    """What each node took itself in both plans: `measure` is time or cost, or empty where the plans share none."""

    measure: str
    before: Mapping[PlanNode, float]
    after: Mapping[PlanNode, float]

    def shown(self, node: PlanNode | None, side: Mapping[PlanNode, float]) -> str:
        return amount(side[node], self.measure) if node is not None and node in side else ""


def sides_of(change: PlanChange) -> Sides:
    if change.times is not None:
        return Sides("time", exclusive_times(change.before), exclusive_times(change.after))
    if change.costs is not None:
        return Sides("cost", exclusive_costs(change.before), exclusive_costs(change.after))
    return Sides("", {}, {})


def changes_of(review: Review) -> list[ChangeView]:
    """What is shown of each change in a review."""
    rules = {id(plan): [finding.rule for finding in findings] for plan, findings in findings_by_plan(review)}
    changes = review.project.plan_changes
    return [view_of_change(change, rules.get(id(change.before), ()), rules.get(id(change.after), ())) for change in changes]


class ChangeRow(Struct, frozen=True):
    """A node of either plan: what became of it, and what it took itself in each; empty where it is not there."""

    kept: str
    sign: str
    depth: int
    title: str
    figures: tuple[str, str]


class ChangeView(Struct, frozen=True):
    """What is shown of a change. `solved` are rules that have nothing to say any more, `new` those that speak only now."""

    verdict: str
    places: tuple[str, str]
    heading: str
    rows: tuple[ChangeRow, ...]
    solved: tuple[str, ...]
    new: tuple[str, ...]


def view_of_change(change: PlanChange, before: Sequence[str], after: Sequence[str]) -> ChangeView:
    """`before` and `after` are the names of the rules that speak of either plan."""
    sides = sides_of(change)
    rows = tuple(
        ChangeRow(
            pair.kept,
            SIGNS[pair.kept],
            min(pair.depth, DEEPEST),
            one_line(title_of_pair(pair)),
            (sides.shown(pair.before, sides.before), sides.shown(pair.after, sides.after)),
        )
        for pair in change.pairs
    )
    first, second = (one_line(f"{plan.location.path}:{plan.location.line}") for plan in (change.before, change.after))
    only = [tuple(sorted({*one} - {*other, "plan-regression"})) for one, other in ((before, after), (after, before))]
    heading = f"own {sides.measure}" if sides.measure else ""
    return ChangeView(verdict(change), (first, second), heading, rows, *only)


def lay_out_change(view: ChangeView, width: int) -> Iterator[Line]:
    """The verdict, then the nodes of both plans as one tree, then the rules whose findings came or went."""
    for line in textwrap.wrap(view.verdict, width):
        yield [("heading", line)]
    for name, place in zip(("before", "after"), view.places, strict=True):
        yield [("label", f"{name:>6}  "), ("place", cut(place, width - 8))]
    widths = [max([cells(head), *(cells(row.figures[side]) for row in view.rows)]) for side, head in enumerate(("before", "after"))]
    room = max(width - sum(widths) - 4, LEAST_TITLE)
    yield [
        ("dim", f"{view.heading:>{room}}"),
        *(("dim", f"  {head:>{size}}") for head, size in zip(("before", "after"), widths, strict=True)),
    ]
    for row in view.rows:
        yield of_row(row, room, widths)
    for name, rules in (("solved", view.solved), ("new", view.new)):
        if rules:
            yield [("label", f"{name:>6}  "), ("rule", ", ".join(rules))]


def of_row(row: ChangeRow, room: int, widths: list[int]) -> Line:
    style = STYLES[row.kept]
    text = cut(f"{row.sign} {'  ' * row.depth}{row.title}", room)
    figures = [(style, f"  {' ' * (size - cells(text))}{text}") for text, size in zip(row.figures, widths, strict=True)]
    return [(style, text + " " * max(room - cells(text), 0)), *figures]


def title_of_pair(pair: NodePair) -> str:
    """A node's title; where another took its place, both."""
    old, new = (full_title(node) if node is not None else "" for node in (pair.before, pair.after))
    return f"{new} (was {old})" if old and new and old != new else new or old


def verdict(change: PlanChange) -> str:
    """`3.1 times faster: 812 ms → 262 ms, 9,120 → 214 blocks`."""
    parts = []
    first = change.times or change.costs
    if first is not None:
        unit = "time" if change.times is not None else "cost"
        parts.append(f"{word(first, unit)}: {amount(first[0], unit)} → {amount(first[1], unit)}")
    blocks = (blocks_of(change.before), blocks_of(change.after))
    if all(blocks):
        parts.append(f"{compact(blocks[0])} → {compact(blocks[1])} blocks")
    counts = {kind: sum(pair.kept == kind for pair in change.pairs) for kind in ("changed", "added", "removed")}
    parts.append(", ".join(f"{number} {kind}" for kind, number in counts.items() if number) or "the same nodes")
    return ", ".join(parts)


def word(values: tuple[float, float], unit: str) -> str:
    faster, slower = ("faster", "slower") if unit == "time" else ("cheaper", "dearer")
    before, after = (max(value, 1e-6) for value in values)
    factor = max(before / after, after / before)
    if factor < ABOUT_SAME:
        return f"about as {'quick' if unit == 'time' else 'dear'} as before"
    return f"{compact(factor)} times {faster if after < before else slower}"


def blocks_of(plan: Plan) -> float:
    return sum(map(plan.root.number, BLOCKS))


def change_json(change: PlanChange) -> dict[str, Any]:
    """The same for programs: `pairs` name nodes by their place in each plan, parents first, from 0."""
    places = ({node: number for number, node in enumerate(plan.walk())} for plan in (change.before, change.after))
    before, after = places
    sides = sides_of(change)
    blocks = [exclusive_counts(plan, *BLOCKS) for plan in (change.before, change.after)]
    return {
        "verdict": verdict(change),
        "milliseconds": change.times,
        "cost": change.costs,
        "blocks": [blocks_of(change.before), blocks_of(change.after)],
        "measure": sides.measure or None,
        "pairs": [
            {
                "kept": pair.kept,
                "before": None if pair.before is None else before[pair.before],
                "after": None if pair.after is None else after[pair.after],
                "own": [
                    sides.before.get(pair.before) if pair.before else None,
                    sides.after.get(pair.after) if pair.after else None,
                ],
                "blocks": [side[node] if node else None for side, node in zip(blocks, (pair.before, pair.after), strict=True)],
            }
            for pair in change.pairs
        ],
    }
