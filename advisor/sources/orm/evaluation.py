"""What the expressions of schema files stand for. In: a node, or an export's name. Out: a `Value`.

Code is worked out, not run: literals, objects with spreads, templates, conditions that are decided, functions of the project with
their arguments, constants and enums across files. What depends on anything else is `Unknown`; calls of packages are written down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from tree_sitter import Node

from advisor.sources.orm import builtins
from advisor.sources.orm.modules import Export, Module, Modules
from advisor.sources.orm.values import (
    UNDEFINED,
    ArrayValue,
    Call,
    ClassValue,
    Closure,
    External,
    Frame,
    Member,
    Namespace,
    ObjectValue,
    Place,
    Template,
    Undefined,
    Unknown,
    Value,
)
from advisor.sources.typescript.scopes import IDENTIFIERS, Binding
from advisor.sources.typescript.syntax import content, field, string_text, tagged_template, unwrap
from advisor.sources.typescript.values import key_text

MAX_DEPTH = 60
"""Expressions inside each other, functions called included."""
MAX_STEPS = 2_000_000
"""Expressions of one project: enough for thousands of tables, and an end for code that calls itself."""

UNDECIDED = ("for_statement", "for_in_statement", "while_statement", "do_statement", "try_statement", "switch_statement")
LITERALS = frozenset(("string", "number", "true", "false", "null", "undefined"))
FUNCTION_KINDS = ("arrow_function", "function_expression", "function_declaration", "method_definition")
CLASS_KINDS = ("class", "class_declaration", "abstract_class_declaration")

SYMBOLIC = (External, Member, Call, Template, ClassValue)


class Evaluator:
    """Works out values of a project's modules; each module-level name is worked out once, so that a table is one value."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self._depth = 0
        self._steps = 0
        self._pending: set[tuple[str, int]] = set()
        self._readers: dict[str, Callable[[Place, Frame], Value]] = {
            "template_string": self._plain_template,
            "object": self._object,
            "array": self._array,
            **dict.fromkeys(FUNCTION_KINDS, Closure),
            **dict.fromkeys(CLASS_KINDS, self._class),
            **dict.fromkeys(("member_expression", "subscript_expression"), self._member),
            **dict.fromkeys(("call_expression", "new_expression"), self._call),
            **dict.fromkeys(("ternary_expression", "binary_expression", "unary_expression"), self._operation),
        }

    def exports(self, module: Module) -> Iterator[tuple[str, Value]]:
        """All that a module exports, `export *` included, by name."""
        seen: set[str] = set()
        waiting, visited = [module], {module.path}
        while waiting:
            current = waiting.pop(0)
            for name in current.exports:
                if name not in seen:
                    seen.add(name)
                    yield name, self.export(current, name)
            for specifier in current.stars:
                target = self.modules.resolve(specifier, current.path)
                if target is not None and target.path not in visited:
                    visited.add(target.path)
                    waiting.append(target)

    def export(self, module: Module, name: str, visited: frozenset[str] = frozenset()) -> Value:
        """What a module exports under a name; `*` is all of it."""
        if name == "*":
            return Namespace(module)
        found = module.exports.get(name)
        if found is not None:
            return self._exported(module, found)
        for specifier in module.stars:
            target = self.modules.resolve(specifier, module.path)
            if target is not None and target.path not in visited:
                value = self.export(target, name, visited | {module.path})
                if not isinstance(value, Undefined):
                    return value
        return UNDEFINED

    def _exported(self, module: Module, found: Export) -> Value:
        if found.module is not None:
            return self._imported(module, found.module, found.imported or "*")
        if found.node is not None:
            return self.evaluate(Place(module, found.node), module.frame)
        binding = module.scopes.declared_in(module.tree.root).get(found.local or "")
        return self._bound(module, binding, module.frame) if binding is not None else UNDEFINED

    def _imported(self, module: Module, specifier: str, name: str) -> Value:
        target = self.modules.resolve(specifier, module.path)
        if target is None:
            return External(specifier, name)
        value = self.export(target, name)
        if name == "default" and isinstance(value, Undefined):
            return Namespace(target)
        return value

    def evaluate(self, place: Place, frame: Frame) -> Value:
        """The value of an expression."""
        self._steps += 1
        if self._depth >= MAX_DEPTH or self._steps > MAX_STEPS:
            return Unknown(place, "it is nested too deeply")
        self._depth += 1
        try:
            return self._evaluate(Place(place.module, unwrap(place.node, awaits=True)), frame)
        finally:
            self._depth -= 1

    def _evaluate(self, place: Place, frame: Frame) -> Value:
        kind = place.node.type
        if kind in LITERALS:
            return literal_value(place)
        reader = self._identifier if kind in IDENTIFIERS else self._readers.get(kind)
        return reader(place, frame) if reader is not None else Unknown(place, f"a {kind.replace('_', ' ')} is not followed")

    def _plain_template(self, place: Place, frame: Frame) -> Value:
        return self._template(place, UNDEFINED, place.node, frame)

    def _array(self, place: Place, frame: Frame) -> Value:
        items, complete = self._items(place, content(place.node), frame)
        return ArrayValue(items, place, complete)

    def _class(self, place: Place, frame: Frame) -> Value:
        name = field(place.node, "name")
        return ClassValue(place.module.tree.text(name) if name is not None else "", place, frame)

    def _identifier(self, place: Place, frame: Frame) -> Value:
        name = place.module.tree.text(place.node)
        if name == "undefined":
            return UNDEFINED
        binding = place.module.scopes.resolve(place.node)
        return self._bound(place.module, binding, frame) if binding is not None else External("", name)

    def named(self, module: Module, binding: Binding) -> Value:
        """What a name of a module stands for."""
        return self._bound(module, binding, module.frame)

    def _bound(self, module: Module, binding: Binding, frame: Frame) -> Value:
        """What a declared name stands for."""
        key = binding.declaration.id
        if frame.has(key):
            return frame.get(key)
        place = Place(module, binding.declaration)
        if binding.kind == "import":
            return self._imported(module, binding.module, binding.imported)
        if binding.kind == "parameter":
            return External("(parameter)", binding.name)
        if (module.path, key) in self._pending:
            return Unknown(place, f"{binding.name} is made of itself")
        self._pending.add((module.path, key))
        try:
            value = self._declared(module, binding, frame)
        finally:
            self._pending.discard((module.path, key))
        is_global = module.scopes.declared_in(module.tree.root).get(binding.name) == binding
        (module.frame if is_global else frame).names[key] = value
        return value

    def _declared(self, module: Module, binding: Binding, frame: Frame) -> Value:
        place = Place(module, binding.declaration)
        if binding.kind in ("function", "class") and binding.value is not None:
            return self.evaluate(Place(module, binding.value), frame)
        if binding.kind == "enum" and binding.value is not None:
            return self._enum(Place(module, binding.value))
        if binding.kind not in ("const", "variable") or binding.value is None:
            return Unknown(place, f"{binding.name} is not known beforehand")
        value = self.evaluate(Place(module, binding.value), frame)
        for step in binding.path:
            value = self.property(value, step.strip("[]"), place)
        if isinstance(value, (ObjectValue, ArrayValue)) and module.scopes.assigned_later(binding):
            return replace(value, complete=False)
        if binding.kind == "variable" and not isinstance(value, SYMBOLIC) and module.scopes.assigned_later(binding):
            return Unknown(place, f"{binding.name} changes")
        return value

    def _enum(self, place: Place) -> Value:
        """A TypeScript enum: its members with their values."""
        tree = place.module.tree
        declaration = place.node if place.node.type == "enum_declaration" else place.node.parent
        body = field(declaration, "body") if declaration is not None else None
        entries: dict[str, Value] = {}
        places: dict[str, Place] = {}
        following: Value = 0
        for member in content(body) if body is not None else ():
            named = field(member, "name") if member.type == "enum_assignment" else member
            assigned = field(member, "value") if member.type == "enum_assignment" else None
            name = key_text(tree, named) if named is not None else None
            if name is None:
                continue
            value = self.evaluate(Place(place.module, assigned), Frame()) if assigned is not None else following
            entries[name], places[name] = value, Place(place.module, member)
            following = value + 1 if isinstance(value, int) else UNDEFINED
        return ObjectValue(entries, places, place)

    def _template(self, place: Place, tag: Value, node: Node, frame: Frame) -> Value:
        """A template: a string where all that is put in is known, else its parts."""
        tree, texts, values = place.module.tree, [""], []
        for part in node.named_children:
            if part.type == "template_substitution":
                inside = content(part)
                values.append(self.evaluate(Place(place.module, inside[0]), frame) if inside else UNDEFINED)
                texts.append("")
            else:
                texts[-1] += string_text(tree, part)
        if isinstance(tag, Undefined) and all(isinstance(value, (str, int, float)) for value in values):
            return "".join(text + builtins.as_text(value) for text, value in zip(texts, [*values, ""], strict=True))
        return Template(tag, tuple(texts), tuple(values), place)

    def _object(self, place: Place, frame: Frame) -> Value:
        entries: dict[str, Value] = {}
        places: dict[str, Place] = {}
        complete = True
        for part in content(place.node):
            here = Place(place.module, part)
            if part.type == "spread_element":
                inside = self.evaluate(Place(place.module, content(part)[0]), frame) if content(part) else UNDEFINED
                if isinstance(inside, ObjectValue):
                    entries.update(inside.entries)
                    places.update(inside.places)
                    complete = complete and inside.complete
                else:
                    complete = complete and (inside is None or inside is False or isinstance(inside, Undefined))
                continue
            key = self._key(here, frame)
            if key is None:
                complete = False
            else:
                entries[key], places[key] = self._entry_value(here, frame), here
        return ObjectValue(entries, places, place, complete)

    def _key(self, place: Place, frame: Frame) -> str | None:
        node = place.node
        if node.type == "shorthand_property_identifier":
            return place.module.tree.text(node)
        named = field(node, "key") or field(node, "name")
        if named is None:
            return None
        if named.type == "computed_property_name" and content(named):
            value = self.evaluate(Place(place.module, content(named)[0]), frame)
            if isinstance(value, Member) and isinstance(value.owner, External):
                return f"{value.owner.name}.{value.name}"  # `[Op.gt]`
            return builtins.as_text(value) if isinstance(value, (str, int)) else None
        return key_text(place.module.tree, named)

    def _entry_value(self, place: Place, frame: Frame) -> Value:
        node = place.node
        value = field(node, "value") if node.type == "pair" else node
        return self.evaluate(Place(place.module, value), frame) if value is not None else UNDEFINED

    def _items(self, place: Place, nodes: Sequence[Node], frame: Frame) -> tuple[tuple[Value, ...], bool]:
        """The values of array elements or arguments, spreads spread."""
        items: list[Value] = []
        complete = True
        for node in nodes:
            if node.type != "spread_element":
                items.append(self.evaluate(Place(place.module, node), frame))
                continue
            inside = self.evaluate(Place(place.module, content(node)[0]), frame) if content(node) else UNDEFINED
            complete = complete and isinstance(inside, ArrayValue) and inside.complete
            items.extend(inside.items if isinstance(inside, ArrayValue) else ())
        return tuple(items), complete

    def _member(self, place: Place, frame: Frame) -> Value:
        owner, name = field(place.node, "object"), field(place.node, "property")
        if owner is None:
            return Unknown(place, "it is incomplete")
        if name is not None:
            key: Value = place.module.tree.text(name)
        else:
            index = field(place.node, "index")
            key = self.evaluate(Place(place.module, index), frame) if index is not None else UNDEFINED
        value = self.evaluate(Place(place.module, owner), frame)
        return (
            self.property(value, builtins.as_text(key), place) if isinstance(key, (str, int)) else Unknown(place, "a computed name")
        )

    def property(self, owner: Value, name: str, place: Place) -> Value:
        """`owner.name`."""
        match owner:
            case ObjectValue() if name in owner.entries:
                return owner.entries[name]
            case ObjectValue():
                return UNDEFINED if owner.complete else Unknown(place, f"`{name}` is not seen")
            case Namespace(module=module):
                return self.export(module, name)
            case ArrayValue(items=items):
                return element(items, name) if name.isdecimal() or name == "length" else Member(owner, name, place)
            case External(module=package, name="*" | "default") if package:
                return External(package, name)
            case str() | int() | float() | External() | Member() | Call() | Template() | ClassValue() | Closure():
                return Member(owner, name, place)
            case Unknown():
                return Unknown(place, owner.reason)
            case _:
                return Unknown(place, f"`{name}` of what has none")

    def _call(self, place: Place, frame: Frame) -> Value:
        tagged = tagged_template(place.node)
        if tagged is not None:
            return self._template(place, self.evaluate(Place(place.module, tagged[0]), frame), tagged[1], frame)
        called = field(place.node, "function") or field(place.node, "constructor")
        listed = field(place.node, "arguments")
        if called is None:
            return Unknown(place, "it is incomplete")
        callee = self.evaluate(Place(place.module, called), frame)
        nodes = content(listed) if listed is not None else []
        arguments, complete = self._items(place, nodes, frame)
        return self.call(callee, arguments, place) if complete else Unknown(place, "its arguments are not seen")

    def call(self, callee: Value, arguments: tuple[Value, ...], place: Place) -> Value:
        """What a call gives: a project's function is followed, a package's is written down."""
        if isinstance(callee, Closure):
            return self.apply(callee, arguments)
        if isinstance(callee, Unknown):
            return Unknown(place, callee.reason)
        known = builtins.call(self, callee, arguments, place)
        return known if known is not None else Call(callee, arguments, place)

    def apply(self, function: Closure, arguments: tuple[Value, ...]) -> Value:
        """What a function returns for arguments."""
        place = function.place
        module, node = place.module, place.node
        frame = Frame(outer=function.frame)
        for binding in module.scopes.declared_in(node).values():
            if binding.kind == "parameter":
                frame.names[binding.declaration.id] = self._argument(module, binding, arguments, frame)
        body = field(node, "body")
        if body is None:
            return UNDEFINED
        if body.type != "statement_block":
            return self.evaluate(Place(module, body), frame)
        return self._run(Place(module, body), frame)

    def _argument(self, module: Module, binding: Binding, arguments: tuple[Value, ...], frame: Frame) -> Value:
        place = Place(module, binding.declaration)
        value: Value = arguments[binding.position] if binding.position < len(arguments) else UNDEFINED
        if binding.path == ("...",):
            return ArrayValue(arguments[binding.position :], place)
        if isinstance(value, Undefined) and binding.value is not None:
            value = self.evaluate(Place(module, binding.value), frame)
        for step in binding.path:
            value = self.property(value, step.strip("[]"), place) if step != "..." else Unknown(place, "the rest of an object")
        return value

    def _run(self, place: Place, frame: Frame) -> Value:
        """What a block returns: its first `return`, through conditions that are decided."""
        for statement in content(place.node):
            here = Place(place.module, statement)
            value: Value = UNDEFINED
            if statement.type == "return_statement":
                return self._returned(here, frame)
            if statement.type == "if_statement":
                value = self._taken(here, frame)
            elif statement.type in UNDECIDED:
                value = Unknown(here, "it comes out of a loop or a branch")
            if not isinstance(value, Undefined):
                return value
        return UNDEFINED

    def _returned(self, place: Place, frame: Frame) -> Value:
        inside = content(place.node)
        return self.evaluate(Place(place.module, inside[0]), frame) if inside else UNDEFINED

    def _taken(self, place: Place, frame: Frame) -> Value:
        """What the branch of an `if` that is taken returns."""
        condition = field(place.node, "condition")
        decided = builtins.truth(self.evaluate(Place(place.module, condition), frame)) if condition is not None else None
        if decided is None:
            return Unknown(place, "it depends on a condition")
        taken = field(place.node, "consequence" if decided else "alternative")
        inside = content(taken) if taken is not None and taken.type == "else_clause" else []
        block = inside[0] if inside else taken
        return self._branch(Place(place.module, block), frame) if block is not None else UNDEFINED

    def _branch(self, place: Place, frame: Frame) -> Value:
        if place.node.type == "statement_block":
            return self._run(place, frame)
        if place.node.type == "if_statement":
            return self._taken(place, frame)
        return self._returned(place, frame) if place.node.type == "return_statement" else UNDEFINED

    def _operation(self, place: Place, frame: Frame) -> Value:
        def part(name: str) -> Value:
            node = field(place.node, name)
            return self.evaluate(Place(place.module, node), frame) if node is not None else UNDEFINED

        if place.node.type == "ternary_expression":
            decided = builtins.truth(part("condition"))
            if decided is None:
                return Unknown(place, "it depends on a condition")
            return part("consequence" if decided else "alternative")
        operator = field(place.node, "operator")
        sign = place.module.tree.text(operator) if operator is not None else ""
        if place.node.type == "unary_expression":
            return builtins.unary(sign, part("argument"), place)
        left = part("left")
        if sign in ("&&", "||", "??"):
            return builtins.either(sign, left, lambda: part("right"), place)
        return builtins.binary(sign, left, part("right"), place)


def element(items: tuple[Value, ...], name: str) -> Value:
    """`items[3]`, `items.length`."""
    if name == "length":
        return len(items)
    return items[int(name)] if int(name) < len(items) else UNDEFINED


def literal_value(place: Place) -> Value:
    """A string, a number, or one of the words that are values."""
    tree, node = place.module.tree, place.node
    if node.type == "string":
        return string_text(tree, node)
    if node.type == "number":
        return number(tree.text(node))
    words: dict[str, Value] = {"true": True, "false": False, "null": None}
    return words.get(node.type, UNDEFINED)


def number(text: str) -> Value:
    """A numeric literal."""
    plain = text.replace("_", "").lower().rstrip("n")
    try:
        return int(plain, 0) if not any(mark in plain for mark in (".", "e")) or plain.startswith("0x") else float(plain)
    except ValueError:
        return 0
