"""Whether a table gets large, as far as its shape tells."""

from __future__ import annotations

from advisor.model import Schema, Table


def is_kept_by_hand(table: Table, schema: Schema) -> bool:
    """Whether it looks like settings or look-ups: it refers to no other table, and says of no row when anything happened to it."""
    timed = any(column.type.startswith(("timestamp", "date")) for column in table.columns)
    return not timed and schema.looks_curated(table)
