"""What a remedy is: a typed change that can be written down, compared with others, and pasted."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from msgspec import Struct

from advisor.model import Location, Schema


class Edit(Struct, frozen=True):
    """Replace the text at a location; an empty location inserts, an empty text deletes."""

    location: Location
    text: str


class Remedy(Struct, frozen=True):
    """A change that ends a problem. Two findings that ask for equal remedies are one recommendation.

    A subclass is one kind of change, and says how it is written. `effort` is what it costs the team: `low` is one statement or
    one line, `medium` a few lines that want thought, `high` a change of design.
    """

    kind: ClassVar[str] = "remedy"
    effort: ClassVar[str] = "medium"

    def title(self) -> str:
        """What to do, in one line."""
        raise NotImplementedError

    def up(self) -> str:
        """SQL or code that makes the change, ready to paste."""
        raise NotImplementedError

    def down(self) -> str | None:
        """The way back, where there is one."""
        return None

    def prisma(self, schema: Schema) -> str | None:  # noqa: ARG002 - others need it
        """The same change as a line of the Prisma schema, where Prisma can say it."""
        return None

    def edits(self, schema: Schema | None) -> tuple[Edit, ...]:  # noqa: ARG002 - others need it
        """The change as edits of the files it concerns, where it is mechanical."""
        return ()

    def family(self) -> Hashable:
        """Remedies of one family may serve each other; None where only equal ones do."""
        return None

    def serves(self, other: Remedy) -> bool:
        """Whether doing this makes the other needless (an index on (a, b) serves who asked for one on (a))."""
        return self == other
