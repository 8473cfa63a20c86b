"""Which tool a folder of migrations is for. In: its files, and the small files beside them. Out: the tool's name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct, field

from advisor.model import SourceText
from advisor.sources.migrations import liquibase
from advisor.sources.migrations.changelogs import Listed
from advisor.sources.migrations.order import FLYWAY
from advisor.sources.migrations.sections import marks_of
from advisor.sources.migrations.ways_back import WaysBack, way_back_of

Layout = Literal["folders", "files", "sqitch", "changelog", "loose"]
"""A folder for each migration, a file for each, Sqitch's three folders, what Liquibase's changelogs list, or no history."""

UP_FILE = re.compile(r"\.up\.sql$", re.IGNORECASE)
SQLX_FILE = re.compile(r"\d+_")
"""Files of other names are passed over (`resolve_blocking` in sqlx-core, migrate/source.rs)."""
MILLISECONDS = re.compile(r"^\d{13}_")
NO_TRANSACTION = re.compile(r"\A--\s*no-transaction\b", re.IGNORECASE)


LIBRARIES = {
    "sqlx": re.compile(r"^\s*sqlx\b", re.MULTILINE),
    "pop": re.compile(r"^\s*(?:require\s+)?github\.com/(?:gobuffalo|ory)/pop\b", re.MULTILINE),
    "golang-migrate": re.compile(r"^\s*(?:require\s+)?github\.com/golang-migrate/migrate\b", re.MULTILINE),
}
"""Libraries whose migrations look alike, by what a manifest calls them."""


class Files(Struct, frozen=True):
    """The files beside the SQL that say something of it."""

    lock_folders: frozenset[str]
    orders: Mapping[str, SourceText]
    back: WaysBack = field(default_factory=dict)
    """Ways back in folders of their own."""
    changelogs: Mapping[str, Listed] = field(default_factory=dict)
    """The SQL files that changelogs of Liquibase's list, by path."""

    def beside(self, folder: str, name: str) -> SourceText | None:
        return self.orders.get(f"{folder}/{name}" if folder else name)

    def way_back_of(self, path: str) -> SourceText | None:
        return way_back_of(path, self.back)

    def fixes_order(self, folder: str) -> bool:
        return any(self.beside(folder, name) is not None for name in ("meta/_journal.json", "atlas.sum"))

    def library(self, folder: str) -> str | None:
        """The migration library that the nearest manifest of a Rust or Go project names."""
        while True:
            manifest = self.beside(folder, "Cargo.toml") or self.beside(folder, "go.mod")
            if manifest is not None:
                return next((tool for tool, named in LIBRARIES.items() if named.search(manifest.text)), None)
            if not folder:
                return None
            folder = folder.rpartition("/")[0]


def tool_of_folder(folder: str, layout: Layout, sources: Sequence[SourceText], beside: Files) -> str:
    """The tool, or `sql` where nothing tells."""
    if layout == "sqitch":
        return "sqitch"
    if layout == "changelog":
        return "liquibase"
    if layout == "folders":
        return tool_of_folders(folder, sources, beside)
    if beside.beside(folder, "meta/_journal.json") is not None:
        return "drizzle"
    return tool_by_content(folder, sources, beside)


def tool_of_folders(folder: str, sources: Sequence[SourceText], beside: Files) -> str:
    if folder in beside.lock_folders:
        return "prisma"
    if any(source.path.endswith("/migration.sql") for source in sources):
        own = (source.path.rpartition("/")[0] for source in sources)
        return "drizzle" if any(beside.beside(one, "snapshot.json") is not None for one in own) else "prisma"
    names = [source.path.rpartition("/")[0].rpartition("/")[2] for source in sources]
    return "hasura" if any(MILLISECONDS.match(name) for name in names) else "diesel"


def tool_by_content(folder: str, sources: Sequence[SourceText], beside: Files) -> str:
    """By the marks in the files, then by their names."""
    for source in sources:
        if liquibase.is_formatted(source.text):
            return "liquibase"
        marks = marks_of(source.text)
        if marks is not None and marks.tool != "sql":
            return marks.tool
    names = [source.path.rpartition("/")[2] for source in sources]
    if any(FLYWAY.match(name) for name in names):
        return "flyway"
    if beside.beside(folder, "atlas.sum") is not None:
        return "atlas"
    if folder == "supabase/migrations" or folder.endswith("/supabase/migrations"):
        return "supabase"
    if any(NO_TRANSACTION.match(source.text) for source in sources):
        return "sqlx"
    library = beside.library(folder)
    if any(UP_FILE.search(name) for name in names):
        return library or "golang-migrate"
    return "sqlx" if library == "sqlx" and any(SQLX_FILE.match(name) for name in names) else "sql"
