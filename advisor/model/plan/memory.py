"""How much work_mem would have held a node's rows: rows and widths in, megabytes out.

Sources: `SortTuple` in tuplesort.h, `writetup_heap` in tuplesortvariants.c; `ExecChooseHashTableSize` in nodeHash.c (a hash table's
row and its bucket), `writetup_heap` in tuplestore.c (a kept row), `tbm_calculate_entries` in tidbitmap.c (a page of a bitmap);
PostgreSQL documentation, `hash_mem_multiplier` (1 before version 15).
"""

from __future__ import annotations

import math

from advisor.model.plan.tree import Plan, PlanNode

KIB = 1024
MIB = KIB * KIB
ROW_OF_A_HASH = 32
"""Bytes that a hash table adds to each row: a link, the hash, the row's header."""
ROW_OF_A_STORE = 40
"""Bytes that a tuplestore adds to each row: the row's header, its pointer, what the allocator takes."""
ROW_OF_A_SORT, ROW_OF_A_SORT_BEFORE_17, ROW_OF_A_SORT_OF_VALUES = 37, 61, 13
"""Bytes that a sort in memory takes for each row, beyond those of the row on disk."""
SPARE = 1.05
PAGE_OF_A_BITMAP = 72
SKEW = 1.02
"""Hash joins keep two hundredths of their memory for the commonest values."""


def hash_multiplier(plan: Plan, version: int) -> float:
    """How many times work_mem a hash table may take; as the plan's Settings say, else by the server's version."""
    settings = plan.fields.get("Settings")
    value = settings.get("hash_mem_multiplier") if isinstance(settings, dict) else None
    try:
        return max(float(value), 1.0) if value is not None else 2.0 if version >= 15 else 1.0
    except (TypeError, ValueError):
        return 1.0


def megabytes(size: float) -> int:
    """The work_mem to set for so many bytes: the next power of two, in MB."""
    return 1 << max(math.ceil(math.log2(max(size / MIB, 1.0))), 0)


def megabytes_for_sort(size: float) -> int:
    """The same for a sort, whose need is known more exactly: four steps from one power of two to the next, a twentieth spare."""
    wanted = max(size * SPARE / MIB, 1.0)
    step = max((1 << math.floor(math.log2(wanted))) // 4, 1)
    return math.ceil(wanted / step) * step


def bytes_of_sort(rows: float, on_disk: float, version: int, *, single: bool = False) -> float:
    """What a sort takes in memory whose runs took so many bytes on disk. `single`: of one column with values of fixed
    length, which are sorted without their rows since version 15.

    Measured for nine shapes of rows, 60,000 to 300,000 of each: 30 to 37 bytes a row more than on disk (PostgreSQL 18), 58 to 61
    (15); of one integer 12. An entry has 24 bytes; up to version 16 the allocator adds a header to each row.
    """
    if single and version >= 15:
        return on_disk + rows * ROW_OF_A_SORT_OF_VALUES
    return on_disk + rows * (ROW_OF_A_SORT if version >= 17 else ROW_OF_A_SORT_BEFORE_17)


def bytes_of_hash(rows: float, width: float) -> float:
    """What a hash join's table takes with all its rows in memory."""
    buckets = 1 << math.ceil(math.log2(max(rows, 1024)))
    return (rows * (ROW_OF_A_HASH + aligned(width)) + 8 * buckets) * SKEW


def bytes_of_store(rows: float, width: float) -> float:
    """What rows take that are kept to be read again."""
    return rows * (ROW_OF_A_STORE + aligned(width))


def bytes_of_bitmap(pages: float) -> float:
    return pages * PAGE_OF_A_BITMAP


def aligned(width: float) -> float:
    return math.ceil(width / 8) * 8


def rows_at_once(node: PlanNode) -> float:
    """Rows that a node keeps at a time: those of one loop, or of all workers where they share a hash table."""
    return node.total_rows if node.fields.get("Parallel Aware") is True else node.rows
