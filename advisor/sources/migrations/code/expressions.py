"""Expressions of a migration, evaluated. In: a node and its variables. Out: a value, `Unknown` where only running it would tell."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.migrations.code import operators
from advisor.sources.migrations.code.calls import read_call, read_new, read_tagged
from advisor.sources.migrations.code.classes import class_of
from advisor.sources.migrations.code.literals import (
    MAX_LENGTH,
    read_array,
    read_function,
    read_name,
    read_number,
    read_object,
    read_string,
    read_template,
    unknown,
)
from advisor.sources.migrations.code.members import assign, read_member
from advisor.sources.migrations.code.values import (
    UNDEFINED,
    Environment,
    HostObject,
    Unknown,
    Value,
    truth,
)
from advisor.sources.typescript.syntax import WRAPPERS, content, field, unwrap

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Interpreter


def evaluate(run: Interpreter, node: Node, scope: Environment) -> Value:
    handler = EXPRESSIONS.get(node.type)
    if handler is not None:
        return handler(run, node, scope)
    if node.type in WRAPPERS:
        inner = unwrap(node)
        return run.evaluate(inner, scope) if inner != node else Unknown(run.tree.text(node))
    return unknown(run, node)


def read_await(run: Interpreter, node: Node, scope: Environment) -> Value:
    from advisor.sources.migrations.code.interpreter import Call

    inside = content(node)
    return run.settle(run.evaluate(inside[0], scope), Call(run, inside[0])) if inside else UNDEFINED


def read_condition(run: Interpreter, node: Node, scope: Environment) -> Value:
    condition, then, other = field(node, "condition"), field(node, "consequence"), field(node, "alternative")
    if condition is None or then is None or other is None:
        return unknown(run, node)
    known = truth(run.evaluate(condition, scope))
    if known is None:
        for branch in (then, other):
            run.try_out(partial(run.evaluate, branch, scope), branch)
        return unknown(run, node)
    return run.evaluate(then if known else other, scope)


def read_assignment(run: Interpreter, node: Node, scope: Environment) -> Value:
    left, right = field(node, "left"), field(node, "right")
    if left is None or right is None:
        return unknown(run, node)
    value = run.evaluate(right, scope)
    if node.type == "augmented_assignment_expression":
        sign = field(node, "operator")
        value = operators.combine(run.tree.text(sign).rstrip("=") if sign is not None else "", run.evaluate(left, scope), value)
    assign(run, unwrap(left), value, scope)
    return value


def read_unary(run: Interpreter, node: Node, scope: Environment) -> Value:
    operand, sign = field(node, "argument"), field(node, "operator")
    value = run.evaluate(operand, scope) if operand is not None else UNDEFINED
    return operators.unary(run.tree.text(sign) if sign is not None else "", value)


def read_binary(run: Interpreter, node: Node, scope: Environment) -> Value:
    left, right, sign = field(node, "left"), field(node, "right"), field(node, "operator")
    if left is None or right is None or sign is None:
        return unknown(run, node)
    operator = run.tree.text(sign)
    if operator == ">" and (template := typed_template(run, left, right, scope)) is not None:
        return template
    first = run.evaluate(left, scope)
    if operator in ("&&", "||", "??"):
        decided = operators.short_circuit(operator, first)
        return run.evaluate(right, scope) if decided is None else decided
    made = operators.combine(operator, first, run.evaluate(right, scope))
    return unknown(run, node) if isinstance(made, str) and len(made) > MAX_LENGTH else made


def typed_template(run: Interpreter, left: Node, right: Node, scope: Environment) -> Value | None:
    """``sql<Row>`...`.execute(db)``, which tree-sitter reads as two comparisons; None for what really is one."""
    template, function = root_of_call(right), field(left, "left")
    if template.type != "template_string" or left.type != "binary_expression" or function is None:
        return None
    tag = unwrap(function, awaits=True)
    if not isinstance(run.evaluate(tag, scope), HostObject):
        return None
    run.tagged[template.id] = read_tagged(run, template, tag, template, scope)
    return run.evaluate(right, scope)


def root_of_call(node: Node) -> Node:
    """The first value of a chain of calls: `a` of `a.b().c()`."""
    while node.type in ("call_expression", "member_expression"):
        inner = field(node, "function") or field(node, "object")
        if inner is None:
            return node
        node = unwrap(inner)
    return node


def read_update(run: Interpreter, node: Node, scope: Environment) -> Value:
    operand, sign = field(node, "argument"), field(node, "operator")
    if operand is None or sign is None:
        return unknown(run, node)
    value = run.evaluate(operand, scope)
    assign(run, unwrap(operand), operators.combine(run.tree.text(sign)[0], value, 1), scope)
    return value


EXPRESSIONS: dict[str, Callable[[Interpreter, Node, Environment], Value]] = {
    "array": read_array,
    "arrow_function": read_function,
    "assignment_expression": read_assignment,
    "augmented_assignment_expression": read_assignment,
    "await_expression": read_await,
    "binary_expression": read_binary,
    "call_expression": read_call,
    "class": class_of,
    "false": lambda _run, _node, _scope: False,
    "function_expression": read_function,
    "identifier": read_name,
    "member_expression": read_member,
    "new_expression": read_new,
    "null": lambda _run, _node, _scope: None,
    "number": read_number,
    "object": read_object,
    "shorthand_property_identifier": read_name,
    "string": read_string,
    "subscript_expression": read_member,
    "template_string": read_template,
    "ternary_expression": read_condition,
    "this": lambda _run, _node, scope: scope.this,
    "true": lambda _run, _node, _scope: True,
    "unary_expression": read_unary,
    "undefined": lambda _run, _node, _scope: UNDEFINED,
    "update_expression": read_update,
}
