"""`if` and `switch`. What is known is followed; what asks whether something exists guards what it runs; the rest is looked at."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.migrations.code.values import (
    UNDEFINED,
    Environment,
    Existence,
    HostObject,
    Signal,
    Unknown,
    truth,
)
from advisor.sources.typescript.syntax import content, field

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Interpreter


def run_if(run: Interpreter, node: Node, scope: Environment) -> Signal | None:
    condition, then, other = field(node, "condition"), field(node, "consequence"), field(node, "alternative")
    if condition is None or then is None:
        return None
    test = run.evaluate(condition, scope)
    known = truth(test)
    if known is not None:
        branch = then if known else other
        return run.execute(branch, scope.inside()) if branch is not None else None
    if isinstance(test, Existence) and (other is None or leaves(then)):
        return run_if_exists(run, test, then, scope)
    return run_either(run, node, condition, [branch for branch in (then, other) if branch is not None], scope)


def run_if_exists(run: Interpreter, test: Existence, then: Node, scope: Environment) -> Signal | None:
    """`if (!exists) { create }`, and `if (exists) return;`: what runs is guarded by the question."""
    from advisor.sources.migrations.code.interpreter import short

    kept, changed = run.guards, run.script.changes_schema
    run.guards, run.script.changes_schema = (*kept, test), False
    signal = run.execute(then, scope.inside())
    wrote, run.script.changes_schema = run.script.changes_schema, changed or run.script.changes_schema
    run.guards = (*kept, Existence(test.of, not test.holds)) if signal is not None else kept
    if signal is not None and wrote:
        believed = short(run.tree.text(then))
        reason = f"what else happens, as `{test.of}` is there or not, is not examined: `{believed}` is believed"
        run.script.closed = (reason, run.tree.location(then))
    return None


def run_either(run: Interpreter, node: Node, condition: Node, branches: list[Node], scope: Environment) -> Signal | None:
    """A condition on something that is not known: each branch is looked at, none is believed."""
    from advisor.sources.migrations.code.interpreter import short

    asked = short(run.tree.text(condition))
    for branch in branches:
        ends: list[Signal | None] = []
        why = f"what happens if `{asked}` depends on more than the code"
        run.try_out(partial(collect_end, run, branch, scope, ends), branch, why)
        forget_assigned(run, branch, scope)
        if ends[0] is not None and ends[0].kind == "return":
            run.script.doubt = (f"`{asked}` may end it early: what follows is read as if it did not", run.tree.location(node))
    return None


def collect_end(run: Interpreter, branch: Node, scope: Environment, ends: list[Signal | None]) -> None:
    ends.append(run.execute(branch, scope.inside()))


def leaves(node: Node) -> bool:
    """Whether a branch ends in `return` or `throw`."""
    last = content(node)[-1:] if node.type == "statement_block" else [node]
    return bool(last) and last[0].type in ("return_statement", "throw_statement", "continue_statement")


def forget_assigned(run: Interpreter, node: Node, scope: Environment) -> None:
    """Variables that a branch may have changed are not known any more."""
    for assignment in run.tree.captures("(assignment_expression) @a (augmented_assignment_expression) @a", node).get("a", ()):
        target = field(assignment, "left")
        if target is not None and target.type == "identifier":
            name = run.tree.text(target)
            holder = scope.holder(name)
            if holder is not None:
                holder.names[name] = Unknown(name)


def run_switch(run: Interpreter, node: Node, scope: Environment) -> Signal | None:
    value, body = field(node, "value"), field(node, "body")
    asked = run.evaluate(value, scope) if value is not None else UNDEFINED
    cases = content(body) if body is not None else []
    if isinstance(asked, (Unknown, HostObject)):
        return run_either(run, node, value or node, [case for case in cases if content(case)], scope)
    matching = False
    for case in cases:
        label = field(case, "value")
        matching = matching or label is None or run.evaluate(label, scope) == asked
        for part in content(case) if matching else ():
            if part == label:
                continue
            signal = run.execute(part, scope)
            if signal is not None:
                return None if signal.kind == "break" else signal
    return None
