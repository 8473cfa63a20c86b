"""What holds while each operation of a migration runs: its effects, the transaction around it, the timeouts that are set.

In: operations in order, and what surrounds them. Out: a `Moment` for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from advisor.model.migration.effects import Effect
from advisor.model.migration.operations import Operation
from advisor.model.migration.statements import Begin, Commit, Rollback, SetSetting

TIMEOUTS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")
"""The settings that are followed."""

UNITS = {"": 1.0, "us": 0.001, "ms": 1.0, "s": 1000.0, "min": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}
DURATION = re.compile(r"\s*'?\s*(-?\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d|)\s*'?\s*")


class Moment(Struct, frozen=True):
    """One operation while it runs.

    `transaction` numbers the transactions of the migration; None where the operation commits by itself. `timeouts` are those that
    are set, in milliseconds; 0 is none at all, and one that is absent is the server's own.
    """

    operation: Operation
    effects: tuple[Effect, ...]
    transaction: int | None
    timeouts: Mapping[str, float]

    @property
    def blocks(self) -> bool:
        """Whether writers of a relation that was there before wait for it, and others behind it."""
        return any(effect.lock is not None and effect.lock.blocks_writes for effect in self.blocking)

    @property
    def blocking(self) -> tuple[Effect, ...]:
        """Its effects on relations that were there before: locks that others may be waiting for."""
        return tuple(effect for effect in self.effects if effect.existed and effect.lock is not None)


def moments_of(steps: Iterable[tuple[Operation, tuple[Effect, ...]]], *, in_transaction: bool) -> Iterator[Moment]:
    """Follow BEGIN, COMMIT and SET. `in_transaction`: the tool has begun one before the first operation."""
    number, current = 0, 0 if in_transaction else None
    session: dict[str, float] = {}
    local: dict[str, float] = {}
    for operation, effects in steps:
        if isinstance(operation, Begin) and current is None:
            number, current = number + 1, number + 1
        yield Moment(operation, effects, current, {**session, **local})
        if isinstance(operation, SetSetting):
            # SET LOCAL outside a transaction does nothing but warn.
            if not operation.local:
                apply_setting(session, operation)
                local.pop(operation.name or "", None)
            elif current is not None:
                apply_setting(local, operation)
        if isinstance(operation, Commit) or (isinstance(operation, Rollback) and operation.to_savepoint is None):
            current, local = None, {}


def apply_setting(settings: dict[str, float], operation: SetSetting) -> None:
    """What SET, RESET and RESET ALL do to the timeouts."""
    if operation.name is None:
        settings.clear()
    elif operation.name.lower() in TIMEOUTS:
        value = milliseconds(operation.value) if operation.value is not None else None
        settings.pop(operation.name.lower(), None)
        if value is not None:
            settings[operation.name.lower()] = value


def milliseconds(value: str) -> float | None:
    """`'5s'`, `2000` or `'1min'` as milliseconds; None for what is no duration.

    Source: PostgreSQL documentation, "Parameter Names and Values" (a number without a unit is in the setting's own, here ms).
    """
    found = DURATION.fullmatch(value)
    return float(found[1]) * UNITS[found[2]] if found else None
