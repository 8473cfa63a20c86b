"""What ALTER COLUMN ... TYPE costs. In: the types before and after, as `format_type` prints them. Out: the work it makes.

PostgreSQL spares the rewrite where old values are valid new ones bit by bit: the cast is binary coercible and the length, precision
or scale does not shrink (`ATColumnChangeRequiresRewrite` in tablecmds.c; the `prosupport` functions of varchar, numeric, varbit,
timestamp, time and interval; `pg_cast.castmethod` = 'b'). Every pair of the types in
tests/model/migration/test_type_changes.py is traced there.
"""

from __future__ import annotations

import re
from typing import Literal

Work = Literal["none", "by time zone", "rewrite"]

BINARY_COERCIBLE = frozenset(
    {
        ("character varying", "text"), ("text", "character varying"),
        ("cidr", "inet"), ("xml", "text"), ("xml", "character varying"),
        ("citext", "text"), ("text", "citext"), ("citext", "character varying"), ("character varying", "citext"),
        ("integer", "oid"), ("oid", "integer"), ("oid", "regclass"), ("regclass", "oid"),
        ("integer", "regclass"), ("regclass", "integer"),
        ("bit", "bit varying"), ("bit varying", "bit"),
    }
)  # fmt: skip
"""Casts without a function; what follows the type in parentheses is another matter."""

OTHER_ORDER = frozenset(
    {
        ("citext", "text"), ("text", "citext"), ("citext", "character varying"), ("character varying", "citext"),
        ("integer", "oid"), ("oid", "integer"), ("integer", "regclass"), ("regclass", "integer"),
        ("bit", "bit varying"), ("bit varying", "bit"),
    }
)  # fmt: skip
"""Among them those after which an index is built anew: its operator class is another one."""

TIMESTAMPS = frozenset({"timestamp without time zone", "timestamp with time zone"})
TIMES = TIMESTAMPS | {"time without time zone", "time with time zone"}
MODIFIERS = re.compile(r"\(([\d,]*)\)")


def work_of_type_change(old: str | None, new: str) -> Work:
    """The work without a USING clause; "rewrite" where the old type is not known."""
    if not old:
        return "rewrite"
    (before, had), (after, has) = split_type(old), split_type(new)
    if before == after:
        return "none" if had == has or widens(before, had, has) else "rewrite"
    if {before, after} == TIMESTAMPS:
        # A precision below microseconds is one more function over the values, whatever the old one was.
        return "by time zone" if not has or has[0] >= 6 else "rewrite"
    if (before, after) in BINARY_COERCIBLE:
        # Where the new type has a length of its own, PostgreSQL checks every value against it, whatever the old one's was.
        return "rewrite" if has else "none"
    return "rewrite"


def between_timestamps(old: str | None, new: str) -> bool:
    """Whether one of the two says a moment, the other what a clock showed: which, only a time zone tells."""
    return old is not None and {split_type(old)[0], split_type(new)[0]} == TIMESTAMPS


def rebuilds_indexes(old: str | None, new: str) -> bool:
    """Whether indexes over the column are built anew though the table is not rewritten."""
    if old is None:
        return True
    return (split_type(old)[0], split_type(new)[0]) in OTHER_ORDER


def split_type(text: str) -> tuple[str, tuple[int, ...]]:
    """`numeric(10,2)` as `numeric` and (10, 2)."""
    found = MODIFIERS.search(text)
    if found is None or not found[1]:
        return text, ()
    return MODIFIERS.sub("", text, count=1), tuple(int(part) for part in found[1].split(",") if part)


def widens(base: str, had: tuple[int, ...], has: tuple[int, ...]) -> bool:
    """Whether every value that fitted the old length, precision and scale fits the new one unchanged."""
    if had == has or not has:
        return base != "character" or had == has
    if not had:
        # A time without a precision keeps microseconds: six digits.
        return base in TIMES and has[0] >= 6
    match base:
        case "character varying" | "bit varying":
            return has[0] >= had[0]
        case "numeric":
            return has[0] >= had[0] and has[1:] == had[1:]
        case _ if base in TIMES:
            return has[0] >= had[0]
        case _:
            return False
