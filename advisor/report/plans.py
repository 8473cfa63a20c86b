"""A plan as rows of a tree. In: a Plan and the findings about it. Out: its nodes, each with its share of the time."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from advisor.finding import Finding
from advisor.formats.digest import severity_word
from advisor.formats.excerpt import one_line
from advisor.model import Location, Plan, PlanNode
from advisor.model.plan_times import exclusive_costs, exclusive_times
from advisor.model.plan_titles import title_of

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


class NodeView(Struct, frozen=True):
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


class PlanView(Struct, frozen=True):
    """A plan. `measure` names what bars show: time of a plan that was run, else estimated cost."""

    anchor: str
    place: str
    statement: str | None
    measure: str
    facts: tuple[tuple[str, str], ...]
    nodes: tuple[NodeView, ...]


class Branch(Struct, frozen=True):
    """A node where the tree is drawn. `cut_short`: something above it may stop before it has given all its rows."""

    node: PlanNode
    guides: str
    below: str
    level: int
    cut_short: bool


def plan_view(plan: Plan, number: int, findings: Sequence[Finding]) -> PlanView:
    times = exclusive_times(plan)
    own = times or exclusive_costs(plan)
    total = sum(own.values())
    about: dict[PlanNode, list[Finding]] = {}
    for finding in findings:
        if finding.at.path == plan.location.path and (node := node_at(plan, finding.at)) is not None:
            about.setdefault(node, []).append(finding)
    nodes = tuple(
        node_view(
            branch,
            amount_of(own.get(branch.node), bool(times)),
            share_of(own.get(branch.node), total),
            about.get(branch.node, ()),
        )
        for branch in tree(plan)
    )
    return PlanView(f"plan-{number}", str(plan.location), plan.statement, "time" if times else "cost", facts_of(plan), nodes)


def node_view(branch: Branch, amount: str, share: float, findings: Sequence[Finding]) -> NodeView:
    node = branch.node
    return NodeView(
        guides=branch.guides,
        level=branch.level,
        title=one_line(title_of(node)),
        amount=amount,
        share=share,
        estimated=figure(node.estimated_rows) if "Plan Rows" in node.fields else "",
        actual=figure(node.rows if node.loops else 0.0) if node.analyzed else "",
        loops=figure(node.loops) if node.loops > 1 else "",
        off=misestimate(branch),
        details=tuple((name, one_line(shown(name, node))) for name in DETAILS if node.fields.get(name)),
        findings=tuple((severity_word(finding), finding) for finding in findings),
        never_executed=node.analyzed and not node.loops,
    )


def misestimate(branch: Branch) -> str:
    """How far the estimate is off, where that is far; fewer rows than estimated say nothing of a node that was cut short."""
    node = branch.node
    if not node.loops or "Plan Rows" not in node.fields:
        return ""
    ratio = max(node.rows, 1.0) / max(node.estimated_rows, 1.0)
    if ratio >= MISESTIMATE:
        return f"{figure(ratio)} times more rows than estimated"
    if ratio <= 1 / MISESTIMATE and not branch.cut_short:
        return f"{figure(1 / ratio)} times fewer rows than estimated"
    return ""


def tree(plan: Plan) -> list[Branch]:
    """The nodes from the top down, each with the lines that lead to it; without recursion."""
    rows: list[Branch] = []
    waiting = [Branch(plan.root, "", "", 1, False)]
    while waiting:
        branch = waiting.pop()
        rows.append(branch)
        children, level = branch.node.children, branch.level + 1
        cut_short = branch.cut_short or stops_early(branch.node)
        for number, child in reversed(list(enumerate(children, 1))):
            turn, onward = ("└ ", "  ") if number == len(children) else ("├ ", "│ ")
            guides, below = (branch.below + turn)[-DEEPEST:], (branch.below + onward)[-DEEPEST:]
            waiting.append(Branch(child, guides, below, level, cut_short))
    return rows


def stops_early(node: PlanNode) -> bool:
    """Whether a node may have enough before its input ends: a limit, a merge join, a join that wants one match."""
    return node.type in ("Limit", "Merge Join") or node.text("Join Type") in ("Semi", "Anti", "Right Semi")


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


def facts_of(plan: Plan) -> tuple[tuple[str, str], ...]:
    times = [(name, plan.fields.get(name)) for name in ("Planning Time", "Execution Time")]
    return tuple((name.lower(), f"{value:,.1f} ms") for name, value in times if isinstance(value, (int, float)))


def figure(number: float) -> str:
    """`1,204`; a fraction keeps one digit."""
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:,.1f}"


def shown(name: str, node: PlanNode) -> str:
    """A field's value; a sort's method with what it took, which EXPLAIN's text form has on one line too."""
    value = node.fields[name]
    if name == "Sort Method" and "Sort Space Used" in node.fields:
        return f"{value}, {node.text('Sort Space Type')} {node.number('Sort Space Used'):,.0f} kB"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(each) for each in value)
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)
