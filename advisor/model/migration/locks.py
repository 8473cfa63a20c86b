"""PostgreSQL's table locks, and who waits for whom.

Source: PostgreSQL documentation, "Explicit Locking", table "Conflicting Lock Modes"
https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
"""

from __future__ import annotations

from enum import IntEnum


class Lock(IntEnum):
    """The modes, weakest first. Their values order them; that a lock is stronger does not say what it blocks."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def sql(self) -> str:
        """As LOCK TABLE and the documentation spell it."""
        return self.name.replace("_", " ")

    @property
    def blocks_writes(self) -> bool:
        """Whether INSERT, UPDATE and DELETE (ROW EXCLUSIVE) wait for it."""
        return self >= Lock.SHARE

    @property
    def blocks_reads(self) -> bool:
        """Whether SELECT (ACCESS SHARE) waits for it."""
        return self is Lock.ACCESS_EXCLUSIVE

    def conflicts_with(self, other: Lock) -> bool:
        return other in CONFLICTS[self]


_L = Lock
CONFLICTS: dict[Lock, frozenset[Lock]] = {
    Lock.ACCESS_SHARE: frozenset({_L.ACCESS_EXCLUSIVE}),
    Lock.ROW_SHARE: frozenset({_L.EXCLUSIVE, _L.ACCESS_EXCLUSIVE}),
    Lock.ROW_EXCLUSIVE: frozenset({_L.SHARE, _L.SHARE_ROW_EXCLUSIVE, _L.EXCLUSIVE, _L.ACCESS_EXCLUSIVE}),
    Lock.SHARE_UPDATE_EXCLUSIVE: frozenset(lock for lock in Lock if lock >= _L.SHARE_UPDATE_EXCLUSIVE),
    Lock.SHARE: frozenset(lock for lock in Lock if lock >= _L.ROW_EXCLUSIVE and lock is not _L.SHARE),
    Lock.SHARE_ROW_EXCLUSIVE: frozenset(lock for lock in Lock if lock >= _L.ROW_EXCLUSIVE),
    Lock.EXCLUSIVE: frozenset(lock for lock in Lock if lock >= _L.ROW_SHARE),
    Lock.ACCESS_EXCLUSIVE: frozenset(Lock),
}
