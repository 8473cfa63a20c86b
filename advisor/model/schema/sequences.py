"""Sequences."""

from __future__ import annotations

from msgspec import Struct

from advisor.model.schema.names import Name

HIGHEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
"""The highest number of each type that a sequence may have."""


class SequenceObject(Struct, frozen=True):
    """A sequence. `options` are written as in CREATE SEQUENCE (`START WITH 5`); `owner` is the column that it goes with."""

    name: Name
    options: tuple[str, ...] = ()
    owner: tuple[Name, str] | None = None

    @property
    def highest(self) -> int:
        """The last number that it gives, if it counts upwards."""
        return highest_of(self.options)

    @property
    def counts_up(self) -> bool:
        """Whether it counts upwards to an end: it neither begins again nor falls."""
        return "CYCLE" not in self.options and not any(option.startswith("INCREMENT BY -") for option in self.options)


def highest_of(options: tuple[str, ...], default: str = "bigint") -> int:
    """The last number of a sequence with these options; `default` is the type of one that names none."""
    kind = next((option.removeprefix("AS ") for option in options if option.startswith("AS ")), default)
    limit = next((option.removeprefix("MAXVALUE ") for option in options if option.startswith("MAXVALUE ")), None)
    return int(limit) if limit else HIGHEST.get(kind, HIGHEST["bigint"])
