"""How two schemas of one database differ."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from advisor.model.location import Location

Side = Literal["declared", "built", "live"]
"""The ORM's schema, the one that the migration history builds, the one that the server has."""


class Difference(Struct, frozen=True):
    """One thing that two schemas do not share. `left` and `right` say what each has, in SQL's words; None where it has nothing.

    `kind` is what it is about (`table`, `column`, `index`, `foreign key`, ...), `subject` its name in full
    (`public.posts.author_id`), `attribute` what of it differs (`type`, `nullable`); None where the whole object is missing.
    """

    kind: str
    subject: str
    attribute: str | None
    left: str | None
    right: str | None
    left_location: Location | None = None
    right_location: Location | None = None
    sides: tuple[Side, Side] = ("declared", "built")
    doubt: Location | None = None
    """Something about it that could not be followed, from which the difference may come."""
