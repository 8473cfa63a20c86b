"""What files declare for others: `export` and `enum`. In: a statement that runs. Out: names that are bound and exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.containers import ObjectValue
from advisor.sources.evaluation.names import bound, export, export_names, imported
from advisor.sources.evaluation.values import UNDEFINED, Environment, Place, Signal, Unknown, Value
from advisor.sources.typescript.scopes import statement_declarations
from advisor.sources.typescript.syntax import content, field, string_text
from advisor.sources.typescript.values import key_text

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator


def run_export(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    """`export const up`, `export class X`, `export default ...`, `export { up, down }`, `export * from "./up"`."""
    declared, value, source = field(node, "declaration"), field(node, "value"), field(node, "source")
    default = any(child.type == "default" for child in node.children)
    if declared is not None:
        run.execute(declared, scope)
        for binding in statement_declarations(run.tree, node):
            run.exports["default" if default else binding.name] = value_named(run, binding.name, scope)
    elif value is not None:
        run.exports["default"] = run.evaluate(value, scope)
    elif source is not None and any(child.type == "*" for child in node.children):
        export_all(run, string_text(run.tree, source))
    for clause in content(node):
        for specifier in content(clause) if clause.type == "export_clause" else ():
            name, alias = field(specifier, "name"), field(specifier, "alias")
            if name is None:
                continue
            own = run.tree.text(name)
            module = string_text(run.tree, source) if source is not None else ""
            found = imported(run, run.here, module, own) if module else value_named(run, own, scope)
            run.exports[run.tree.text(alias or name)] = found
    return None


def value_named(run: Evaluator, name: str, scope: Environment) -> Value:
    holder = scope.holder(name)
    if holder is not None:
        return holder.names[name]
    binding = run.here.scopes.declared_in(run.tree.root).get(name)
    return bound(run, run.here, binding) if binding is not None else Unknown(name)


def export_all(run: Evaluator, specifier: str) -> None:
    target = run.modules.resolve(specifier, run.here.path)
    for name, holder in export_names(run, target) if target is not None else ():
        if name != "default":
            run.exports.setdefault(name, export(run, holder, name))


def run_enum(run: Evaluator, node: Node, scope: Environment) -> Signal | None:
    name = field(node, "name")
    if name is not None:
        scope.names[run.tree.text(name)] = read_enum(run, node, scope)
    return None


def read_enum(run: Evaluator, node: Node, scope: Environment) -> Value:
    """An enum is an object; members without a value count up."""
    body = field(node, "body")
    made = ObjectValue({}, {}, Place(run.here, node))
    following: Value = 0
    for member in content(body) if body is not None else ():
        key, value = field(member, "name") or member, field(member, "value")
        name = key_text(run.tree, key)
        if name is None:
            continue
        following = run.evaluate(value, scope) if value is not None else following
        made[name], made.places[name] = following, Place(run.here, member)
        following = following + 1 if isinstance(following, int) else UNDEFINED
    return made
