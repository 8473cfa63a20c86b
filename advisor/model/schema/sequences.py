"""Sequences."""

from __future__ import annotations

from msgspec import Struct

from advisor.model.schema.names import Name


class SequenceObject(Struct, frozen=True):
    """A sequence. `options` are written as in CREATE SEQUENCE (`START WITH 5`); `owner` is the column that it goes with."""

    name: Name
    options: tuple[str, ...] = ()
    owner: tuple[Name, str] | None = None
