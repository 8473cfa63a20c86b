"""What views show."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from advisor.model.schema.names import Name


class ViewQuery(Struct, frozen=True):
    """The query of a view or materialized view: its text, without semicolon and comments.

    Names in it are as written; `search_path` is where unqualified ones are looked up. `*` and NATURAL are spelled out as what they
    stood for, and what was renamed since has its new name. What the columns are called is said by the table's columns.
    """

    text: str
    search_path: tuple[str, ...] = ("public",)
    reads: tuple[Name, ...] = ()
    """The relations that it reads, in order of appearance."""
    check_option: Literal["local", "cascaded"] | None = None
    security_invoker: bool = False
    """Whether the privileges and policies of who asks count, not those of the view's owner (PostgreSQL 15)."""
    security_barrier: bool = False
    populated: bool = True
    """False for a materialized view WITH NO DATA."""
