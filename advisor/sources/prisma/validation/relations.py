"""Relations that cannot be. In: the sides of each relation. Out: mistakes.

Source: `validations/relations.rs`, `relations/one_to_one.rs`, `one_to_many.rs`, `many_to_many/implicit.rs` in
prisma/prisma-engines.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.sources.prisma.validation.mistakes import Mistakes
from advisor.sources.prisma.validation.pairs import Pair
from advisor.sources.prisma.validation.resolved import Entity, Scalar, Side


class RelationChecks:
    """The checks of one relation after another; they share where mistakes go and whether keys are made at all."""

    def __init__(self, entity_of: dict[int, Entity], mistakes: Mistakes, *, foreign_keys: bool) -> None:
        self.entity_of = entity_of
        self.mistakes = mistakes
        self.foreign_keys = foreign_keys

    def report(self, side: Side, reason: str) -> None:
        self.mistakes.add(side.model, side.field, reason)

    def check(self, pair: Pair) -> None:
        if pair.kind == "many to many":
            self.check_many_to_many(pair)
            return
        if pair.forward is not None:
            self.check_references(pair.forward)
            self.check_arity(pair.forward)
            self.check_set_null(pair.forward)
        self.check_both_are_there(pair)
        if pair.forward is None or pair.back is None:
            if pair.kind == "one to one" and pair.forward is not None:
                self.check_key_is_unique(pair.forward)
        elif pair.kind == "one to one":
            self.check_one_to_one(pair.forward, pair.back)
        else:
            self.check_one_to_many(pair.forward, pair.back)

    def check_both_are_there(self, pair: Pair) -> None:
        only = pair.forward if pair.back is None else pair.back if pair.forward is None else None
        if only is not None:
            self.report(only, f"`{only.label}` has no opposite: {only.target.name.text} has no relation field that leads back")

    def check_references(self, side: Side) -> None:
        """What is referred to is unique, of the same length and of the same types."""
        if side.references:
            wanted = sorted(scalar.name for scalar in side.references)
            keys = self.entity_of[id(side.target)].unique_keys
            if not any(sorted(key.names) == wanted for key in keys):
                names = ", ".join(scalar.name for scalar in side.references)
                self.report(side, f"`{names}` of {side.target.name.text} is not unique, so nothing can refer to it")
        if side.fields is not None and side.references is not None and len(side.fields) != len(side.references):
            self.report(side, f"`fields` names {len(side.fields)} and `references` {len(side.references)}")
        for here, there in zip(side.fields or (), side.references or (), strict=False):
            if not same_type(here, there):
                self.report(
                    side, f"`{here.name}` is of type `{here.type}`, and `{there.name}`, which it refers to, of `{there.type}`"
                )

    def check_arity(self, side: Side) -> None:
        if side.arity == "required" and any(scalar.arity == "optional" for scalar in side.fields or ()):
            names = ", ".join(scalar.name for scalar in side.fields or ())
            self.report(side, f"`{names}` can be NULL, so `{side.label}` must be optional (`{side.field.type.name}?`)")

    def check_set_null(self, side: Side) -> None:
        """PostgreSQL takes SET NULL on a column that is NOT NULL, until a row is deleted; Prisma's own emulation does not."""
        required = any(scalar.arity == "required" for scalar in side.fields or ())
        if required and not self.foreign_keys and "SetNull" in (side.on_delete, side.on_update):
            self.report(side, f"`SetNull` cannot be done: a field of `{side.label}` is required")

    def check_one_to_many(self, forward: Side, back: Side) -> None:
        if not forward.fields:
            self.report(forward, f"`{forward.label}` does not say its `fields`")
        if not forward.references:
            self.report(forward, f"`{forward.label}` does not say its `references`")
        if back.fields or back.references:
            self.report(back, f"`{back.label}` is the list side: `fields` and `references` belong to `{forward.label}`")
        if back.on_delete or back.on_update:
            self.report(back, f"`{back.label}` is the list side: `onDelete` and `onUpdate` belong to `{forward.label}`")

    def check_one_to_one(self, forward: Side, back: Side) -> None:
        for name in ("fields", "references"):
            given = [bool(getattr(side, name)) for side in (forward, back)]
            if not any(given) or all(given):
                reason = "is said by both" if all(given) else "is said by none"
                for side in (forward, back):
                    self.report(side, f"one of `{forward.label}` and `{back.label}` says the `{name}` of the relation: it {reason}")
        self.check_actions(forward, back)
        self.check_key_is_unique(forward)
        for check in (check_mixed_up, check_back_is_optional, check_wrong_side):
            if not self.mistakes:
                for side, reason in check(forward, back):
                    self.report(side, reason)

    def check_actions(self, forward: Side, back: Side) -> None:
        if back.on_delete or back.on_update:
            self.report(back, f"`onDelete` and `onUpdate` belong to `{forward.label}`, which holds the key")
            if forward.on_delete or forward.on_update:
                self.report(forward, f"`onDelete` and `onUpdate` are said by both `{forward.label}` and `{back.label}`")

    def check_key_is_unique(self, forward: Side) -> None:
        if forward.fields is None:
            return
        keys = self.entity_of[id(forward.model)].unique_keys
        if not any(key.scalars == forward.fields for key in keys):
            names = ", ".join(scalar.name for scalar in forward.fields)
            self.report(forward, f"`{names}` is not unique, so `{forward.label}` is no one-to-one relation")

    def check_many_to_many(self, pair: Pair) -> None:
        sides = [side for side in (pair.forward, pair.back) if side is not None]
        if any(side.fields is not None for side in sides):
            reason = "a relation between two lists has no `fields`: only MongoDB keeps keys in lists"
            for side in sides:
                self.report(side, reason)
            return
        for side in sides:
            key = self.entity_of[id(side.target)].id
            if key is None or len(key.fields) != 1:
                self.report(side, f"{side.target.name.text} has no `@id` of one field, so no join table can refer to it")
            if side.references is not None:
                self.report(side, "the join table of two lists is Prisma's own: `references` is not for it")
            if side.on_delete or side.on_update:
                self.report(side, "the join table of two lists is Prisma's own: `onDelete` and `onUpdate` are not for it")


def same_type(here: Scalar, there: Scalar) -> bool:
    return here.kind == there.kind and here.type == there.type


def check_mixed_up(forward: Side, back: Side) -> Iterator[tuple[Side, str]]:
    """`fields` on one side and `references` on the other."""
    if (forward.fields and back.references) or (forward.references and back.fields):
        yield forward, f"`fields` and `references` stand on one side, not one at `{forward.label}` and one at `{back.label}`"
        if forward.fields and back.references:
            yield back, f"`fields` and `references` stand on one side, not one at `{forward.label}` and one at `{back.label}`"


def check_back_is_optional(forward: Side, back: Side) -> Iterator[tuple[Side, str]]:
    if back.arity == "required":
        yield back, f"no database can see to it that `{back.label}` is there: `{forward.model.name.text}?`"


def check_wrong_side(forward: Side, back: Side) -> Iterator[tuple[Side, str]]:
    if forward.arity == "required" and (back.fields is not None or back.references is not None):
        yield back, f"`fields` and `references` belong to the required side, `{forward.label}`"
