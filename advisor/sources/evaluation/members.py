"""Properties of values, read and assigned. In: `a.b` or `a[b]`. Out: a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.classes import method_named, static_value
from advisor.sources.evaluation.containers import is_complete
from advisor.sources.evaluation.conversions import as_text
from advisor.sources.evaluation.symbols import External, Member
from advisor.sources.evaluation.values import (
    UNDEFINED,
    ClassValue,
    Environment,
    Function,
    HostObject,
    Instance,
    Namespace,
    Opaque,
    Parent,
    Place,
    Unknown,
    Value,
)
from advisor.sources.typescript.syntax import field

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator


def assign(run: Evaluator, target: Node, value: Value, scope: Environment) -> None:
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


def owner_and_name(run: Evaluator, node: Node, scope: Environment) -> tuple[Value, Value]:
    """Object and property of `a.b` and `a[b]`."""
    owner = field(node, "object")
    value = run.evaluate(owner, scope) if owner is not None else UNDEFINED
    name = field(node, "property")
    if name is not None:
        return value, run.tree.text(name)
    index = field(node, "index")
    return value, run.evaluate(index, scope) if index is not None else UNDEFINED


def read_member(run: Evaluator, node: Node, scope: Environment) -> Value:
    owner, name = owner_and_name(run, node, scope)
    return property_of(run, owner, name, node)


def property_of(run: Evaluator, owner: Value, name: Value, node: Node) -> Value:
    """`owner.name`, where `node` asks for it."""
    place = Place(run.here, node)
    if not isinstance(name, (str, int, float)):
        return Unknown("", "a computed name", place)
    key = as_text(name)
    match owner:
        case HostObject():
            return owner.get(key)
        case Instance():
            method = method_named(run, owner.made_of, key, owner)
            return method if method is not None else owner.fields.get(key, Unknown(key, f"`{key}` is not seen", place))
        case Parent():
            return method_named(run, owner.made_of, key, owner.this) or Unknown(key, f"`{key}` is not seen", place)
        case Namespace():
            from advisor.sources.evaluation.names import export

            return export(run, owner.module, key)
        case dict():
            return owner.get(key, UNDEFINED if is_complete(owner) else Unknown(key, f"`{key}` is not seen", place))
        case list() if key.isdecimal() or key == "length":
            return element(owner, key) if is_complete(owner) else Unknown(key, "not all of a list is seen", place)
    return written_down(run, owner, key, place)


def written_down(run: Evaluator, owner: Value, key: str, place: Place) -> Value:
    """A property that is known by its name alone."""
    match owner:
        case ClassValue():
            found = static_value(run, owner, key)
            return found if found is not None else Member(owner, key, place)
        case str() if key.isdecimal() or key == "length":
            return element(owner, key)
        case External(module=package, name="*" | "default") if package:
            return External(package, key)
        case Unknown():
            return Unknown(key, owner.reason, place)
        case str() | int() | float() | list() | Opaque() | Function():
            return Member(owner, key, place)
        case _:
            return Unknown(key, f"`{key}` of what has none", place)


def element(items: list[Value] | str, key: str) -> Value:
    """`items[3]`, `items.length`."""
    if key == "length":
        return len(items)
    return items[int(key)] if int(key) < len(items) else UNDEFINED
