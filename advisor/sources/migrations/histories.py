"""Which SQL files describe one database together: migration histories by tool and in order, and loose files by folder.

In: SQL files, and the small files beside them that fix an order or a tool. Out: groups. What undoes a migration goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.model import Skipped, SourceText
from advisor.sources.migrations import liquibase
from advisor.sources.migrations.layouts import Files, Layout, tool_of_folder
from advisor.sources.migrations.order import natural_order, order_of
from advisor.sources.migrations.pairing import migrations_of
from advisor.sources.migrations.sections import marks_of
from advisor.sources.migrations.texts import MigrationText

DOWN_FILE = re.compile(r"(^|[._-])(down|undo|rollback|revert)\.sql$|^U\d[^/]*\.sql$", re.IGNORECASE)
ONE_FOLDER_EACH = frozenset({"migration.sql", "up.sql", "down.sql"})
"""File names of tools that give each migration a folder (Prisma, Drizzle, Diesel, Hasura)."""
NUMBERED = re.compile(r"^[VR]?_{0,2}\d|^[VUR][\d._]*__", re.IGNORECASE)
MIGRATION_FOLDER = re.compile(r"^(migrations?|migrate|drizzle)$", re.IGNORECASE)
SQITCH_FOLDERS = ("deploy", "revert", "verify")


@dataclass(frozen=True, slots=True)
class SqlGroup:
    """SQL files that build one database, in the order in which they run."""

    folder: str
    kind: Literal["prisma", "history", "loose"]
    paths: tuple[str, ...]
    tool: str = "sql"
    migrations: tuple[MigrationText, ...] = ()
    """Of a history: what its files hold, one or more of each."""
    problems: tuple[Skipped, ...] = ()
    """Files that are in the way of the order, or not run at all."""


def group_sql(
    sources: Iterable[SourceText],
    lock_folders: Iterable[str] = (),
    orders: Mapping[str, SourceText] | None = None,
    code: Sequence[MigrationText] = (),
) -> list[SqlGroup]:
    """Groups, in order of folder. `lock_folders` hold a migration_lock.toml, which only Prisma writes; `orders` are the files that
    fix an order (`_journal.json`, `atlas.sum`, `sqitch.plan`), by path; `code` are migrations written in code."""
    beside = Files(frozenset(lock_folders), orders or {})
    members: dict[tuple[str, Layout], list[SourceText]] = {}
    for source in sources:
        members.setdefault(place_of(source, beside), []).append(source)
    groups = [make_group(folder, layout, found, beside) for (folder, layout), found in sorted(members.items(), key=str)]
    return sorted([*groups, *code_groups(code)], key=lambda group: (group.folder, group.kind))


def place_of(source: SourceText, beside: Files) -> tuple[str, Layout]:
    """The folder of the history that a file belongs to, and how that is laid out."""
    folder, _, name = source.path.rpartition("/")
    parent, _, last = folder.rpartition("/")
    if name.lower() in ONE_FOLDER_EACH and is_migration_folder(folder):
        return parent, "folders"
    if last in SQITCH_FOLDERS and f"{parent}/sqitch.plan".lstrip("/") in beside.orders:
        return parent, "sqitch"
    if NUMBERED.match(name) or MIGRATION_FOLDER.match(last) or beside.fixes_order(folder):
        return folder, "files"
    if liquibase.is_formatted(source.text) or marks_of(source.text) is not None:
        return folder, "files"
    return folder, "loose"


def is_migration_folder(folder: str) -> bool:
    """Whether a folder is one migration of a tool that gives each its own: numbered, or below a folder of migrations."""
    parent, _, name = folder.rpartition("/")
    return bool(re.match(r"\d", name)) or bool(MIGRATION_FOLDER.match(parent.rpartition("/")[2]))


def make_group(folder: str, layout: Layout, sources: Sequence[SourceText], beside: Files) -> SqlGroup:
    if layout == "loose":
        return loose_group(folder, sources)
    tool = tool_of_folder(folder, layout, sources, beside)
    migrations, problems = migrations_of(tool, layout, folder, sources, beside)
    kind: Literal["prisma", "history"] = "prisma" if tool == "prisma" else "history"
    return SqlGroup(folder, kind, paths_of(migrations), tool, migrations, problems)


def paths_of(migrations: Iterable[MigrationText]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(migration.path for migration in migrations))


def loose_group(folder: str, sources: Sequence[SourceText]) -> SqlGroup:
    """Files of no history. One that undoes something is not run."""
    problems = [Skipped(source.path, "a down migration", "left alone") for source in sources if is_down_file(source.path)]
    paths = sorted((source.path for source in sources if not is_down_file(source.path)), key=natural_order)
    return SqlGroup(folder, "loose", tuple(paths), problems=tuple(problems))


def is_down_file(path: str) -> bool:
    return bool(DOWN_FILE.search(path.rpartition("/")[2]))


def code_groups(code: Sequence[MigrationText]) -> list[SqlGroup]:
    """Migrations written in code, by folder and tool. TypeORM orders by the moment in a class's name, others by file name."""
    members: dict[tuple[str, str], list[MigrationText]] = {}
    for migration in code:
        members.setdefault((migration.path.rpartition("/")[0], migration.tool), []).append(migration)
    groups = []
    for (folder, tool), found in members.items():
        key = order_of(tool)
        ordered = tuple(sorted(found, key=lambda one: (one.timestamp or 0, key(one.path.rpartition("/")[2]))))
        groups.append(SqlGroup(folder, "history", paths_of(ordered), tool, ordered))
    return groups
