"""The loops around a piece of code, statements and callbacks alike.

In: a node. Out: what runs it again and again (`for`, `while`, `ids.map(...)`, `pMap(ids, ...)`), outermost first, with what each
loops over and what kind of repetition it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from advisor.model import Location, Loop
from advisor.sources.typescript.functions import Callback, callback_of, runs_in_place
from advisor.sources.typescript.iterables import BATCH, BATCHES, SMALL, is_chunked, is_small
from advisor.sources.typescript.scopes import Binding
from advisor.sources.typescript.syntax import FUNCTIONS, arguments_of, callee_of, content, field, member_of, unwrap
from advisor.sources.typescript.transactions import goes_to_transaction
from advisor.sources.typescript.values import Values

ARRAY_METHODS = frozenset("map flatMap forEach filter some every find findIndex findLast findLastIndex reduce reduceRight".split())
SEQUENTIAL_METHODS = frozenset(("reduce", "reduceRight"))
LIBRARY_METHODS = ARRAY_METHODS | frozenset(
    "each eachLimit eachSeries eachOf eachOfLimit mapLimit mapSeries mapValues forEachLimit forEachSeries forEachOf filterLimit "
    "filterSeries concat concatLimit times timesLimit timesSeries".split()
)
"""Methods of lodash, async, Bluebird and their kin: collection first, callback after it."""

HELPERS = re.compile(
    r"^(p|async|promise|concurrent|parallel)?_?(map|each|forEach|filter|reduce|pool|iterate|all)"
    r"(Async|Series|Seq|Sequential(ly)?|Limit(ed)?|Concurrent(ly)?|Parallel|Settled|Values|Items|Of)*(With\w+)?$",
    re.IGNORECASE,
)
"""Functions that call a callback for each element of their first argument: pMap, asyncForEach, mapWithConcurrency."""
PLURAL = re.compile(r"chunk|batch|slice|page|group|list$|array$|(?<!s)s$", re.IGNORECASE)
"""Names of parameters that hold several elements."""

RETRY = re.compile(r"attempt|retr(y|ies)|tries|backoff", re.IGNORECASE)
"""Loops that try again until it works: a few rounds."""

DRAINING = re.compile(
    r"hasMore|hasNext|more\b|cursor|nextPage|next_page|nextToken|offset|\bskip\b|\bpage|done|finished|exhausted", re.IGNORECASE
)
"""Names of what a loop goes on with, batch after batch."""

FETCHES = re.compile(
    r"findMany|deleteMany|updateMany|\$queryRaw|\$executeRaw|\bLIMIT\b|\btake\s*:|cursor|offset|\bskip\b|batch|chunk|"
    r"nextPage|hasMore|hasNext|\.scan\(",
    re.IGNORECASE,
)
"""Signs in the body of a `while` that it works off batches, and no single elements."""

FP_ARRAYS = frozenset(("A", "RA", "NEA", "RNEA", "ROA"))
"""The names that fp-ts's documentation imports its array modules under; `TE.map`, `O.map` and the like run their callback once."""

FUNCTIONAL_LIBRARIES = ("fp-ts", "effect", "@effect/", "rxjs")


class FoundLoop(Struct, frozen=True):
    """A loop with the nodes that it is made of: the statement or callback, what its rounds run, and the names of its element."""

    loop: Loop
    body: Node
    declarations: frozenset[int]
    """Ids of the nodes that declare the element's names, an index included."""


class Loops:
    """Finds loops of one file; `fetched` tells which query filled a collection."""

    def __init__(self, values: Values, fetched: Callable[[Node], tuple[str, Location] | None]) -> None:
        self.values = values
        self.tree = values.tree
        self.scopes = values.scopes
        self.fetched = fetched
        self._loops: dict[int, FoundLoop | None] = {}

    def around(self, node: Node) -> tuple[FoundLoop, ...]:
        """The loops around a node within the function that it belongs to, outermost first."""
        found: list[FoundLoop] = []
        inner = node
        for outer in reversed(self.tree.ancestors(node)):
            loop = self._loop_at(outer, inner)
            if loop is not None:
                found.append(loop)
            elif outer.type in FUNCTIONS and not runs_in_place(self.tree, outer):
                break
            inner = outer
        return tuple(reversed(found))

    def _loop_at(self, node: Node, inner: Node) -> FoundLoop | None:
        if node.type not in LOOP_TYPES or (node.type in STATEMENTS and inner not in repeated_parts(node)):
            return None
        if node.id not in self._loops:
            self._loops[node.id] = self._read_loop(node)
        return self._loops[node.id]

    def _read_loop(self, node: Node) -> FoundLoop | None:
        if node.type in FUNCTIONS:
            callback = callback_of(self.tree, node)
            return self._callback_loop(node, callback) if callback is not None else None
        if node.type == "for_in_statement":
            return self._for_of(node)
        if node.type == "for_statement":
            return self._counting(node)
        return self._while(node)

    # statements

    def _for_of(self, node: Node) -> FoundLoop:
        operator, right = field(node, "operator"), field(node, "right")
        kind = "for in" if operator is not None and operator.type == "in" else "for of"
        if any(child.type == "await" for child in node.children):
            kind = "for await"
        bindings = tuple(self.scopes.declared_in(node).values())
        loop = self._over(kind, node, bindings, right, field(node, "left"))
        return FoundLoop(loop, field(node, "body") or node, frozenset(binding.declaration.id for binding in bindings))

    def _counting(self, node: Node) -> FoundLoop:
        bindings = tuple(self.scopes.declared_in(node).values())
        names = tuple(binding.name for binding in bindings)
        condition, increment = field(node, "condition"), field(node, "increment")
        limit = self._limit_of(condition)
        text = self.tree.text(limit) if limit is not None else ""
        count = self.values.integer(limit) if limit is not None else None
        steps = increment is not None and increment.type == "augmented_assignment_expression"
        endless = condition is None or condition.type == "empty_statement"
        loop = Loop(
            "for",
            self._head(node),
            element=names,
            collection=re.sub(r"\.(length|size)$", "", text),
            binding=names[0] if names else None,
            bounded=(count is not None and count <= SMALL) or bool(RETRY.search(" ".join((*names, text)))),
            drains=endless or any(DRAINING.search(name) for name in names),
            chunks=steps and not self._steps_by_one(increment),
        )
        return FoundLoop(loop, field(node, "body") or node, frozenset(binding.declaration.id for binding in bindings))

    def _limit_of(self, condition: Node | None) -> Node | None:
        """The right side of `i < limit`."""
        if condition is None:
            return None
        inside = (
            unwrap(content(condition)[0]) if condition.type == "expression_statement" and content(condition) else unwrap(condition)
        )
        return field(inside, "right") if inside.type == "binary_expression" else None

    def _steps_by_one(self, increment: Node | None) -> bool:
        right = field(increment, "right") if increment is not None else None
        return right is not None and self.values.integer(right) == 1

    def _while(self, node: Node) -> FoundLoop:
        condition, body = field(node, "condition"), field(node, "body") or node
        text = self.tree.text(unwrap(condition)) if condition is not None else ""
        inside = self.tree.text(body)
        endless = text in ("true", "1")
        loop = Loop(
            "while",
            self._head(node),
            collection=text,
            bounded=bool(RETRY.search(text)) or (endless and bool(RETRY.search(inside))),
            drains=endless or bool(DRAINING.search(text)) or bool(FETCHES.search(inside)) or self._goes_on_with_answer(node),
        )
        return FoundLoop(loop, body, frozenset())

    def _goes_on_with_answer(self, node: Node) -> bool:
        """Whether the loop's condition is what the last round was answered: `while (await exists(slug))`, `while (taken)`.

        It looks for something (a free name), or works off what is left; no list says how often.
        """
        condition, body = field(node, "condition"), field(node, "body")
        if condition is None or body is None:
            return False
        if self.tree.captures("(await_expression) @a", condition):
            return True
        names = self.tree.captures("(identifier) @i", condition).get("i", [])
        bindings = [binding for name in names if (binding := self.scopes.resolve(name)) is not None]
        answers = [field(change, "right") for binding in bindings for change in self.scopes.assigned_later(binding)]
        inside = [answer for answer in answers if answer is not None and body.start_byte <= answer.start_byte < body.end_byte]
        return any(self._is_answer(answer) for answer in inside)

    def _is_answer(self, value: Node) -> bool:
        """`await find(slug)`, and what is asked about it: `!!found`, `found !== null`."""
        if value.type == "await_expression":
            return True
        operator = field(value, "operator") if value.type in ("unary_expression", "binary_expression") else None
        if operator is None or operator.type not in ("!", "==", "===", "!=", "!==", ">", "<"):
            return False
        names = self.tree.captures("(identifier) @i", value).get("i", [])
        sources = [binding.value for name in names if (binding := self.scopes.resolve(name)) is not None]
        return any(source is not None and source.type == "await_expression" for source in sources)

    def _head(self, node: Node) -> Location:
        """The loop without its body."""
        body = field(node, "body")
        if node.type == "do_statement" or body is None:
            return self.tree.location(node)
        source = self.tree.source
        start = self.tree.offset(node.start_byte)
        end = self.tree.offset(body.start_byte)
        return source.location(start, start + len(source.text[start:end].rstrip()))

    # callbacks

    def _callback_loop(self, function: Node, callback: Callback) -> FoundLoop | None:
        called = callee_of(callback.call)
        if called is None or callback.call.type != "call_expression":
            return None
        member = member_of(self.tree, called)
        if member is not None:
            return self._method_loop(function, callback, *member)
        name = self.tree.text(called)
        if called.type != "identifier" or callback.position == 0:
            return None
        if BATCH.search(name):
            return self._helper_loop(function, callback, name, chunks=self._takes_many(function))
        return self._helper_loop(function, callback, name) if HELPERS.match(name) else None

    def _method_loop(self, function: Node, callback: Callback, owner: Node, method: str) -> FoundLoop | None:
        given = arguments_of(callback.call)
        owner_text = self.tree.text(owner)
        if callback.position == 0:
            if method in ARRAY_METHODS and not self._is_functional_module(owner):
                return self._element_loop(function, callback, method, owner)
            if method == "process" and "PromisePool" in owner_text:
                return self._element_loop(function, callback, method, owner)
            return None
        if method == "from" and owner_text == "Array":
            return self._element_loop(function, callback, method, given[0])
        if method in LIBRARY_METHODS and owner.type == "identifier" and self._is_library(owner):
            return self._helper_loop(function, callback, f"{owner_text}.{method}")
        if BATCH.search(method):
            return self._helper_loop(function, callback, method, chunks=self._takes_many(function))
        return self._helper_loop(function, callback, method) if HELPERS.match(method) and method not in ARRAY_METHODS else None

    def of_reference(self, call: Node) -> FoundLoop | None:
        """The loop of `ids.map(load)`, where a function of that name is run for each element."""
        called = callee_of(call)
        member = member_of(self.tree, called) if called is not None else None
        given = arguments_of(call)
        if called is None or member is None or member[1] not in ARRAY_METHODS - SEQUENTIAL_METHODS or not given:
            return None
        if given[0].type not in ("identifier", "member_expression") or self._is_functional_module(member[0]):
            return None
        concurrent = not goes_to_transaction(self.tree, call)
        return FoundLoop(replace(self._over(member[1], call, (), member[0], None), concurrent=concurrent), call, frozenset())

    def _is_functional_module(self, owner: Node) -> bool:
        """fp-ts, Effect and their kin: `TE.map(callback)` takes a callback for a value inside, not for each element."""
        binding = self.scopes.resolve(owner)
        if binding is None or binding.kind != "import" or binding.name in FP_ARRAYS:
            return False
        return (binding.imported == "*" and binding.name[:1].isupper()) or binding.module.startswith(FUNCTIONAL_LIBRARIES)

    def _is_library(self, owner: Node) -> bool:
        binding = self.scopes.resolve(owner)
        return self.tree.text(owner) in ("_", "lodash", "async", "Promise", "Bluebird") or (
            binding is not None and binding.kind == "import" and binding.imported in ("default", "*")
        )

    def _takes_many(self, function: Node) -> bool:
        """Whether a callback's parameter is a batch, by its name: `batch`, `ids`, `{ rows }`."""
        names = [binding.name for binding in self._parameters(function, 0)]
        return not names or any(PLURAL.search(name) for name in names)

    def _parameters(self, function: Node, position: int) -> tuple[Binding, ...]:
        return tuple(
            binding
            for binding in self.scopes.declared_in(function).values()
            if binding.kind == "parameter" and binding.function == function and binding.position == position
        )

    def _element_loop(self, function: Node, callback: Callback, method: str, collection: Node) -> FoundLoop:
        position = 1 if method in SEQUENTIAL_METHODS or method == "from" else 0
        concurrent = method not in SEQUENTIAL_METHODS and not goes_to_transaction(self.tree, callback.call)
        return self._callback(function, callback, method, collection, position, concurrent=concurrent)

    def _helper_loop(self, function: Node, callback: Callback, name: str, *, chunks: bool = False) -> FoundLoop:
        concurrent = not re.search(r"series|seq|batch|chunk", name, re.IGNORECASE)
        found = self._callback(function, callback, name, arguments_of(callback.call)[0], 0, concurrent=concurrent)
        return replace(found, loop=replace(found.loop, chunks=chunks)) if chunks else found

    def _callback(
        self, function: Node, callback: Callback, kind: str, collection: Node, position: int, *, concurrent: bool
    ) -> FoundLoop:
        bindings = self._parameters(function, position)
        counted = self._parameters(function, position + 1)
        loop = replace(
            self._over(kind, callback.call, bindings, collection, parameter_at(function, position)), concurrent=concurrent
        )
        declarations = frozenset(binding.declaration.id for binding in (*bindings, *counted))
        return FoundLoop(replace(loop, concurrent=concurrent), field(function, "body") or function, declarations)

    def _over(self, kind: str, node: Node, bindings: tuple[Binding, ...], collection: Node | None, pattern: Node | None) -> Loop:
        names = tuple(binding.name for binding in bindings)
        text = self.tree.text(collection) if collection is not None else ""
        query = self.fetched(collection) if collection is not None else None
        return Loop(
            kind,
            self._head(node) if node.type in STATEMENTS else self._call_head(node),
            element=names,
            collection=text,
            bounded=collection is not None and is_small(self.values, collection),
            chunks=bool(BATCHES.search(text) or any(BATCH.search(name) for name in names) or is_chunked(self.values, collection)),
            fetched_model=query[0] if query else None,
            fetched_at=query[1] if query else None,
            binding=self.tree.text(pattern) if pattern is not None else None,
        )

    def _call_head(self, call: Node) -> Location:
        """The call without its arguments: `ids.map`."""
        called = callee_of(call)
        return self.tree.location(called if called is not None else call)


STATEMENTS = frozenset(("for_statement", "for_in_statement", "while_statement", "do_statement"))
LOOP_TYPES = STATEMENTS | FUNCTIONS


def repeated_parts(statement: Node) -> tuple[Node, ...]:
    """The parts of a loop that run in each round: its body, and the condition of one that is no `for ... of`."""
    names = ("body",) if statement.type == "for_in_statement" else ("body", "condition", "increment")
    return tuple(part for name in names if (part := field(statement, name)) is not None)


def parameter_at(function: Node, position: int) -> Node | None:
    """The pattern of a function's parameter, without its type."""
    single = field(function, "parameter")
    if single is not None:
        return single if position == 0 else None
    listed = field(function, "parameters")
    given = content(listed) if listed is not None else []
    if position >= len(given):
        return None
    return field(given[position], "pattern") or field(given[position], "left") or given[position]
