"""The words of identifiers. Rules that go by a name match whole words of it, never a part of one."""

from __future__ import annotations

import re
from functools import lru_cache

WORD = re.compile(r"[A-Z]{2,}s(?![^\W\d_A-Z])|[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|\d+")
"""`IDs`, `HTTP` before `Server`, `Customer` or `customer`, `42`."""


@lru_cache(maxsize=10_000)
def words_of(identifier: str) -> tuple[str, ...]:
    """An identifier's words in lower case: those of `customer_id`, `customerId` and `CustomerID` are `customer` and `id`."""
    return tuple([word.lower() for word in WORD.findall(identifier)])


RESERVED = frozenset(
    """all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create current_catalog
    current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else end except false
    fetch for foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp not null
    offset on only or order placing primary references returning select session_user some symmetric system_user table then to
    trailing true union unique user using variadic when where window with
    authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull join left like natural
    notnull outer overlaps right similar tablesample verbose""".split()
)
"""Key words of PostgreSQL 18 that no table and no column can be called without quotes: those that `pg_get_keywords()` calls
reserved, and those of which only a function or a type may have the name."""
