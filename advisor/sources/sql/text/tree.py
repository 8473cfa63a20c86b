"""PostgreSQL's syntax trees, as pglast gives them in JSON. In: nodes. Out: their parts.

A node is `{"ColumnRef": {"fields": [...], "location": 7}}`. Fields that hold their type's zero (0, false, the empty string) are
left out of the JSON, so every read names its default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from pglast import ast, enums
from pglast.stream import RawStream

Node: TypeAlias = dict[str, Any]

CONSTANTS = {
    "ival": ("Integer", 0),
    "fval": ("Float", ""),
    "boolval": ("Boolean", False),
    "sval": ("String", ""),
    "bsval": ("BitString", ""),
}
"""The kinds of constants: the field, pglast's class for it, and the value that JSON leaves out."""


def unwrap(node: Node) -> tuple[str, Node]:
    """A node's kind and its fields."""
    return next(iter(node.items()))


def fields_of(node: Node) -> Node:
    fields: Node = next(iter(node.values()))
    return fields


def string(node: Node) -> str:
    """The text of a `String` node; empty for any other (`A_Star`)."""
    text: str = node["String"].get("sval", "") if "String" in node else ""
    return text


def strings(nodes: Iterable[Node]) -> tuple[str, ...]:
    return tuple([string(node) for node in nodes])


def constant(node: Node) -> int | float | str | bool | None:
    """The value of an `A_Const` node; None for NULL and for anything that is no constant."""
    fields = node.get("A_Const", {})
    for name, (_, empty) in CONSTANTS.items():
        if name in fields:
            value: int | str | bool = fields[name].get(name, empty)
            return float(value) if name == "fval" else value
    return None


def walk(value: Any) -> Iterator[tuple[str, Node]]:
    """Every node of a tree as kind and fields: outer before inner, otherwise in the order of the JSON, mostly the text's."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(reversed(value))
        elif isinstance(value, dict):
            inner = [(name, child) for name, child in value.items() if isinstance(child, (dict, list))]
            for name, child in inner:
                if name[0].isupper() and isinstance(child, dict):
                    yield name, child
            pending.extend([child for _, child in reversed(inner)])


def without_places(value: Any) -> Any:
    """A tree without its locations, so that equal SQL has equal trees."""
    if isinstance(value, list):
        return [without_places(child) for child in value]
    if isinstance(value, dict):
        return {name: without_places(child) for name, child in value.items() if name != "location"}
    return value


def deparse(node: Node) -> str:
    """A node's SQL as pglast's printer writes it: slow, but it knows every kind of node."""
    return str(RawStream()(tree_object(node)))


def tree_object(value: Any, c_type: str = "Node*") -> Any:
    """pglast's node object for a JSON value. Fields of a fixed type are not wrapped in their kind: `c_type` tells it."""
    if isinstance(value, list):
        return tuple(tree_object(child) for child in value)
    if isinstance(value, str):
        return getattr(enums, c_type)[value] if hasattr(enums, c_type) else value
    if not isinstance(value, dict):
        return value
    is_wrapped = c_type in ("Node*", "Expr*")
    if not value and is_wrapped:
        return None  # a place in a list where nothing stands: DISTINCT without ON
    kind, fields = unwrap(value) if is_wrapped else (c_type.rstrip("*"), value)
    if kind == "List":
        return tree_object(fields.get("items", []))
    if kind == "A_Const":
        return _constant_object(fields)
    slots = getattr(ast, kind).__slots__
    return getattr(ast, kind)(**{name: tree_object(child, slots[name].c_type) for name, child in fields.items() if name in slots})


def _constant_object(fields: Node) -> Any:
    for name, (kind, empty) in CONSTANTS.items():
        if name in fields:
            return ast.A_Const(isnull=False, val=getattr(ast, kind)(fields[name].get(name, empty)))
    return ast.A_Const(isnull=True)
