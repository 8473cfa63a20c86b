"""Files that name their database: `01_users.mysql.up.sql`, `migrations/mysql/01_users.sql`. In: paths, files. Out: which are run.

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


_DIALECTS = frozenset("mysql mariadb sqlite sqlite3 sqlserver mssql clickhouse cockroach cockroachdb db2 h2 hsqldb".split())
_GENERAL = frozenset("changelog changelogs data db ddl dump init migration migrations schema schemas script scripts sql".split())
"""Words that may stand beside a database's in a name: `migrations_sqlite`, `mysql-dump.sql`; not `mysql_to_postgres`."""
_WORD_END = re.compile(r"[-_.]")
_ORACLE = re.compile(r"(?:^|/)(?:db|ddl|schemas?|sql|migrations?|changelogs?)/(?:[^/]+/)*oracle/", re.IGNORECASE)
"""An oracle may also be a service, whose folder then lies in no folder of SQL."""


def named_dialect(path: str) -> str | None:
    """The database that a file's name or folder says, in small letters; PostgreSQL is `postgresql` however it is written.

    `path` is the one from the folder under review: what lies around that says nothing.
    """
    found = _NAMED.fullmatch(path)
    if found is not None:
        dialect = found["dialect"].lower()
        return "postgresql" if dialect == "postgres" else dialect
    parts = path.lower().removesuffix(".sql").split("/")
    named = next((dialect for part in reversed(parts) if (dialect := dialect_in(part))), None)
    return named or ("oracle" if _ORACLE.search(path) else None)


def dialect_in(name: str) -> str | None:
    """The database that the name of a file or folder speaks of, where it speaks of nothing else."""
    words = set(_WORD_END.split(name)) - _GENERAL
    return words.pop() if len(words) == 1 and words <= _DIALECTS else None


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
