"""Triggers."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema.names import Expression, Name


class Trigger(Struct, frozen=True):
    """A trigger of a table or view. `events` are among INSERT, UPDATE, DELETE, TRUNCATE, in that order."""

    name: str
    table: Name
    function: Name
    timing: Literal["before", "after", "instead of"]
    events: tuple[str, ...]
    location: Location
    update_columns: tuple[str, ...] = ()
    """UPDATE OF these columns; none where any will do."""
    for_each: Literal["row", "statement"] = "statement"
    condition: Expression | None = None
    arguments: tuple[str, ...] = ()
    old_table: str | None = None
    new_table: str | None = None
    constraint: bool = False
    referenced_table: Name | None = None
    deferrable: bool = False
    initially_deferred: bool = False
    enabled: Literal["origin", "disabled", "replica", "always"] = "origin"
    inherited: bool = False
    """True for one that a partition has because its parent has it: it changes and goes with that one."""
