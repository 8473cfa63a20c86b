"""Classes with decorators, as models of TypeORM and sequelize-typescript are. In: a module. Out: classes and their fields."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from tree_sitter import Node

from advisor.model import Location
from advisor.sources.evaluation.classes import parent_of
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.modules import Module
from advisor.sources.evaluation.values import UNDEFINED, Place, Value
from advisor.sources.typescript.scopes import annotation_of
from advisor.sources.typescript.syntax import arguments_of, callee_of, field

CLASSES = {"javascript": "[(class_declaration) (class)] @class"}
"""What makes a class, by grammar: the others have abstract ones too."""
TYPED_CLASSES = "[(class_declaration) (abstract_class_declaration) (class)] @class"


class Decorator(Struct, frozen=True):
    """`@Name(arguments)`; a decorator without parentheses has no arguments."""

    name: str
    arguments: tuple[Value, ...]
    location: Location

    def argument(self, position: int) -> Value:
        return self.arguments[position] if position < len(self.arguments) else UNDEFINED


class Field(Struct, frozen=True):
    """A property of a class, or its getter or setter: its name and its type as written."""

    name: str
    annotation: str
    decorators: tuple[Decorator, ...]
    location: Location
    place: Place

    def decorator(self, *names: str) -> Decorator | None:
        return next((one for one in self.decorators if one.name in names), None)


class DecoratedClass(Struct, frozen=True):
    """A class. `parent` is what it extends, as an expression."""

    name: str
    decorators: tuple[Decorator, ...]
    fields: tuple[Field, ...]
    place: Place
    parent: Node | None
    name_location: Location

    def decorator(self, *names: str) -> Decorator | None:
        return next((one for one in self.decorators if one.name in names), None)


def classes_of(module: Module, evaluator: Evaluator) -> Iterator[DecoratedClass]:
    """All classes of a module that have a name, in order."""
    for node in module.tree.captures(CLASSES.get(module.tree.grammar, TYPED_CLASSES)).get("class", ()):
        if field(node, "name") is not None:
            yield read_class(Place(module, node), evaluator)


def read_class(place: Place, evaluator: Evaluator) -> DecoratedClass:
    """The parts of a class; decorators before `export` are its own too."""
    module, node = place.module, place.node
    name, body = field(node, "name"), field(node, "body")
    around = node.parent
    outer = decorators_of(module, around, evaluator) if around is not None and around.type == "export_statement" else ()
    named = name or node
    return DecoratedClass(
        module.tree.text(named),
        (*outer, *decorators_of(module, node, evaluator)),
        tuple(fields_of(module, body, evaluator)) if body is not None else (),
        place,
        parent_of(node),
        module.tree.location(named),
    )


def fields_of(module: Module, body: Node, evaluator: Evaluator) -> Iterator[Field]:
    waiting: list[Node] = []
    for node in body.named_children:
        if node.type == "decorator":
            waiting.append(node)  # where the grammar leaves them outside
        elif node.type in ("public_field_definition", "field_definition", "method_definition"):
            decorators = [*(read_decorator(module, one, evaluator) for one in waiting), *decorators_of(module, node, evaluator)]
            name = field(node, "name") or field(node, "property")
            if name is not None and (node.type != "method_definition" or (decorators and is_accessor(node))):
                yield Field(
                    module.tree.text(name),
                    annotation_of(module.tree, node) or returned(module, node),
                    tuple(decorators),
                    module.tree.location(node),
                    Place(module, node),
                )
            waiting = []


def is_accessor(method: Node) -> bool:
    """Whether a method is one of `get name() {...}` and `set name(value) {...}`."""
    return any(child.type in ("get", "set") for child in method.children)


def returned(module: Module, method: Node) -> str:
    """The type that a getter is written to return."""
    annotation = field(method, "return_type")
    return module.tree.text(annotation).lstrip(": \t\r\n") if annotation is not None else ""


def decorators_of(module: Module, node: Node, evaluator: Evaluator) -> tuple[Decorator, ...]:
    return tuple(read_decorator(module, child, evaluator) for child in node.children if child.type == "decorator")


def read_decorator(module: Module, node: Node, evaluator: Evaluator) -> Decorator:
    inside = next(iter(node.named_children), node)
    called = callee_of(inside) if inside.type == "call_expression" else inside
    given = arguments_of(inside) if inside.type == "call_expression" else []
    name = module.tree.text(called).rpartition(".")[2] if called is not None else ""
    values = tuple(evaluator.value_at(Place(module, argument)) for argument in given)
    return Decorator(name, values, module.tree.location(node))
