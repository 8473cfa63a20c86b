"""Ways back that lie in a folder of their own (`migrations/down/001_a.sql`, `db/rollback/001_a.sql`).

In: SQL files. Out: those that are ways back, by what they undo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from advisor.model import SourceText

BACK_FOLDER = re.compile(r"^(?:downs?|reverts?|(?:rollbacks?|undos?)(?:[-_]\w+)?)$", re.IGNORECASE)
DEPTH = 3
"""How many folders above a file are looked at: one for each release, or each database, may lie between."""
WAY = re.compile(r"(?:[._-](?:up|down|undo|rollback|revert))?\.sql$", re.IGNORECASE)

WaysBack = Mapping[tuple[str, str], SourceText]
"""By the folder in which the folder of ways back lies, and what their names have in common with the ways up."""


def ways_back(sources: Iterable[SourceText]) -> WaysBack:
    return {
        (folder.rpartition("/")[0], stem_of(source.path)): source
        for source in sources
        if (folder := back_folder_of(source.path)) is not None
    }


def way_back_of(path: str, known: WaysBack) -> SourceText | None:
    """The way back of a migration, in a folder beside it or beside its own."""
    folder = path.rpartition("/")[0]
    return known.get((folder, stem_of(path))) or known.get((folder.rpartition("/")[0], stem_of(path)))


def back_folder_of(path: str) -> str | None:
    """The nearest folder of ways back that a file lies in."""
    folder = path
    for _ in range(DEPTH):
        folder = folder.rpartition("/")[0]
        if BACK_FOLDER.match(folder.rpartition("/")[2]):
            return folder
    return None


def stem_of(path: str) -> str:
    return WAY.sub("", path.rpartition("/")[2])
