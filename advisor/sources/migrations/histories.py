"""Which SQL files describe one database together: migration histories by tool and in order, and loose files by folder.

In: SQL files, and the small files beside them that fix an order or a tool. Out: groups. What undoes a migration goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal

from msgspec import Struct

from advisor.model import Skipped, SourceText
from advisor.sources.migrations.changelogs import changes_of_their_own, listed_files
from advisor.sources.migrations.dialects import without_general
from advisor.sources.migrations.layouts import Files, Layout, tool_of_folder
from advisor.sources.migrations.order import natural_order, order_of
from advisor.sources.migrations.pairing import migrations_of
from advisor.sources.migrations.places import folder_of_plan, places_of
from advisor.sources.migrations.texts import MigrationText
from advisor.sources.migrations.unread import unread_migrations
from advisor.sources.migrations.ways_back import ways_back

DUMP_LINE = "SELECT pg_catalog.set_config('search_path', '', false);"
"""What pg_dump writes, and Rails leaves in its structure.sql."""
MADE_TABLE = re.compile(r"^CREATE TABLE ([^\s(]+)", re.MULTILINE)
DOWN_FILE = re.compile(r"(^|[._-])(down|undo|rollback|revert)\.sql$|^U\d[^/]*\.sql$|^\d+\.undo\.", re.IGNORECASE)


class SqlGroup(Struct, frozen=True):
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
    (sources, replaced), others = without_general(list(sources)), orders or {}
    back, listed = ways_back(sources), listed_files(others, frozenset(source.path for source in sources))
    beside = Files(frozenset(lock_folders), others, back, listed)
    apart = {source.path for source in back.values() if folder_of_plan(source.path.rpartition("/")[0], beside) is None}
    members = places_of((source for source in sources if source.path not in apart), beside)
    places = sorted(members.items(), key=str)
    groups = [group for (folder, layout), found in places for group in make_groups(folder, layout, found, beside)]
    groups += [*code_groups(code), without_migrations(groups, apart, beside), SqlGroup("", "loose", (), problems=tuple(replaced))]
    return sorted((group for group in groups if group.paths or group.problems), key=lambda group: (group.folder, group.kind))


def without_migrations(groups: Sequence[SqlGroup], apart: set[str], beside: Files) -> SqlGroup:
    """What is said of files that are in no history: ways back of nothing, and migrations in languages that are not read."""
    used = {part.path for group in groups for migration in group.migrations for part in migration.down}
    alone = tuple(Skipped(path, "a down migration", "left alone") for path in sorted(apart - used))
    others = (*unread_migrations(beside.orders.values()), *changes_of_their_own(beside.orders, beside.changelogs))
    return SqlGroup("", "loose", (), problems=(*alone, *others))


def make_groups(folder: str, layout: Layout, sources: Sequence[SourceText], beside: Files) -> list[SqlGroup]:
    if layout == "loose":
        return [loose_group(folder, part) for part in by_database(sources)]
    tool = tool_of_folder(folder, layout, sources, beside)
    migrations, problems = migrations_of(tool, layout, folder, sources, beside)
    kind: Literal["prisma", "history"] = "prisma" if tool == "prisma" else "history"
    return [SqlGroup(folder, kind, paths_of(migrations), tool, migrations, problems)]


def by_database(sources: Sequence[SourceText]) -> list[list[SourceText]]:
    """Dumps that make a table of one name are of several databases (Rails: `structure.sql` beside `analytics_structure.sql`).

    What else lies in the folder goes with the largest.
    """
    made = {source.path: set(MADE_TABLE.findall(source.text)) for source in sources if DUMP_LINE in source.text}
    apart = any(one & other for one, other in combinations(made.values(), 2))
    if not apart:
        return [list(sources)]
    largest = max(made, key=lambda path: len(made[path]))
    rest = [source for source in sources if source.path == largest or not made.get(source.path)]
    return [rest, *([source] for source in sources if made.get(source.path) and source.path != largest)]


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
