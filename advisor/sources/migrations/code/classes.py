"""Classes of the file: their heritage, fields and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.migrations.code.values import (
    ClassValue,
    Environment,
)
from advisor.sources.typescript.syntax import content, field

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Interpreter


def class_of(run: Interpreter, node: Node, scope: Environment) -> ClassValue:
    name = field(node, "name")
    heritage = next((child for child in node.children if child.type == "class_heritage"), None)
    return ClassValue(node, scope, run.tree.text(name) if name is not None else "", run.tree.text(heritage) if heritage else "")


def members_of(made_of: Node) -> list[Node]:
    body = field(made_of, "body")
    return content(body) if body is not None else []


def field_of(member: Node) -> tuple[str, Node | None]:
    """Name and initial value of a field of a class; an empty name for what is none."""
    if member.type not in ("public_field_definition", "field_definition"):
        return "", None
    name = field(member, "name") or field(member, "property")
    text = name.text if name is not None else None
    return (text.decode(errors="replace") if text else ""), field(member, "value")
