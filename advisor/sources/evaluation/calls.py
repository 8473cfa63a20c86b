"""Calls, `new` and tagged templates. In: a node and its variables. Out: what the call gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.classes import construct, instantiate
from advisor.sources.evaluation.containers import ArrayValue
from advisor.sources.evaluation.functions import call_unknown
from advisor.sources.evaluation.invocation import Invocation
from advisor.sources.evaluation.language import language_method
from advisor.sources.evaluation.literals import read_listed, template_parts, unknown
from advisor.sources.evaluation.members import owner_and_name, property_of
from advisor.sources.evaluation.methods import method_of
from advisor.sources.evaluation.symbols import Template
from advisor.sources.evaluation.values import (
    UNDEFINED,
    ClassValue,
    Environment,
    Function,
    HostObject,
    Instance,
    NotSeen,
    Opaque,
    Parent,
    Place,
    Value,
)
from advisor.sources.typescript.syntax import content, field, tagged_template, unwrap

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator

MEMBERS = ("member_expression", "subscript_expression")


def read_call(run: Evaluator, node: Node, scope: Environment) -> Value:
    function, given = field(node, "function"), field(node, "arguments")
    if function is None or given is None:
        return unknown(run, node, "it is incomplete")
    tagged = tagged_template(node)
    if tagged is not None:
        return read_tagged(run, node, *tagged, scope)
    call = Invocation(run, run.here, node)
    called = unwrap(function)
    if called.type == "super":
        return call_parent(run, given, scope, call)
    is_member = called.type in MEMBERS
    owner, name = owner_and_name(run, called, scope) if is_member else (callee_value(run, called, scope), UNDEFINED)
    arguments, complete = read_listed(run, content(given), scope)
    if not complete:
        if isinstance(owner, HostObject):
            call.leave(f"`{call.text}` is not examined: its arguments are not constants")
        return unknown(run, node, "its arguments are not seen")
    if (owner is UNDEFINED or owner is None) and is_optional(called):
        return UNDEFINED
    try:
        return invoke(run, owner, name, arguments, call) if is_member else run.call(owner, arguments, call)
    except NotSeen as reason:
        call.leave(f"`{call.text}` is not examined: {reason}")
        return unknown(run, node, str(reason))


def callee_value(run: Evaluator, called: Node, scope: Environment) -> Value:
    """What is called; `import("./file")` is a call of the language."""
    from advisor.sources.evaluation.symbols import External

    return External("", "require") if called.type == "import" else run.evaluate(called, scope)


def is_optional(called: Node) -> bool:
    return any(child.type == "optional_chain" for child in called.children)


def invoke(run: Evaluator, owner: Value, name: Value, arguments: list[Value], call: Invocation) -> Value:
    """A call of a method."""
    if isinstance(name, str) and isinstance(owner, HostObject):
        return owner.invoke(name, arguments, call)
    found = language_method(owner, name) or method_of(owner, name)
    if found is not None:
        return listed(found(owner, arguments, call), owner, call)
    function = property_of(run, owner, name, call.node)
    if isinstance(function, Function) and isinstance(owner, dict):
        return run.call_function(function, arguments, call, this=owner)
    return run.call(function, arguments, call)


def listed(value: Value, owner: Value, call: Invocation) -> Value:
    """Lists that methods make, as the language's own."""
    if type(value) is not list:
        return value
    complete = not isinstance(owner, ArrayValue) or owner.complete
    return ArrayValue(value, Place(call.module, call.node), complete)


def call_parent(run: Evaluator, given: Node, scope: Environment, call: Invocation) -> Value:
    """`super(...)`: the constructor of the class above."""
    holder = scope.holder("super")
    parent = holder.names["super"] if holder is not None else UNDEFINED
    arguments, complete = read_listed(run, content(given), scope)
    if complete and isinstance(parent, Parent) and isinstance(parent.this, Instance):
        construct(run, parent.made_of, parent.this, arguments, call)
    return UNDEFINED


def read_tagged(run: Evaluator, node: Node, function: Node, template: Node, scope: Environment) -> Value:
    """A tagged template: the tag is called with the text between the substitutions, and their values."""
    tag = run.evaluate(unwrap(function), scope)
    pieces, values = template_parts(run, template, scope)
    if isinstance(tag, Opaque):
        return Template(tag, tuple(pieces), tuple(values), Place(run.here, node))
    try:
        return run.call(tag, [list(pieces), *values], Invocation(run, run.here, node))
    except NotSeen as reason:
        return unknown(run, node, str(reason))


def read_new(run: Evaluator, node: Node, scope: Environment) -> Value:
    constructor, given = field(node, "constructor"), field(node, "arguments")
    made_of = run.evaluate(unwrap(constructor), scope) if constructor is not None else UNDEFINED
    arguments, complete = read_listed(run, content(given) if given is not None else [], scope)
    call = Invocation(run, run.here, node)
    if not complete:
        return unknown(run, node, "its arguments are not seen")
    if isinstance(made_of, ClassValue):
        return instantiate(run, made_of, arguments, call)
    if isinstance(made_of, HostObject):
        try:
            return made_of.construct(arguments, call)
        except NotSeen as reason:
            return unknown(run, node, str(reason))
    return call_unknown(run, made_of, arguments, call)
