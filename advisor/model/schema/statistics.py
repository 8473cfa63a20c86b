"""Extended statistics."""

from __future__ import annotations

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema.names import Expression, Name


class Statistics(Struct, frozen=True):
    """CREATE STATISTICS. `kinds` are among `ndistinct`, `dependencies`, `mcv`; none for statistics on one expression."""

    name: Name
    table: Name
    kinds: tuple[str, ...]
    location: Location
    columns: tuple[str, ...] = ()
    expressions: tuple[Expression, ...] = ()
    target: int | None = None
