"""Which file is a migration of which tool, by what it holds. In: a file. Out: its SQL, or None.

The bytes are looked at first: most files of code are no migrations, and are not parsed for it. Then the file is run: what it
exports as `up` is a function, and the name or type of its parameter, an interface, or what it imports tells the tool.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from advisor.model import SourceText
from advisor.sources.migrations.texts import MigrationText

if TYPE_CHECKING:
    from advisor.sources.evaluation.modules import Modules

WORDS = re.compile(
    rb"equelize|queryInterface|QueryInterface|queryRunner|QueryRunner|MigrationInterface|[Kk]nex\b|[Kk]ysely|\bpgm\b|MigrationBuilder"
)
UP = re.compile(rb"\bup\b")
AT_LEAST = (b"equelize", b"ueryInterface", b"ueryRunner", b"MigrationInterface", b"nex", b"ysely", b"pgm", b"MigrationBuilder")
"""Parts of the words, as a first look that costs nothing."""

OTHER_DATABASES = {
    "better-sqlite3": "sqlite",
    "mariadb": "mysql",
    "mssql": "sqlserver",
    "mysql": "mysql",
    "mysqldb": "mysql",
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
}
"""Folders of applications that keep a history for each database."""


def may_be_code_migration(data: bytes) -> bool:
    """Whether the bytes of a file mention what migrations in code cannot do without."""
    return any(part in data for part in AT_LEAST) and UP.search(data) is not None and WORDS.search(data) is not None


def no_modules() -> Modules:
    from advisor.sources.evaluation.modules import Modules

    return Modules((), lambda _path: None)


def read_code_migration(source: SourceText, modules: Callable[[], Modules] = no_modules) -> MigrationText | None:
    """The SQL of a migration; None where the file is none. `modules` gives the files that it may import from."""
    if not may_be_code_migration(source.text.encode("utf-8", errors="surrogatepass")):
        return None
    from advisor.sources.migrations.code.running import read_migration

    return read_migration(source, modules())


def dialect_of_migration(migration: MigrationText) -> str:
    """Which database a migration is for: by its folder, or by SQL that PostgreSQL has not."""
    from advisor.sources.sql.dialect import dialect_of

    for folder in reversed(migration.path.lower().split("/")[:-1]):
        if folder in OTHER_DATABASES:
            return OTHER_DATABASES[folder]
    dialects = (dialect_of(text.text) for text in (*migration.up, *migration.down))
    return next((dialect for dialect in dialects if dialect != "postgresql"), "postgresql")
