"""Ways back that lie in a folder of their own (`migrations/down/001_a.sql`, `db/rollback/001_a.sql`).

In: SQL files. Out: those that are ways back, by what they undo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from advisor.model import SourceText

BACK_FOLDER = re.compile(r"^(?:downs?|rollbacks?|undos?|reverts?)$", re.IGNORECASE)
WAY = re.compile(r"(?:[._-](?:up|down|undo|rollback|revert))?\.sql$", re.IGNORECASE)

WaysBack = Mapping[tuple[str, str], SourceText]
"""By the folder in which the folder of ways back lies, and what their names have in common with the ways up."""


def ways_back(sources: Iterable[SourceText]) -> WaysBack:
    return {
        (parent_of(source.path), stem_of(source.path)): source
        for source in sources
        if BACK_FOLDER.match(source.path.rpartition("/")[0].rpartition("/")[2])
    }


def way_back_of(path: str, known: WaysBack) -> SourceText | None:
    """The way back of a migration, in a folder beside it or beside its own."""
    folder = path.rpartition("/")[0]
    return known.get((folder, stem_of(path))) or known.get((folder.rpartition("/")[0], stem_of(path)))


def parent_of(path: str) -> str:
    return path.rpartition("/")[0].rpartition("/")[0]


def stem_of(path: str) -> str:
    return WAY.sub("", path.rpartition("/")[2])
