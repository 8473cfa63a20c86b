"""Names bound by patterns: `const { a, b: [c], ...rest } = value`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.migrations.code.values import UNDEFINED, Environment, Unknown, Value
from advisor.sources.typescript.syntax import content, field
from advisor.sources.typescript.values import key_text

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Interpreter


def bind(run: Interpreter, pattern: Node, value: Value, scope: Environment) -> None:
    """Declare the names of a pattern with what they take out of a value."""
    from advisor.sources.migrations.code.members import property_of

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
                rest = value[number:] if isinstance(value, list) else Unknown(run.tree.text(element))
                bind(run, content(element)[0], rest, scope)
            elif element is not None:
                bind(run, element, property_of(run, value, number), scope)


def bind_object(run: Interpreter, pattern: Node, value: Value, scope: Environment) -> None:
    from advisor.sources.migrations.code.members import property_of

    taken: set[str] = set()
    for part in content(pattern):
        if part.type == "rest_pattern":
            rest = {key: own for key, own in value.items() if key not in taken} if isinstance(value, dict) else Unknown()
            bind(run, content(part)[0], rest, scope)
            continue
        name = part if part.type != "object_assignment_pattern" else field(part, "left") or part
        key, target = field(part, "key"), field(part, "value")
        wanted = key_text(run.tree, key) if key is not None else run.tree.text(name)
        taken.add(wanted or "")
        found = property_of(run, value, wanted) if wanted is not None else Unknown()
        bind(run, target or part, found, scope)


def positions_of(pattern: Node) -> list[Node | None]:
    """The elements of an array pattern; None for a hole."""
    elements: list[Node | None] = [None]
    for child in pattern.children:
        if child.type == ",":
            elements.append(None)
        elif child.is_named and child.type != "comment":
            elements[-1] = child
    return elements
