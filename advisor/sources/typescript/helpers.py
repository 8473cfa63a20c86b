"""Queries behind functions of the same file: a loop that calls `authorOf(post)` runs the query in `authorOf` for each post.

In: a query's node, and the calls of its file. Out: a `Round` for each call of the function around the query that stands in a loop
whose element reaches the query through the function's parameters. One step is followed, from the call into the function.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from advisor.model import Loop
from advisor.sources.typescript import syntax
from advisor.sources.typescript.context import CodeContext, Surroundings
from advisor.sources.typescript.elements import Elements
from advisor.sources.typescript.functions import enclosing_function, name_of
from advisor.sources.typescript.loops import ARRAY_METHODS, FoundLoop
from advisor.sources.typescript.results import is_collected
from advisor.sources.typescript.scopes import Binding, Scopes
from advisor.sources.typescript.syntax import FUNCTIONS, arguments_of, callee_of, member_of, unwrap

KEEPS_RESULTS = re.compile(r"cache|memo", re.IGNORECASE)
"""Wrappers that call a function once for each argument: `const authorOf = cache(async (id) => ...)`."""


ALL = frozenset(("*",))
"""Whatever is taken out of an argument."""


class Round(Struct, frozen=True):
    """A call, in a loop, of the function around a query. `given` are the arguments' texts by the names of the parameters."""

    call: Node
    around: Surroundings
    loops: tuple[Loop, ...]
    given: Mapping[str, str]


@dataclass(slots=True)
class Helpers:
    """The calls of one file by the function that they call, gathered when first asked for."""

    context: CodeContext
    calls: Mapping[str, list[Node]]
    """All calls, by the last name of what is called."""
    _calls_of: dict[int, tuple[Node, ...]] = field(default_factory=dict)

    def rounds(self, query: Node, mentioned: list[Node]) -> Iterator[Round]:
        """The calls that run a query in a loop. `mentioned` are the expressions that decide what the query asks."""
        function = enclosing_function(self.context.tree, query)
        if function is None or self.context.loops.around(query):
            return
        parameters = [binding for binding in self.context.scopes.declared_in(function).values() if binding.kind == "parameter"]
        if not parameters:
            return
        if function.id not in self._calls_of:
            self._calls_of[function.id] = tuple(self._find_calls(function))
        for call in self._calls_of[function.id]:
            found = self._round(call, function, parameters, mentioned)
            if found is not None:
                yield found

    def _find_calls(self, function: Node) -> Iterator[Node]:
        name = (name_of(self.context.tree, function) or "").rpartition(".")[2]
        if not name:
            return
        for call in self.calls.get(name, ()):
            called = callee_of(call)
            if called is not None and self._is_function(called, function):
                yield call
        for method in sorted(ARRAY_METHODS & self.calls.keys()):
            for call in self.calls[method]:
                given = arguments_of(call)
                if given and self.context.text(given[0]).endswith(name) and self._is_function(given[0], function):
                    yield call

    def _is_function(self, called: Node, function: Node) -> bool:
        """Whether an expression means a function of the file: `load`, `this.load`, `repository.load`."""
        member = member_of(self.context.tree, called)
        if member is None:
            binding = self.context.scopes.resolve(called)
            return binding is not None and binding.value is not None and self._is_made_of(binding.value, function)
        owner, name = member
        holder = class_body_around(self.context, called) if owner.type == "this" else self.context.values.follow(owner)
        value = member_value(self.context.scopes, holder, name) if holder is not None else None
        return value is not None and self._is_made_of(value, function)

    def _is_made_of(self, value: Node, function: Node) -> bool:
        value = unwrap(value)
        called = callee_of(value) if value.type == "call_expression" else None
        if called is not None and KEEPS_RESULTS.search(self.context.text(called)):
            given = arguments_of(value)
            return bool(given) and unwrap(given[0]) == function
        return value == function

    def _round(self, call: Node, function: Node, parameters: Iterable[Binding], mentioned: list[Node]) -> Round | None:
        reference = self.context.loops.of_reference(call)
        around = self.context.loops.around(call)
        given = [] if reference else arguments_of(call)
        deciding = reference or self.context.elements.deciding(around, given)
        if deciding is None:
            return None
        fed = {0: ALL} if reference else {n: found for n, value in enumerate(given) if (found := self._fed(value, deciding))}
        body = syntax.field(function, "body") or function
        declared = frozenset(
            declaration.id
            for binding in parameters
            for declaration in self._reached(binding, fed.get(binding.position, frozenset()), body, mentioned)
        )
        # In the function's body, what depends on the parameters is followed as in a loop over a list.
        inside = FoundLoop(replace(deciding.loop, kind="for of"), body, declared)
        elements = Elements(self.context.values)
        if not any(elements.mentions(node, inside) for node in mentioned):
            return None
        loop = replace(deciding.loop, concurrent=deciding.loop.concurrent or is_collected(self.context.tree, call))
        texts = {
            binding.name: self.context.text(given[binding.position])
            for binding in parameters
            if not binding.path and binding.position < len(given)
        }
        loops = (*(found.loop for found in around), *((loop,) if reference else ()))
        return Round(call, Surroundings((inside,), loop), loops, texts)

    def _fed(self, argument: Node, deciding: FoundLoop) -> frozenset[str]:
        """The properties of an argument that the element decides; `ALL` where it is no object literal, or is decided as a whole."""
        if not self.context.elements.mentions(argument, deciding):
            return frozenset()
        entries = self.context.values.object(argument).entries if unwrap(argument).type == "object" else ()
        return frozenset(entry.key for entry in entries if self.context.elements.mentions(entry.value, deciding)) or ALL

    def _reached(self, binding: Binding, fed: frozenset[str], body: Node, mentioned: list[Node]) -> Iterator[Node]:
        """The declarations that hold what is fed: the parameter, or what is taken out of it."""
        if not fed or (fed != ALL and binding.path and binding.path[0] not in fed):
            return
        if fed == ALL or binding.path:
            yield binding.declaration
            return
        for taken in self.context.scopes.declared_in(body).values():
            source = self.context.scopes.resolve(taken.value) if taken.value is not None else None
            if source is not None and source.declaration == binding.declaration and taken.path[:1] and taken.path[0] in fed:
                yield taken.declaration
        property_used = re.compile(rf"(?<![\w$.]){re.escape(binding.name)}[?!]?\.(?:{'|'.join(map(re.escape, sorted(fed)))})\b")
        if any(property_used.search(self.context.text(node)) for node in mentioned):
            yield binding.declaration


def class_body_around(context: CodeContext, node: Node) -> Node | None:
    return next((outer for outer in reversed(context.tree.ancestors(node)) if outer.type == "class_body"), None)


def member_value(scopes: Scopes, holder: Node, name: str) -> Node | None:
    """The function under a name of a class body or an object literal: a method, or what a field is set to."""
    if holder.type not in ("class_body", "object"):
        return None
    for child in holder.named_children:
        key = syntax.field(child, "name") or syntax.field(child, "property") or syntax.field(child, "key")
        if key is not None and scopes.tree.text(key) == name:
            return child if child.type in FUNCTIONS else syntax.field(child, "value")
    return None
