"""Extended statistics."""

from __future__ import annotations

from dataclasses import dataclass

from advisor.model.location import Location
from advisor.model.schema.names import Expression, Name


@dataclass(frozen=True, slots=True)
class Statistics:
    """CREATE STATISTICS. `kinds` are among `ndistinct`, `dependencies`, `mcv`; none for statistics on one expression."""

    name: Name
    table: Name
    kinds: tuple[str, ...]
    location: Location
    columns: tuple[str, ...] = ()
    expressions: tuple[Expression, ...] = ()
    target: int | None = None
