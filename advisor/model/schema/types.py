"""Types that a schema makes: enums, domains, composite types, ranges; and collations."""

from __future__ import annotations

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema.columns import Column
from advisor.model.schema.constraints import Check
from advisor.model.schema.names import Expression, Name


class Enum(Struct, frozen=True):
    """An enum type and its values in order."""

    name: Name
    values: tuple[str, ...]
    location: Location
    field: str | None = None
    """The ORM's own name for it."""


class Domain(Struct, frozen=True):
    """A type with conditions. `type` is the one below it, as `format_type` prints it."""

    name: Name
    type: str
    location: Location
    nullable: bool = True
    not_null_name: str | None = None
    """The name of its NOT NULL constraint (PostgreSQL 17 and later have one)."""
    default: Expression | None = None
    collation: str | None = None
    """The collation, where it is not its type's own."""
    checks: tuple[Check, ...] = ()


class CompositeType(Struct, frozen=True):
    """A row type made by CREATE TYPE ... AS (...)."""

    name: Name
    attributes: tuple[Column, ...]
    location: Location


class RangeType(Struct, frozen=True):
    """A range type, and the multirange type that comes with it. `options` are written as in CREATE TYPE: `subtype_diff = f`."""

    name: Name
    subtype: str
    multirange: Name
    location: Location
    options: tuple[str, ...] = ()


class Collation(Struct, frozen=True):
    """A collation; `options` are written as in CREATE COLLATION: `provider = icu`, `locale = 'und'`."""

    name: Name
    options: tuple[str, ...]
    location: Location
