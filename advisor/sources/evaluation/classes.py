"""Classes of the project: what they extend, fields and methods, objects made of them. In: a class. Out: its parts as values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.invocation import Invocation
from advisor.sources.evaluation.values import (
    UNDEFINED,
    ClassValue,
    Environment,
    Function,
    Instance,
    Place,
    Value,
    argument,
)
from advisor.sources.typescript.syntax import content, field

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator

MAX_PARENTS = 8
FIELDS = ("public_field_definition", "field_definition")


def class_of(run: Evaluator, node: Node, scope: Environment) -> ClassValue:
    name = field(node, "name")
    return ClassValue(run.tree.text(name) if name is not None else "", Place(run.here, node), scope)


def members_of(made_of: Node) -> list[Node]:
    body = field(made_of, "body")
    return content(body) if body is not None else []


def field_of(member: Node) -> tuple[str, Node | None]:
    """Name and initial value of a field of a class; an empty name for what is none."""
    if member.type not in FIELDS:
        return "", None
    name = field(member, "name") or field(member, "property")
    text = name.text if name is not None else None
    return (text.decode(errors="replace") if text else ""), field(member, "value")


def parent_of(node: Node) -> Node | None:
    """The expression after `extends`."""
    heritage = next((child for child in node.children if child.type == "class_heritage"), None)
    clause = next((child for child in heritage.children if child.type == "extends_clause"), None) if heritage else None
    if clause is not None:
        return field(clause, "value") or next(iter(clause.named_children), None)
    if heritage is None or any(child.type == "implements_clause" for child in heritage.children):
        return None
    return next(iter(heritage.named_children), None)


def parent_class(run: Evaluator, made_of: ClassValue) -> ClassValue | None:
    """The class of the project that a class extends."""
    written = parent_of(made_of.node)
    if written is None:
        return None
    key = (made_of.place.module.path, written.id)
    if key not in run.known:
        with run.at(made_of.place.module):
            run.known[key] = run.evaluate(written, made_of.scope)
    found = run.known[key]
    return found if isinstance(found, ClassValue) else None


def lineage(run: Evaluator, made_of: ClassValue) -> Iterator[ClassValue]:
    """A class and those that it extends, the nearest first."""
    current: ClassValue | None = made_of
    for _ in range(MAX_PARENTS):
        if current is None:
            return
        yield current
        current = parent_class(run, current)


def heritage_text(run: Evaluator, made_of: ClassValue) -> str:
    """What a class and those that it extends extend and implement, as written."""
    texts = (
        one.place.module.tree.text(child)
        for one in lineage(run, made_of)
        for child in one.node.children
        if child.type == "class_heritage"
    )
    return " ".join(texts)


def method_named(run: Evaluator, made_of: ClassValue, name: str, this: Value) -> Function | None:
    """A method of a class, or of the nearest one above it that has it."""
    for one in lineage(run, made_of):
        for member in members_of(one.node):
            key = field(member, "name") if member.type == "method_definition" else None
            if key is not None and one.place.module.tree.text(key).strip("'\"") == name:
                return Function(Place(one.place.module, member), one.scope, this, one)
    return None


def static_value(run: Evaluator, made_of: ClassValue, name: str) -> Value | None:
    """A static method or field of a class, or what its getter gives; None (no value) where it has none of that name."""
    method = method_named(run, made_of, name, made_of)
    kinds = {child.type for child in method.node.children} if method is not None else set()
    if method is not None and "static" in kinds:
        called = Invocation(run, method.place.module, method.node)
        return run.call_function(method, [], called) if "get" in kinds else method
    for one in lineage(run, made_of):
        for member in members_of(one.node):
            key, value = field_of(member)
            if key == name and any(child.type == "static" for child in member.children):
                with run.at(one.place.module):
                    return run.evaluate(value, one.scope) if value is not None else UNDEFINED
    return None


def instantiate(run: Evaluator, made_of: ClassValue, arguments: list[Value], call: Invocation) -> Instance:
    """An object of a class of the project, its fields set, those of the class furthest above first."""
    instance = Instance(made_of)
    for one in reversed(list(lineage(run, made_of))):
        set_fields(run, one, instance)
    construct(run, made_of, instance, arguments, call)
    return instance


def construct(run: Evaluator, made_of: ClassValue, instance: Instance, arguments: list[Value], call: Invocation) -> None:
    """Run the constructor that an object of a class is made by."""
    constructor = method_named(run, made_of, "constructor", instance)
    if constructor is not None:
        set_parameters(constructor, instance, arguments)
        run.call_function(constructor, arguments, call)


def set_fields(run: Evaluator, made_of: ClassValue, instance: Instance) -> None:
    scope = made_of.scope.inside(instance)
    with run.at(made_of.place.module):
        for member in members_of(made_of.node):
            name, value = field_of(member)
            if name and not any(child.type == "static" for child in member.children):
                instance.fields[name] = run.evaluate(value, scope) if value is not None else UNDEFINED


def set_parameters(constructor: Function, instance: Instance, arguments: list[Value]) -> None:
    """`constructor(private readonly table: string)`: parameters that become fields."""
    listed = field(constructor.node, "parameters")
    for position, parameter in enumerate(content(listed) if listed is not None else ()):
        name = field(parameter, "pattern")
        if name is not None and any(child.type in ("accessibility_modifier", "readonly") for child in parameter.children):
            instance.fields[constructor.place.module.tree.text(name)] = argument(arguments, position)
