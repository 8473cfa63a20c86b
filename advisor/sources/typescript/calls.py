"""Calls of what may be functions of the project, with their loops and what their arguments are made of.

In: the calls of a file. Out: `CodeCall`s. A call of a package's function, of a built-in or of something that the file says nothing
of is none; the graph of calls (`advisor.sources.calls`) looks up what the others mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace
from tree_sitter import Node

from advisor.model import CodeCall, Given, Loop, Reference
from advisor.sources.module_paths import EXTERNAL
from advisor.sources.outside import GLOBAL, kind_of_package
from advisor.sources.typescript.clients import package_of
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.loops import ARRAY_METHODS, FoundLoop
from advisor.sources.typescript.references import References
from advisor.sources.typescript.results import is_awaited, is_collected, is_given_back, result_of
from advisor.sources.typescript.syntax import arguments_of, callee_of, unwrap
from advisor.sources.typescript.transactions import Transactions, goes_to_transaction
from advisor.sources.typescript.values import ObjectValue

BUILT_IN = frozenset(
    "allSettled any append apply assign at bind catch charAt charCodeAt clear concat debug encode endsWith error every fill "
    "filter finally flat flatMap forEach freeze fromEntries getTime hasOwnProperty includes indexOf info isArray join json "
    "keys lastIndexOf length log map max min now of padEnd padStart parseInt pop push race random reduce reject replace "
    "replaceAll require reverse round shift slice some sort splice split startsWith stringify substring text then toFixed "
    "toISOString toLocaleString toLowerCase toString toUpperCase trim unshift useCallback useEffect useMemo useRef useState "
    "warn".split()
)
"""Methods of the language's own objects, of the console and of React that no repository or service has."""

MAX_NAME = 60
MAX_TEXT = 200
"""Characters of an argument: more than a comparison's value has."""


class Calls:
    """Reads the calls of one file."""

    def __init__(self, context: CodeContext, references: References) -> None:
        self.context = context
        self.references = references
        self.transactions = Transactions(context.tree)

    def read(self, calls: Mapping[str, list[Node]]) -> tuple[CodeCall, ...]:
        """The calls, by the last name of what is called, that may mean functions of the project, in order of place."""
        found = [one for name, nodes in calls.items() if name not in BUILT_IN for one in self._read_all(nodes)]
        for method in ARRAY_METHODS & calls.keys():
            found.extend(one for call in calls[method] if (one := self._by_reference(call)) is not None)
        return tuple(sorted(found, key=lambda call: call.location))

    def _read_all(self, nodes: Iterable[Node]) -> Iterator[CodeCall]:
        for node in nodes:
            called = callee_of(node)
            target = self._target(called) if called is not None and not self.context.tree.is_too_deep(node) else None
            if target is not None:
                yield self._call(node, target)

    def _target(self, called: Node) -> Reference | Node | None:
        """What is called, where it may be the project's own."""
        if called.type not in ("identifier", "member_expression"):
            return None
        found = self.references.of(called)
        if found is None and called.type == "identifier" and self.context.text(called) == "fetch":
            return None if self.context.scopes.resolve(called) else Reference(GLOBAL, "fetch")
        if isinstance(found, Reference) and found.module and is_of_others(found.module):
            return None
        return found

    def _call(self, node: Node, target: Reference | Node) -> CodeCall:
        given = arguments_of(node)
        around = self.context.loops.around(node)
        deciding = self.context.elements.deciding(around, given) if around and given else None
        element = deciding.loop if deciding is not None else None
        if element is not None and around[-1].loop == element and is_collected(self.context.tree, node):
            element = replace(element, concurrent=True)
        result = result_of(self.context.tree, node)
        opened = self.transactions.around(node)
        return CodeCall(
            location=self.context.location(node),
            scope=self.context.scope(node),
            target=target if isinstance(target, Reference) else None,
            function=None if isinstance(target, Reference) else self.context.location(target),
            given=tuple(self._given(given, deciding)),
            complete=all(one.type != "spread_element" for one in given),
            loops=tuple(found.loop for found in around),
            uses_element_of=element,
            name=self._name(node),
            awaited=is_awaited(self.context.tree, node),
            given_back=is_given_back(self.context.tree, node),
            batched_in_transaction=goes_to_transaction(self.context.tree, node),
            result_name=result.name,
            transaction=self.context.location(opened) if opened is not None else None,
        )

    def _name(self, node: Node) -> str:
        called = callee_of(node)
        return " ".join(self.context.text(called).split())[:MAX_NAME] if called is not None else ""

    def _given(self, arguments: list[Node], deciding: FoundLoop | None) -> Iterator[Given]:
        for position, argument in enumerate(arguments):
            value = self.context.values.object(argument) if unwrap(argument).type == "object" else ObjectValue()
            if not value.entries or not value.complete:
                yield self._argument(position, argument, deciding)
            for entry in value.entries if value.complete else ():
                yield replace(self._argument(position, entry.value, deciding), property=entry.key)

    def _argument(self, position: int, value: Node, deciding: FoundLoop | None) -> Given:
        return Given(
            position,
            self.context.text(value)[:MAX_TEXT],
            of_element=deciding is not None and self.context.elements.mentions(value, deciding),
            parameters=self.context.parameters.of(value),
        )

    def _by_reference(self, call: Node) -> CodeCall | None:
        """The call of `load` in `ids.map(load)`, once for each element."""
        loop = self.context.loops.of_reference(call)
        arguments = arguments_of(call)
        target = self._target(arguments[0]) if loop is not None and arguments else None
        if loop is None or target is None:
            return None
        around = self.context.loops.around(call)
        element: Loop = loop.loop
        return replace(
            self._call(call, target),
            given=(Given(0, "element", of_element=True),),
            complete=True,
            loops=(*(found.loop for found in around), element),
            uses_element_of=replace(element, concurrent=element.concurrent or is_collected(self.context.tree, call)),
            result_name=None,
        )


def is_of_others(module: str) -> bool:
    """Whether a module is a package that never is the project's, and whose calls do not leave the process."""
    return kind_of_package(module) is None and (EXTERNAL.match(module) is not None or is_asset(module))


def is_asset(module: str) -> bool:
    return module.endswith((".css", ".json", ".svg", ".png", ".md")) or (bool(package_of(module)) and module.startswith("@types/"))
