"""Readings of files of code kept between runs, in the user's cache folder.

A reading is found again by what it was made of: the program's own files, and the path, the role and the text of the file.
Whatever is wrong with the cache (no room, no permission, a damaged file, another run that holds it) makes a run slower, and
nothing else.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from time import time

import platformdirs

FOLDER_VARIABLE = "ADVISOR_CACHE_DIR"
FILE_NAME = "readings.sqlite3"
READERS = ("db-advisor", "tree-sitter", "tree-sitter-javascript", "tree-sitter-typescript", "pglast", "msgspec")
"""The packages that decide what a reading says."""
DAYS_KEPT = 14
SECONDS_A_DAY = 86_400
SECONDS_WAITED = 2.0
"""For another run that is writing."""
TABLE = "CREATE TABLE IF NOT EXISTS reading (key BLOB PRIMARY KEY, day INTEGER NOT NULL, content BLOB NOT NULL)"
FIND = "SELECT key, day, content FROM reading WHERE key = ?"
KEEP = "UPDATE reading SET day = ? WHERE key = ?"
FORGET = "DELETE FROM reading WHERE day < ?"
SAVE = "INSERT OR REPLACE INTO reading (key, day, content) VALUES (?, ?, ?)"


class ReadingCache:
    """A table of readings in a file. Safe against other runs at the same time: each writes once, in one transaction."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = (folder or cache_folder()) / FILE_NAME
        self._today = int(time()) // SECONDS_A_DAY

    def find(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The contents that are there, by key."""
        if not self._file.is_file():
            return {}
        rows: list[tuple[bytes, int, bytes]] = []
        try:
            with closing(self._open()) as connection:
                for key in keys:
                    rows += connection.execute(FIND, (key,))
                self._keep(connection, [key for key, day, _ in rows if day < self._today])
        except sqlite3.Error as error:
            self._set_aside(error)
        return {key: content for key, _, content in rows}

    def save(self, contents: Mapping[bytes, bytes]) -> None:
        """Keep contents by key, and forget those that nobody has asked for in a while."""
        if not contents:
            return
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(self._open()) as connection, connection:
                connection.execute(TABLE)
                connection.execute(FORGET, (self._today - DAYS_KEPT,))
                connection.executemany(SAVE, ((key, self._today, content) for key, content in contents.items()))
        except OSError:
            return
        except sqlite3.Error as error:
            self._set_aside(error)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=SECONDS_WAITED)

    def _keep(self, connection: sqlite3.Connection, keys: list[bytes]) -> None:
        """Note that these were asked for today: once a day, so that most runs only read."""
        if keys:
            with connection:
                connection.executemany(KEEP, ((self._today, key) for key in keys))

    def _set_aside(self, error: sqlite3.Error) -> None:
        """Remove a file that is no database any more; one that is only busy stays."""
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            with suppress(OSError):
                self._file.unlink()


def cache_folder() -> Path:
    """Where the cache is: `ADVISOR_CACHE_DIR`, or the place that the operating system has for caches."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_dir("db-advisor", appauthor=False))


def key_of(*parts: str) -> bytes:
    """What a reading is found by."""
    digest = blake2b(made_by(), digest_size=20)
    for part in parts:
        data = part.encode("utf-8", errors="surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.digest()


@cache
def made_by() -> bytes:
    """The version of all that decides what a reading says. The program's own files count too, for those who change them."""
    digest = blake2b(sys.version.encode(), digest_size=20)
    for package in READERS:
        digest.update(version(package).encode())
    root = Path(__file__).parent.parent
    for part in ("model", "sources"):
        for file in sorted((root / part).rglob("*.py")):
            state = file.stat()
            digest.update(f"{file.relative_to(root)}:{state.st_size}:{state.st_mtime_ns}".encode())
    return digest.digest()
