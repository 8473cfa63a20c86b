"""Properties of values, read and assigned. In: `a.b` or `a[b]`. Out: a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.migrations.code import builtins
from advisor.sources.migrations.code.classes import field_of, members_of
from advisor.sources.migrations.code.values import (
    UNDEFINED,
    ClassValue,
    Environment,
    Function,
    HostObject,
    Instance,
    Unknown,
    Value,
)
from advisor.sources.typescript.syntax import field

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Interpreter


def assign(run: Interpreter, target: Node, value: Value, scope: Environment) -> None:
    if target.type == "identifier":
        variable = run.tree.text(target)
        (scope.holder(variable) or scope).names[variable] = value
    elif target.type in ("member_expression", "subscript_expression"):
        if run.tree.text(target) == "module.exports":
            run.exports.clear()
            run.exports.update(value if isinstance(value, dict) else {"default": value})
            return
        owner, name = owner_and_name(run, target, scope)
        if isinstance(owner, dict) and isinstance(name, str):
            owner[name] = value
        elif isinstance(owner, Instance) and isinstance(name, str):
            owner.fields[name] = value
        elif isinstance(owner, list) and isinstance(name, int) and 0 <= name < len(owner):
            owner[name] = value


def owner_and_name(run: Interpreter, node: Node, scope: Environment) -> tuple[Value, Value]:
    """Object and property of `a.b` and `a[b]`."""
    owner = field(node, "object")
    value = run.evaluate(owner, scope) if owner is not None else UNDEFINED
    name = field(node, "property")
    if name is not None:
        return value, run.tree.text(name)
    index = field(node, "index")
    return value, run.evaluate(index, scope) if index is not None else UNDEFINED


def read_member(run: Interpreter, node: Node, scope: Environment) -> Value:
    owner, name = owner_and_name(run, node, scope)
    return property_of(run, owner, name)


def property_of(run: Interpreter, owner: Value, name: Value) -> Value:
    if isinstance(owner, HostObject):
        return owner.get(name) if isinstance(name, str) else Unknown()
    if isinstance(owner, Instance):
        method = run.method_of(owner, str(name))
        return method if method is not None else owner.fields.get(str(name), Unknown(str(name)))
    if isinstance(owner, ClassValue):
        return static_member(run, owner, str(name))
    return builtins.property_of(owner, name)


def static_member(run: Interpreter, owner: ClassValue, name: str) -> Value:
    for member in members_of(owner.node):
        if member.type == "method_definition" and run.tree.text(field(member, "name") or member) == name:
            return Function(member, owner.scope, owner)
        key, value = field_of(member)
        if key == name:
            return run.evaluate(value, owner.scope) if value is not None else UNDEFINED
    return Unknown(name)
