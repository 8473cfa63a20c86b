"""What is looped over: whether it is small by what is written, and whether its elements are batches."""

from __future__ import annotations

import re

from tree_sitter import Node

from advisor.sources.typescript.syntax import arguments_of, callee_of, member_of
from advisor.sources.typescript.values import Values

MAX_STEPS = 8
"""How many calls (`.filter(...)`, `.map(...)`) are looked through."""

SMALL = 100
"""Rounds up to this many are few: a constant list, the months of a year, a page of twenty-five."""

BATCHES = re.compile(r"(chunks|batches|slices|partitions|groups)$|(chunk|batch|partition|in_?groups)\w*\(", re.IGNORECASE)
"""Collections whose elements are batches: `chunks`, `_.chunk(ids, 100)`. The elements of one `chunk` are single again."""

BATCH = re.compile(r"chunk|batch|partition|in_?groups", re.IGNORECASE)


def is_small(values: Values, collection: Node, steps: int = MAX_STEPS) -> bool:
    """Whether a collection has few elements by what is written: a literal, a slice, the members of an enum."""
    node = values.follow(collection)
    array = values.array(collection)
    if array is not None:
        return array.complete and len(array.elements) <= SMALL
    if node.type in ("call_expression", "new_expression") and steps > 0:
        return is_small_call(values, node, steps)
    if node.type == "object":  # `Array.from({ length: 12 }, callback)`
        length = values.object(node).get("length")
        return length is not None and is_few(values, length.value)
    return node.type == "identifier" and values.is_enum_member(node)


def is_small_call(values: Values, call: Node, steps: int) -> bool:
    called = callee_of(call)
    given = arguments_of(call)
    member = member_of(values.tree, called) if called is not None else None
    if member is None:
        return (
            bool(given) and values.tree.text(called) in ("Array", "range") and is_few(values, given[0])
            if called is not None
            else False
        )
    owner, method = member
    if method in ("slice", "splice", "take", "first"):
        return (
            bool(given) and is_few(values, given[-1]) and (method != "slice" or len(given) == 2 or is_few(values, given[0], -SMALL))
        )
    if method in ("filter", "map", "sort", "reverse", "toSorted", "entries", "values", "keys", "fill"):
        inner = given[0] if values.tree.text(owner) == "Object" and given else owner
        return names_few(values, inner) if inner != owner else is_small(values, owner, steps - 1)
    if method == "from" and given:
        length = values.object(given[0]).get("length")
        return is_few(values, length.value) if length is not None else is_small(values, given[0], steps - 1)
    return False


def is_few(values: Values, number: Node, lowest: int = 0) -> bool:
    value = values.integer(number)
    return value is not None and lowest <= value <= SMALL


def names_few(values: Values, node: Node) -> bool:
    """Whether the keys of an object are fixed by the code: an enum, an object literal, a capitalised import."""
    binding = values.scopes.resolve(node)
    if binding is not None and binding.kind in ("enum", "import"):
        return binding.name[:1].isupper()
    return values.follow(node).type == "object" and values.object(node).complete


def is_chunked(values: Values, collection: Node | None) -> bool:
    """Whether a variable holds what a chunk helper gave."""
    node = values.follow(collection) if collection is not None else None
    called = callee_of(node) if node is not None and node.type == "call_expression" else None
    return called is not None and BATCH.search(values.tree.text(called)) is not None
