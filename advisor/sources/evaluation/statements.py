"""Statements, run one after another. In: nodes and their variables. Out: how they end (`return`, `break`, ...)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.classes import class_of
from advisor.sources.evaluation.conditions import run_if, run_switch
from advisor.sources.evaluation.declarations import run_enum, run_export
from advisor.sources.evaluation.invocation import Invocation
from advisor.sources.evaluation.loops import run_for_in, run_loop
from advisor.sources.evaluation.patterns import bind
from advisor.sources.evaluation.values import (
    UNDEFINED,
    Environment,
    Function,
    Place,
    Signal,
)
from advisor.sources.typescript.syntax import content, field

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator


FUNCTION_DECLARATIONS = ("function_declaration", "generator_function_declaration")
CLASS_DECLARATIONS = ("class_declaration", "abstract_class_declaration")


def run_block(run: Evaluator, nodes: list[Node], scope: Environment) -> Signal | None:
    """Statements in order; functions and classes are declared before."""
    for node in nodes:
        declare(run, exported(node), scope)
    for node in nodes:
        signal = run.execute(node, scope)
        if signal is not None:
            return signal
    return None


def exported(node: Node) -> Node:
    return (field(node, "declaration") or node) if node.type == "export_statement" else node


def declare(run: Evaluator, node: Node, scope: Environment) -> None:
    name = field(node, "name")
    if name is None:
        return
    if node.type in FUNCTION_DECLARATIONS:
        scope.names[run.tree.text(name)] = Function(Place(run.here, node), scope, scope.this)
    elif node.type in CLASS_DECLARATIONS:
        scope.names[run.tree.text(name)] = class_of(run, node, scope)


def execute(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    handler = STATEMENTS.get(node.type)
    return handler(run, node, scope) if handler is not None else None


def run_expression(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    for expression in content(node):
        run.settle(run.evaluate(expression, scope), Invocation(run, run.here, expression))
    return None


def run_declaration(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    for declarator in content(node):
        name, value = field(declarator, "name"), field(declarator, "value")
        if name is not None:
            bind(run, name, run.evaluate(value, scope) if value is not None else UNDEFINED, scope)
    return None


def run_return(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    inside = content(node)
    return Signal("return", run.evaluate(inside[0], scope) if inside else UNDEFINED)


def run_nested_block(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    return run_block(run, content(node), scope.inside())


def run_try(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    """The body, and what runs in any case; a handler of errors is not run."""
    body, last = field(node, "body"), field(node, "finalizer")
    signal = run.execute(body, scope) if body is not None else None
    if last is not None:
        for part in content(last):
            run.execute(part, scope)
    return None if signal is not None and signal.kind == "throw" else signal


STATEMENTS: dict[str, Callable[[Evaluator, Node, Environment], Signal | None]] = {
    "break_statement": lambda _run, _node, _scope: Signal("break"),
    "continue_statement": lambda _run, _node, _scope: Signal("continue"),
    "do_statement": run_loop,
    "else_clause": run_nested_block,
    "enum_declaration": run_enum,
    "export_statement": run_export,
    "expression_statement": run_expression,
    "for_in_statement": run_for_in,
    "for_statement": run_loop,
    "if_statement": run_if,
    "lexical_declaration": run_declaration,
    "return_statement": run_return,
    "statement_block": run_nested_block,
    "switch_statement": run_switch,
    "throw_statement": lambda _run, _node, _scope: Signal("throw"),
    "try_statement": run_try,
    "variable_declaration": run_declaration,
    "while_statement": run_loop,
}
