"""How far a history has run, as the configuration says or its length suggests. In: a finding about a migration. Out: it, or less.

What is applied everywhere cannot be changed, and locks nobody any more: nothing is said of it where the configuration names the
last such migration, and all but the newest of a numbered history are taken for applied otherwise.
"""

from __future__ import annotations

from itertools import takewhile

from msgspec.structs import replace

from advisor.engine.settings import Settings
from advisor.finding import Confidence, Finding
from advisor.model import Database, Migration


def is_applied(migration: Migration, database: Database, settings: Settings) -> bool:
    """Whether the migration that `start_after` names is this one or a later one of its history."""
    start = settings.start_after
    if not start:
        return False
    if migration.name.startswith(start):
        return True
    newest_first = takewhile(lambda other: other is not migration, reversed(database.migrations))
    return migration.later > 0 and any(other.name.startswith(start) and other.tool == migration.tool for other in newest_first)


def as_history_goes(finding: Finding, migration: Migration, settings: Settings) -> Finding:
    """What an old migration does is only possibly still to come."""
    return replace(finding, confidence=Confidence.POSSIBLE) if migration.later >= settings.pending else finding
