"""TypeScript and JavaScript text in, a syntax tree out that knows characters, places and ancestors.

tree-sitter counts bytes; everything that leaves this module counts characters. Its parser recovers from errors, so a file with a
syntax error still has a tree: the places that were not understood are `SyntaxTree.mistakes`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from functools import cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

from advisor.model import Location, Skipped, SourceText
from advisor.sources.typescript.components import has_jsx, is_component, script_of
from advisor.sources.typescript.mending import mended, statements, without_statement

MAX_DEPTH = 400
"""Ancestors looked at, from the root. Code that people write stays far below; a chain of concatenations may come near."""

MAX_ERROR_STEPS = 2000
"""How long the parser may try to recover from errors before the text is taken for something other than code.

Counted in calls of tree-sitter's progress callback: real files with a syntax error need a hundred, noise needs thousands, at a
millisecond each.
"""

MAX_ERROR_PIECES = 10_000
"""Pieces of one place that was not understood. tree-sitter's query cursor takes quadratic time over a long run of tokens."""

MAX_LEFT_OUT = 10
"""How many broken statements of a file are left out so that the others can be read."""

CHUNK = 1 << 16
NON_ASCII = re.compile(r"[^\x00-\x7f]")
WRAPPERS = frozenset(
    (
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
        "instantiation_expression",
    )
)
FUNCTIONS = frozenset(
    (
        "arrow_function",
        "function_expression",
        "function_declaration",
        "generator_function",
        "generator_function_declaration",
        "method_definition",
    )
)


class NotCode(Exception):  # noqa: N818 -- a verdict on the input, not a fault of the program
    """The text is so far from the language that reading it makes no sense."""


class SyntaxTree:
    """A parsed file. It holds the bytes that nodes point into and what is worked out once for them."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        text = script_of(source.text) if is_component(source.path) else source.text
        self.data = text.encode("utf-8", errors="surrogatepass")
        self.grammar = grammar_of(source)
        self.tree, self._mistakes = parse_mended(self.data, self.grammar)
        self.root: Node = self.tree.root_node
        self._wide_ends, self._surpluses = wide_characters(text, len(self.data))
        self._ancestors: dict[int, tuple[Node, ...]] = {}
        self._last: tuple[Node, ...] = ()
        self.enclosing: dict[int, Node | None] = {}
        """The functions around functions, by the inner one's id: what `functions.enclosing_function` has found."""

    def text(self, node: Node) -> str:
        """The source text of a node."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", errors="replace")

    def offset(self, byte: int) -> int:
        """The character offset of a byte offset."""
        wide = bisect_right(self._wide_ends, byte)
        return byte - self._surpluses[wide - 1] if wide else byte

    def location(self, node: Node) -> Location:
        return self.source.location(self.offset(node.start_byte), self.offset(node.end_byte))

    def mistakes(self) -> Skipped | None:
        """That the grammar does not take some places, and the first of them."""
        if not self._mistakes:
            return None
        places = f"{len(self._mistakes)} place{'s' if len(self._mistakes) > 1 else ''}"
        first = self.source.location(*map(self.offset, self._mistakes[0]))
        return Skipped(self.source.path, f"syntax not understood, {places}", location=first)

    def ancestors(self, node: Node) -> tuple[Node, ...]:
        """The nodes around a node, the root first, at most MAX_DEPTH of them. (`Node.parent` walks from the root each time.)"""
        known = self._ancestors.get(node.id)
        if known is None:
            known = self._ancestors[node.id] = self._last = tuple(self._descend_to(node))
        return known

    def _descend_to(self, node: Node) -> list[Node]:
        """The way down to a node, from where it leaves the way to the node asked for before: they mostly lie close together."""
        path = list(self._last)
        while path and not is_around(path[-1], node):
            path.pop()
        current: Node | None = path.pop() if path else self.root
        while len(path) < MAX_DEPTH and current is not None and current != node:
            path.append(current)
            current = current.child_with_descendant(node)
        return path

    def stretch(self, first: Node, last: Node) -> Location:
        """From the start of one node to the end of another."""
        return self.source.location(self.offset(first.start_byte), self.offset(last.end_byte))

    def is_too_deep(self, node: Node) -> bool:
        return len(self.ancestors(node)) >= MAX_DEPTH

    def captures(self, query: str, within: Node | None = None) -> dict[str, list[Node]]:
        """The captures of a tree-sitter query, by name, each in order of place; nothing from below MAX_DEPTH.

        tree-sitter's query cursor takes quadratic time once a tree is deeper than 65,535.
        """
        cursor = QueryCursor(compiled_query(self.grammar, query))
        cursor.set_max_start_depth(MAX_DEPTH)
        captured = cursor.captures(within or self.root)
        return {name: sorted(nodes, key=lambda node: (node.start_byte, -node.end_byte)) for name, nodes in captured.items()}


def is_around(outer: Node, inner: Node) -> bool:
    """Whether a node takes in another and more: of two with the same place, either may be the outer one."""
    start, end = outer.start_byte, outer.end_byte
    return start <= inner.start_byte and inner.end_byte <= end and end - start > inner.end_byte - inner.start_byte


def grammar_of(source: SourceText) -> str:
    """The name of the grammar for a file: `typescript`, `tsx` or `javascript` (which has JSX)."""
    extension = source.path.rpartition(".")[2].lower()
    if extension in ("tsx", "jsx") or (is_component(source.path) and has_jsx(source.text)):
        return "tsx"
    return "javascript" if extension in ("js", "mjs", "cjs") else "typescript"


@cache
def language_of(grammar: str) -> Language:
    if grammar == "javascript":
        return Language(tree_sitter_javascript.language())
    if grammar == "tsx":
        return Language(tree_sitter_typescript.language_tsx())
    return Language(tree_sitter_typescript.language_typescript())


@cache
def compiled_query(grammar: str, text: str) -> Query:
    return Query(language_of(grammar), text)


def parse_mended(data: bytes, grammar: str) -> tuple[Tree, list[tuple[int, int]]]:
    """The tree of a file, and the stretches that the grammar does not take; of one whose brackets do not match, as mended."""
    tree = parse(data, grammar)
    errors = errors_in(tree.root_node)
    if not errors:
        return tree, []
    other, text = mended(data), data
    places: tuple[int, ...] = ()
    if other.places:
        with suppress(NotCode):
            better = parse(other.data, grammar)
            left = errors_in(better.root_node)
            if size_of(left) * 2 < size_of(errors):
                tree, errors, places, text = better, left, other.places, other.data
    mistakes = [*((node.start_byte, node.end_byte) for node in errors), *((place, place) for place in places)]
    with suppress(NotCode):
        tree = parse_apart(tree, text, grammar)
    return tree, sorted((min(start, len(data)), min(end, len(data))) for start, end in mistakes)


def parse_apart(tree: Tree, data: bytes, grammar: str) -> Tree:
    """The tree without the statements of a file that take those after them for their inside, since something in them is open."""
    for _ in range(MAX_LEFT_OUT):
        begins = statements(data)
        swallowing = next((node for node in tree.root_node.children if node.has_error and swallows(node, begins)), None)
        if swallowing is None:
            break
        data = without_statement(data, swallowing.start_byte, begins)
        tree = parse(data, grammar)
    return tree


def swallows(node: Node, begins: Sequence[int]) -> bool:
    """Whether statements of the file begin inside another, and are worth more than it: a long function is read in part."""
    following = bisect_right(begins, node.start_byte)
    if following == len(begins):
        return False
    own, swallowed = begins[following] - node.start_byte, node.end_byte - begins[following]
    return swallowed > 0 and swallowed * 2 > own


def size_of(errors: Sequence[Node]) -> int:
    """How much was not understood. What is missing takes no room; it counts as one."""
    return sum(max(node.end_byte - node.start_byte, 1) for node in errors)


def parse(data: bytes, grammar: str) -> Tree:
    """The tree of a file; `NotCode` where error recovery does not come to an end."""
    steps_in_error = 0

    def read(byte: int, _point: object) -> bytes:
        return data[byte : byte + CHUNK]

    def give_up(_byte: int, has_error: bool) -> bool:
        nonlocal steps_in_error
        steps_in_error += has_error
        return steps_in_error > MAX_ERROR_STEPS

    try:
        return Parser(language_of(grammar)).parse(read, encoding="utf8", progress_callback=give_up)
    except ValueError as error:
        raise NotCode from error


def errors_in(root: Node) -> list[Node]:
    """The places that the grammar does not take, in order; what is inside one is not looked at. `NotCode` where one is endless."""
    found: list[Node] = []
    cursor = root.walk()
    descend = True
    while True:
        node = cursor.node
        if descend and node is not None:
            if is_typed_tag(node):
                pass
            elif node.is_error or node.is_missing:
                if node.child_count > MAX_ERROR_PIECES:
                    raise NotCode
                found.append(node)
            elif node.has_error and cursor.goto_first_child():
                continue
        if cursor.goto_next_sibling():
            descend = True
        elif cursor.goto_parent():
            descend = False
        else:
            return found


def is_typed_tag(node: Node) -> bool:
    """The `!` that tree-sitter-typescript wants after the type arguments of ``tag<T[]>`...` ``, which it does not know.

    The code is right, and `callee_of` finds the tag.
    """
    asserted = node.parent if node.is_missing and node.type == "!" else None
    call = asserted.parent if asserted is not None else None
    given = call.child_by_field_name("arguments") if call is not None else None
    return given is not None and given.type == "template_string"


def wide_characters(text: str, size: int) -> tuple[list[int], list[int]]:
    """Where characters of several bytes end, in bytes, and how many bytes more than characters there are up to each end."""
    ends: list[int] = []
    surpluses: list[int] = []
    if size == len(text):
        return ends, surpluses
    surplus = 0
    for match in NON_ASCII.finditer(text):
        code = ord(match.group())
        surplus += 1 if code < 0x800 else 2 if code < 0x10000 else 3
        ends.append(match.end() + surplus)
        surpluses.append(surplus)
    return ends, surpluses


def unwrap(node: Node, *, awaits: bool = False) -> Node:
    """The expression inside parentheses, type assertions and `!` (and `await`, where asked)."""
    while node.type in WRAPPERS or (awaits and node.type == "await_expression"):
        inside = content(node)
        if not inside:
            return node
        node = inside[-1] if node.type == "type_assertion" else inside[0]
    return node


def content(node: Node) -> list[Node]:
    """The named children, without comments."""
    return [child for child in node.named_children if child.type != "comment"]


def field(node: Node, name: str) -> Node | None:
    return node.child_by_field_name(name)


def arguments_of(call: Node) -> list[Node]:
    """The arguments of a call or `new`; empty for a tagged template."""
    given = call.child_by_field_name("arguments")
    return content(given) if given is not None and given.type == "arguments" else []


def callee_of(call: Node) -> Node | None:
    """What is called, without parentheses and `!`: `prisma.post.findMany`, `exec`, `Pool` of `new Pool()`."""
    called = call.child_by_field_name("function") or call.child_by_field_name("constructor")
    if called is None:
        return None
    given = call.child_by_field_name("arguments")
    return rightmost(called) if given is not None and given.type == "template_string" else unwrap(called, awaits=True)


LAST_PARTS = {
    "arrow_function": "body",
    "ternary_expression": "alternative",
    "binary_expression": "right",
    "assignment_expression": "right",
}


def rightmost(node: Node) -> Node:
    """The tag before a template. tree-sitter reads ``(x) => tag<T[]>`...` `` as a call of the function, so it is taken apart."""
    while True:
        node = unwrap(node, awaits=True)
        inner = node.child_by_field_name(LAST_PARTS[node.type]) if node.type in LAST_PARTS else None
        if inner is None:
            return node
        node = inner


def tagged_template(node: Node) -> tuple[Node, Node] | None:
    """Tag and template of ``tag`...` ``; also of ``tag<T>`...` ``, which tree-sitter reads as two comparisons."""
    if node.type == "call_expression":
        tag, template = callee_of(node), node.child_by_field_name("arguments")
    else:
        compared, template = node.child_by_field_name("left"), node.child_by_field_name("right")
        left = compared.child_by_field_name("left") if compared is not None and compared.type == "binary_expression" else None
        tag = rightmost(left) if left is not None else None
    return (tag, template) if tag is not None and template is not None and template.type == "template_string" else None


def member_of(tree: SyntaxTree, node: Node) -> tuple[Node, str] | None:
    """Object and name of `object.name`, `object?.name` and `object["name"]`; None for anything else."""
    if node.type == "member_expression":
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        return (unwrap(owner, awaits=True), tree.text(name)) if owner is not None and name is not None else None
    if node.type == "subscript_expression":
        owner, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        if owner is not None and index is not None and index.type == "string":
            return unwrap(owner, awaits=True), string_text(tree, index)
    return None


ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f", "v": "\v", "\n": "", "\r\n": ""}


def string_text(tree: SyntaxTree, node: Node) -> str:
    """The value of a string literal, or of one piece (fragment, escape) of a string or template."""
    if node.type == "escape_sequence":
        return unescape(tree.text(node)[1:])
    if node.type in ("string_fragment", "unescaped_double_string_fragment"):
        return tree.text(node)
    return "".join(string_text(tree, piece) for piece in node.named_children)


def unescape(escape: str) -> str:
    """What stands for `\\escape`."""
    if escape in ESCAPES:
        return ESCAPES[escape]
    digits = escape[1:].strip("{}")
    if escape[:1] in ("u", "x") and digits:
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            return escape
    return escape
