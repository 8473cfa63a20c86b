"""What a file offers to others: the symbols at its top, and under which names it exports them.

In: a parsed file. Out: an `Outline`. Bodies of functions are not looked into, but for the object that a function gives back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from advisor.model import Outline, Reference, Symbol
from advisor.model.calls import RESULT
from advisor.sources.typescript.exports import Export, assigned_exports, exports_of
from advisor.sources.typescript.references import References
from advisor.sources.typescript.scopes import Binding, Scopes
from advisor.sources.typescript.syntax import FUNCTIONS, SyntaxTree, arguments_of, callee_of, content, field, string_text, unwrap
from advisor.sources.typescript.values import key_text

KEEPS_RESULTS = re.compile(r"cache|memo", re.IGNORECASE)
"""Wrappers that call a function once for each argument: `const authorOf = cache(async (id) => ...)`."""

MAX_DEPTH = 4
"""Objects inside objects that are looked into."""

IMPLEMENTED = re.compile(r"[A-Za-z_$][\w$]*")


class Outlines:
    """Reads the outline of one file."""

    def __init__(self, tree: SyntaxTree, scopes: Scopes, references: References) -> None:
        self.tree = tree
        self.scopes = scopes
        self.references = references

    def read(self) -> Outline:
        symbols = {name: symbol for name, symbol in self._declared() if symbol is not None}
        exports: dict[str, Reference] = {}
        stars: list[str] = []
        for statement in self.tree.root.named_children:
            for name, export in self._exported(statement, stars):
                if export.node is not None and (named := self._symbol_of(export.node)) is not None:
                    symbols[f"export {name}"] = named
                    exports[name] = Reference("", f"export {name}")
                elif export.node is None:
                    exports[name] = self._reference_of(export)
        return Outline(symbols, exports, tuple(stars))

    def _exported(self, statement: Node, stars: list[str]) -> Iterator[tuple[str, Export]]:
        if statement.type == "expression_statement":
            yield from assigned_exports(self.tree, statement)
        elif statement.type == "export_statement":
            source = field(statement, "source")
            if source is not None and any(part.type == "*" for part in statement.children):
                stars.append(string_text(self.tree, source))
            yield from exports_of(self.tree, statement)
            declared = field(statement, "declaration")
            if declared is not None and declared.type == "interface_declaration" and (name := field(declared, "name")):
                yield self.tree.text(name), Export(local=self.tree.text(name))

    def _reference_of(self, export: Export) -> Reference:
        if export.module is not None:
            return Reference(export.module, export.imported or "*")
        binding = self.scopes.declared_in(self.tree.root).get(export.local or "")
        if binding is not None and binding.kind == "import":
            return Reference(binding.module, binding.imported)
        return Reference("", export.local or "")

    def _declared(self) -> Iterator[tuple[str, Symbol | None]]:
        for name, binding in self.scopes.declared_in(self.tree.root).items():
            if binding.kind in ("function", "class", "const", "variable"):
                yield name, self._of_binding(binding)
        for statement in self.tree.root.named_children:
            declared = field(statement, "declaration") if statement.type == "export_statement" else statement
            if declared is not None and declared.type == "interface_declaration" and (named := field(declared, "name")):
                yield self.tree.text(named), Symbol("interface")

    def _of_binding(self, binding: Binding) -> Symbol | None:
        if binding.value is None:
            return None
        if binding.path:
            found = self.references.of(binding.declaration)
            return Symbol("reference", refers=found) if isinstance(found, Reference) else None
        return self._symbol_of(binding.value, binding.annotation)

    def _symbol_of(self, value: Node, annotation: str = "", depth: int = MAX_DEPTH) -> Symbol | None:
        """The symbol that an expression makes."""
        value = unwrap(value, awaits=True)
        if value.type in FUNCTIONS:
            return self._function(value, depth)
        if value.type in ("class_declaration", "abstract_class_declaration", "class"):
            return self._class(value, depth)
        if value.type == "object":
            return self._object(value, depth)
        if annotation and (typed := self.references.of_type(annotation)) is not None:
            return Symbol("reference", refers=typed)
        if value.type == "call_expression":
            return self._made_by_call(value)
        if value.type in ("binary_expression", "ternary_expression"):
            sides = [side for name in ("left", "right", "alternative") if (side := field(value, name)) is not None]
            made_of = (self._symbol_of(side, depth=depth - 1) for side in reversed(sides) if depth > 0)
            return next((made for made in made_of if made is not None), None)
        found = self.references.of(value)
        return Symbol("reference", refers=found) if isinstance(found, Reference) else None

    def _function(self, function: Node, depth: int) -> Symbol:
        """A function, with the object that it gives back where that is written out."""
        body = field(function, "body")
        given_back = unwrap(body) if body is not None else None
        if body is not None and body.type == "statement_block":
            returned = next((last for last in reversed(body.named_children) if last.type == "return_statement"), None)
            given_back = unwrap(content(returned)[0]) if returned is not None and content(returned) else None
        made = None
        if depth > 0 and given_back is not None and given_back.type in ("object", "new_expression", "class", "identifier"):
            made = self._symbol_of(given_back, depth=depth - 1)
        return Symbol("function", self.tree.location(function), {RESULT: made} if made is not None else {})

    def _made_by_call(self, call: Node) -> Symbol | None:
        """What a call makes of a function (`cache(async () => ...)`, `withAuth(handler)`), or the result of the project's own."""
        called = callee_of(call)
        remembers = called is not None and KEEPS_RESULTS.search(self.tree.text(called)) is not None
        for given in reversed(arguments_of(call)):
            inner = unwrap(given)
            if inner.type in FUNCTIONS:
                return Symbol("function", self.tree.location(inner), remembers=remembers)
            if remembers and isinstance(found := self.references.of(inner), Reference):
                return Symbol("reference", refers=found, remembers=True)
        found = self.references.of(call)
        return Symbol("reference", refers=found) if isinstance(found, Reference) else None

    def _object(self, value: Node, depth: int) -> Symbol:
        members: dict[str, Symbol] = {}
        for child in content(value) if depth > 0 else ():
            name, held = self._property(child)
            made = self._symbol_of(held, depth=depth - 1) if name and held is not None else None
            if name and made is not None:
                members[name] = made
        return Symbol("object", members=members)

    def _property(self, child: Node) -> tuple[str | None, Node | None]:
        if child.type == "method_definition":
            name = field(child, "name")
            return (self.tree.text(name) if name is not None else None), child
        if child.type == "shorthand_property_identifier":
            return self.tree.text(child), child
        key = field(child, "key")
        return (key_text(self.tree, key) if key is not None else None), field(child, "value")

    def _class(self, node: Node, depth: int) -> Symbol:
        body = field(node, "body")
        members: dict[str, Symbol] = {}
        if body is not None:
            for name, member in self.scopes.members_of(body).items():
                made = self._field(member.annotation, member.value, depth)
                if made is not None:
                    members[name] = made
            for child in body.named_children:
                named = field(child, "name") if child.type == "method_definition" else None
                if named is not None:
                    members[self.tree.text(named)] = self._function(child, depth - 1)
        heritage = next((child for child in node.children if child.type == "class_heritage"), None)
        extends, implements = self._heritage(heritage) if heritage is not None else (None, ())
        return Symbol("class", members=members, refers=extends, implements=implements)

    def _field(self, annotation: str, value: Node | None, depth: int) -> Symbol | None:
        if value is not None and unwrap(value).type in FUNCTIONS:
            return self._function(unwrap(value), depth - 1)
        typed = self.references.of_type(annotation) if annotation else None
        if typed is not None:
            return Symbol("reference", refers=typed)
        return self._symbol_of(value, depth=depth - 1) if value is not None and depth > 0 else None

    def _heritage(self, heritage: Node) -> tuple[Reference | None, tuple[str, ...]]:
        """What a class extends, and the names of what it implements."""
        extends: Reference | None = None
        implements: tuple[str, ...] = ()
        for clause in heritage.named_children:
            if clause.type == "implements_clause":
                implements = tuple(
                    named.group() for one in clause.named_children if (named := IMPLEMENTED.match(self.tree.text(one)))
                )
            else:
                value = field(clause, "value") if clause.type == "extends_clause" else clause
                found = self.references.of(value) if value is not None else None
                extends = found if isinstance(found, Reference) else None
        return extends, implements
