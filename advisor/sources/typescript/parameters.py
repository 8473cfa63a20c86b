"""Which parameters of the function around it an expression is made of.

In: an expression. Out: `ParameterUse`s: `where: { id: user.id }` in `load(user)` uses property `id` of parameter 0. Variables of
the function are followed to what they are made of, and the elements of its loops to what is looped over.
"""

from __future__ import annotations

from tree_sitter import Node

from advisor.model import ParameterUse
from advisor.sources.typescript.functions import callback_of, enclosing_function
from advisor.sources.typescript.scopes import Binding
from advisor.sources.typescript.syntax import arguments_of, callee_of, field, member_of
from advisor.sources.typescript.values import LITERALS, Values

MAX_STEPS = 12
"""Variables made of variables that are followed."""

NOTHING: frozenset[ParameterUse] = frozenset()
IDENTIFIERS = "(identifier) @i (shorthand_property_identifier) @i"
NAMES = ("identifier", "shorthand_property_identifier")
FIXED = ("import", "function", "class", "enum", "caught")


class Parameters:
    """Follows the names of one file to parameters, and remembers what each variable is made of."""

    def __init__(self, values: Values) -> None:
        self.tree = values.tree
        self.scopes = values.scopes
        self._with_parameters: dict[int, bool] = {}
        self._made_of: dict[tuple[int, int], frozenset[ParameterUse]] = {}

    def of(self, *nodes: Node) -> tuple[ParameterUse, ...]:
        """The parameters that decide what the expressions are, those of the function around the first of them."""
        nodes = tuple(node for node in nodes if node.type not in LITERALS)
        function = enclosing_function(self.tree, nodes[0]) if nodes else None
        if function is None or not self._has_parameters(function):
            return ()
        found = frozenset[ParameterUse]().union(*(self._in(node, function, MAX_STEPS) for node in nodes))
        whole = {use.position for use in found if use.property is None}
        return tuple(sorted((use for use in found if use.property is None or use.position not in whole), key=order_of))

    def _has_parameters(self, function: Node) -> bool:
        if function.id not in self._with_parameters:
            declared = self.scopes.declared_in(function).values()
            self._with_parameters[function.id] = any(each.kind == "parameter" for each in declared)
        return self._with_parameters[function.id]

    def _in(self, node: Node, function: Node, steps: int) -> frozenset[ParameterUse]:
        if steps <= 0:
            return NOTHING
        names = [node] if node.type in NAMES else self.tree.captures(IDENTIFIERS, node).get("i", [])
        return NOTHING.union(*(self._of_name(name, function, steps) for name in names))

    def _of_name(self, name: Node, function: Node, steps: int) -> frozenset[ParameterUse]:
        binding = self.scopes.resolve(name)
        if binding is None or binding.kind in FIXED:
            return NOTHING
        if binding.kind == "parameter" and binding.function == function:
            return frozenset((ParameterUse(binding.position, binding.path[0] if binding.path else self._taken_from(name)),))
        key = (binding.declaration.id, function.id)
        if key not in self._made_of:
            self._made_of[key] = NOTHING  # what a variable made of itself finds
            self._made_of[key] = self._of_variable(binding, function, steps - 1)
        return self._made_of[key]

    def _taken_from(self, name: Node) -> str | None:
        """The property that is read of a name: `id` of `user.id`; None where it is used as a whole, or a method of it is called."""
        around = self.tree.ancestors(name)
        owner = around[-1] if around else None
        if owner is not None and owner.type == "non_null_expression":
            name, around = owner, around[:-1]
            owner = around[-1] if around else None
        if owner is None or owner.type != "member_expression" or field(owner, "object") != name:
            return None
        called = len(around) > 1 and around[-2].type == "call_expression" and field(around[-2], "function") == owner
        member = member_of(self.tree, owner)
        return member[1] if member is not None and not called else None

    def _of_variable(self, binding: Binding, function: Node, steps: int) -> frozenset[ParameterUse]:
        if not function.start_byte <= binding.declaration.start_byte < function.end_byte:
            return NOTHING
        sources = [binding.value] if binding.value is not None else []
        if binding.kind in ("const", "variable"):
            changes = self.scopes.assigned_later(binding)
            sources += [field(change, "right") or change for change in changes]
        elif binding.kind == "parameter" and binding.function is not None:
            sources += self._given_to(binding.function)
        return NOTHING.union(*(self._in(source, function, steps) for source in sources))

    def _given_to(self, callback: Node) -> list[Node]:
        """What a callback's parameters are elements of: `ids` of `ids.map((id) => ...)` and of `pMap(ids, (id) => ...)`."""
        found = callback_of(self.tree, callback)
        called = callee_of(found.call) if found is not None else None
        if found is None or called is None:
            return []
        member = member_of(self.tree, called)
        return [*([member[0]] if member is not None else []), *arguments_of(found.call)[: found.position]]


def order_of(use: ParameterUse) -> tuple[int, str]:
    return use.position, use.property or ""
