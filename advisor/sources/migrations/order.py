"""The order in which tools run migrations. In: the name of a migration. Out: a key that sorts as the tool does.

Sources: the tools' own; see `order` and `source` in advisor/model/migration/tools.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

FLYWAY = re.compile(r"^(?P<kind>[VUBR])(?P<version>[\d._]*?)__(?P<description>.*?)(?:\.\w+)?$", re.IGNORECASE)
LEADING_NUMBER = re.compile(r"^[^\d]*?(\d+)")


def natural_order(path: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers in a path compare as numbers, so that 10_b comes after 9_a."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", path))


def by_text(name: str) -> str:
    return name


def by_number(name: str) -> tuple[float, str]:
    """By the number that begins the name; names without one come last."""
    found = re.match(r"\d+", name)
    return (int(found.group()) if found else float("inf"), name)


def by_flyway_version(name: str) -> tuple[object, ...]:
    """Versions part by part as numbers, missing ones 0 (`MigrationVersion.compareTo`); repeatable ones last, by description."""
    found = FLYWAY.match(name)
    if found is None:
        return (2, (), name)
    if found["kind"].upper() == "R":
        return (1, (), found["description"])
    parts = [int(part) for part in re.split(r"[._]", found["version"]) if part]
    while parts and parts[-1] == 0:
        parts.pop()
    return (0, tuple(parts), found["description"])


KEYS: dict[str, Callable[[str], Any]] = {
    "flyway": by_flyway_version,
    **dict.fromkeys(("golang-migrate", "goose", "sqlx", "sql-migrate", "hasura", "node-pg-migrate"), by_number),
    **dict.fromkeys(("prisma", "drizzle", "pop", "dbmate", "supabase", "atlas", "diesel", "sequelize", "knex", "kysely"), by_text),
}


def order_of(tool: str) -> Callable[[str], Any]:
    """The key by which a tool sorts the names of its migrations."""
    return KEYS.get(tool, natural_order)


def version_in(name: str, tool: str) -> str | None:
    """The version in a migration's name, as written; where the name has a folder, that is a part of it."""
    if tool == "flyway":
        found = FLYWAY.match(name)
        return found["version"].replace("_", ".") or None if found else None
    if tool == "diesel":
        return name.partition("_")[0].replace("-", "")
    folder, slash, own = name.rpartition("/")
    number = LEADING_NUMBER.match(own)
    return f"{folder}{slash}{number[1]}" if number else None
