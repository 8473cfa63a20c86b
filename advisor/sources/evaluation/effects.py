"""What code does besides giving values. Here nothing is kept of it; whoever reads code for what it does keeps it in a subclass."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.model import Location


@dataclass(slots=True)
class Effects:
    """What is done, in the order in which it is done."""

    looks_into_functions: bool = False
    """Whether functions that are handed to code of others are tried for what they would do."""
    changes_schema: bool = False
    """Whether anything in it is more than reading and changing rows."""
    changes_rows: Location | None = None
    """Where it first changes rows by calls that are not made into SQL."""
    doubt: tuple[str, Location] | None = None
    """Why what follows may not run; said once the schema is changed after it."""
    closed: tuple[str, Location] | None = None
    """Why nothing that changes the schema is believed any more: it is one of two ways, and the other was taken."""

    def aside(self) -> Effects:
        """Effects of their own, for what may or may not happen."""
        return Effects()

    def add(self, _sql: str, _place: Location) -> None:
        """SQL that a tool is handed, or makes of a call."""

    def leave(self, _reason: str, _place: Location) -> None:
        """Something that may change the schema, and cannot be told."""

    def leave_rows(self, _place: Location) -> None:
        """A change of rows that is not made into SQL."""
