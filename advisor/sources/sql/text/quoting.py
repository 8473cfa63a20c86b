"""Identifiers and strings as PostgreSQL writes them. In: their values. Out: SQL."""

from __future__ import annotations

import re
from functools import lru_cache

from pglast import keywords

from advisor.model import Name

NEED_QUOTES = frozenset(keywords.RESERVED_KEYWORDS | keywords.TYPE_FUNC_NAME_KEYWORDS | keywords.COL_NAME_KEYWORDS)
"""`quote_identifier` quotes every keyword that is not an unreserved one."""

_PART = re.compile(r'"(?:[^"]|"")+"|[^.]+')
_BARE = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)


@lru_cache(maxsize=10_000)
def quote_identifier(identifier: str) -> str:
    """An identifier, quoted where PostgreSQL's own `quote_identifier` quotes it."""
    if _BARE.fullmatch(identifier) and identifier not in NEED_QUOTES:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def quote_name(name: Name) -> str:
    """A qualified name; the schema is left out where it is `public`, as with the default search_path."""
    bare = quote_identifier(name.name)
    return bare if name.schema == "public" else f"{quote_identifier(name.schema)}.{bare}"


@lru_cache(maxsize=10_000)
def name_spelled(spelling: str) -> Name:
    """The name that `quote_name` spells so."""
    parts = [part[1:-1].replace('""', '"') if part.startswith('"') else part for part in _PART.findall(spelling)]
    return Name(parts[0], parts[1]) if len(parts) == 2 else Name("public", parts[0] if parts else spelling)


def name_written(text: str) -> Name:
    """The name in a string that is cast to `regclass`: folded where it is not quoted (`stringToQualifiedNameList`, regproc.c)."""
    return name_spelled(".".join(part if part.startswith('"') else part.strip().lower() for part in _PART.findall(text)))


def quote_string(value: str) -> str:
    """A string constant, with E where it holds a backslash."""
    quoted = value.replace("'", "''")
    return f"E'{quoted}'".replace("\\", "\\\\") if "\\" in value else f"'{quoted}'"
