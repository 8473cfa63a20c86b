"""A plan as pages show it. In: a Plan and findings. Out: values for `plan.html.jinja`: facts, the picture, the rows of the tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from advisor.finding import Finding
from advisor.formats.digest import severity_word
from advisor.formats.excerpt import one_line
from advisor.formats.plan.facts import Fact, facts_of, heading_words
from advisor.formats.plan.figures import BEYOND, Figures, figures_of, findings_by_node
from advisor.formats.plan.icicle import Picture, picture_of
from advisor.formats.plan.rows import Row, fold_words, rows_of
from advisor.formats.plan.words import amount, full_title, percent
from advisor.model import Plan, PlanNode
from advisor.model.plan.estimates import misestimates

DETAILS = (
    "Index Cond",
    "Recheck Cond",
    "TID Cond",
    "Order By",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "One-Time Filter",
    "Filter",
    "Run Condition",
    "Conflict Filter",
    "Cache Key",
    "Rows Removed by Filter",
    "Rows Removed by Join Filter",
    "Rows Removed by Index Recheck",
    "Rows Removed by Conflict Filter",
    "Heap Fetches",
    "Lossy Heap Blocks",
    "Sort Key",
    "Presorted Key",
    "Sort Method",
    "Group Key",
    "Hash Batches",
    "HashAgg Batches",
    "Peak Memory Usage",
    "Disk Usage",
    "Workers Planned",
    "Workers Launched",
    "Subplans Removed",
    "Disabled",
    "Shared Hit Blocks",
    "Shared Read Blocks",
    "Temp Read Blocks",
    "Temp Written Blocks",
)
"""What a reader looks for in a node, in this order; the rest of its fields is in the plan itself."""
MOST_ROWS = 500
"""Nodes that are all rows of the page; of a larger plan, those that matter."""
DEEPEST = 60
"""Characters of lines that lead to a node; below that, a plan is drawn no deeper."""


class NodeView(Struct, frozen=True):
    """A row of the tree. `share` is its own part of the whole, 0 to 1; `amount` the same in milliseconds or cost.

    `findings` come with the word for their severity. `kind` is node, folded (several, of which nothing is to be told) or trigger.
    """

    anchor: str
    kind: str
    guides: str
    level: int
    title: str
    amount: str
    share: float
    percent: str
    estimated: str
    actual: str
    loops: str
    off: str
    details: tuple[tuple[str, str], ...]
    findings: tuple[tuple[str, Finding], ...]
    never_executed: bool


class PlanView(Struct, frozen=True):
    """A plan. `measure` names what bars show: time of a plan that was run, else estimated cost; empty where it tells neither."""

    anchor: str
    place: str
    times: str
    statement: str | None
    measure: str
    facts: tuple[Fact, ...]
    nodes: tuple[NodeView, ...]
    picture: Picture
    links: Mapping[int, str]
    """The row of each node that the picture leads to, by the node's number."""


def plan_view(plan: Plan, number: int, findings: Sequence[Finding]) -> PlanView:
    figures, anchor = figures_of(plan), f"plan-{number}"
    about = findings_by_node(plan, findings)
    rows = list(rows_of(plan, figures, about, most=MOST_ROWS, deepest=DEEPEST))
    views = [node_view(plan, row, f"{anchor}-row-{place}", figures, about) for place, row in enumerate(rows, 1)]
    anchors = {node: view.anchor for row, view in zip(rows, views, strict=True) for node in row.nodes}
    words = heading_words(plan)
    picture = picture_of(plan, findings, f"Plan {plan.location.path}:{plan.location.line}, {words}")
    drawn = {box.row for box in picture.boxes}
    return PlanView(
        anchor=anchor,
        place=f"{plan.location.path}:{plan.location.line}",
        times=words[:1].upper() + words[1:],
        statement=plan.statement,
        measure=figures.measure,
        facts=tuple(facts_of(plan, figures)),
        nodes=(*views, *trigger_views(figures, anchor)),
        picture=picture,
        links={place: anchors[node] for place, node in enumerate(plan.walk(), 1) if place in drawn and node in anchors},
    )


def node_view(plan: Plan, row: Row, anchor: str, figures: Figures, about: Mapping[PlanNode, Sequence[Finding]]) -> NodeView:
    node, own = row.node, row.own(figures)
    single = node if node is not None and node.analyzed else None
    return NodeView(
        anchor=anchor,
        kind="folded" if node is None else "node",
        guides=row.guides,
        level=row.level,
        title=fold_words(row, figures) if node is None else full_title(node),
        amount=amount(own, figures.measure) if figures.measure else "",
        share=figures.share(own),
        percent=percent(figures.share(own)),
        estimated=figure(node.estimated_rows) if node is not None and "Plan Rows" in node.fields else "",
        actual=figure(single.rows if single.loops else 0.0) if single is not None else "",
        loops=figure(single.loops) if single is not None and single.loops > 1 else "",
        off=misestimate(plan, node) if node is not None else "",
        details=tuple((name, one_line(shown(name, node))) for name in DETAILS if node.fields.get(name)) if node is not None else (),
        findings=tuple((severity_word(finding), finding) for finding in about.get(node, ())) if node is not None else (),
        never_executed=single is not None and not single.loops,
    )


def trigger_views(figures: Figures, anchor: str) -> list[NodeView]:
    """The triggers of a plan with times, below its nodes."""
    timed = [trigger for trigger in figures.triggers if trigger.time is not None and figures.measure == "time"]
    return [
        NodeView(
            anchor=f"{anchor}-trigger-{place}",
            kind="trigger",
            guides="",
            level=1,
            title=one_line(f"{trigger.title}{', within the time above' if trigger.within else ''}"),
            amount=amount(trigger.time or 0.0, "time"),
            share=figures.share(trigger.time or 0.0),
            percent=percent(figures.share(trigger.time or 0.0)),
            estimated="",
            actual="",
            loops="",
            off="",
            details=(),
            findings=(),
            never_executed=False,
        )
        for place, trigger in enumerate(timed, 1)
    ]


def misestimate(plan: Plan, node: PlanNode) -> str:
    """How far the estimate is off, where that is far; fewer rows than estimated say nothing of a node that was stopped early."""
    ratio = misestimates(plan).get(node)
    if ratio is None:
        return ""
    return (
        f"{figure(ratio)} times more rows than estimated" if ratio > 1 else f"{figure(1 / ratio)} times fewer rows than estimated"
    )


def figure(number: float) -> str:
    """`1,204`; a fraction keeps one digit."""
    if not abs(number) < BEYOND:
        return f"{number:.1e}"
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:,.1f}"


def shown(name: str, node: PlanNode) -> str:
    """A field's value; a sort's method with what it took, which EXPLAIN's text form has on one line too."""
    value = node.fields[name]
    if name == "Sort Method" and "Sort Space Used" in node.fields:
        return f"{value}, {node.text('Sort Space Type')} {node.number('Sort Space Used'):,.0f} kB"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)
