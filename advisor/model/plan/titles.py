"""What a plan's node is called: one phrase, as EXPLAIN's TEXT form has it, with the table before the index."""

from __future__ import annotations

from advisor.model.plan.tree import PlanNode

AGGREGATES = {"Plain": "Aggregate", "Sorted": "GroupAggregate", "Hashed": "HashAggregate", "Mixed": "MixedAggregate"}
TARGETS = ("Relation Name", "CTE Name", "Function Name", "Table Function Name", "Tuplestore Name")


def title_of(node: PlanNode) -> str:
    """`Index Scan on posts p by posts_author_id_idx`, `Hash Left Join`, `Finalize GroupAggregate`, `Update on posts`."""
    return " ".join(parts_of_title(node))


def parts_of_title(node: PlanNode) -> tuple[str, ...]:
    """The same in pieces, of which the later ones may go on another line: `Index Scan`, `on posts p`, `by posts_author_id_idx`."""
    target, index = target_of(node), node.text("Index Name")
    backward = " Backward" if node.text("Scan Direction") == "Backward" else ""
    parts = [kind_of(node) + backward]
    if target:
        parts.append(f"on {target}")
    if index:
        parts.append(f"by {index}" if target else f"on {index}")
    return tuple(parts)


def kind_of(node: PlanNode) -> str:
    """The node's kind with what TEXT folds into its name: strategy, join type, operation, whether it is parallel."""
    kind, join = node.type, node.text("Join Type")
    if kind == "Aggregate":
        mode = node.text("Partial Mode")
        kind = ("" if mode in (None, "Simple") else f"{mode} ") + AGGREGATES.get(node.text("Strategy") or "", kind)
    elif kind == "SetOp":
        kind = f"{'Hash' if node.text('Strategy') == 'Hashed' else ''}SetOp {node.text('Command') or ''}".strip()
    elif kind == "ModifyTable" or (kind == "Foreign Scan" and node.text("Operation") not in (None, "Select")):
        kind = ("Foreign " if kind == "Foreign Scan" else "") + (node.text("Operation") or kind)
    elif kind == "Custom Scan" and (provider := node.text("Custom Plan Provider")):
        kind = f"{kind} ({provider})"
    elif join not in (None, "Inner"):
        kind = f"{kind.removesuffix(' Join')} {join} Join"
    return ("Parallel " if node.fields.get("Parallel Aware") is True else "") + kind


def target_of(node: PlanNode) -> str | None:
    """What is scanned or changed, with its alias where that differs; None for a node that has no such thing."""
    name = next((found for field in TARGETS if (found := node.text(field)) is not None), None)
    alias = node.text("Alias")
    if name is None:
        return alias
    schema = node.text("Schema")
    full = f"{schema}.{name}" if schema and schema != "public" else name
    return f"{full} {alias}" if alias and alias != name else full
