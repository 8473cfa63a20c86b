"""`for` and `while`, followed where what they go over is known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.migrations.code.conditions import forget_assigned
from advisor.sources.migrations.code.patterns import bind
from advisor.sources.migrations.code.values import (
    Environment,
    Signal,
    TooMuchError,
    Unknown,
    truth,
)
from advisor.sources.typescript.syntax import content, field

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Interpreter

MAX_ROUNDS = 2_000


def run_for_in(run: Interpreter, node: Node, scope: Environment) -> Signal | None:
    """`for (const x of list)`, `for (const key in object)`."""
    from advisor.sources.migrations.code.interpreter import short

    pattern, right, body = field(node, "left"), field(node, "right"), field(node, "body")
    if pattern is None or right is None or body is None:
        return None
    keyword = field(node, "operator")
    collection = run.evaluate(right, scope)
    if keyword is not None and keyword.type == "in":
        collection = list(collection) if isinstance(collection, dict) else Unknown()
    if not isinstance(collection, list):
        inner = scope.inside()
        bind(run, pattern, Unknown(run.tree.text(pattern)), inner)
        why = f"a loop over `{short(run.tree.text(right))}`, which depends on more than the code"
        run.try_out(partial(run.execute, body, inner), node, why)
        forget_assigned(run, body, scope)
        return None
    guards = run.guards
    for element in collection:
        inner = scope.inside()
        bind(run, pattern, element, inner)
        signal = run.execute(body, inner)
        run.guards = guards
        if signal is not None and signal.kind != "continue":
            return None if signal.kind == "break" else signal
    return None


def run_loop(run: Interpreter, node: Node, scope: Environment) -> Signal | None:
    """`for (;;)`, `while` and `do`: followed while the condition is known."""
    scope = scope.inside()
    start, increment, body = (field(node, name) for name in ("initializer", "increment", "body"))
    if start is not None:
        run.execute(start, scope)
    if body is None:
        return None
    for number in range(MAX_ROUNDS):
        known = True if number == 0 and node.type == "do_statement" else condition_of(run, node, scope)
        if known is None:
            run.try_out(partial(run.execute, body, scope.inside()), node)
            forget_assigned(run, body, scope)
        if not known:
            return None
        signal = run.execute(body, scope.inside())
        if signal is not None and signal.kind != "continue":
            return None if signal.kind == "break" else signal
        if increment is not None:
            run.evaluate(increment, scope)
    raise TooMuchError


def condition_of(run: Interpreter, loop: Node, scope: Environment) -> bool | None:
    """Whether a loop goes on; one without a condition does."""
    test = field(loop, "condition")
    inside = content(test) if test is not None and test.type in ("expression_statement", "parenthesized_expression") else [test]
    if not inside or inside[0] is None or inside[0].type == "empty_statement":
        return True
    return truth(run.evaluate(inside[0], scope))
