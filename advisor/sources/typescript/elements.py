"""Which loop's element decides what an expression is.

In: expressions and the loops around them. Out: the innermost loop whose element any of them mentions, itself or through variables
that the loop's body makes of it (`const id = user.id`).
"""

from __future__ import annotations

from tree_sitter import Node

from advisor.model import Loop
from advisor.sources.typescript.loops import FoundLoop
from advisor.sources.typescript.scopes import Binding
from advisor.sources.typescript.syntax import field
from advisor.sources.typescript.values import Values

MAX_STEPS = 20
"""Variables made of variables that are followed."""


class Elements:
    """Follows the elements of one file's loops, and remembers which variables are made of them."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.tree = values.tree
        self.scopes = values.scopes
        self._depends: dict[tuple[int, int], bool] = {}

    def deciding_loop(self, found: tuple[FoundLoop, ...], nodes: list[Node]) -> Loop | None:
        """The innermost of the loops whose element any of the nodes mentions."""
        deciding = self.deciding(found, nodes)
        return deciding.loop if deciding is not None else None

    def deciding(self, found: tuple[FoundLoop, ...], nodes: list[Node]) -> FoundLoop | None:
        """The same, with the nodes that the loop is made of."""
        return next((loop for loop in reversed(found) if any(self.mentions(node, loop) for node in nodes)), None)

    def mentions(self, node: Node, found: FoundLoop, steps: int = MAX_STEPS) -> bool:
        """Whether an expression mentions the element of a loop, itself or through variables of the loop's body."""
        if node.type in ("identifier", "shorthand_property_identifier"):
            return self._is_element(node, found, steps)
        captured = self.tree.captures("(identifier) @i (shorthand_property_identifier) @i", node)
        return any(self._is_element(identifier, found, steps) for identifier in captured.get("i", ()))

    def _is_element(self, identifier: Node, found: FoundLoop, steps: int) -> bool:
        binding = self.scopes.resolve(identifier)
        if binding is None or binding.kind in ("import", "function", "class", "enum"):
            return False
        key = (binding.declaration.id, found.body.id)
        if key not in self._depends:
            self._depends[key] = False  # what a variable made of itself finds
            self._depends[key] = binding.declaration.id in found.declarations or (
                steps > 0 and self._depends_on(binding, found, steps)
            )
        return self._depends[key]

    def _depends_on(self, binding: Binding, found: FoundLoop, steps: int) -> bool:
        inside = found.body.start_byte <= binding.declaration.start_byte < found.body.end_byte
        changed = [node for node in self._changes_inside(binding, found) if node is not None]
        if found.loop.kind == "while":
            return bool(changed) or (inside and binding.value is not None and not self.values.is_constant(binding.value))
        sources = [*changed, binding.value] if inside and binding.value is not None else changed
        return any(self.mentions(source, found, steps - 1) for source in sources)

    def _changes_inside(self, binding: Binding, found: FoundLoop) -> list[Node | None]:
        """What is assigned to a variable, or pushed into it, within the loop."""
        if binding.kind not in ("const", "variable"):
            return []
        return [
            field(node, "right") or node
            for node in self.scopes.assigned_later(binding)
            if found.body.start_byte <= node.start_byte < found.body.end_byte
        ]
