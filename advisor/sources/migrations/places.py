"""To which history a SQL file belongs. In: files, and what lies beside them. Out: folders of histories with their files.

A history is a folder, or several below one: folders named by a release or a year (`0.19/00__a.sql`, `2024/001_b.sql`), and those
below the folder that Flyway is pointed at, which it searches through. Data (`seeds/`, `fixtures/`, `seed.sql`) and tests are no
migrations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from advisor.model import SourceText
from advisor.sources.migrations import liquibase
from advisor.sources.migrations.layouts import Files, Layout
from advisor.sources.migrations.order import FLYWAY, by_flyway_version
from advisor.sources.migrations.sections import marks_of

ONE_FOLDER_EACH = frozenset({"migration.sql", "up.sql", "down.sql"})
"""File names of tools that give each migration a folder (Prisma, Drizzle, Diesel, Hasura)."""
NUMBERED = re.compile(r"^[VR]?_{0,2}\d|^[VUBR][\d._]*__", re.IGNORECASE)
MIGRATION_FOLDER = re.compile(r"^(migrations?|migrate|drizzle)$", re.IGNORECASE)
HISTORY_FOLDER = re.compile(r"^(migrations?|migrate|changelogs?|changes|deltas?)$", re.IGNORECASE)
RELEASE_FOLDER = re.compile(r"^(?:v|r|release[-_.]?|version[-_.]?)?\d+(?:[._-]\d+)*$", re.IGNORECASE)
DATA_FOLDER = re.compile(r"^(?:seed(?:s|ers|[-_]?data)?|fixtures|(?:test|sample|demo|mock)[-_]?data|samples)$", re.IGNORECASE)
SEED_FOLDER = re.compile(r"^seed(?:s|ers|[-_]?data)?$", re.IGNORECASE)
TEST_FOLDER = re.compile(r"^(?:tests?|__tests__|spec|pgtap)$", re.IGNORECASE)
DATA_FILE = re.compile(r"^(?:seeds?|fixtures?|(?:test|sample|demo|mock)[-_]?data)(?:[._-][^/]*)?\.sql$", re.IGNORECASE)
SQITCH_FOLDERS = ("deploy", "revert", "verify")

Place = tuple[str, Layout]
Members = Mapping[Place, Sequence[SourceText]]


def places_of(sources: Iterable[SourceText], beside: Files) -> Members:
    """The files of each history, and the loose ones of each folder."""
    members: dict[Place, list[SourceText]] = {}
    for source in sources:
        members.setdefault(place_of(source, beside), []).append(source)
    return joined(members)


def place_of(source: SourceText, beside: Files) -> Place:
    """The folder that a file's history lies in, and how that is laid out."""
    folder, _, name = source.path.rpartition("/")
    parent, _, last = folder.rpartition("/")
    if name.lower() in ONE_FOLDER_EACH and is_migration_folder(folder):
        return parent, "folders"
    if (planned := folder_of_plan(folder, beside)) is not None:
        return planned, "sqitch"
    if (changelog := beside.changelogs.get(source.path)) is not None:
        return changelog.folder, "changelog"
    if liquibase.is_formatted(source.text) or marks_of(source.text) is not None or beside.fixes_order(folder):
        return folder, "files"
    if is_data(source.path) or TEST_FOLDER.match(last):
        return folder, "loose"
    within = without_releases(folder).rpartition("/")[2]
    return folder, "files" if NUMBERED.match(name) or MIGRATION_FOLDER.match(last) or MIGRATION_FOLDER.match(within) else "loose"


def is_migration_folder(folder: str) -> bool:
    """Whether a folder is one migration of a tool that gives each its own: numbered, or below a folder of migrations."""
    parent, _, name = folder.rpartition("/")
    return bool(re.match(r"\d", name)) or bool(MIGRATION_FOLDER.match(parent.rpartition("/")[2]))


def is_data(path: str) -> bool:
    """Whether a file's name, or its folder's, says that it holds rows."""
    folder, _, name = path.rpartition("/")
    parent, _, last = folder.rpartition("/")
    return any((DATA_FILE.match(name), DATA_FOLDER.match(last), SEED_FOLDER.match(parent.rpartition("/")[2])))


def folder_of_plan(folder: str, beside: Files) -> str | None:
    """The folder with the sqitch.plan that has this one among its `deploy`, `revert` and `verify`, or below them."""
    while folder:
        parent, _, last = folder.rpartition("/")
        if last in SQITCH_FOLDERS and beside.beside(parent, "sqitch.plan") is not None:
            return parent
        folder = parent
    return None


def without_releases(folder: str) -> str:
    """The folder above those that are named by a release or a year."""
    while RELEASE_FOLDER.match(folder.rpartition("/")[2]):
        folder = folder.rpartition("/")[0]
    return folder


def joined(members: Members) -> Members:
    """The same files, with the folders of one history taken together."""
    found = {place: sources for place, sources in members.items() if place[1] != "files"}
    roots: dict[str, list[str]] = {}
    for folder, layout in members:
        if layout == "files":
            roots.setdefault(root_of(folder, members[folder, layout]), []).append(folder)
    for root, folders in roots.items():
        together = len(folders) > 1 and is_one_history(root, [members[folder, "files"] for folder in folders])
        for folder in folders:
            place: Place = (root if together else folder, "files")
            found[place] = [*found.get(place, ()), *members[folder, "files"]]
    return found


def root_of(folder: str, sources: Sequence[SourceText]) -> str:
    """The folder that would hold a history of which this one is a part."""
    above = without_releases(folder)
    if all(FLYWAY.match(name_of(source)) for source in sources):
        return next((one for one in folders_above(folder) if MIGRATION_FOLDER.match(one.rpartition("/")[2])), above)
    return above


def folders_above(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def is_one_history(root: str, parts: Sequence[Sequence[SourceText]]) -> bool:
    """Whether folders go on from one another. Histories of several databases have the same versions, or the same file names."""
    names = [[name_of(source) for source in part] for part in parts]
    if all(FLYWAY.match(name) for part in names for name in part):
        versions = [by_flyway_version(name)[1] for part in names for name in part if name[0] in "Vv"]
        return len(set(versions)) == len(versions)
    # It may be divided by edition or database: `migrations/oss/postgres/12/01_a.sql`.
    if any(HISTORY_FOLDER.match(name) for name in root.split("/")[-3:]):
        return True
    return len({name for part in names for name in part}) == sum(map(len, names))


def name_of(source: SourceText) -> str:
    return source.path.rpartition("/")[2]
