"""Prisma's `where` and `orderBy` in, predicates and order keys out.

A field's value is a scalar, an object of operators (`{ gt: 5 }`), a filter on a relation (`{ some: {...} }`, `{ name: "x" }`), or
the parts of a composite key (`{ userId_postId: { userId, postId } }`). Without the schema the last two look alike: the name stays
in the predicate's `path`, except where it is its parts joined by `_`, which is the name that Prisma gives a composite key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from advisor.model import OrderKey, Predicate
from advisor.sources.typescript import syntax
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.loops import FoundLoop
from advisor.sources.typescript.predicates import predicate
from advisor.sources.typescript.values import Entry, ObjectValue

OPERATORS = {
    "equals": "=",
    "in": "in",
    "notIn": "not in",
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
    "has": "has",
}
OWN_OPERATORS = frozenset(
    "contains startsWith endsWith search hasSome hasEvery isEmpty isSet string_contains string_starts_with string_ends_with "
    "array_contains array_starts_with array_ends_with".split()
)
"""Kept under Prisma's own word. Source: Prisma documentation, "Prisma Client API reference", "Filter conditions and operators"."""

MODIFIERS = frozenset(("mode", "path", "not"))
RELATION_FILTERS = {"is": False, "isNot": True, "some": False, "none": True, "every": True}
"""What a relation filter asks of related rows, and whether it asks that none (that differs) is there."""

MAX_DEPTH = 25


class Place(Struct, frozen=True):
    """Where in a filter a condition stands."""

    path: tuple[str, ...] = ()
    negated: bool = False
    under_or: bool = False
    optional: bool = False
    depth: int = 0

    def inside(self, entry: Entry) -> Place:
        return replace(self, optional=self.optional or entry.optional, depth=self.depth + 1)


TOP = Place()


@dataclass(slots=True)
class Filters:
    """Reads the filters of one call."""

    context: CodeContext
    loops: tuple[FoundLoop, ...]
    predicates: list[Predicate] = field(default_factory=list)
    complete: bool = True

    def read(self, where: Node, place: Place = TOP) -> None:
        """Collect the predicates of a filter object, or of each object of a list."""
        array = self.context.values.array(where)
        if array is not None:
            self.complete = self.complete and array.complete
            for element in array.elements:
                self.read_object(self.context.values.object(element), place)
            return
        self.read_object(self.context.values.object(where), place)

    def read_object(self, value: ObjectValue, place: Place) -> None:
        self.complete = self.complete and value.complete and place.depth <= MAX_DEPTH
        if place.depth > MAX_DEPTH:
            return
        for entry in value:
            here = place.inside(entry)
            if entry.key == "AND":
                self.read(entry.value, here)
            elif entry.key == "OR":
                self.read(entry.value, replace(here, under_or=place.under_or or not self._is_single(entry.value)))
            elif entry.key == "NOT":
                self.read(entry.value, replace(here, negated=not place.negated))
            else:
                self.read_field(entry, here)

    def _is_single(self, alternatives: Node) -> bool:
        array = self.context.values.array(alternatives)
        return array is not None and array.complete and len(array.elements) == 1

    def read_field(self, entry: Entry, place: Place) -> None:
        node = self.context.values.follow(entry.value)
        if self.is_undefined(node):
            return
        place = replace(place, optional=place.optional or self.may_be_undefined(node))
        value = self.context.values.object(entry.value)
        keys = {inner.key for inner in value}
        if not keys:
            if node.type != "object":
                self.add(entry.key, "is null" if node.type == "null" else "=", entry, entry.value, place)
            else:
                self.complete = self.complete and value.complete
        elif keys & (OPERATORS.keys() | OWN_OPERATORS | MODIFIERS):
            self.read_operators(entry, value, place)
        elif keys & RELATION_FILTERS.keys():
            self.read_relation(entry, value, place)
        else:
            joined = "_".join(inner.key for inner in value) == entry.key
            self.read_object(value, place if joined else replace(place, path=(*place.path, entry.key)))

    def read_operators(self, entry: Entry, value: ObjectValue, place: Place) -> None:
        for inner in value:
            here = place.inside(inner)
            node = self.context.values.follow(inner.value)
            if self.is_undefined(node) or here.depth > MAX_DEPTH:
                continue
            here = replace(here, optional=here.optional or self.may_be_undefined(node))
            if inner.key == "not":
                self.read_not(entry, inner, node, here)
            elif inner.key in OPERATORS or inner.key in OWN_OPERATORS:
                operator = OPERATORS.get(inner.key, inner.key)
                null = operator == "=" and node.type == "null"
                self.add(entry.key, "is null" if null else operator, inner, inner.value, here)

    def read_not(self, entry: Entry, inner: Entry, node: Node, place: Place) -> None:
        nested = self.context.values.object(inner.value)
        if nested.entries:
            self.read_operators(entry, nested, replace(place, negated=not place.negated))
        elif node.type == "null":
            self.add(entry.key, "is null", inner, inner.value, replace(place, negated=not place.negated))
        else:
            self.add(entry.key, "!=", inner, inner.value, place)

    def read_relation(self, entry: Entry, value: ObjectValue, place: Place) -> None:
        for inner in value:
            if inner.key not in RELATION_FILTERS:
                continue
            negated = place.negated != RELATION_FILTERS[inner.key]
            if self.context.values.follow(inner.value).type == "null":
                self.add(entry.key, "is null", inner, inner.value, replace(place, negated=negated))
            else:
                self.read(inner.value, replace(place.inside(inner), path=(*place.path, entry.key), negated=negated))

    def add(self, column: str, operator: str, at: Entry, value: Node, place: Place) -> None:
        found = predicate(
            self.context,
            self.loops,
            column,
            operator,
            at.at,
            value,
            path=place.path,
            negated=place.negated,
            under_or=place.under_or,
            optional=place.optional,
        )
        self.predicates.append(found)

    def is_undefined(self, node: Node) -> bool:
        """Prisma leaves out a condition whose value is `undefined`, and one of `Prisma.skip`."""
        return node.type == "undefined" or self.context.text(node) in ("undefined", "Prisma.skip")

    def may_be_undefined(self, node: Node) -> bool:
        """`value ?? undefined`, `given ? value : undefined`."""
        ends = [syntax.field(node, name) for name in ("right", "consequence", "alternative")]
        return node.type in ("binary_expression", "ternary_expression") and any(
            end is not None and self.is_undefined(end) for end in ends
        )


def order_keys(context: CodeContext, order: Node) -> tuple[tuple[OrderKey, ...], bool]:
    """The keys of an `orderBy`, and whether all of them are seen."""
    array = context.values.array(order)
    parts = array.elements if array is not None else (order,)
    keys: list[OrderKey] = []
    complete = array is None or array.complete
    for part in parts:
        value = context.values.object(part)
        complete = complete and value.complete
        keys.extend(keys_of(context, value, ()))
    return tuple(keys), complete


def keys_of(context: CodeContext, value: ObjectValue, path: tuple[str, ...]) -> Iterator[OrderKey]:
    """`{ createdAt: "desc" }`, `{ title: { sort: "asc", nulls: "last" } }`, `{ author: { name: "asc" } }`."""
    for entry in value:
        direction = entry.value
        nested = context.values.object(entry.value)
        sort, nulls = nested.get("sort"), nested.get("nulls")
        if sort is not None:
            direction = sort.value
        elif nested.entries and len(path) < MAX_DEPTH:
            yield from keys_of(context, nested, (*path, entry.key))
            continue
        elif context.text(context.values.follow(direction)) == "undefined":
            continue
        place = context.values.string(nulls.value) if nulls is not None else None
        first = None if place is None else place == "first"
        yield OrderKey(entry.key, context.location(entry.at), is_descending(context, direction), path, first)


def is_descending(context: CodeContext, direction: Node) -> bool:
    text = context.values.string(direction)
    return text == "desc" or (text is None and context.text(direction).endswith(".desc"))
