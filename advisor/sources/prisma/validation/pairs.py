"""Which relation fields belong together. In: all relation fields. Out: the relations, each with the side that holds the key first.

Source: `relations.rs` (`relation_evidence`, `ingest_relation`) in prisma/prisma-engines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from advisor.sources.prisma.validation.resolved import Entity, Resolved, Side


class Pair(Struct, frozen=True):
    """One relation. `forward` is the side with the key, or should be; of a many-to-many relation, the side that comes first."""

    kind: Literal["one to one", "one to many", "many to many"]
    forward: Side | None
    back: Side | None


def pairs_of(resolved: Resolved, entity_of: dict[int, Entity]) -> list[Pair]:
    """All relations, in the order of their fields."""
    found = (
        pair_of(side, opposite_of(side, entity_of), entity_of)
        for entity in resolved.entities.values()
        for side in entity.sides.values()
        if id(side.target) in entity_of
    )
    return [pair for pair in found if pair is not None]


def opposite_of(side: Side, entity_of: dict[int, Entity]) -> Side | None:
    """The first other field of the target that leads back under the same name, or both under none."""
    others: Iterator[Side] = iter(entity_of[id(side.target)].sides.values())
    return next((other for other in others if other is not side and other.target is side.model and other.name == side.name), None)


def pair_of(side: Side, other: Side | None, entity_of: dict[int, Entity]) -> Pair | None:
    """The relation of a field; None where it is the other field that tells it."""
    if other is None:
        return pair_of_one(side, entity_of)
    if side.arity == "list":
        if other.arity != "list":
            return None
        return Pair("many to many", side, other) if comes_first(side, other) else None
    if other.arity == "list":
        return Pair("one to many", side, other)
    if side.arity == other.arity == "optional" and (side.fields is not None or other.fields is not None):
        return Pair("one to one", side, other) if side.fields is not None else None
    if side.arity == other.arity:
        return Pair("one to one", side, other) if label(side) <= label(other) else None
    return Pair("one to one", side, other) if side.arity == "required" else None


def pair_of_one(side: Side, entity_of: dict[int, Entity]) -> Pair:
    """A relation of which only one side is there."""
    if side.arity == "list":
        return Pair("one to many", None, side)
    keys = entity_of[id(side.model)].keys
    unique = side.fields is not None and any(key.kind == "unique" and key.scalars == side.fields for key in keys)
    return Pair("one to one" if unique else "one to many", side, None)


def comes_first(side: Side, other: Side) -> bool:
    if side.model is other.model:
        return side.field.name.text <= other.field.name.text
    return side.model.name.text <= other.model.name.text


def label(side: Side) -> tuple[str, str]:
    return (side.model.name.text, side.field.name.text)
