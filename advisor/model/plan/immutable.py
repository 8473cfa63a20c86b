"""What an index may hold of an expression: text in; whether PostgreSQL would take it, and whether it would be of use, out.

CREATE INDEX takes functions marked IMMUTABLE only, and their marks are in `pg_proc.provolatile`; a test asks a server for those
named here. What is computed from a column and a value of this one statement (`similarity(name, 'red')`, `due - '2025-01-01'`) makes
an index for this one statement.
"""

from __future__ import annotations

import re

from advisor.model.plan.access import Access
from advisor.model.plan.conditions import Parts

IMMUTABLE = frozenset(
    """
    abs array_length ascii bit_length btrim cardinality casefold ceil ceiling char_length character_length chr
    coalesce decode div encode exp floor greatest initcap json_array_length json_extract_path json_extract_path_text
    json_typeof jsonb_array_length jsonb_extract_path jsonb_extract_path_text jsonb_typeof least left length ln
    log lower lpad ltrim md5 mod normalize nullif octet_length overlay position power regexp_count regexp_instr regexp_replace
    regexp_substr repeat replace reverse right round rpad rtrim sha224 sha256 sha384 sha512 sign split_part sqrt starts_with
    strpos substr substring translate trim trunc upper
    """.split()
)
"""Functions of one meaning wherever they run, whose other arguments are the same in every statement: a length, a separator."""
OF_TIME = frozenset(("date_trunc", "date_part", "extract", "date_bin"))
"""IMMUTABLE for what has no time zone; of a `timestamptz` they depend on the session's TimeZone."""
TEXT_SEARCH = re.compile(r"\bto_tsvector\('[^']*'::regconfig")
SESSION = re.compile(r"\$\d|CURRENT_|LOCALTIME|Plan \d")
"""A value that another execution has another one of."""
TIME_TYPE = re.compile(r"(?:timestamp|time|date|interval)\b")
UNSAFE_TYPE = re.compile(r"(?:timestamp|time|date|interval|money|reg(?!config))")
INVERTIBLE = frozenset(("+", "-", "*", "/"))
"""Arithmetic that can be done on the other side of a comparison."""
NOTHING_ADDED = re.compile(r"\|\| ''(?:::\w+)?|''(?:::\w+)? \|\|")
TEXTS = ("text", "character", "citext", "name")


def unindexable(access: Access, text: str, parts: Parts) -> str | None:
    """Why no index on this expression is to be made, in words that go on after the expression; None where one may be."""
    if SESSION.search(text):
        return "is another in each statement"
    free_of_zone = has_no_zone(access, parts)
    if is_of_time(parts) and (not free_of_zone or led_by(access, parts) is not None):
        return "is a moment's" if free_of_zone else "depends on the time zone"
    unknown = [name for name in parts.functions if name not in IMMUTABLE | OF_TIME and not is_text_search(name, text)]
    if unknown:
        return f"calls {unknown[0]}()"
    if len(parts.columns) == 1 and (NOTHING_ADDED.search(text) or INVERTIBLE & set(parts.operators)):
        return "can be computed on the other side"
    if any(UNSAFE_TYPE.match(name) for name in parts.casts) and not free_of_zone:
        return "depends on the session"
    return "depends on the session" if "||" in parts.operators and not is_of_texts(access, parts) else None


def is_text_search(name: str, text: str) -> bool:
    return name == "to_tsvector" and TEXT_SEARCH.search(text) is not None


def is_of_time(parts: Parts) -> bool:
    return bool(OF_TIME & set(parts.functions)) or any(TIME_TYPE.match(name) for name in parts.casts)


def has_no_zone(access: Access, parts: Parts) -> bool:
    """Whether all that is computed with depends on no time zone, as far as the schema tells."""
    if access.table is None or "timezone" in parts.functions or any("with time zone" in name for name in parts.casts):
        return False
    types = [column.type for name in parts.columns if (column := access.table.column(name)) is not None]
    return bool(types) and all(
        type_ == "date" or (type_.startswith("timestamp") and "with time zone" not in type_) for type_ in types
    )


def led_by(access: Access, parts: Parts) -> str | None:
    """An index of the table that leads with one of the columns: a range of the column can be searched in it."""
    for index in access.table.indexes if access.table else ():
        if index.keys and index.keys[0].column in parts.columns and index.method in ("btree", "brin"):
            return str(index)
    return None


def is_of_texts(access: Access, parts: Parts) -> bool:
    """Whether what is put together is text: of another type PostgreSQL's `||` is only STABLE."""
    if access.table is None or "text" in parts.casts:
        return True
    types = [column.type for name in parts.columns if (column := access.table.column(name)) is not None]
    return all(type_.startswith(TEXTS) for type_ in types)
