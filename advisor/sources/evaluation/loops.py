"""`for` and `while`, followed where what they go over is known."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.conditions import collect_end, forget_assigned
from advisor.sources.evaluation.containers import is_complete
from advisor.sources.evaluation.conversions import truth
from advisor.sources.evaluation.invocation import short
from advisor.sources.evaluation.patterns import bind
from advisor.sources.evaluation.values import Environment, Signal, TooMuchError, Unknown
from advisor.sources.typescript.syntax import content, field

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator

MAX_ROUNDS = 2_000


def run_for_in(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    """`for (const x of list)`, `for (const key in object)`."""
    pattern, right, body = field(node, "left"), field(node, "right"), field(node, "body")
    if pattern is None or right is None or body is None:
        return None
    keyword = field(node, "operator")
    collection = run.evaluate(right, scope)
    if keyword is not None and keyword.type == "in":
        collection = list(collection) if isinstance(collection, dict) and is_complete(collection) else Unknown()
    if not isinstance(collection, list) or not is_complete(collection):
        inner = scope.inside()
        bind(run, pattern, Unknown(run.tree.text(pattern)), inner)
        why = f"a loop over `{short(run.tree.text(right))}`, which depends on more than the code"
        look_at_round(run, node, body, inner, why)
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


def run_loop(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    """`for (;;)`, `while` and `do`: followed while the condition is known."""
    scope = scope.inside()
    start, increment, body = (field(node, name) for name in ("initializer", "increment", "body"))
    if start is not None:
        run.execute(start, scope)
    if body is None:
        return None
    outer, doubt = run.may_have_left_loop, run.effects.doubt
    run.may_have_left_loop = False
    for number in range(MAX_ROUNDS):
        known = True if number == 0 and node.type == "do_statement" else condition_of(run, node, scope)
        if known is None or run.may_have_left_loop:
            look_at_round(run, node, body, scope.inside())
            known = False
        if not known:
            run.may_have_left_loop = outer
            run.effects.doubt = run.effects.doubt if run.may_have_returned else doubt
            return None
        signal = run.execute(body, scope.inside())
        if signal is not None and signal.kind != "continue":
            run.may_have_left_loop = outer
            return None if signal.kind == "break" else signal
        if increment is not None:
            run.evaluate(increment, scope)
    raise TooMuchError


def look_at_round(run: Evaluator, node: Node, body: Node, scope: Environment, why: str = "") -> None:
    """A loop that runs any number of times: what one round would do."""
    ends: list[Signal | None] = []
    run.try_out(partial(collect_end, run, body, scope, ends), node, why)
    run.may_have_returned = run.may_have_returned or any(end is not None and end.kind == "return" for end in ends)
    forget_assigned(run, body, scope)


def condition_of(run: Evaluator, loop: Node, scope: Environment) -> bool | None:
    """Whether a loop goes on; one without a condition does."""
    test = field(loop, "condition")
    inside = content(test) if test is not None and test.type in ("expression_statement", "parenthesized_expression") else [test]
    if not inside or inside[0] is None or inside[0].type == "empty_statement":
        return True
    return truth(run.evaluate(inside[0], scope))
