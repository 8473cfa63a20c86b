"""Names bound by patterns: `const { a, b: [c], ...rest } = value`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, is_complete
from advisor.sources.evaluation.members import property_of
from advisor.sources.evaluation.values import UNDEFINED, Environment, Place, Unknown, Value
from advisor.sources.typescript.syntax import content, field
from advisor.sources.typescript.values import key_text

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator


def bind(run: Evaluator, pattern: Node, value: Value, scope: Environment) -> None:
    """Declare the names of a pattern with what they take out of a value."""
    if pattern.type in ("identifier", "shorthand_property_identifier_pattern"):
        scope.names[run.tree.text(pattern)] = value
    elif pattern.type in ("assignment_pattern", "object_assignment_pattern"):
        left, right = field(pattern, "left"), field(pattern, "right")
        if left is not None and right is not None:
            bind(run, left, run.evaluate(right, scope) if value is UNDEFINED else value, scope)
    elif pattern.type == "object_pattern":
        bind_object(run, pattern, value, scope)
    elif pattern.type == "array_pattern":
        for number, element in enumerate(positions_of(pattern)):
            if element is not None and element.type == "rest_pattern":
                bind(run, content(element)[0], rest_of_list(run, value, number, element), scope)
            elif element is not None:
                bind(run, element, property_of(run, value, number, element), scope)


def bind_object(run: Evaluator, pattern: Node, value: Value, scope: Environment) -> None:
    taken: set[str] = set()
    for part in content(pattern):
        if part.type == "rest_pattern":
            bind(run, content(part)[0], rest_of_object(run, value, taken, part), scope)
            continue
        name = part if part.type != "object_assignment_pattern" else field(part, "left") or part
        key, target = field(part, "key"), field(part, "value")
        wanted = key_text(run.tree, key) if key is not None else run.tree.text(name)
        taken.add(wanted or "")
        found = property_of(run, value, wanted, part) if wanted is not None else Unknown()
        bind(run, target or part, found, scope)


def rest_of_list(run: Evaluator, value: Value, number: int, node: Node) -> Value:
    place = Place(run.here, node)
    return ArrayValue(value[number:], place, is_complete(value)) if isinstance(value, list) else Unknown(run.tree.text(node))


def rest_of_object(run: Evaluator, value: Value, taken: set[str], node: Node) -> Value:
    if not isinstance(value, dict):
        return Unknown(run.tree.text(node), "the rest of an object", Place(run.here, node))
    places = value.places if isinstance(value, ObjectValue) else {}
    kept = {key: own for key, own in value.items() if key not in taken}
    return ObjectValue(kept, {key: at for key, at in places.items() if key in kept}, Place(run.here, node), is_complete(value))


def positions_of(pattern: Node) -> list[Node | None]:
    """The elements of an array pattern; None for a hole."""
    elements: list[Node | None] = [None]
    for child in pattern.children:
        if child.type == ",":
            elements.append(None)
        elif child.is_named and child.type != "comment":
            elements[-1] = child
    return elements
