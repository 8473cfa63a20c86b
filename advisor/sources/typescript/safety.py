"""How much harm a value can do in a text that a database or a shell reads.

In: an expression that is pasted into a text. Out: `constant` (written in the code), `number`, `identifier` (quoted, or chosen from
a list), `unknown`. A value with several sources is as bad as the worst of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from tree_sitter import Node

from advisor.sources.typescript.functions import callback_of, enclosing_function
from advisor.sources.typescript.scopes import Binding, Member, Scopes
from advisor.sources.typescript.syntax import FUNCTIONS, arguments_of, callee_of, content, field, member_of, unwrap
from advisor.sources.typescript.types import type_of_property
from advisor.sources.typescript.values import LITERALS, Values

Safety = Literal["constant", "number", "identifier", "unknown"]
ORDER: tuple[Safety, ...] = ("constant", "number", "identifier", "unknown")

MAX_STEPS = 12
NUMBER_FUNCTIONS = frozenset(("Number", "parseInt", "parseFloat", "BigInt", "Number.parseInt", "Number.parseFloat", "Date.now"))
NUMBER_METHODS = frozenset("getTime valueOf indexOf findIndex getFullYear getMonth getDate toISOString randomUUID".split())
"""Their results hold digits and a few signs at most."""
NUMBER_PROPERTIES = frozenset(("length", "size", "byteLength"))
NUMBER = r"(?:number|bigint|boolean|null|undefined)"
NUMBER_TYPES = re.compile(
    rf"^(?:readonly\s+)?(?:{NUMBER}(?:\[\])?(?:\s*\|\s*{NUMBER}(?:\[\])?)*|(?:Readonly)?(?:Array|Set)<{NUMBER}>)$"
)
"""Numbers, and lists of them."""
LITERAL_TYPE = re.compile(r"""^\|?\s*(['"`][^'"`]*['"`])(\s*\|\s*(['"`][^'"`]*['"`]|undefined|null))*$""")
QUOTES = re.compile(r"quote|escape|\bident\b|allow(ed|list)|whitelist", re.IGNORECASE)
SAME_METHODS = frozenset("toString toFixed trim toUpperCase toLowerCase slice substring filter sort reverse concat flat".split())
ENVIRONMENT = re.compile(r"(process\.|import\.meta\.)?env\b")
ARITHMETIC = frozenset(("-", "*", "/", "%", "**", "|", "&", "^", "<<", ">>", ">>>"))
COMPARISON = frozenset(("==", "===", "!=", "!==", "<", ">", "<=", ">=", "in", "instanceof"))


def worst(safeties: Iterable[Safety]) -> Safety:
    return max(safeties, key=ORDER.index, default="constant")


class SafetyOf:
    """Judges the expressions of one file. `environment` is what is thought of `process.env`: the operator's settings, no user's."""

    def __init__(self, values: Values, environment: Safety) -> None:
        self.values = values
        self.tree = values.tree
        self.scopes: Scopes = values.scopes
        self.environment = environment
        self._known: dict[int, Safety] = {}

    def of(self, node: Node, steps: int = MAX_STEPS) -> Safety:
        node = unwrap(node)
        if node.id not in self._known:
            self._known[node.id] = "unknown"  # what a value made of itself finds
            self._known[node.id] = self._judge(node, steps) if steps > 0 else "unknown"
        return self._known[node.id]

    def _judge(self, node: Node, steps: int) -> Safety:
        if node.type in LITERALS or node.type == "undefined":
            return "constant"
        if node.type in ("identifier", "shorthand_property_identifier"):
            found = self._of_identifier(node, steps)
            return "identifier" if found == "unknown" and self._is_checked(node) else found
        if node.type == "template_string":
            parts = [content(part) for part in node.named_children if part.type == "template_substitution"]
            return worst(self.of(part[0], steps - 1) for part in parts if part)
        if node.type in ("member_expression", "subscript_expression"):
            found = self._of_member(node, steps)
            return "identifier" if found == "unknown" and self._is_checked(node) else found
        if node.type == "call_expression":
            return self._of_call(node, steps)
        if node.type == "array":
            return worst(self.of(element, steps - 1) for element in content(node))
        return self._of_operation(node, steps)

    def _of_operation(self, node: Node, steps: int) -> Safety:
        if node.type == "ternary_expression":
            chosen = [branch for name in ("consequence", "alternative") if (branch := field(node, name)) is not None]
            condition = field(node, "condition")
            found = worst(self.of(branch, steps - 1) for branch in chosen)
            listed = condition is not None and CHECKS.search(self.tree.text(condition))
            return "identifier" if found == "unknown" and listed else found
        if node.type == "unary_expression":
            operator = field(node, "operator")
            return "number" if operator is not None and operator.type in ("-", "+", "~") else "constant"
        if node.type == "binary_expression":
            return self._of_binary(node, steps)
        return "number" if node.type == "update_expression" else "unknown"

    def _of_binary(self, node: Node, steps: int) -> Safety:
        operator, left, right = field(node, "operator"), field(node, "left"), field(node, "right")
        if operator is None or left is None or right is None:
            return "unknown"
        if operator.type in ARITHMETIC:
            return "number"
        if operator.type in COMPARISON:
            return "constant"
        sides = (right,) if operator.type == "&&" else (left, right)
        return worst(self.of(side, steps - 1) for side in sides)

    def _of_identifier(self, node: Node, steps: int) -> Safety:
        if self.values.is_constant(node):
            return "constant"
        binding = self.scopes.resolve(node)
        if binding is None:
            return "unknown"
        annotation = binding.annotation
        if not annotation and binding.whole_type:
            annotation = type_of_property(self.tree, binding.whole_type, binding.path[0])
        if annotation:
            typed = self._of_type(annotation)
            if typed is not None:
                return typed
        if binding.kind in ("enum", "class", "function"):
            return "constant"
        if binding.kind == "parameter":
            return self._of_parameter(binding, steps)
        if binding.kind == "element":
            return self._of_element(binding.value, steps)
        return self._of_variable(binding, steps)

    def _of_type(self, annotation: str) -> Safety | None:
        """What a type says: numbers, unions of literals, enums and aliases of the file for them."""
        if NUMBER_TYPES.match(annotation):
            return "number"
        if LITERAL_TYPE.match(annotation):
            return "constant"
        if re.fullmatch(r"[A-Z]\w*", annotation):
            return "constant" if self._is_closed_type(annotation) else None
        return None

    def _is_closed_type(self, name: str) -> bool:
        alias = re.search(rb"\btype\s+" + name.encode() + rb"\s*=\s*([^;\n]+(?:\n\s*\|[^;\n]+)*)", self.tree.data)
        if alias is not None and LITERAL_TYPE.match(" ".join(alias.group(1).decode(errors="replace").split())):
            return True
        binding = self.scopes.declared_in(self.tree.root).get(name)
        return binding is not None and binding.kind == "enum"

    def _of_parameter(self, binding: Binding, steps: int) -> Safety:
        """The parameters of a callback over a list: an element of it, or its index."""
        callback = callback_of(self.tree, binding.function) if binding.function is not None else None
        called = callee_of(callback.call) if callback is not None else None
        member = member_of(self.tree, called) if called is not None else None
        if member is None or member[1] not in ("map", "forEach", "flatMap", "filter"):
            return "unknown"
        return "number" if binding.position == 1 else self._of_element(member[0], steps)

    def _of_element(self, collection: Node | None, steps: int) -> Safety:
        return self.of(self.values.follow(collection), steps - 1) if collection is not None else "unknown"

    def _of_variable(self, binding: Binding, steps: int) -> Safety:
        """The worst of all that is ever put into a variable."""
        if binding.kind not in ("const", "variable") or binding.path:
            return "unknown"
        sources: list[Node | None] = [binding.value] if binding.value is not None else []
        for change in self.scopes.assigned_later(binding):
            if change.type == "update_expression":
                sources.append(change)
            else:
                sources.extend(arguments_of(change) if change.type == "call_expression" else [field(change, "right")])
        return (
            worst(self.of(source, steps - 1) if source is not None else "unknown" for source in sources) if sources else "unknown"
        )

    def _of_member(self, node: Node, steps: int) -> Safety:
        owner, name = field(node, "object"), field(node, "property")
        if ENVIRONMENT.match(self.tree.text(node)):
            return self.environment
        if owner is None:
            return "unknown"
        if self.values.is_constant(node) or self._is_table(owner):
            return "constant"
        return self._of_property(owner, self.tree.text(name), steps) if name is not None else "unknown"

    def _is_table(self, owner: Node) -> bool:
        """An object or list of constants: whatever is looked up in it, the answers are in the code."""
        table = self.values.follow(owner)
        return table.type in ("object", "array") and self.values.is_constant(table)

    def _of_property(self, owner: Node, name: str, steps: int) -> Safety:
        if name in NUMBER_PROPERTIES:
            return "number"
        if name == "sql" and self._is_fragment(owner):
            return "identifier"
        found = self._class_member(owner, name) if owner.type in ("this", "identifier") else None
        if found is None:
            binding = self.scopes.resolve(owner)
            annotation = type_of_property(self.tree, binding.annotation, name) if binding is not None else ""
            return (self._of_type(annotation) if annotation else None) or "unknown"
        return self.of(found.value, steps - 1) if found.value is not None else self._of_type(found.annotation) or "unknown"

    def _class_member(self, owner: Node, name: str) -> Member | None:
        """A field of the class around, or a static one of a class of the file."""
        if owner.type == "this":
            return self.scopes.member(owner, name)
        binding = self.scopes.resolve(owner)
        body = (
            field(binding.value, "body") if binding is not None and binding.kind == "class" and binding.value is not None else None
        )
        return self.scopes.members_of(body).get(name) if body is not None else None

    def _is_fragment(self, owner: Node) -> bool:
        """`Prisma.Sql` keeps its values apart: its `sql` is text of the code."""
        name = re.escape(self.tree.data[owner.start_byte : owner.end_byte])
        return re.search(rb"\b" + name + rb"\??\s*:\s*(Prisma\.)?Sql\b", self.tree.data) is not None

    def _of_call(self, node: Node, steps: int) -> Safety:
        called = callee_of(node)
        if called is None:
            return "unknown"
        text, given = self.tree.text(called), arguments_of(node)
        if text in NUMBER_FUNCTIONS or text.startswith("Math."):
            return "number"
        if text in ("String", "Object.freeze") and len(given) == 1:
            return self.of(given[0], steps - 1)
        if QUOTES.search(text):
            return "identifier"
        member = member_of(self.tree, called)
        return self._of_method(*member, given, steps) if member is not None else "unknown"

    def _of_method(self, owner: Node, method: str, given: list[Node], steps: int) -> Safety:
        if method in NUMBER_METHODS:
            return "number"
        if method in SAME_METHODS:
            return worst((self.of(owner, steps - 1), *(self.of(argument, steps - 1) for argument in given if method == "concat")))
        if method in ("join", "padStart", "padEnd", "repeat"):
            return worst((self.of(owner, steps - 1), *(self.of(argument, steps - 1) for argument in given)))
        if method in ("map", "flatMap", "fill", "from") and given:
            return self._of_result(given[-1], steps) if method != "fill" else self.of(given[0], steps - 1)
        return "unknown"

    def _of_result(self, function: Node, steps: int) -> Safety:
        """The worst that a callback returns."""
        if function.type not in FUNCTIONS:
            return "identifier" if QUOTES.search(self.tree.text(function)) else "unknown"
        body = field(function, "body")
        if body is None:
            return "unknown"
        if body.type != "statement_block":
            return self.of(body, steps - 1)
        returns = self.tree.captures("(return_statement (_) @value)", body).get("value", [])
        return worst(self.of(value, steps - 1) for value in returns) if returns else "unknown"

    def _is_checked(self, node: Node) -> bool:
        """Whether the function around looks a value up in a list first (`if (!COLUMNS.includes(sort)) throw ...`)."""
        function = enclosing_function(self.tree, node)
        start = function.start_byte if function is not None else 0
        name = re.escape(self.tree.data[node.start_byte : node.end_byte])
        return re.search(CHECK % {b"name": name}, self.tree.data[start : node.start_byte]) is not None


CHECK = (
    rb"(?:includes|has|test|hasOwn|hasOwnProperty|indexOf)\(\s*(?:[\w$.]+\s*,\s*)?%(name)s(?:!|\s+as\s+[^()]+)?\s*\)"
    rb"|\(\s*%(name)s\s+in\s"
)
"""A look into a list: `LIST.includes(name as Column)`, `Object.hasOwn(TABLE, name)`, `name in TABLE`."""

CHECKS = re.compile(r"\.(includes|has|test)\(|\bin\b")
