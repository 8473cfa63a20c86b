"""`if` and `switch`. What is known is followed; what asks whether something exists guards what it runs; the rest is looked at."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.conversions import truth
from advisor.sources.evaluation.invocation import short
from advisor.sources.evaluation.values import UNDEFINED, Environment, Existence, HostObject, Opaque, Signal, Unknown
from advisor.sources.typescript.scopes import root_of
from advisor.sources.typescript.syntax import content, field

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator


CHANGES = """
(assignment_expression) @change (augmented_assignment_expression) @change (update_expression) @change (call_expression) @call
"""


def run_if(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
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


def run_if_exists(run: Evaluator, test: Existence, then: Node, scope: Environment) -> Signal | None:
    """`if (!exists) { create }`, and `if (exists) return;`: what runs is guarded by the question."""
    kept, changed = run.guards, run.effects.changes_schema
    run.guards, run.effects.changes_schema = (*kept, test), False
    signal = run.execute(then, scope.inside())
    wrote, run.effects.changes_schema = run.effects.changes_schema, changed or run.effects.changes_schema
    run.guards = (*kept, Existence(test.of, not test.holds)) if signal is not None else kept
    if signal is not None and wrote:
        believed = short(run.tree.text(then))
        reason = f"what else happens, as `{test.of}` is there or not, is not examined: `{believed}` is believed"
        run.effects.closed = (reason, run.location(run.here, then))
    return None


def run_either(run: Evaluator, node: Node, condition: Node, branches: list[Node], scope: Environment) -> Signal | None:
    """A condition on something that is not known: each branch is looked at, none is believed."""
    asked = short(run.tree.text(condition))
    for branch in branches:
        ends: list[Signal | None] = []
        why = f"what happens if `{asked}` depends on more than the code"
        run.try_out(partial(collect_end, run, branch, scope, ends), branch, why)
        forget_assigned(run, branch, scope)
        note_end(run, ends[0], f"`{asked}` may end it early: what follows is read as if it did not", node)
    return None


def note_end(run: Evaluator, end: Signal | None, doubt: str, node: Node) -> None:
    """What may run ends the function, or the loop around it: what follows may not run. A `break` in a `switch` ends only that."""
    if end is None or end.kind not in ("return", "break") or (end.kind == "break" and node.type == "switch_statement"):
        return
    run.may_have_returned = run.may_have_returned or end.kind == "return"
    run.may_have_left_loop = True
    run.effects.doubt = (doubt, run.location(run.here, node))


def collect_end(run: Evaluator, branch: Node, scope: Environment, ends: list[Signal | None]) -> None:
    ends.append(run.execute(branch, scope.inside()))


def leaves(node: Node) -> bool:
    """Whether a branch ends in `return` or `throw`."""
    last = content(node)[-1:] if node.type == "statement_block" else [node]
    return bool(last) and last[0].type in ("return_statement", "throw_statement", "continue_statement")


def forget_assigned(run: Evaluator, node: Node, scope: Environment) -> None:
    """Variables that a branch may have changed are not known any more."""
    found = run.tree.captures(CHANGES, node)
    for change in found.get("change", ()):
        target = field(change, "left") or field(change, "argument")
        if target is not None:
            forget(run, root_of(target), scope)
    for call in found.get("call", ()):
        member = field(call, "function")
        name = field(member, "property") if member is not None and member.type == "member_expression" else None
        if member is not None and name is not None and run.tree.text(name) in ("push", "unshift"):
            forget(run, root_of(member), scope)


def forget(run: Evaluator, changed: Node, scope: Environment) -> None:
    """A variable is not known any more; objects of tools stay what they are."""
    name = run.tree.text(changed)
    holder = scope.holder(name) if changed.type == "identifier" else None
    if holder is not None and not isinstance(holder.names[name], HostObject):
        holder.names[name] = Unknown(name, f"{name} depends on a condition")


def run_switch(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    value, body = field(node, "value"), field(node, "body")
    asked = run.evaluate(value, scope) if value is not None else UNDEFINED
    cases = content(body) if body is not None else []
    if isinstance(asked, (Opaque, HostObject)):
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
