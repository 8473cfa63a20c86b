"""A plan as rows of a tree. In: a Plan and the findings about it. Out: its nodes, each with its share of the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.finding import Finding
from advisor.formats.digest import severity_word
from advisor.formats.excerpt import one_line
from advisor.model import Location, Plan, PlanNode
from advisor.model.plan_times import exclusive_costs, exclusive_times

DETAILS = (
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "Filter",
    "Rows Removed by Filter",
    "Rows Removed by Join Filter",
    "Rows Removed by Index Recheck",
    "Heap Fetches",
    "Sort Key",
    "Sort Method",
    "Sort Space Used",
    "Sort Space Type",
    "Group Key",
    "Hash Batches",
    "Peak Memory Usage",
    "Shared Hit Blocks",
    "Shared Read Blocks",
    "Temp Read Blocks",
    "Temp Written Blocks",
)
"""What a reader looks for in a node, in this order; the rest of its fields is in the plan itself."""
MISESTIMATE = 10.0
DEEPEST = 60
"""Characters of lines that lead to a node; below that, a plan is drawn no deeper."""


@dataclass(frozen=True, slots=True)
class NodeView:
    """A row of the tree. `share` is this node's own part of the whole, 0 to 1; `amount` the same in milliseconds or cost.
    `findings` come with the word for their severity.
    """

    guides: str
    level: int
    title: str
    amount: str
    share: float
    estimated: str
    actual: str
    loops: str
    off: str
    details: tuple[tuple[str, str], ...]
    findings: tuple[tuple[str, Finding], ...]
    never_executed: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan. `measure` names what bars show: time of a plan that was run, else estimated cost."""

    anchor: str
    place: str
    statement: str | None
    measure: str
    facts: tuple[tuple[str, str], ...]
    nodes: tuple[NodeView, ...]


def plan_view(plan: Plan, number: int, findings: Sequence[Finding]) -> PlanView:
    times = exclusive_times(plan)
    own = times or exclusive_costs(plan)
    total = sum(own.values())
    about: dict[PlanNode, list[Finding]] = {}
    for finding in findings:
        if finding.at.path == plan.location.path and (node := node_at(plan, finding.at)) is not None:
            about.setdefault(node, []).append(finding)
    nodes = tuple(
        node_view(node, guides, level, amount_of(own.get(node), bool(times)), share_of(own.get(node), total), about.get(node, ()))
        for node, guides, level in tree(plan)
    )
    return PlanView(f"plan-{number}", str(plan.location), plan.statement, "time" if times else "cost", facts_of(plan), nodes)


def node_view(node: PlanNode, guides: str, level: int, amount: str, share: float, findings: Sequence[Finding]) -> NodeView:
    rows = node.rows if node.loops else 0.0
    ratio = max(rows, 1.0) / max(node.estimated_rows, 1.0)
    wrong = node.analyzed and node.loops > 0 and not 1 / MISESTIMATE < ratio < MISESTIMATE
    return NodeView(
        guides=guides,
        level=level,
        title=one_line(title_of(node)),
        amount=amount,
        share=share,
        estimated=figure(node.estimated_rows) if "Plan Rows" in node.fields else "",
        actual=figure(rows) if node.analyzed else "",
        loops=figure(node.loops) if node.loops > 1 else "",
        off=f"{figure(max(ratio, 1 / ratio))} times {'more' if ratio > 1 else 'fewer'} than estimated" if wrong else "",
        details=tuple((name, one_line(shown(value))) for name in DETAILS if (value := node.fields.get(name))),
        findings=tuple((severity_word(finding), finding) for finding in findings),
        never_executed=node.analyzed and not node.loops,
    )


def tree(plan: Plan) -> list[tuple[PlanNode, str, int]]:
    """Each node with the lines that lead to it, and its depth; without recursion."""
    rows: list[tuple[PlanNode, str, int]] = []
    waiting: list[tuple[PlanNode, str, str, int]] = [(plan.root, "", "", 1)]
    while waiting:
        node, guides, below, level = waiting.pop()
        rows.append((node, guides, level))
        last = len(node.children) - 1
        for number, child in reversed(list(enumerate(node.children))):
            turn, onward = ("└ ", "  ") if number == last else ("├ ", "│ ")
            waiting.append((child, (below + turn)[-DEEPEST:], (below + onward)[-DEEPEST:], level + 1))
    return rows


def amount_of(own: float | None, is_time: bool) -> str:
    """Milliseconds or cost; empty where the plan tells neither."""
    if own is None:
        return ""
    return f"{own:,.1f} ms" if is_time else f"{own:,.0f}"


def share_of(own: float | None, total: float) -> float:
    return min(own / total, 1.0) if own and total else 0.0


def node_at(plan: Plan, at: Location) -> PlanNode | None:
    """The node that a place lies in: the last one that begins at or before it, within the plan."""
    start = (at.line, at.column)
    if not (plan.location.line, plan.location.column) <= start <= (plan.location.end_line, plan.location.end_column):
        return None
    before = [node for node in plan.walk() if (node.location.line, node.location.column) <= start]
    return max(before, key=lambda node: (node.location.line, node.location.column), default=None)


def title_of(node: PlanNode) -> str:
    """`Index Scan using posts_pkey on posts p`, as EXPLAIN's text form has it."""
    using = f" using {index}" if (index := node.text("Index Name")) else ""
    alias = node.text("Alias")
    named = f"{node.relation} {alias}" if alias and alias != node.relation else node.relation
    join = node.text("Join Type")
    words = node.type.replace(" Join", f" {join} Join") if join and join != "Inner" and " Join" in node.type else node.type
    return f"{words}{using}" + (f" on {named}" if named else "")


def facts_of(plan: Plan) -> tuple[tuple[str, str], ...]:
    times = [(name, plan.fields.get(name)) for name in ("Planning Time", "Execution Time")]
    return tuple((name.lower(), f"{value:,.1f} ms") for name, value in times if isinstance(value, (int, float)))


def figure(number: float) -> str:
    """`1,204`; a fraction keeps one digit."""
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:,.1f}"


def shown(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value)
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)
