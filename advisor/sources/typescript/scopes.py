"""Where a name comes from, within one file.

In: a syntax tree and an identifier in it. Out: its `Binding`: an import, a variable with its initial value, a parameter with its
type, a function, a class, an enum. Declarations are looked for in the blocks and functions around the identifier, the innermost
first; names are gathered once for each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from advisor.sources.typescript.syntax import (
    FUNCTIONS,
    SyntaxTree,
    arguments_of,
    callee_of,
    content,
    field,
    member_of,
    string_text,
    unwrap,
)
from advisor.sources.typescript.types import property_type

Kind = Literal["import", "const", "variable", "parameter", "element", "function", "class", "enum", "caught"]

IDENTIFIERS = frozenset(("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern", "type_identifier"))
SCOPES = FUNCTIONS | {"program", "statement_block", "for_statement", "for_in_statement", "catch_clause", "switch_body"}


class Binding(Struct, frozen=True):
    """One declared name.

    `value` is the initial value of the whole declaration and `path` the properties taken from it: `const { user: { id } } = row`
    binds `id` to value `row`, path `("user", "id")`; an element of an array pattern has its index in brackets: `[0]`. For
    parameters, `value` is the default and `function` the function; for loop elements, `value` is the collection.
    """

    name: str
    kind: Kind
    declaration: Node
    value: Node | None = None
    path: tuple[str, ...] = ()
    annotation: str = ""
    """The type as written, without the colon; of a name taken out of an object (`{ id }: { id: number }`), its own part of it."""
    whole_type: str = ""
    """The type of the object that the name is taken out of, as written (`{ id }: Options`)."""
    module: str = ""
    """What an import names as its source."""
    imported: str = ""
    """The name that the module exports it under; `default`, or `*` for all of it."""
    function: Node | None = None
    position: int = 0
    """Of a parameter."""


class Member(Struct, frozen=True):
    """A field of a class: its type as written and its initial value."""

    annotation: str
    value: Node | None


class Scopes:
    """The names of one file, gathered as they are asked for."""

    def __init__(self, tree: SyntaxTree) -> None:
        self.tree = tree
        self._declared: dict[int, dict[str, Binding]] = {}
        self._members: dict[int, dict[str, Member]] = {}
        self._assigned: dict[int, tuple[Node, ...]] = {}

    def resolve(self, identifier: Node) -> Binding | None:
        """The declaration that an identifier means; None where the file has none, and for anything but an identifier."""
        if identifier.type not in IDENTIFIERS:
            return None
        name = self.tree.text(identifier)
        for scope in reversed(self.tree.ancestors(identifier)):
            if scope.type in SCOPES and (binding := self.declared_in(scope).get(name)):
                return binding
        return None

    def declared_in(self, scope: Node) -> dict[str, Binding]:
        """The names that a block, function, loop or module declares itself."""
        known = self._declared.get(scope.id)
        if known is None:
            known = self._declared[scope.id] = {}
            for binding in declarations(self.tree, scope):
                known.setdefault(binding.name, binding)
        return known

    def member(self, at: Node, name: str) -> Member | None:
        """The field or parameter property `name` of the class around a node."""
        body = next((node for node in reversed(self.tree.ancestors(at)) if node.type == "class_body"), None)
        return self.members_of(body).get(name) if body is not None else None

    def members_of(self, body: Node) -> dict[str, Member]:
        """The fields of a class, by name."""
        if body.id not in self._members:
            self._members[body.id] = dict(class_members(self.tree, body))
        return self._members[body.id]

    def class_parent(self, at: Node) -> str:
        """The text of what the class around a node extends; empty where there is no class or it extends nothing."""
        around = next((node for node in reversed(self.tree.ancestors(at)) if node.type in ("class_declaration", "class")), None)
        heritage = next((child for child in around.children if child.type == "class_heritage"), None) if around else None
        return self.tree.text(heritage) if heritage else ""

    def assigned_later(self, binding: Binding) -> tuple[Node, ...]:
        """What changes a variable after its declaration: `x = ...`, `x += ...`, `x++`, `x.y = ...`, `x.push(...)`."""
        changes = self._changes.get(binding.name)
        if not changes:
            return ()
        key = binding.declaration.id
        if key not in self._assigned:
            self._assigned[key] = tuple(node for node, about in changes if self._is_about(about, binding))
        return self._assigned[key]

    @cached_property
    def _changes(self) -> dict[str, list[tuple[Node, Node]]]:
        """All that changes a variable of the file, by the variable's name, with the identifier that names it; in order of place."""
        found = [*self._assignments(), *self._additions()]
        changes: dict[str, list[tuple[Node, Node]]] = {}
        for node, about in sorted(found, key=lambda pair: pair[0].start_byte):
            if about.type == "identifier":
                changes.setdefault(self.tree.text(about), []).append((node, about))
        return changes

    def _assignments(self) -> Iterator[tuple[Node, Node]]:
        for node in self.tree.captures(ASSIGNMENTS).get("a", ()):
            target = field(node, "left") or field(node, "argument")
            if target is not None:
                yield node, root_of(target)

    def _additions(self) -> Iterator[tuple[Node, Node]]:
        """`x.push(...)` and `Object.assign(x, ...)`, looked for in the bytes: there are few among all calls."""
        for match in ADDS.finditer(self.tree.data):
            node = self.tree.root.descendant_for_byte_range(match.start(), match.end())
            called = callee_of(node) if node is not None and node.type == "call_expression" else None
            member = member_of(self.tree, called) if called is not None else None
            if node is None or member is None or self.tree.is_too_deep(node):
                continue
            given = arguments_of(node)
            if member[1] in ("push", "unshift"):
                yield node, member[0]
            elif member[1] == "assign" and self.tree.text(member[0]) == "Object" and given:
                yield node, given[0]

    def _is_about(self, node: Node, binding: Binding) -> bool:
        resolved = self.resolve(node)
        return resolved is not None and resolved.declaration == binding.declaration


ASSIGNMENTS = "(assignment_expression) @a (augmented_assignment_expression) @a (update_expression) @a"
ADDS = re.compile(rb"\.(?:push|unshift|assign)\(")


def root_of(node: Node) -> Node:
    """The leftmost object of `a.b[c].d`."""
    node = unwrap(node)
    while node.type in ("member_expression", "subscript_expression"):
        owner = field(node, "object")
        if owner is None:
            return node
        node = unwrap(owner)
    return node


def declarations(tree: SyntaxTree, scope: Node) -> Iterator[Binding]:
    """The bindings that a scope node declares itself, nested scopes left out."""
    if scope.type in FUNCTIONS:
        yield from parameters(tree, scope)
    elif scope.type == "for_statement":
        initializer = field(scope, "initializer")
        yield from statement_declarations(tree, initializer) if initializer else ()
    elif scope.type == "for_in_statement":
        pattern = field(scope, "left")
        yield from bound_names(tree, pattern, Binding("", "element", scope, field(scope, "right"))) if pattern else ()
    elif scope.type == "catch_clause":
        pattern = field(scope, "parameter")
        yield from bound_names(tree, pattern, Binding("", "caught", scope)) if pattern else ()
    else:
        for statement in scope.named_children:
            inside = statement.named_children if statement.type in ("switch_case", "switch_default") else (statement,)
            for one in inside:
                yield from statement_declarations(tree, one)


def statement_declarations(tree: SyntaxTree, statement: Node) -> Iterator[Binding]:
    if statement.type == "export_statement":
        exported = field(statement, "declaration")
        yield from statement_declarations(tree, exported) if exported else ()
    elif statement.type in ("lexical_declaration", "variable_declaration"):
        yield from variables(tree, statement)
    elif statement.type == "import_statement":
        yield from imports(tree, statement)
    elif statement.type in DECLARED_KINDS:
        name = field(statement, "name")
        if name is not None:
            yield Binding(tree.text(name), DECLARED_KINDS[statement.type], name, statement)


DECLARED_KINDS: dict[str, Kind] = {
    "function_declaration": "function",
    "generator_function_declaration": "function",
    "class_declaration": "class",
    "abstract_class_declaration": "class",
    "enum_declaration": "enum",
}


def variables(tree: SyntaxTree, statement: Node) -> Iterator[Binding]:
    """The names of `const a = 1, { b } = c`. `require("m")` and `await import("m")` make imports of them."""
    constant = statement.child_count > 0 and statement.children[0].type == "const"
    for declarator in statement.named_children:
        pattern = field(declarator, "name") if declarator.type == "variable_declarator" else None
        if pattern is None:
            continue
        value = field(declarator, "value")
        whole = Binding("", "const" if constant else "variable", pattern, value, annotation=annotation_of(tree, declarator))
        module = required_module(tree, value) if value is not None else ""
        for binding in bound_names(tree, pattern, whole):
            if module:
                imported = binding.path[0] if binding.path else "*"
                yield replace(binding, kind="import", module=module, imported=imported)
            else:
                yield binding


def required_module(tree: SyntaxTree, value: Node) -> str:
    """The module of `require("m")`, `await import("m")` and `require("m").name`; empty for anything else."""
    value = unwrap(value, awaits=True)
    if value.type == "member_expression" and (owner := field(value, "object")):
        value = unwrap(owner, awaits=True)
    called = field(value, "function") if value.type == "call_expression" else None
    if called is None or tree.text(called) not in ("require", "import"):
        return ""
    given = arguments_of(value)
    return string_text(tree, given[0]) if len(given) == 1 and given[0].type == "string" else ""


def imports(tree: SyntaxTree, statement: Node) -> Iterator[Binding]:
    source = field(statement, "source")
    clause = next((child for child in statement.named_children if child.type in ("import_clause", "import_require_clause")), None)
    if clause is None:
        return
    source = source or field(clause, "source")
    module = string_text(tree, source) if source is not None else ""
    for part in clause.named_children:
        if part.type == "identifier":
            yield Binding(tree.text(part), "import", part, module=module, imported="default")
        elif part.type == "namespace_import" and part.named_children:
            yield Binding(tree.text(part.named_children[0]), "import", part, module=module, imported="*")
        elif part.type == "named_imports":
            for specifier in part.named_children:
                name = field(specifier, "name")
                if name is not None:
                    local = field(specifier, "alias") or name
                    yield Binding(tree.text(local), "import", local, module=module, imported=tree.text(name))


def parameters(tree: SyntaxTree, function: Node) -> Iterator[Binding]:
    """The names that a function's parameters bind."""
    single = field(function, "parameter")
    if single is not None:
        yield Binding(tree.text(single), "parameter", single, function=function)
        return
    listed = field(function, "parameters")
    for position, parameter in enumerate(content(listed) if listed is not None else ()):
        pattern, default = parameter, None
        if parameter.type in ("required_parameter", "optional_parameter"):
            pattern, default = field(parameter, "pattern") or parameter, field(parameter, "value")
        elif parameter.type == "assignment_pattern":
            pattern, default = field(parameter, "left") or parameter, field(parameter, "right")
        whole = Binding(
            "", "parameter", pattern, default, annotation=annotation_of(tree, parameter), function=function, position=position
        )
        yield from bound_names(tree, pattern, whole)


def annotation_of(tree: SyntaxTree, node: Node) -> str:
    annotation = field(node, "type")
    return tree.text(annotation).lstrip(": \t\r\n") if annotation is not None else ""


def bound_names(tree: SyntaxTree, pattern: Node, whole: Binding) -> Iterator[Binding]:
    """A binding for each name in a pattern, with its path. Iterative, so that no nesting is too deep."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(pattern, ())]
    while waiting:
        node, path = waiting.pop()
        if node.type in ("identifier", "shorthand_property_identifier_pattern"):
            name = tree.text(node)
            inside = (*path, name) if node.type != "identifier" else path
            own, outer = types_inside(whole.annotation, inside)
            yield replace(whole, name=name, declaration=node, path=inside, annotation=own, whole_type=outer)
        elif node.type == "pair_pattern":
            key, value = field(node, "key"), field(node, "value")
            if key is not None and value is not None:
                waiting.append((value, (*path, string_text(tree, key) if key.type == "string" else tree.text(key))))
        elif node.type == "array_pattern":
            waiting.extend((child, (*path, f"[{index}]")) for index, child in elements_of(node))
        elif node.type in ("object_assignment_pattern", "assignment_pattern"):
            left = field(node, "left")
            waiting.extend([(left, path)] if left is not None else [])
        elif node.type in ("object_pattern", "rest_pattern"):
            waiting.extend((child, path if node.type == "object_pattern" else (*path, "...")) for child in content(node))


def types_inside(annotation: str, path: tuple[str, ...]) -> tuple[str, str]:
    """The type of what a pattern takes out of a typed value, and that value's; nothing is known of what lies deeper."""
    if not path:
        return annotation, ""
    return (property_type(annotation, path[0]), annotation) if len(path) == 1 else ("", "")


def elements_of(pattern: Node) -> Iterator[tuple[int, Node]]:
    """The elements of an array pattern with their positions; holes count."""
    index = 0
    for child in pattern.children:
        index += child.type == ","
        if child.is_named and child.type != "comment":
            yield index, child


def class_members(tree: SyntaxTree, body: Node) -> Iterator[tuple[str, Member]]:
    """The fields of a class, and the constructor parameters that become fields (`constructor(private db: Db)`).

    A field without a type or value takes those of the constructor parameter that has its name (`this.db = db`).
    """
    fields: dict[str, Member] = {}
    given: dict[str, Member] = {}
    for node in body.named_children:
        name = field(node, "name")
        if node.type in ("public_field_definition", "field_definition"):
            name = name or field(node, "property")
            if name is not None:
                fields[tree.text(name)] = Member(annotation_of(tree, node), field(node, "value"))
        elif node.type == "method_definition" and name is not None and tree.text(name) == "constructor":
            given = {binding.name: Member(binding.annotation, binding.value) for binding in parameters(tree, node)}
        elif node.type == "method_definition" and name is not None and any(child.type == "get" for child in node.children):
            fields.setdefault(tree.text(name), Member(return_type_of(tree, node), None))
    yield from given.items()
    for key, member in fields.items():
        blank = not member.annotation and member.value is None
        yield key, given.get(key, member) if blank else member


def return_type_of(tree: SyntaxTree, function: Node) -> str:
    annotation = field(function, "return_type")
    return tree.text(annotation).lstrip(": \t\r\n") if annotation is not None else ""
