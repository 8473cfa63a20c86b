"""What an operation does to the relations it touches. In: an operation and a version of PostgreSQL. Out: `Effect`s.

The facts are the rows of `effect_rows`; here is only how a row is chosen. Of the rows for one operation's class (or, failing that,
the nearest class above it) and one role, the first whose conditions hold counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from advisor.model.migration.effect_rows import ROWS, Row
from advisor.model.migration.locks import Lock
from advisor.model.migration.operations import AlterTable, Operation
from advisor.model.schema import Name

NEWEST_VERSION = 18


class Effect(Struct, frozen=True):
    """What one operation does to one relation.

    `lock` is the strongest that it takes there. `rewrites`: every row is written anew. `scans`: every row is read. `builds`: an
    index is built. All of that happens under the lock.
    """

    relation: Name
    lock: Lock | None
    rewrites: bool = False
    scans: bool = False
    builds: bool = False
    existed: bool = True
    """Whether the relation was there before the migration: one that it makes itself nobody can be waiting for."""
    source: str = ""
    """Where PostgreSQL says so."""


def effects_of(operation: Operation, version: int = NEWEST_VERSION) -> tuple[Effect, ...]:
    """One effect for each relation that the operation touches, its own table first."""
    found: dict[Name, Effect] = {}
    for role, row in rows_for(operation, version).items():
        for name in relations_in(operation, role):
            effect = Effect(name, row.lock, row.rewrites, row.scans, row.builds, source=row.source)
            found[name] = joined(found[name], effect) if name in found else effect
    return tuple(found.values())


def rows_for(operation: Operation, version: int) -> dict[str, Row]:
    """The row that counts for each role."""
    chosen: dict[str, Row] = {}
    for row in ROWS_OF_CLASS.get(kind_with_rows(operation), ()):
        if row.since <= version <= row.until and all(holds(operation, name, wanted) for name, wanted in row.when):
            for role in row.on:
                chosen.setdefault(role, row)
    return chosen


def kind_with_rows(operation: Operation) -> type[Operation]:
    own = type(operation)
    return own if own in ROWS_OF_CLASS else AlterTable if isinstance(operation, AlterTable) else Operation


def holds(operation: Operation, name: str, wanted: object) -> bool:
    """Whether a fact of the operation is the wanted one, or one of several."""
    value = getattr(operation, name)
    if isinstance(wanted, tuple):
        return value in wanted
    return bool(value) is wanted if isinstance(wanted, bool) else value == wanted


def relations_in(operation: Operation, role: str) -> Iterator[Name]:
    """The relations that an operation names in one of its fields."""
    value = getattr(operation, role, None)
    if isinstance(value, Name):
        yield value
    elif isinstance(value, tuple):
        yield from (name for name in value if isinstance(name, Name))


def joined(one: Effect, other: Effect) -> Effect:
    """Two effects on one relation: the stronger lock, and the work of both."""
    stronger = one if (one.lock or 0) >= (other.lock or 0) else other
    return replace(
        stronger,
        rewrites=one.rewrites or other.rewrites,
        scans=one.scans or other.scans,
        builds=one.builds or other.builds,
    )


def rows_by_class() -> dict[type[Operation], tuple[Row, ...]]:
    found: dict[type[Operation], tuple[Row, ...]] = {}
    for row in ROWS:
        found[row.operation] = (*found.get(row.operation, ()), row)
    return found


ROWS_OF_CLASS = rows_by_class()
