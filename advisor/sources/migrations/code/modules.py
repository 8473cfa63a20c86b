"""What a module declares for others and takes from them: `export`, `import`, `enum`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.migrations.code.values import (
    Environment,
    Signal,
    Unknown,
    Value,
)
from advisor.sources.typescript.scopes import statement_declarations
from advisor.sources.typescript.syntax import content, field

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Interpreter


def run_export(run: Interpreter, node: Node, scope: Environment) -> Signal | None:
    """`export const up`, `export class X`, `export default ...`, `export { up, down }`."""
    declared = field(node, "declaration")
    value = field(node, "value")
    default = any(child.type == "default" for child in node.children)
    if declared is not None:
        run.execute(declared, scope)
        for binding in statement_declarations(run.tree, node):
            run.exports["default" if default else binding.name] = scope.get(binding.name)
    elif value is not None:
        run.exports["default"] = run.evaluate(value, scope)
    for clause in content(node):
        for specifier in content(clause) if clause.type == "export_clause" else ():
            name, alias = field(specifier, "name"), field(specifier, "alias")
            if name is not None:
                run.exports[run.tree.text(alias or name)] = scope.get(run.tree.text(name))
    return None


def run_import(run: Interpreter, node: Node, scope: Environment) -> Signal | None:
    from advisor.sources.migrations.code.members import property_of

    for binding in statement_declarations(run.tree, node):
        module = run.module(binding.module)
        whole = binding.imported == "*" or (binding.imported == "default" and not isinstance(module, Unknown))
        scope.names[binding.name] = module if whole else property_of(run, module, binding.imported)
        if isinstance(module, Unknown):
            scope.names[binding.name] = Unknown(binding.name)
    return None


def run_enum(run: Interpreter, node: Node, scope: Environment) -> Signal | None:
    """An enum is an object; members without a value count up."""
    name, body = field(node, "name"), field(node, "body")
    members: dict[str, Value] = {}
    following: Value = 0
    for member in content(body) if body is not None else ():
        key, value = field(member, "name") or member, field(member, "value")
        following = run.evaluate(value, scope) if value is not None else following
        members[run.tree.text(key).strip("'\"")] = following
        following = following + 1 if isinstance(following, int) else Unknown()
    if name is not None:
        scope.names[run.tree.text(name)] = members
    return None
