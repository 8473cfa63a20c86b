"""What a file exports, read from its statements. In: a statement. Out: names, and what stands behind each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from advisor.sources.typescript.scopes import statement_declarations
from advisor.sources.typescript.syntax import SyntaxTree, content, string_text
from advisor.sources.typescript.syntax import field as child


@dataclass(frozen=True, slots=True)
class Export:
    """What a module exports under a name: an expression, a local name, or a name of another module."""

    node: Node | None = None
    local: str | None = None
    module: str | None = None
    imported: str | None = None


def exports_of(tree: SyntaxTree, statement: Node) -> Iterator[tuple[str, Export]]:
    """The names of one `export` statement."""
    declared = child(statement, "declaration")
    is_default = any(part.type == "default" for part in statement.children)
    source = child(statement, "source")
    module = string_text(tree, source) if source is not None else None
    if declared is not None:
        for binding in statement_declarations(tree, declared):
            yield "default" if is_default else binding.name, Export(local=binding.name)
    elif is_default and (value := child(statement, "value")) is not None:
        yield "default", Export(node=value)
    for part in content(statement):
        if part.type == "namespace_export" and part.named_children:
            yield tree.text(part.named_children[0]), Export(module=module, imported="*")
        for specifier in part.named_children if part.type == "export_clause" else ():
            name = child(specifier, "name")
            if name is not None:
                exported = tree.text(child(specifier, "alias") or name)
                local = tree.text(name)
                yield exported, Export(module=module, imported=local) if module else Export(local=local)


def assigned_exports(tree: SyntaxTree, statement: Node) -> Iterator[tuple[str, Export]]:
    """`module.exports = x`, `exports.name = x`, `module.exports.name = x`."""
    assignment = statement.named_children[0] if statement.named_children else None
    left = child(assignment, "left") if assignment is not None and assignment.type == "assignment_expression" else None
    right = child(assignment, "right") if assignment is not None else None
    if left is None or right is None:
        return
    written = tree.text(left)
    if written == "module.exports":
        yield "default", Export(node=right)
        for pair in right.named_children if right.type == "object" else ():
            if pair.type == "shorthand_property_identifier":
                yield tree.text(pair), Export(node=pair)
            elif pair.type == "pair" and (key := child(pair, "key")) is not None:
                yield tree.text(key), Export(node=child(pair, "value"))
    elif written.startswith(("exports.", "module.exports.")):
        yield written.rpartition(".")[2], Export(node=right)
