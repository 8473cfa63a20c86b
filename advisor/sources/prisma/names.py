"""The names that Prisma and PostgreSQL make up. In: tables and columns. Out: names of constraints, indexes, sequences, join tables.

Source: `constraint_names.rs` and `sql_schema_calculator.rs` in prisma/prisma-engines, `makeObjectName` in PostgreSQL's indexcmds.c.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.remedies.sql import MAX_IDENTIFIER_BYTES, with_suffix


def clipped(name: str) -> str:
    """The name that a table or column really has: PostgreSQL cuts what it is given to 63 bytes."""
    return name if len(name) * 4 <= MAX_IDENTIFIER_BYTES else with_suffix(name, "")


def primary_key_name(table: str) -> str:
    return with_suffix(table, "_pkey")


def unique_index_name(table: str, columns: Sequence[str]) -> str:
    return with_suffix("_".join([table, *columns]), "_key")


def index_name(table: str, columns: Sequence[str]) -> str:
    return with_suffix("_".join([table, *columns]), "_idx")


def foreign_key_name(table: str, columns: Sequence[str]) -> str:
    return with_suffix("_".join([table, *columns]), "_fkey")


def join_table_name(relation: str) -> str:
    """The table of an implicit many-to-many relation: `_PostToTag`, or `_` and the name given to the relation."""
    return clipped(f"_{relation}")


def sequence_name(table: str, column: str) -> str:
    """The sequence behind a `serial` column. What is too long is taken from the longer of the two names."""
    room = MAX_IDENTIFIER_BYTES - len("__seq")
    table_bytes, column_bytes = table.encode(), column.encode()
    too_many = max(len(table_bytes) + len(column_bytes) - room, 0)
    from_longer = min(too_many, abs(len(table_bytes) - len(column_bytes)))
    rest = too_many - from_longer
    cuts = [rest // 2, rest - rest // 2]
    cuts[0 if len(table_bytes) > len(column_bytes) else 1] += from_longer
    parts = [data[: len(data) - cut].decode(errors="ignore") for data, cut in zip((table_bytes, column_bytes), cuts, strict=True)]
    return f"{parts[0]}_{parts[1]}_seq"
