"""Whether a plan is all there: a tree in, what is missing from it out.

A TEXT plan that was cut off reads like a smaller plan. What betrays it: a node without the children that its kind must have, an
Append whose members do not add up to it, a subplan that is used and not shown, a line that PostgreSQL always prints and that is
not there. What is left of a plan can still be a whole one, of a simpler statement or fewer options: then nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.model import Plan, PlanNode

ONE = frozenset(
    (
        "Aggregate",
        "Bitmap Heap Scan",
        "Gather",
        "Gather Merge",
        "Group",
        "Hash",
        "Incremental Sort",
        "Limit",
        "LockRows",
        "Materialize",
        "Memoize",
        "ModifyTable",
        "ProjectSet",
        "SetOp",
        "Sort",
        "Subquery Scan",
        "Unique",
        "WindowAgg",
    )
)
TWO = frozenset(("Nested Loop", "Hash Join", "Merge Join", "Recursive Union", "BitmapAnd", "BitmapOr"))
SUBPLAN_USE = re.compile(r"(?<![\w\"'])(?:hashed )?((?:SubPlan|InitPlan) \d+)\b")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
TABLE_SCANS = ("Seq Scan", "Index Scan", "Bitmap Heap Scan")
INDEX_SCANS = ("Index Scan", "Index Only Scan", "Bitmap Index Scan")
SCANS = frozenset((*TABLE_SCANS, *INDEX_SCANS))
BUFFERS = ("Shared Hit Blocks", "Local Hit Blocks")
ATTACHED = frozenset(("InitPlan", "SubPlan"))
ROUNDING = 0.5
"""TEXT before version 18 rounds rows per loop to whole ones."""


def missing_parts(plan: Plan, *, names_subplans: bool = True) -> Iterator[tuple[PlanNode, str]]:
    """Each node at which something is missing, and what. `names_subplans`: the plan's text has the words SubPlan or InitPlan."""
    nodes = list(plan.walk())
    shown = {str(name).partition(" (")[0] for node in nodes if (name := node.fields.get("Subplan Name"))}
    last_append: PlanNode | None = None
    yield from ((plan.root, reason) for reason in missing_summary(plan))
    has_buffers = any(name in plan.root.fields for name in BUFFERS)
    is_18 = isinstance(plan.root.fields.get("Actual Rows"), float)
    for node in nodes:
        kind = node.type
        if kind in SCANS and node.analyzed:
            yield from ((node, reason) for reason in missing_lines(node, has_buffers=has_buffers, is_18=is_18))
        if (reason := missing_inputs(node, kind, is_18=is_18)) is not None:
            yield node, reason
        if names_subplans:
            yield from ((node, f"{name} is used here and not shown") for name in sorted(used_subplans(node) - shown))
        if kind == "CTE Scan" and f"CTE {node.text('CTE Name')}" not in shown:
            yield node, f"CTE {node.text('CTE Name')} is read here and not shown"
        if kind in ("Append", "Merge Append") and is_on_right_edge(plan, node):
            last_append = node
    if last_append is not None and (reason := missing_members(last_append)) is not None:
        yield last_append, reason


def missing_summary(plan: Plan) -> Iterator[str]:
    """What belongs below the plan: a statement that was run has both times or neither, and no group is empty."""
    if plan.root.analyzed and "Planning Time" in plan.fields and "Execution Time" not in plan.fields:
        yield "its Execution Time is missing"
    yield from (f"nothing stands below {name}" for name in ("Planning", "JIT") if plan.fields.get(name) == {})


def missing_lines(node: PlanNode, *, has_buffers: bool, is_18: bool) -> Iterator[str]:
    """The lines that a scan always has under ANALYZE. Version 18 is known by rows with a fraction (`rows=1.00`)."""
    if not node.analyzed:
        return
    if is_18 and node.type in INDEX_SCANS and "Index Searches" not in node.fields:
        yield f"this {node.type} has no Index Searches"
    if node.type == "Index Only Scan" and "Heap Fetches" not in node.fields:
        yield f"this {node.type} has no Heap Fetches"
    if has_buffers and node.total_rows and node.type in TABLE_SCANS and not any(name in node.fields for name in BUFFERS):
        yield f"this {node.type} has no Buffers"


def missing_inputs(node: PlanNode, kind: str, *, is_18: bool) -> str | None:
    """That a node has fewer inputs than its kind must have. A SetOp has two since version 18, and one Append before."""
    wanted = 2 if kind in TWO or (is_18 and kind == "SetOp") else 1 if kind in ONE else 0
    if not wanted or (wanted == 1 and node.children and node.children[0].fields.get("Parent Relationship") == "Outer"):
        return None
    found = sum(child.fields.get("Parent Relationship") not in ATTACHED for child in node.children)
    if found >= wanted:
        return None
    return f"{kind} has {found} of its {wanted} inputs" if wanted > 1 else f"{kind} has no input"


def used_subplans(node: PlanNode) -> set[str]:
    """`SubPlan 1` and the like where an expression of the node names them, outside of strings and quoted names."""
    used: set[str] = set()
    # PostgreSQL does not show the subplans in the Output of a work table's scan that has not been executed.
    unshown = ("Output",) if node.type == "WorkTable Scan" and not node.analyzed else ()
    for name, value in node.fields.items():
        if name in unshown:
            continue
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and "Plan " in text and text != node.fields.get("Subplan Name"):
                used.update(SUBPLAN_USE.findall(QUOTED.sub("''", text)))
    return used


def is_on_right_edge(plan: Plan, wanted: PlanNode) -> bool:
    """Whether only the node's own descendants come after it, so that a cut at the end of the text would have hit it."""
    node = plan.root
    while node is not wanted and node.children:
        node = node.children[-1]
    return node is wanted


def missing_members(node: PlanNode) -> str | None:
    """That the members of an Append give fewer rows than it does: some of them are not there."""
    members = [child for child in node.children if child.text("Parent Relationship") == "Member"]
    if node.analyzed:
        given = sum(child.total_rows + ROUNDING * child.loops for child in members)
        short = node.total_rows - ROUNDING * node.loops > given
    else:
        given = sum(child.estimated_rows + 1 for child in members)
        pruned = node.number("Subplans Removed") > 0 or node.fields.get("Parallel Aware") is True
        short = not pruned and node.estimated_rows > given
    return f"the members of this {node.type} give fewer rows than it does" if short else None
