"""Constraints that need no index of their own: foreign keys, checks, NOT NULL."""

from __future__ import annotations

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema.names import Expression, Name


class ForeignKey(Struct, frozen=True):
    """A reference from `columns` to `referenced_columns` (empty where the text leaves them to the key of a table not seen)."""

    name: str | None
    table: Name
    columns: tuple[str, ...]
    referenced_table: Name
    referenced_columns: tuple[str, ...]
    location: Location
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    validated: bool = True
    match_full: bool = False
    set_columns: tuple[str, ...] = ()
    """The columns that SET NULL or SET DEFAULT is confined to; none where it sets them all."""
    deferrable: bool = False
    initially_deferred: bool = False
    enforced: bool = True
    period: bool = False
    """Whether the last column is a period that the referenced rows must cover together (PostgreSQL 18)."""
    name_is_default: bool = False
    """True where SQL did not name it, and `name` is the one that PostgreSQL will give."""


class Check(Struct, frozen=True):
    """A CHECK constraint."""

    name: str | None
    expression: Expression
    location: Location
    validated: bool = True
    no_inherit: bool = False
    enforced: bool = True
    name_is_default: bool = False
    """As of a foreign key."""


class NotNull(Struct, frozen=True):
    """A NOT NULL constraint, which from PostgreSQL 18 on has a name and may be NOT VALID."""

    name: str
    column: str
    location: Location
    validated: bool = True
    no_inherit: bool = False
