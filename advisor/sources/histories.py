"""Which SQL files describe one database together: migration histories in order, and loose files by folder.

In: paths of SQL files. Out: groups. Down migrations are left out, since running them undoes what the history builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

DOWN_FILE = re.compile(r"(^|[._-])(down|undo|rollback|revert)\.sql$|^U\d[^/]*\.sql$", re.IGNORECASE)
ONE_FOLDER_EACH = frozenset({"migration.sql", "up.sql"})
"""File names of tools that give each migration a folder (Prisma, Drizzle, Diesel, Hasura)."""
NUMBERED = re.compile(r"^[VR]?_{0,2}\d")
MIGRATION_FOLDER = re.compile(r"^(migrations?|migrate|drizzle)$", re.IGNORECASE)

DOWN_SECTION = re.compile(
    r"^--\s*(\+goose\s+down|\+migrate\s+down|migrate:down|\+micrate\s+down|rollback:?\s*$|@down|//@undo)",
    re.IGNORECASE | re.MULTILINE,
)
UP_SECTION = re.compile(r"^--\s*(\+goose\s+up|\+migrate\s+up|migrate:up|\+micrate\s+up|@up)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SqlGroup:
    """SQL files that build one database, in the order in which they run."""

    folder: str
    kind: Literal["prisma", "history", "loose"]
    paths: tuple[str, ...]


def group_sql(paths: Iterable[str], lock_folders: Iterable[str]) -> list[SqlGroup]:
    """Groups, in order of folder. `lock_folders` are those that hold a migration_lock.toml, which only Prisma writes."""
    locks = set(lock_folders)
    members: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        parent = folder.rpartition("/")[0]
        if DOWN_FILE.search(name):
            continue
        if name.lower() in ONE_FOLDER_EACH and is_migration_folder(folder):
            members.setdefault((parent, "prisma" if parent in locks or name == "migration.sql" else "history"), []).append(path)
        elif NUMBERED.match(name) or MIGRATION_FOLDER.match(folder.rpartition("/")[2]):
            members.setdefault((folder, "history"), []).append(path)
        else:
            members.setdefault((folder, "loose"), []).append(path)
    return [make_group(folder, kind, found) for (folder, kind), found in sorted(members.items())]


def is_migration_folder(folder: str) -> bool:
    """Whether a folder is one migration of a tool that gives each its own: numbered, or below a folder of migrations."""
    parent, _, name = folder.rpartition("/")
    return bool(re.match(r"\d", name)) or bool(MIGRATION_FOLDER.match(parent.rpartition("/")[2]))


def make_group(folder: str, kind: str, paths: Sequence[str]) -> SqlGroup:
    ordered = tuple(sorted(paths, key=natural_order))
    return SqlGroup(folder, "prisma" if kind == "prisma" else "history" if kind == "history" else "loose", ordered)


def natural_order(path: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers in a path compare as numbers, so that 10_b comes after 9_a."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", path))


def is_down_file(path: str) -> bool:
    return bool(DOWN_FILE.search(path.rpartition("/")[2]))


def up_part(text: str) -> str:
    """The text with the sections that undo a migration blanked (goose, dbmate, sql-migrate), places kept."""
    position, kept = 0, []
    while down := DOWN_SECTION.search(text, position):
        up = UP_SECTION.search(text, down.end())
        end = up.start() if up else len(text)
        kept += [text[position : down.start()], re.sub(r"[^\n]", " ", text[down.start() : end])]
        position = end
    return "".join([*kept, text[position:]])
