"""Operations that change no definition: transactions, settings, changes of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.model.migration.operations import Operation
from advisor.model.schema import Name


@dataclass(frozen=True, slots=True)
class Begin(Operation):
    pass


@dataclass(frozen=True, slots=True)
class Commit(Operation):
    pass


@dataclass(frozen=True, slots=True)
class Rollback(Operation):
    to_savepoint: str | None = None


@dataclass(frozen=True, slots=True)
class Savepoint(Operation):
    name: str
    release: bool = False


@dataclass(frozen=True, slots=True)
class SetSetting(Operation):
    """SET, SET LOCAL, RESET and `set_config`. `value` is as written, None for RESET and DEFAULT; `name` is None for RESET ALL."""

    name: str | None
    value: str | None
    local: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRows(Operation):
    """INSERT, UPDATE, DELETE, MERGE or COPY FROM. `filtered`: it has a WHERE (an INSERT: it takes its rows from a query)."""

    verb: Literal["insert", "update", "delete", "merge", "copy"]
    table: Name | None
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class RunBlock(Operation):
    """A DO block; what it defines are operations of their own beside it."""
