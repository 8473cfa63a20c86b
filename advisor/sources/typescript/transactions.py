"""Transactions: calls in their callbacks, and promises that end up in `$transaction([...])`.

In: a call's node. Out: whether its promise is handed to a transaction before anybody awaits it; what opens the transaction that it
stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct
from tree_sitter import Node

from advisor.sources.typescript.functions import callback_of, runs_in_place
from advisor.sources.typescript.syntax import FUNCTIONS, WRAPPERS, SyntaxTree, callee_of, field, member_of

PASSES_ON = WRAPPERS | {"arguments", "array", "spread_element", "arrow_function", "return_statement", "statement_block"}
"""What stands between a promise and the list that it ends up in."""


def goes_to_transaction(tree: SyntaxTree, node: Node) -> bool:
    """Whether a promise is handed to `$transaction([...])` before it is awaited.

    By itself, as an element of a list, as the result of a callback over a list, or through a variable
    (`const writes = items.map(...); await prisma.$transaction(writes)`, `writes.push(...)`).
    """
    inner = node
    for outer in reversed(tree.ancestors(node)):
        if outer.type == "call_expression":
            called = callee_of(outer)
            member = member_of(tree, called) if called is not None else None
            if member is None or (called is not None and called.end_byte > inner.start_byte):
                return False
            if member[1] == "$transaction":
                return True
            if member[1] in ("push", "unshift", "concat"):
                return is_transacted(tree, tree.text(member[0]), outer)
            if member[1] not in ("map", "flatMap", "filter"):
                return False
        elif outer.type == "variable_declarator":
            name = field(outer, "name")
            return name is not None and name.type == "identifier" and is_transacted(tree, tree.text(name), outer)
        elif outer.type not in PASSES_ON:
            return False
        inner = outer
    return False


def is_transacted(tree: SyntaxTree, name: str, after: Node) -> bool:
    """Whether a list is given to `$transaction` further down, alone or spread among others."""
    pattern = rb"\$transaction\(\s*(?:\[[^\]]*?)?(?:(?<=\.\.\.)|(?<![\w$.]))" + re.escape(name.encode()) + rb"(?![\w$.])"
    return re.search(pattern, tree.data[after.end_byte :]) is not None


CALLBACK = re.compile(r"^(\$?transaction|withTransaction|runInTransaction|inTransaction|tx)$")
"""Methods that run a callback in a transaction: Prisma, Drizzle, Sequelize, TypeORM, Knex, and helpers named like them."""
DECORATOR = re.compile(r"^@Transaction(?:al)?\b")
"""Decorators of methods that run in a transaction: typeorm-transactional, MikroORM, Vendure."""
OPENS = re.compile(
    rb"\.startTransaction\s*\(|\.(?:query|execute|raw)\s*\(\s*[\"'`]\s*(?:BEGIN|START\s+TRANSACTION)\b|\.transaction\s*\(\s*[){]",
    re.IGNORECASE,
)
CLOSES = re.compile(
    rb"\.commitTransaction\s*\(|\.commit\s*\(\s*\)|\.(?:query|execute|raw)\s*\(\s*[\"'`]\s*(?:COMMIT|END)\b", re.IGNORECASE
)


class Region(Struct, frozen=True):
    """A stretch of a function, in bytes, in which a transaction is open."""

    start: int
    end: int
    opening: Node


class Transactions:
    """The transactions of one file: callbacks of `transaction(...)`, decorated methods, and what is between BEGIN and COMMIT."""

    def __init__(self, tree: SyntaxTree) -> None:
        self.tree = tree
        self._any = OPENS.search(tree.data) is not None or b"ransaction" in tree.data

    def around(self, node: Node) -> Node | None:
        """What opens the transaction in which a node stands, within the function that it belongs to."""
        if not self._any:
            return None
        around = self.tree.ancestors(node)
        for number in range(len(around) - 1, 0, -1):
            if around[number].type in FUNCTIONS:
                opened = self._by_callback(around[number]) or self._by_decorator(around, number)
                if opened is not None or not runs_in_place(self.tree, around[number]):
                    return opened or self._by_region(node, around[number])
        return self._by_region(node, None)

    def _by_callback(self, function: Node) -> Node | None:
        callback = callback_of(self.tree, function)
        called = callee_of(callback.call) if callback is not None else None
        if callback is None or called is None or callback.call.type != "call_expression":
            return None
        member = member_of(self.tree, called)
        return callback.call if CALLBACK.match(member[1] if member is not None else self.tree.text(called)) else None

    def _by_decorator(self, around: tuple[Node, ...], number: int) -> Node | None:
        if around[number].type != "method_definition":
            return None
        before = around[number].prev_named_sibling
        while before is not None and before.type in ("decorator", "comment"):
            if DECORATOR.match(self.tree.text(before)):
                return before
            before = before.prev_named_sibling
        return None

    def _by_region(self, node: Node, function: Node | None) -> Node | None:
        regions = self._regions.get(function.id if function is not None else 0, ())
        return next((region.opening for region in regions if region.start <= node.start_byte < region.end), None)

    @cached_property
    def _regions(self) -> dict[int, list[Region]]:
        """What lies between a statement that opens a transaction and the last that ends one, by the function of both."""
        closing: dict[int, int] = {}
        for call in self._calls(CLOSES):
            closing[self._function_around(call)] = call.start_byte
        regions: dict[int, list[Region]] = {}
        for call in self._calls(OPENS):
            function = self._function_around(call)
            if closing.get(function, 0) > call.end_byte:
                regions.setdefault(function, []).append(Region(call.end_byte, closing[function], call))
        return regions

    def _calls(self, pattern: re.Pattern[bytes]) -> Iterator[Node]:
        for match in pattern.finditer(self.tree.data):
            node = self.tree.root.descendant_for_byte_range(match.start(), match.end())
            while node is not None and node.type != "call_expression":
                node = node.parent
            if node is not None:
                yield node

    def _function_around(self, node: Node) -> int:
        around = (outer for outer in reversed(self.tree.ancestors(node)) if outer.type in FUNCTIONS)
        function = next((outer for outer in around if not runs_in_place(self.tree, outer)), None)
        return function.id if function is not None else 0
