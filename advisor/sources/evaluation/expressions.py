"""Expressions, evaluated. In: a node and its variables. Out: a value, `Unknown` where only running it would tell."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation import operators
from advisor.sources.evaluation.calls import read_call, read_new, read_tagged
from advisor.sources.evaluation.classes import class_of
from advisor.sources.evaluation.conversions import truth
from advisor.sources.evaluation.declarations import read_enum
from advisor.sources.evaluation.invocation import Invocation
from advisor.sources.evaluation.literals import (
    MAX_LENGTH,
    read_array,
    read_function,
    read_number,
    read_object,
    read_string,
    read_template,
    unknown,
)
from advisor.sources.evaluation.members import assign, read_member
from advisor.sources.evaluation.names import read_name
from advisor.sources.evaluation.symbols import External, Member
from advisor.sources.evaluation.values import (
    UNDEFINED,
    Environment,
    HostObject,
    Unknown,
    Value,
)
from advisor.sources.typescript.syntax import WRAPPERS, content, field, unwrap

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator


def evaluate(run: Evaluator, node: Node, scope: Environment) -> Value:
    handler = EXPRESSIONS.get(node.type)
    if handler is not None:
        return handler(run, node, scope)
    if node.type in WRAPPERS:
        inner = unwrap(node)
        return run.evaluate(inner, scope) if inner != node else Unknown(run.tree.text(node))
    return unknown(run, node, f"a {node.type.replace('_', ' ')} is not followed")


def read_await(run: Evaluator, node: Node, scope: Environment) -> Value:
    inside = content(node)
    return run.settle(run.evaluate(inside[0], scope), Invocation(run, run.here, inside[0])) if inside else UNDEFINED


def read_condition(run: Evaluator, node: Node, scope: Environment) -> Value:
    condition, then, other = field(node, "condition"), field(node, "consequence"), field(node, "alternative")
    if condition is None or then is None or other is None:
        return unknown(run, node, "it is incomplete")
    known = truth(run.evaluate(condition, scope))
    if known is None:
        for branch in (then, other):
            run.try_out(partial(run.evaluate, branch, scope), branch)
        return unknown(run, node, "it depends on a condition")
    return run.evaluate(then if known else other, scope)


def read_assignment(run: Evaluator, node: Node, scope: Environment) -> Value:
    left, right = field(node, "left"), field(node, "right")
    if left is None or right is None:
        return unknown(run, node, "it is incomplete")
    value = run.evaluate(right, scope)
    if node.type == "augmented_assignment_expression":
        sign = field(node, "operator")
        value = operators.combine(run.tree.text(sign).rstrip("=") if sign is not None else "", run.evaluate(left, scope), value)
    assign(run, unwrap(left), value, scope)
    return value


def read_unary(run: Evaluator, node: Node, scope: Environment) -> Value:
    operand, sign = field(node, "argument"), field(node, "operator")
    value = run.evaluate(operand, scope) if operand is not None else UNDEFINED
    return operators.unary(run.tree.text(sign) if sign is not None else "", value)


def read_binary(run: Evaluator, node: Node, scope: Environment) -> Value:
    left, right, sign = field(node, "left"), field(node, "right"), field(node, "operator")
    if left is None or right is None or sign is None:
        return unknown(run, node, "it is incomplete")
    operator = run.tree.text(sign)
    if operator == ">" and (template := typed_template(run, left, right, scope)) is not None:
        return template
    first = run.evaluate(left, scope)
    if operator in ("&&", "||", "??"):
        return read_either(run, operator, first, right, scope)
    made = operators.combine(operator, first, run.evaluate(right, scope))
    return unknown(run, node, "it is too long") if isinstance(made, str) and len(made) > MAX_LENGTH else made


def read_either(run: Evaluator, operator: str, first: Value, right: Node, scope: Environment) -> Value:
    """`&&`, `||` and `??`. A setting of the environment has the name or number that the code gives it where it is not set."""
    if operators.is_environment(first) and operator != "&&":
        second = run.evaluate(right, scope)
        is_default = isinstance(second, (str, int, float)) and not isinstance(second, bool)
        return second if is_default or run.keeps_parts else Unknown(operator, "it depends on the environment")
    decided = operators.short_circuit(operator, first)
    return run.evaluate(right, scope) if decided is None else decided


def typed_template(run: Evaluator, left: Node, right: Node, scope: Environment) -> Value | None:
    """``sql<Row>`...`.execute(db)``, which tree-sitter reads as two comparisons; None for what really is one."""
    template, function = root_of_call(right), field(left, "left")
    if template.type != "template_string" or left.type != "binary_expression" or function is None:
        return None
    tag = unwrap(function, awaits=True)
    if not isinstance(run.evaluate(tag, scope), (HostObject, External, Member)):
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


def read_update(run: Evaluator, node: Node, scope: Environment) -> Value:
    operand, sign = field(node, "argument"), field(node, "operator")
    if operand is None or sign is None:
        return unknown(run, node, "it is incomplete")
    value = run.evaluate(operand, scope)
    assign(run, unwrap(operand), operators.combine(run.tree.text(sign)[0], value, 1), scope)
    return value


def read_this(run: Evaluator, node: Node, scope: Environment) -> Value:
    return unknown(run, node, "it is not known what `this` is") if scope.this is UNDEFINED else scope.this


def read_super(run: Evaluator, node: Node, scope: Environment) -> Value:
    holder = scope.holder("super")
    return holder.names["super"] if holder is not None else unknown(run, node, "it is not known what `super` is")


EXPRESSIONS: dict[str, Callable[[Evaluator, Node, Environment], Value]] = {
    "array": read_array,
    "arrow_function": read_function,
    "assignment_expression": read_assignment,
    "augmented_assignment_expression": read_assignment,
    "await_expression": read_await,
    "binary_expression": read_binary,
    "call_expression": read_call,
    **dict.fromkeys(("class", "class_declaration", "abstract_class_declaration"), class_of),
    "enum_declaration": read_enum,
    **dict.fromkeys(("function_declaration", "generator_function_declaration", "method_definition"), read_function),
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
    "super": read_super,
    "subscript_expression": read_member,
    "template_string": read_template,
    "ternary_expression": read_condition,
    "this": read_this,
    "true": lambda _run, _node, _scope: True,
    "unary_expression": read_unary,
    "undefined": lambda _run, _node, _scope: UNDEFINED,
    "update_expression": read_update,
}
