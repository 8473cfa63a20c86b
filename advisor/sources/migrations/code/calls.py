"""Calls, `new` and tagged templates. In: a node and its variables. Out: what the call gives; what a tool is to do is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.migrations.code.literals import read_listed, unknown
from advisor.sources.migrations.code.members import owner_and_name, property_of
from advisor.sources.migrations.code.methods import method_of
from advisor.sources.migrations.code.values import (
    UNDEFINED,
    ClassValue,
    Environment,
    Function,
    HostObject,
    NotSeen,
    Value,
    WrittenText,
)
from advisor.sources.typescript.syntax import content, field, unwrap

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Call, Interpreter


def read_call(run: Interpreter, node: Node, scope: Environment) -> Value:
    from advisor.sources.migrations.code.interpreter import Call

    function, given = field(node, "function"), field(node, "arguments")
    if function is None or given is None:
        return unknown(run, node)
    if given.type == "template_string":
        return read_tagged(run, node, function, given, scope)
    call = Call(run, node)
    called = unwrap(function)
    is_member = called.type in ("member_expression", "subscript_expression")
    owner, name = owner_and_name(run, called, scope) if is_member else (run.evaluate(called, scope), UNDEFINED)
    arguments = read_listed(run, content(given), scope)
    if arguments is None:
        if isinstance(owner, HostObject):
            call.leave(f"`{call.text}` is not examined: its arguments are not constants")
        return unknown(run, node)
    if (owner is UNDEFINED or owner is None) and is_optional(called):
        return UNDEFINED
    try:
        return invoke(run, owner, name, arguments, call) if is_member else run.call(owner, arguments, call)
    except NotSeen as reason:
        call.leave(f"`{call.text}` is not examined: {reason}")
        return unknown(run, node)


def is_optional(called: Node) -> bool:
    return any(child.type == "optional_chain" for child in called.children)


def invoke(run: Interpreter, owner: Value, name: Value, arguments: list[Value], call: Call) -> Value:
    """A call of a method."""
    if isinstance(name, str) and isinstance(owner, HostObject):
        return owner.invoke(name, arguments, call)
    found = method_of(owner, name)
    if found is not None:
        return found(owner, arguments, call)
    function = property_of(run, owner, name)
    if isinstance(function, Function) and isinstance(owner, dict):
        return run.call_function(function, arguments, call, this=owner)
    return run.call(function, arguments, call)


def read_tagged(run: Interpreter, node: Node, function: Node, template: Node, scope: Environment) -> Value:
    """A tagged template: the tag is called with the text between the substitutions, and their values."""
    from advisor.sources.migrations.code.interpreter import Call

    tag = run.evaluate(unwrap(function), scope)
    pieces: list[Value] = []
    values: list[Value] = []
    begin = template.start_byte + 1
    for hole in template.named_children:
        if hole.type == "template_substitution":
            pieces.append(run.tree.data[begin : hole.start_byte].decode(errors="replace"))
            values.append(run.evaluate(content(hole)[0], scope) if content(hole) else UNDEFINED)
            begin = hole.end_byte
    last = run.tree.data[begin : template.end_byte - 1].decode(errors="replace")
    pieces.append(last if values else WrittenText(last, run.tree.offset(begin)))
    return run.call(tag, [pieces, *values], Call(run, node))


def read_new(run: Interpreter, node: Node, scope: Environment) -> Value:
    from advisor.sources.migrations.code.interpreter import Call

    constructor, given = field(node, "constructor"), field(node, "arguments")
    made_of = run.evaluate(unwrap(constructor), scope) if constructor is not None else UNDEFINED
    arguments = read_listed(run, content(given) if given is not None else [], scope)
    call = Call(run, node)
    if arguments is not None and isinstance(made_of, ClassValue):
        return run.instantiate(made_of, arguments, call)
    if arguments is not None and isinstance(made_of, HostObject):
        try:
            return made_of.construct(arguments, call)
        except NotSeen:
            return unknown(run, node)
    return unknown(run, node)
