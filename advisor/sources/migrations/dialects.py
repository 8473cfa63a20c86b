"""Files that name their database: `01_users.postgres.up.sql` beside `01_users.mysql.up.sql`. In: paths, files. Out: which are run.

Source: Pop's documentation, "SQL Migrations", and the order of `Migrations` in migration_info.go: a file for the database at hand
comes before the one for all, whose version is then there already.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from advisor.model import Skipped, SourceText

_NAMED = re.compile(
    r"(?P<stem>.*[^/])\.(?P<dialect>postgres(?:ql)?|mysql|mariadb|sqlite3?|cockroach(?:db)?|sqlserver|mssql|oracle|clickhouse)"
    r"(?P<rest>(?:\.\w+){0,2}\.sql)",
    re.IGNORECASE,
)


def named_dialect(path: str) -> str | None:
    """The database that a file's name says, in small letters; PostgreSQL is `postgresql` however it is written."""
    found = _NAMED.fullmatch(path)
    if found is None:
        return None
    dialect = found["dialect"].lower()
    return "postgresql" if dialect == "postgres" else dialect


def without_general(sources: Sequence[SourceText]) -> tuple[list[SourceText], list[Skipped]]:
    """The files without those for all databases beside which one for PostgreSQL lies."""
    named = (_NAMED.fullmatch(source.path) for source in sources)
    replaced = {found["stem"] + found["rest"]: found.string for found in named if found is not None}
    kept = [source for source in sources if source.path not in replaced]
    return kept, [
        Skipped(source.path, f"{replaced[source.path].rpartition('/')[2]} is run in its place", "left alone")
        for source in sources
        if source.path in replaced
    ]
