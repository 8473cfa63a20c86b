"""Expressions read as plain values: objects with their entries, arrays, numbers, strings.

In: a node of an expression. Out: what is written there, with constants of the same file followed to their values and conditions
looked into (`cond ? {...} : undefined`, `...(cond && {...})`). What cannot be seen makes the result incomplete; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from advisor.sources.typescript.scopes import IDENTIFIERS, Binding, Scopes
from advisor.sources.typescript.syntax import SyntaxTree, arguments_of, callee_of, content, field, string_text, unwrap

MAX_STEPS = 12
"""How many constants, spreads and conditions are followed, one inside the other."""

MAX_ENTRIES = 500
"""Entries of one object; more come only of objects spread into each other many times."""

LITERALS = frozenset(("string", "number", "true", "false", "null", "regex"))


class Entry(Struct, frozen=True):
    """`key: value` of an object. `optional` where it is there on some calls only; `condition` is what decides that, where seen."""

    key: str
    value: Node
    at: Node
    """The whole pair, for its place."""
    optional: bool = False
    condition: Node | None = None


class ObjectValue(Struct, frozen=True):
    """The entries of an object in order. `complete` is False where a part of it is out of sight."""

    entries: tuple[Entry, ...] = ()
    complete: bool = True

    def get(self, key: str) -> Entry | None:
        """The entry that wins: the last one under that key."""
        return next((entry for entry in reversed(self.entries) if entry.key == key), None)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)


UNSEEN = ObjectValue(complete=False)


class ArrayValue(Struct, frozen=True):
    """The elements of an array; `complete` is False where more is spread or pushed into it."""

    elements: tuple[Node, ...] = ()
    complete: bool = True


class Values:
    """Reads values of one file. It remembers what it has read, so that constants made of constants cost linear time."""

    def __init__(self, tree: SyntaxTree, scopes: Scopes) -> None:
        self.tree = tree
        self.scopes = scopes
        self._objects: dict[int, ObjectValue] = {}
        self._constants: dict[int, bool] = {}

    def follow(self, node: Node, steps: int = MAX_STEPS) -> Node:
        """The expression that a node stands for: through parentheses, type assertions, and constants of the file."""
        node = unwrap(node)
        while steps > 0 and node.type in IDENTIFIERS:
            binding = self.scopes.resolve(node)
            value = self.initial_value(binding) if binding is not None else None
            if value is None:
                return node
            node, steps = unwrap(value), steps - 1
        return node

    def initial_value(self, binding: Binding) -> Node | None:
        """What a variable is declared with, where nothing else is assigned to it as a whole.

        A name taken out of an object literal is followed into it; out of anything else it has no value here.
        """
        if binding.kind not in ("const", "variable") or binding.value is None:
            return None
        if binding.kind == "variable" and any(self.replaces(node) for node in self.scopes.assigned_later(binding)):
            return None
        value: Node | None = binding.value
        for step in binding.path:
            value = property_of(self.tree, unwrap(value), step) if value is not None else None
        return value

    def replaces(self, assignment: Node) -> bool:
        """Whether an assignment changes the variable itself, and not a property of its value."""
        target = field(assignment, "left") or field(assignment, "argument")
        return target is not None and unwrap(target).type == "identifier"

    def object(self, node: Node, steps: int = MAX_STEPS) -> ObjectValue:
        """The object that an expression makes. `undefined`, `null` and a missing branch are an empty object."""
        node = unwrap(node)
        if steps <= 0:
            return UNSEEN
        if node.type in ("undefined", "null", "false") or self.tree.text(node) == "undefined":
            return ObjectValue()
        if node.type == "object":
            return self._literal_object(node, steps)
        if node.type in IDENTIFIERS:
            return self._bound_object(node, steps)
        if node.type == "ternary_expression":
            return self._either(node, ("consequence", "alternative"), steps)
        if node.type == "binary_expression":
            operator = field(node, "operator")
            if operator is not None and operator.type in ("&&", "||", "??"):
                return self._either(node, ("right",) if operator.type == "&&" else ("left", "right"), steps)
        if node.type == "call_expression":
            return self._made_object(node, steps)
        return UNSEEN

    def _literal_object(self, node: Node, steps: int) -> ObjectValue:
        entries: list[Entry] = []
        complete = True
        for child in content(node):
            if child.type == "pair":
                key, value = field(child, "key"), field(child, "value")
                name = key_text(self.tree, key) if key is not None else None
                complete = complete and name is not None
                if name is not None and value is not None:
                    entries.append(Entry(name, value, child))
            elif child.type == "shorthand_property_identifier":
                entries.append(Entry(self.tree.text(child), child, child))
            elif child.type == "spread_element":
                inside = self.object(content(child)[0], steps - 1) if content(child) else UNSEEN
                entries.extend(inside.entries)
                complete = complete and inside.complete
        return ObjectValue(tuple(entries[:MAX_ENTRIES]), complete and len(entries) <= MAX_ENTRIES)

    def _bound_object(self, node: Node, steps: int) -> ObjectValue:
        binding = self.scopes.resolve(node)
        value = self.initial_value(binding) if binding is not None else None
        if binding is None or value is None:
            return UNSEEN
        if binding.declaration.id not in self._objects:
            self._objects[binding.declaration.id] = UNSEEN  # what a constant made of itself finds
            found = self.object(value, steps - 1)
            changed = bool(self.scopes.assigned_later(binding))
            self._objects[binding.declaration.id] = replace(found, complete=False) if changed else found
        return self._objects[binding.declaration.id]

    def _either(self, node: Node, branches: tuple[str, ...], steps: int) -> ObjectValue:
        """All that any branch of a condition gives, each entry as optional."""
        condition = field(node, "condition") or field(node, "left")
        entries: list[Entry] = []
        complete = True
        for name in branches:
            branch = field(node, name)
            found = self.object(branch, steps - 1) if branch is not None else UNSEEN
            entries.extend(replace(entry, optional=True, condition=entry.condition or condition) for entry in found)
            complete = complete and found.complete
        return ObjectValue(tuple(entries), complete)

    def _made_object(self, call: Node, steps: int) -> ObjectValue:
        """`Prisma.validator<...>()({...})` and `Object.freeze({...})` give their argument back."""
        called = callee_of(call)
        text = self.tree.text(called) if called is not None else ""
        given = arguments_of(call)
        if len(given) == 1 and (text == "Object.freeze" or (text.endswith("()") and ".validator" in text)):
            return self.object(given[0], steps - 1)
        return UNSEEN

    def array(self, node: Node) -> ArrayValue | None:
        """The array literal that an expression is or is bound to; None where it is none."""
        found = self.follow(node)
        if found.type != "array":
            return None
        elements = content(found)
        spread = any(element.type == "spread_element" for element in elements)
        binding = self.scopes.resolve(unwrap(node))
        grows = binding is not None and bool(self.scopes.assigned_later(binding))
        return ArrayValue(tuple(element for element in elements if element.type != "spread_element"), not spread and not grows)

    def integer(self, node: Node) -> int | None:
        """The whole number that an expression is: a literal, a negated one, or a constant bound to one."""
        found = self.follow(node)
        sign = 1
        if found.type == "unary_expression" and self.tree.text(found).startswith("-"):
            operand = field(found, "argument")
            found, sign = (self.follow(operand) if operand is not None else found), -1
        text = self.tree.text(found).replace("_", "")
        return sign * int(text) if found.type == "number" and text.isascii() and text.isdigit() and len(text) < 16 else None

    def string(self, node: Node) -> str | None:
        """The text of a string literal, a template without substitutions, or a constant bound to one."""
        found = self.follow(node)
        if found.type == "string":
            return string_text(self.tree, found)
        if found.type == "template_string" and not any(part.type == "template_substitution" for part in found.named_children):
            return string_text(self.tree, found)
        return None

    def is_constant(self, node: Node, steps: int = MAX_STEPS) -> bool:
        """Whether a value is written in the code: literals, arrays and objects of them, members of an enum."""
        binding = self.scopes.resolve(unwrap(node))
        if binding is not None and self.scopes.assigned_later(binding):
            return False
        node = self.follow(node)
        if node.type in LITERALS or node.type == "undefined":
            return True
        if node.id not in self._constants:
            self._constants[node.id] = False
            self._constants[node.id] = steps > 0 and self._is_made_of_constants(node, steps)
        return self._constants[node.id]

    def _is_made_of_constants(self, node: Node, steps: int) -> bool:
        if node.type in ("array", "object"):
            return all(self.is_constant(value, steps - 1) for value in element_values(node))
        if node.type == "template_string":
            inside = [content(part) for part in node.named_children if part.type == "template_substitution"]
            return all(part and self.is_constant(part[0], steps - 1) for part in inside)
        if node.type == "unary_expression":
            operand = field(node, "argument")
            return operand is not None and self.is_constant(operand, steps - 1)
        if node.type == "ternary_expression":
            branches = (field(node, "consequence"), field(node, "alternative"))
            return all(branch is not None and self.is_constant(branch, steps - 1) for branch in branches)
        return self.is_enum_member(node)

    def is_enum_member(self, node: Node) -> bool:
        """`Status.ACTIVE`: a capitalised member of a capitalised name that is imported or an enum of the file.

        A name in capitals that is imported counts too (`TABLE_NAME`): by convention it is a constant of its module.
        """
        if node.type == "identifier":
            binding = self.scopes.resolve(node)
            return binding is not None and binding.kind == "import" and binding.name.isupper()
        owner, name = field(node, "object"), field(node, "property")
        if node.type != "member_expression" or owner is None or name is None or owner.type != "identifier":
            return False
        binding = self.scopes.resolve(owner)
        if binding is None or binding.kind not in ("import", "enum"):
            return False
        return binding.kind == "enum" or (binding.name[:1].isupper() and self.tree.text(name)[:1].isupper())


def element_values(node: Node) -> Iterator[Node]:
    """The values inside an array or object literal; keys are left out."""
    for child in content(node):
        value = field(child, "value") if child.type == "pair" else child
        if value is not None:
            yield value


def key_text(tree: SyntaxTree, key: Node) -> str | None:
    """The name of a property key; None where it is computed."""
    if key.type == "string":
        return string_text(tree, key)
    if key.type == "computed_property_name":
        inside = content(key)
        return string_text(tree, inside[0]) if inside and inside[0].type == "string" else None
    return tree.text(key)


def property_of(tree: SyntaxTree, node: Node, name: str) -> Node | None:
    """The value under a plain key of an object literal."""
    if node.type != "object":
        return None
    for child in node.named_children:
        key = field(child, "key") if child.type == "pair" else None
        if key is not None and key_text(tree, key) == name:
            return field(child, "value")
    return None
