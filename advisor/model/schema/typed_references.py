"""Keys of rows of several tables: `commentable_id` beside `commentable_type`. In: a table. Out: such pairs of columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from advisor.model.schema.columns import Column
from advisor.model.schema.tables import Table

ANYTHING = frozenset(
    """entity target subject object owner resource parent source reference ref referer record item model actor author holder related
    associated linked attached origin context scope element node content trackable principal originator
    assignee grantee sender recipient""".split()
)
"""Words for a thing of whatever kind."""
NO_THINGS = frozenset("table variable timetable available".split())


class TypedReference(Struct, frozen=True):
    """A key, and the column that says which table's it is.

    `by` tells what speaks for it: a name for anything and an index over both columns, a name such as `commentable`, or one of these
    alone: `owner` without an index, or an index over `vendor`, whose type may say more of one kind of row.
    """

    key: Column
    type: Column
    by: Literal["index", "name", "guess"]


def typed_references(table: Table) -> Iterator[TypedReference]:
    """Those that no foreign key guards: where one does, the other column only says more of the same row."""
    columns = {column.words: column for column in table.columns}
    guarded = {name for key in table.foreign_keys for name in key.columns}
    for words, key in columns.items():
        if words[-1:] not in (("id",), ("uuid",)) or len(words) < 2 or key.name in guarded or is_own_key(key, table):
            continue
        kind = columns.get((*words[:-1], "type")) or (columns.get(("content", "type", "id")) if words[:-1] == ("object",) else None)
        by = evidence(words[-2], key, kind, table) if kind else None
        if kind and by and kind.base_type not in ("boolean", "date", "jsonb"):
            yield TypedReference(key, kind, by)


def evidence(word: str, key: Column, kind: Column, table: Table) -> Literal["index", "name", "guess"] | None:
    pair = {key.name, kind.name}
    indexed = any({part.column for part in index.keys[:2]} == pair for index in table.indexes)
    if (word.endswith(("able", "ible")) and word not in NO_THINGS) or kind.words[-1] == "id":
        return "name"
    if word in ANYTHING:
        return "index" if indexed else "guess"
    return "guess" if indexed else None


def is_own_key(column: Column, table: Table) -> bool:
    return table.primary_key is not None and table.primary_key.columns == (column.name,)
