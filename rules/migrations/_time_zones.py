"""Which type changes convert values by the session's TimeZone, and not by one that the migration names."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import AlterColumnType, Migration, SetSetting

UTC = frozenset({"utc", "gmt", "etc/utc", "0", "+00", "+00:00"})


def in_session_zone(migration: Migration) -> Iterator[AlterColumnType]:
    """Changes between timestamp and timestamptz while TimeZone is whatever the session has."""
    in_utc = False
    for step in migration.operations:
        if isinstance(step, SetSetting) and (step.name or "timezone").lower() in ("timezone", "time zone"):
            in_utc = (step.value or "").strip("' ").lower() in UTC
        if isinstance(step, AlterColumnType) and step.by_time_zone and not in_utc and migration.finds(step.table):
            yield step
