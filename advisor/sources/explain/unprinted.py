"""What TEXT cannot tell of a plan, in one place: the fields by which a plan read from TEXT may differ from the same plan in JSON.

The reader fills in what is certain whatever the version (`Parallel Aware` false, counts of removed rows that are zero). The rest
stays absent, since a reader of TEXT does not know the version that printed it or what it left out on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SILENT_DEFAULTS: Mapping[str, Any] = {
    "Async Capable": False,  # since 14
    "Disabled": False,  # since 18
    "Single Copy": False,
    "Subplans Removed": 0,
    "Planned Partitions": 0,  # since 13
    "Workers": [],  # since 13 an empty list where no worker has anything to say
    "Rows Removed by Index Recheck": 0,  # of an Index Only Scan whose index never needs one
    "Tuples Inserted": 0,
    "Tuples Updated": 0,
    "Tuples Deleted": 0,
    "Tuples Skipped": 0,
    "Settings": {},
    "Planning": {},  # a group whose counts are all zero
    "WAL Records": 0,
    "WAL FPI": 0,
    "WAL Bytes": 0,
    "WAL Buffers Full": 0,
    **{f"{kind} {word} Blocks": 0 for kind in ("Shared", "Local") for word in ("Hit", "Read", "Dirtied", "Written")},
    **{f"Temp {word} Blocks": 0 for word in ("Read", "Written")},
    **{f"{kind}I/O {word} Time": 0.0 for kind in ("", "Shared ", "Local ", "Temp ") for word in ("Read", "Write")},
}
"""Fields that JSON prints with this value where TEXT prints nothing."""

NOT_PRINTED = frozenset(
    (
        "Inner Unique",  # only with VERBOSE, and only where it is true
        "Trigger Name",  # of a constraint's trigger, only with VERBOSE
        "Relation",  # of a trigger, only where several tables are concerned
    )
)
"""Fields whose value TEXT does not tell at all."""

AMBIGUOUS = (
    "A scan of several functions, `Function Scan on f`: TEXT prints the alias where JSON has no Function Name.",
    "Parent Relationship of a ModifyTable's only child: Member up to version 13, Outer since; with RETURNING, TEXT looks the same.",
    "GROUP BY with a single, non-empty grouping set: Group Key and Grouping Sets look the same.",
)
"""Readings that TEXT leaves open; the reader takes the newer or the commoner one."""


def told_by_text(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A node's or a plan's fields without what TEXT does not tell, whichever form they were read from."""
    told: dict[str, Any] = {}
    for name, value in fields.items():
        kept = _told_value(value)
        if name not in NOT_PRINTED and not (name in SILENT_DEFAULTS and kept == SILENT_DEFAULTS[name]):
            told[name] = kept
    return told


def _told_value(value: Any) -> Any:
    """Groups (`Planning`) and lists of groups (`Workers`, `Triggers`) leave out the same fields as a node."""
    if isinstance(value, dict):
        return told_by_text(value)
    if isinstance(value, list):
        return [_told_value(item) for item in value]
    return value
