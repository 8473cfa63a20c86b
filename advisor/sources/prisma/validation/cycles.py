"""Cycles of cascading actions, which Prisma cannot emulate. In: the relations of a schema. Out: mistakes.

The checks are for `relationMode = "prisma"`: a database that has foreign keys follows cycles by itself.
Source: `validations/relations.rs` (`cycles`) in prisma/prisma-engines.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.sources.prisma.validation.mistakes import Mistakes
from advisor.sources.prisma.validation.pairs import Pair
from advisor.sources.prisma.validation.resolved import Side


def check_cycles(pairs: Sequence[Pair], mistakes: Mistakes) -> None:
    """Each relation that leads back to its own model through relations that all change something."""
    leaving: dict[int, list[Side]] = {}
    for pair in pairs:
        if pair.kind != "many to many" and pair.forward is not None and pair.back is not None:
            leaving.setdefault(id(pair.forward.model), []).append(pair.forward)
    for sides in leaving.values():
        for side in sides:
            if closes(side, leaving):
                reason = (
                    f"what `{side.label}` cascades comes back: a relation on the way needs `Restrict` for `onDelete` and `onUpdate`"
                )
                mistakes.add(side.model, side.field, reason)


def closes(start: Side, leaving: dict[int, list[Side]]) -> bool:
    """Whether changes that go along a relation meet a model that refers to itself, or come back to where they began."""
    visited: set[int] = set()
    ahead = [start]
    while ahead:
        side = ahead.pop()
        visited.add(id(side))
        if not changes_rows(side):
            continue
        if side.target is side.model or side.target is start.model:
            return True
        ahead += [following for following in leaving.get(id(side.target), ()) if id(following) not in visited]
    return False


def changes_rows(side: Side) -> bool:
    """Whether an action does more than refuse. By default an update cascades, and a delete sets NULL where it can."""
    required = any(scalar.arity != "optional" for scalar in side.fields or ())
    on_delete = side.on_delete or ("Restrict" if required else "SetNull")
    return any(action not in ("NoAction", "Restrict") for action in (on_delete, side.on_update or "Cascade"))
