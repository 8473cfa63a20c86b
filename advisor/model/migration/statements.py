"""Operations that change no definition: transactions, settings, changes of rows."""

from __future__ import annotations

from typing import Literal

from advisor.model.migration.operations import Operation
from advisor.model.schema import Name


class Begin(Operation, frozen=True):
    pass


class Commit(Operation, frozen=True):
    pass


class Rollback(Operation, frozen=True):
    to_savepoint: str | None = None


class Savepoint(Operation, frozen=True):
    name: str
    release: bool = False


class SetSetting(Operation, frozen=True):
    """SET, SET LOCAL, RESET and `set_config`. `value` is as written, None for RESET and DEFAULT; `name` is None for RESET ALL."""

    name: str | None
    value: str | None
    local: bool = False


class ChangeRows(Operation, frozen=True):
    """INSERT, UPDATE, DELETE, MERGE or COPY FROM. `filtered`: it has a WHERE (an INSERT: it takes its rows from a query)."""

    verb: Literal["insert", "update", "delete", "merge", "copy"]
    table: Name | None
    filtered: bool = False
    by_key: bool = False
    """UPDATE and DELETE of single rows: their key equals constants."""
    texts: tuple[str, ...] = ()
    """The strings in it."""
    sets: tuple[str, ...] = ()
    """The columns that an UPDATE sets."""
    absent: tuple[str, ...] = ()
    """Columns that its rows must have no value in: `WHERE a IS NULL`."""
    present: tuple[str, ...] = ()
    """Columns that its rows must have a value in: `WHERE a IS NOT NULL`, `WHERE a = 1`."""
    by_absence: bool = False
    """Whether that they have no value is all that its WHERE asks."""


class RunBlock(Operation, frozen=True):
    """A DO block; what it defines are operations of their own beside it."""
