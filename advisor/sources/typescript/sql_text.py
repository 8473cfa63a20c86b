"""The text that an expression makes: string literals, templates and concatenations, with holes for what is pasted into them.

In: the node of an expression. Out: a `BuiltText`: `SELECT ... WHERE id = ${id}` with one `Interpolation` for each `${...}`.
Constants of the file are written out; a tagged template binds its values, which become `$1`, `$2`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from msgspec import Struct
from tree_sitter import Node

from advisor.model import Interpolation
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.safety import SafetyOf
from advisor.sources.typescript.scopes import Binding
from advisor.sources.typescript.syntax import arguments_of, callee_of, content, field, member_of, string_text, unwrap

MAX_STEPS = 12
MAX_TEXT = 20_000
RAW = re.compile(r"(^|\.)(raw|unsafe|__dangerous__\w*)$", re.IGNORECASE)
TAG_NAMES = frozenset(("sql", "SQL", "$queryRaw", "$executeRaw"))
"""Tags of templates that bind their values: Prisma, postgres.js, slonik, Drizzle, Kysely, sql-template-strings."""


@dataclass(slots=True)
class BuiltText:
    """A text under construction."""

    text: str = ""
    interpolations: list[Interpolation] = dataclass_field(default_factory=list)
    parameters: list[Node] = dataclass_field(default_factory=list)
    """The values that a tagged template binds."""
    complete: bool = True
    seen: bool = False
    """Some of it is written in the code."""

    def write(self, text: str) -> None:
        self.text += text
        self.seen = self.seen or bool(text.strip())


class TextReader(Struct, frozen=True):
    """Reads the texts of one file."""

    context: CodeContext
    safety: SafetyOf

    def read(self, node: Node) -> BuiltText:
        built = BuiltText()
        self.append(built, node, MAX_STEPS)
        return built

    def append(self, built: BuiltText, node: Node, steps: int) -> None:
        """Add what an expression makes to a text. Concatenations are taken apart without recursion: they nest to the left."""
        for part in concatenated(node):
            if len(built.text) > MAX_TEXT:
                built.complete = False
                return
            self.append_part(built, part, steps)

    def append_part(self, built: BuiltText, node: Node, steps: int) -> None:
        constant = self.context.values.string(node)
        if constant is not None:
            built.write(constant)
        elif steps <= 0:
            self.append_hole(built, node)
        elif node.type == "template_string":
            self.append_template(built, node, steps)
        elif node.type in ("identifier", "shorthand_property_identifier"):
            self.append_variable(built, node, self.context.scopes.resolve(node), steps)
        elif node.type == "call_expression":
            self.append_call(built, node, steps)
        else:
            self.append_hole(built, node)

    def append_hole(self, built: BuiltText, node: Node) -> None:
        text = self.context.text(node)
        built.text += f"${{{text}}}"
        built.interpolations.append(Interpolation(text, self.context.location(node), self.safety.of(node)))

    def append_template(self, built: BuiltText, node: Node, steps: int) -> None:
        for piece in node.named_children:
            if piece.type != "template_substitution":
                built.write(string_text(self.context.tree, piece))
            elif inside := content(piece):
                self.append_substitution(built, unwrap(inside[0]), steps)

    def append_substitution(self, built: BuiltText, node: Node, steps: int) -> None:
        """A value in a template: written out where it is a constant text of the file, else a hole."""
        constant = self.context.values.string(node)
        binding = self.context.scopes.resolve(node)
        if constant is not None:
            built.write(constant)
        elif binding is not None and binding.kind == "const" and self.made_of_text(binding):
            self.append_variable(built, node, binding, steps - 1)
        else:
            self.append_hole(built, node)

    def made_of_text(self, binding: Binding) -> bool:
        value = unwrap(binding.value) if binding.value is not None and not binding.path else None
        return value is not None and value.type == "template_string"

    def append_variable(self, built: BuiltText, node: Node, binding: Binding | None, steps: int) -> None:
        """A variable: its first value, and what is added to it later (`sql += ...`), in order."""
        value = binding.value if binding is not None and binding.kind in ("const", "variable") and not binding.path else None
        if binding is None or value is None or not self.is_text(value):
            self.append_hole(built, node)
            return
        self.append(built, value, steps - 1)
        for change in self.context.scopes.assigned_later(binding):
            right = field(change, "right")
            built.complete = built.complete and change.type == "augmented_assignment_expression"
            for part in concatenated(right) if right is not None else ():
                if self.context.text(part) != binding.name:  # `sql = sql + ...`
                    self.append(built, part, steps - 1)

    def is_text(self, node: Node) -> bool:
        """Whether an expression is seen to be a text, so that there is a reason to look into it."""
        node = unwrap(node)
        if node.type == "call_expression":
            called = callee_of(node)
            member = member_of(self.context.tree, called) if called is not None else None
            return member is not None and member[1] == "join" and member[0].type == "array"
        return node.type in ("string", "template_string") or (
            node.type == "binary_expression" and any(part.type in ("string", "template_string") for part in concatenated(node))
        )

    def append_call(self, built: BuiltText, node: Node, steps: int) -> None:
        """`[...].join(" ")`, `text.trim()`, tagged templates, and `raw(text)`."""
        called = callee_of(node)
        text = self.context.text(called) if called is not None else ""
        template = field(node, "arguments")
        if template is not None and template.type == "template_string":
            self.append_tagged(built, text, template, steps)
            return
        given = arguments_of(node)
        member = member_of(self.context.tree, called) if called is not None else None
        if RAW.search(text) and given:
            self.append(built, given[0], steps - 1)
        elif member is not None and member[1] in ("trim", "trimEnd", "trimStart", "replace", "replaceAll", "toString"):
            self.append(built, member[0], steps - 1)
        elif member is not None and member[1] == "join" and self.context.values.array(member[0]) is not None:
            self.append_joined(built, member[0], given, steps)
        else:
            self.append_hole(built, node)

    def append_joined(self, built: BuiltText, owner: Node, given: list[Node], steps: int) -> None:
        array = self.context.values.array(owner)
        separator = self.context.values.string(given[0]) if given else ","
        for number, element in enumerate(array.elements if array is not None else ()):
            built.text += (separator or " ") if number else ""
            self.append(built, element, steps - 1)
        built.complete = built.complete and array is not None and array.complete

    def append_tagged(self, built: BuiltText, tag: str, template: Node, steps: int) -> None:
        """A tagged template. The tags of database libraries bind their values, any other pastes them."""
        if tag_name(tag) not in TAG_NAMES:
            self.append_template(built, template, steps)
            return
        for piece in template.named_children:
            if piece.type != "template_substitution":
                built.write(string_text(self.context.tree, piece))
            elif inside := content(piece):
                self.append_bound(built, unwrap(inside[0]), steps - 1)

    def append_bound(self, built: BuiltText, node: Node, steps: int) -> None:
        """A value in a binding template: a parameter, unless it is a fragment of SQL (`Prisma.sql`) or raw text (`Prisma.raw`)."""
        fragment = self.fragment_of(node) if steps > 0 else None
        if fragment is not None:
            self.append(built, fragment, steps - 1)
            return
        built.parameters.append(node)
        built.text += f"${len(built.parameters)}"
        for raw in self.raw_inside(node):
            built.text += f"${{{self.context.text(raw)}}}"
            built.interpolations.append(Interpolation(self.context.text(raw), self.context.location(raw), self.safety.of(raw)))

    def fragment_of(self, node: Node) -> Node | None:
        """The call that makes a piece of SQL, directly, through a constant, or in a branch of a condition; None for a value."""
        found = self.context.values.follow(node)
        if found.type == "ternary_expression":
            sides = [side for name in ("consequence", "alternative") if (side := field(found, name)) is not None]
            return next((side for side in map(unwrap, sides) if self.is_fragment(side)), None)
        return found if self.is_fragment(found) else None

    def is_fragment(self, node: Node) -> bool:
        called = callee_of(node) if node.type == "call_expression" else None
        if called is None:
            return False
        text = self.context.text(called)
        given = field(node, "arguments")
        return bool(RAW.search(text)) or (given is not None and given.type == "template_string" and tag_name(text) in TAG_NAMES)

    def raw_inside(self, node: Node) -> Iterator[Node]:
        """The arguments of `Prisma.raw(...)` anywhere in a value (`Prisma.join(columns.map(Prisma.raw))` apart)."""
        for call in self.context.tree.captures("(call_expression) @c", node).get("c", []):
            called = callee_of(call)
            given = arguments_of(call)
            raw = called is not None and bool(given) and RAW.search(self.context.text(called))
            if raw and self.context.values.string(given[0]) is None:
                yield given[0]


def tag_name(called: str) -> str:
    """The last name of what is called: `sql` of `Prisma.sql`."""
    return called.rpartition(".")[2]


def concatenated(node: Node) -> list[Node]:
    """The operands of `a + b + c`, in order; the expression itself where it is no sum."""
    parts: list[Node] = []
    node = unwrap(node)
    while node.type == "binary_expression" and (operator := field(node, "operator")) is not None and operator.type == "+":
        left, right = field(node, "left"), field(node, "right")
        if left is None or right is None:
            break
        parts.append(unwrap(right))
        node = unwrap(left)
    return [node, *reversed(parts)]
