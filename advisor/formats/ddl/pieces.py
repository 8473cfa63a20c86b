"""Statements that belong together, and an order in which they can run. In: pieces and what each requires. Out: pieces in order.

The order is the pieces' own (kind by kind, each kind as the source has it), except that what is required is brought forward to
just before the first that requires it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

Key: TypeAlias = tuple[str, str]
"""What a piece makes: a kind and a name in full."""

Place: TypeAlias = tuple[int, int]
"""Where a piece would stand if nothing required anything: its section, and its number there."""


class Statement(Struct, frozen=True):
    """A statement with its semicolon. Where `search_path` is not None, its unqualified names are looked up there."""

    sql: str
    search_path: tuple[str, ...] | None = None


class Piece(Struct, frozen=True):
    """Statements that stay together. What they `require` must stand before them; what they `prefer` too, unless in a circle."""

    key: Key
    section: int
    statements: tuple[Statement, ...]
    requires: frozenset[Key] = frozenset()
    prefers: frozenset[Key] = frozenset()


class CircleError(Exception):
    """Pieces require each other."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__(" -> ".join(name for _, name in keys))
        self.keys = tuple(keys)


def in_order(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, each after those that it requires; CircleError names a circle where there is one."""
    known = {piece.key: piece for piece in pieces}
    before = {piece.key: ((piece.requires | piece.prefers) & known.keys()) - {piece.key} for piece in pieces}
    sorter = sorter_without_circles(known, before)
    places = brought_forward({piece.key: (piece.section, number) for number, piece in enumerate(pieces)}, before)
    waiting = [(*places[key], key) for key in sorter.get_ready()]
    heapify(waiting)
    ordered: list[Piece] = []
    while waiting:
        *place, key = heappop(waiting)
        ordered.append(replace(known[key], section=place[0][0]))
        sorter.done(key)
        for ready in sorter.get_ready():
            heappush(waiting, (*places[ready], ready))
    return ordered


def sorter_without_circles(known: dict[Key, Piece], before: dict[Key, frozenset[Key]]) -> TopologicalSorter[Key]:
    """A sorter that is ready to give; of a circle, a preference is forgotten."""
    while True:
        sorter: TopologicalSorter[Key] = TopologicalSorter(before)
        try:
            sorter.prepare()
        except CycleError as error:
            circle: list[Key] = error.args[1]
            mild = [(first, second) for first, second in pairwise(circle) if first not in known[second].requires]
            if not mild:
                raise CircleError(circle) from None
            for first, second in mild:
                before[second] = before[second] - {first}
        else:
            return sorter


def brought_forward(own: dict[Key, Place], before: dict[Key, frozenset[Key]]) -> dict[Key, tuple[Place, Place]]:
    """For each piece the earliest place among its own and of all that need it, then its own."""
    earliest = dict(own)
    for key in reversed(list(TopologicalSorter(before).static_order())):
        for needed in before[key]:
            earliest[needed] = min(earliest[needed], earliest[key])
    return {key: (earliest[key], own[key]) for key in own}


def one_piece(key: Key, section: int, statements: Iterable[str], requires: Iterable[Key] = ()) -> Piece:
    """A piece of statements that do not depend on a search path."""
    return Piece(key, section, tuple(Statement(text) for text in statements), frozenset(requires))
