"""Transactions: calls in their callbacks, and promises that end up in `$transaction([...])`.

In: a call's node. Out: whether its promise is handed to a transaction before anybody awaits it; the transaction that it stands in.
"""

from __future__ import annotations

import re

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


OPENS = re.compile(r"^(\$?transaction|withTransaction|runInTransaction|inTransaction|tx)$")
"""Methods that run a callback in a transaction: Prisma, Drizzle, Sequelize, TypeORM, Knex, and helpers named like them."""


def transaction_around(tree: SyntaxTree, node: Node) -> Node | None:
    """The call that opens the transaction in whose callback a node stands, within the function that it belongs to."""
    if b"ransaction" not in tree.data:
        return None
    around = tree.ancestors(node)
    for number in range(len(around) - 1, 1, -1):
        if around[number].type not in FUNCTIONS:
            continue
        callback = callback_of(tree, around[number])
        called = callee_of(callback.call) if callback is not None else None
        if callback is not None and called is not None and callback.call.type == "call_expression":
            member = member_of(tree, called)
            if OPENS.match(member[1] if member is not None else tree.text(called)):
                return callback.call
        if not runs_in_place(tree, around[number]):
            return None
    return None
