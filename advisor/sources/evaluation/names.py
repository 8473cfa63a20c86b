"""What names stand for: variables, module-level declarations, imports. In: an identifier or an export's name. Out: a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.containers import ArrayValue, ObjectValue
from advisor.sources.evaluation.members import property_of
from advisor.sources.evaluation.symbols import External
from advisor.sources.evaluation.values import UNDEFINED, Environment, HostObject, Namespace, Opaque, Place, Unknown, Value
from advisor.sources.typescript.exports import Export
from advisor.sources.typescript.scopes import Binding

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator
    from advisor.sources.evaluation.modules import Module


class ModuleObject(HostObject):
    """`module`, whose `exports` are the file's."""

    def __init__(self, exports: dict[str, Value]) -> None:
        self.exports = exports

    def get(self, name: str) -> Value:
        return self.exports if name == "exports" else Unknown(name)


def read_name(run: Evaluator, node: Node, scope: Environment) -> Value:
    name = run.tree.text(node)
    holder = scope.holder(name)
    if holder is not None:
        return holder.names[name]
    if name == "undefined":
        return UNDEFINED
    if name in ("exports", "module") and run.here is run.home:
        return run.exports if name == "exports" else ModuleObject(run.exports)
    binding = run.here.scopes.resolve(node)
    return bound(run, run.here, binding) if binding is not None else External("", name)


def bound(run: Evaluator, module: Module, binding: Binding) -> Value:
    """What a declared name stands for, whether or not what declares it has run."""
    if binding.kind == "import":
        return imported(run, module, binding.module, binding.imported)
    if binding.kind == "parameter":
        return External("(parameter)", binding.name)
    key = (module.path, binding.declaration.id)
    if key in run.known:
        return run.known[key]
    if key in run.pending:
        return Unknown(binding.name, f"{binding.name} is made of itself", Place(module, binding.declaration))
    run.pending.add(key)
    try:
        with run.at(module):
            value = run.known[key] = declared(run, module, binding)
    finally:
        run.pending.discard(key)
    return value


def declared(run: Evaluator, module: Module, binding: Binding) -> Value:
    place = Place(module, binding.declaration)
    if binding.kind in ("function", "class", "enum") and binding.value is not None:
        return run.evaluate(binding.value, module.scope)
    if binding.kind not in ("const", "variable") or binding.value is None:
        return Unknown(binding.name, f"{binding.name} is not known beforehand", place)
    value = run.evaluate(binding.value, module.scope)
    for step in binding.path:
        if step == "...":
            return Unknown(binding.name, "the rest of an object", place)
        value = property_of(run, value, step.strip("[]"), binding.declaration)
    return as_it_stays(run, module, binding, value)


def as_it_stays(run: Evaluator, module: Module, binding: Binding, value: Value) -> Value:
    """The value of a variable, as far as what is done to it later leaves it."""
    is_container = isinstance(value, (ObjectValue, ArrayValue))
    is_written_down = isinstance(value, Opaque) and not isinstance(value, Unknown)
    if not (is_container or (binding.kind == "variable" and not is_written_down)) or not module.scopes.assigned_later(binding):
        return value
    place = Place(module, binding.declaration)
    if run.keeps_parts and isinstance(value, ObjectValue):
        return ObjectValue(value, value.places, value.place, complete=False)
    if run.keeps_parts and isinstance(value, ArrayValue):
        return ArrayValue(value, value.place, complete=False)
    return Unknown(binding.name, f"{binding.name} changes", place)


def imported(run: Evaluator, module: Module, specifier: str, name: str) -> Value:
    """What an import gives: of a package that a tool's object stands for, of a file of the project, or a name alone."""
    package = run.packages(specifier)
    if package is not None:
        return package if name in ("*", "default") else property_of(run, package, name, module.tree.root)
    target = run.modules.resolve(specifier, module.path)
    if target is None:
        return External(specifier, name)
    value = export(run, target, name)
    if value is not UNDEFINED:
        return value
    return Namespace(target) if name == "default" else Unknown(name, f"{name} is not seen in {target.path}")


def export(run: Evaluator, module: Module, name: str) -> Value:
    """What a module exports under a name; `*` is all of it."""
    if name == "*":
        return Namespace(module)
    key = (module.path, name)
    if key in run.pending:
        return Unknown(name, f"{name} is exported around in a circle")
    run.pending.add(key)
    try:
        return find_export(run, module, name)
    finally:
        run.pending.discard(key)


def find_export(run: Evaluator, module: Module, name: str) -> Value:
    found = module.exports.get(name)
    if found is not None:
        return exported_value(run, module, found)
    for specifier in module.stars:
        target = run.modules.resolve(specifier, module.path)
        if target is not None and (target.path, name) not in run.pending:
            value = export(run, target, name)
            if value is not UNDEFINED:
                return value
    whole = module.exports.get("default")
    if whole is not None and name != "default":
        value = exported_value(run, module, whole)  # `module.exports = names`
        return value.get(name, UNDEFINED) if isinstance(value, dict) else UNDEFINED
    return UNDEFINED


def exported_value(run: Evaluator, module: Module, found: Export) -> Value:
    if found.module is not None:
        return imported(run, module, found.module, found.imported or "*")
    if found.node is not None:
        key = (module.path, found.node.id)
        if key not in run.known:
            with run.at(module):
                run.known[key] = run.evaluate(found.node, module.scope)
        return run.known[key]
    binding = module.scopes.declared_in(module.tree.root).get(found.local or "")
    return bound(run, module, binding) if binding is not None else UNDEFINED


def export_names(run: Evaluator, module: Module) -> Iterator[tuple[str, Module]]:
    """The names that a module exports, each with the file that it is looked for in."""
    seen: set[str] = set()
    waiting, visited = [module], {module.path}
    while waiting:
        current = waiting.pop(0)
        for name in current.exports:
            if name not in seen:
                seen.add(name)
                yield name, current
        for specifier in current.stars:
            target = run.modules.resolve(specifier, current.path)
            if target is not None and target.path not in visited:
                visited.add(target.path)
                waiting.append(target)
