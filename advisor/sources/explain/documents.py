"""Plans out of a document: JSON, YAML and XML differ in spelling alone. In: objects with `Plan`, and places. Out: trees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from advisor.model import Location, Plan, PlanNode, Skipped, SourceText

Span = tuple[int, int]
"""Where something begins and ends in a text."""


class DocumentPlans(Struct, frozen=True):
    """The plans of one document, what was wrong with it, and the offset after it."""

    plans: tuple[Plan, ...]
    problems: tuple[Skipped, ...]
    end: int


class WrongShapeError(ValueError):
    """A document that is no plan. `str(error)` says why."""


def plans_of(
    source: SourceText, queries: Sequence[dict[str, Any]], located: Mapping[int, Span], whole: Location
) -> tuple[Plan, ...]:
    """A plan of each object with `Plan`. A node's place is found in `located` by its id; one without is at the whole document.

    Raises WrongShapeError where a node is not the object that it must be.
    """
    plans = []
    for query in queries:
        root = build(source, list(preorder(query["Plan"])), located, whole)
        fields = {key: value for key, value in query.items() if key not in ("Plan", "Query Text")}
        statement = query.get("Query Text")
        plans.append(Plan(root, whole, fields, statement if isinstance(statement, str) else None))
    return tuple(plans)


def preorder(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes, parents first. Raises WrongShapeError where one is not the object that a node must be."""
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, dict) or not isinstance(node.get("Node Type"), str):
            raise WrongShapeError("a node without “Node Type”")
        yield node
        children = node.get("Plans", [])
        if not isinstance(children, list):
            raise WrongShapeError("“Plans” is no list")
        waiting.extend(reversed(children))


def build(source: SourceText, nodes: Sequence[dict[str, Any]], located: Mapping[int, Span], whole: Location) -> PlanNode:
    built: dict[int, PlanNode] = {}
    for node in reversed(nodes):
        children = tuple(built.pop(id(child)) for child in node.get("Plans", []))
        span = located.get(id(node))
        place = whole if span is None else source.location(*span)
        fields = {key: value for key, value in node.items() if key != "Plans"}
        built[id(node)] = PlanNode(fields, place, children)
    return built[id(nodes[0])]


def join_workers(one: list[Any], other: list[Any]) -> list[Any]:
    """Before version 13 a node may have `Workers` twice: they are parts of one list."""
    if not all(isinstance(worker, dict) for worker in (*one, *other)):
        return one
    joined = {worker.get("Worker Number"): dict(worker) for worker in one}
    for worker in other:
        joined.setdefault(worker.get("Worker Number"), {}).update(worker)
    return list(joined.values())
