"""Mistakes as they are found. In: a node of a block, and what is wrong with it. Out: the list, once for each line and reason."""

from __future__ import annotations

from dataclasses import dataclass, field

from advisor.model import Location
from advisor.sources.prisma.syntax import (
    Argument,
    Attribute,
    Block,
    EnumValue,
    Expression,
    Field,
    FieldType,
    Identifier,
    Setting,
    place,
)


class AmbiguousRelationsError(Exception):
    """Two relations that cannot be told apart: whatever is said about relations after it would be guessed."""


@dataclass(slots=True)
class Mistakes:
    """What was found so far, in the order of the checks."""

    found: list[tuple[Location, str]] = field(default_factory=list)
    unknown_types: list[tuple[Location, str]] = field(default_factory=list)
    """Apart, because one file that is missing makes many of them."""
    retired: list[tuple[Location, str]] = field(default_factory=list)
    """Preview features that other versions take: there is a rule that says more about them."""

    def add(
        self,
        block: Block,
        node: Identifier | Attribute | Field | EnumValue | Setting | FieldType | Argument | Expression,
        reason: str,
    ) -> None:
        self.found.append((place(block, node), reason))

    def add_retired(self, block: Block, node: Expression, reason: str) -> None:
        self.retired.append((place(block, node), reason))

    def add_unknown_type(self, block: Block, node: FieldType, reason: str) -> None:
        self.unknown_types.append((place(block, node), reason))

    def __bool__(self) -> bool:
        return bool(self.found or self.unknown_types or self.retired)
