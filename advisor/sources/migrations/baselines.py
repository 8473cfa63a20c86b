"""Migrations that stand for all before them in a new database: Flyway's `B3__x.sql`, Atlas' checkpoints.

In: a history. Out: what of it runs, and what is said of the rest.

Sources: https://documentation.red-gate.com/fd/baseline-migrations-273973336.html, https://atlasgo.io/versioned/checkpoint and
`FilesFromLastCheckpoint` in https://github.com/ariga/atlas/blob/master/sql/migrate/dir.go
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.model import Skipped
from advisor.sources.migrations.order import FLYWAY, by_flyway_version
from advisor.sources.migrations.texts import MigrationText

CHECKPOINT = re.compile(r"^--\s*atlas:checkpoint\b", re.MULTILINE)
Found = tuple[tuple[MigrationText, ...], tuple[Skipped, ...]]


def without_replaced(tool: str, migrations: Sequence[MigrationText]) -> Found:
    """What a new database runs; what a baseline stands for is said."""
    base = base_of(tool, migrations)
    if base is None:
        return tuple(migrations), ()
    gone = [one for one in migrations if one is not base and is_replaced(tool, one, base, migrations)]
    told = tuple(Skipped(one.path, f"{base.name} stands for it in a new database", "left alone") for one in gone)
    return tuple(one for one in migrations if one not in gone), told


def base_of(tool: str, migrations: Sequence[MigrationText]) -> MigrationText | None:
    """The newest baseline."""
    if tool == "flyway":
        return next((one for one in reversed(migrations) if kind_of(one) == "B"), None)
    if tool == "atlas":
        return next((one for one in reversed(migrations) if any(CHECKPOINT.search(part.text) for part in one.up)), None)
    return None


def is_replaced(tool: str, one: MigrationText, base: MigrationText, migrations: Sequence[MigrationText]) -> bool:
    if tool == "flyway":
        return kind_of(one) in ("V", "B") and by_flyway_version(one.name)[1] <= by_flyway_version(base.name)[1]  # type: ignore[operator]
    return migrations.index(one) < migrations.index(base)


def kind_of(migration: MigrationText) -> str:
    found = FLYWAY.match(migration.name)
    return found["kind"].upper() if found else ""
