"""A statement that writes far more WAL than the rows it changes.

## Why it matters
WAL is written, sent to every replica and kept in every archive. The first change of a page after a checkpoint writes the whole page
(8 kB) for safety, and an UPDATE that fits no more into its page writes to every index of the table. Measured: 4,500 counters that
lie far apart wrote 30 MB after a checkpoint, 0.36 MB without; in a narrow table of their own 3.6 MB.

## When it is fine
It is a rare change of many rows. Shortly after a checkpoint every statement pays for whole pages, and the next one does not.

## What to do
Whole pages: `wal_compression = lz4`, and checkpoints further apart (`max_wal_size`, `checkpoint_timeout`). Many bytes for each row:
drop indexes that nobody reads, keep what changes often out of indexes, and leave room in the pages (`fillfactor`), so that the new
row version fits beside the old one and no index is touched (HOT).

## Sources
- PostgreSQL documentation, "WAL Configuration"; "Write Ahead Log": full_page_writes, wal_compression; "Heap-Only Tuples (HOT)"
- "EXPLAIN", option WAL: records, full page images, bytes
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.times import exclusive_counts
from advisor.model.plan.titles import title_of
from advisor.rule import Finding, PlanOptions, Severity, plan, rule

BAD = [
    plan("""
        Update on pages  (cost=0.00..6088.12 rows=0 width=0) (actual time=30.086..30.087 rows=0.00 loops=1)
          Buffers: shared hit=18237 dirtied=4501
          WAL: records=4500 fpi=4501 bytes=30323701 buffers full=2694
          ->  Seq Scan on pages  (cost=0.00..6088.12 rows=450 width=10) (actual time=0.010..9.072 rows=4500.00 loops=1)
                Filter: ((id % 20) = 0)
                Rows Removed by Filter: 85500
                Buffers: shared hit=4737
        Planning:
          Buffers: shared hit=21 dirtied=1
        Planning Time: 0.154 ms
        Execution Time: 30.131 ms
    """),
]
GOOD = [
    plan("""
        Update on page_views  (cost=0.00..1849.12 rows=0 width=0) (actual time=7.288..7.289 rows=0.00 loops=1)
          Buffers: shared hit=9996 dirtied=499
          WAL: records=4500 fpi=499 bytes=3598573
          ->  Seq Scan on page_views  (cost=0.00..1849.12 rows=450 width=10) (actual time=0.009..3.534 rows=4500.00 loops=1)
                Filter: ((page % 20) = 0)
                Rows Removed by Filter: 85500
                Buffers: shared hit=498
        Planning:
          Buffers: shared hit=20 dirtied=1
        Planning Time: 0.145 ms
        Execution Time: 7.329 ms
    """),
    # 400 bytes a row: a row and its place in one index
    plan("""
        Insert on notes  (cost=0.00..1000.00 rows=0 width=0) (actual time=180.200..180.201 rows=0.00 loops=1)
          WAL: records=100340 fpi=3 bytes=40312044
          ->  Function Scan on generate_series n  (cost=0.00..1000.00 rows=100000 width=200) (actual time=9.100..40.800 rows=100000.00 loops=1)
        Planning Time: 0.050 ms
        Execution Time: 181.900 ms
    """),  # noqa: E501
]
BLOCK = 8192


@dataclass(frozen=True)
class WalOptions(PlanOptions):
    """When WAL is worth a word."""

    min_bytes: int = 5_000_000
    """Bytes of WAL that the statement wrote."""
    min_bytes_a_row: int = 2_000
    """Bytes for each row changed."""
    images: float = 0.5
    """The part of the bytes from which whole pages are the reason."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def wal_heavy(plan: Plan, options: WalOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    written, images = exclusive_counts(plan, "WAL Bytes"), exclusive_counts(plan, "WAL FPI")
    for node in plan.walk():
        rows = rows_changed(node) if node.type == "ModifyTable" else 0.0
        if not rows or written[node] < max(options.min_bytes, options.min_bytes_a_row * rows):
            continue
        # An image leaves out the hole in the middle of its page, and may be compressed: this is their size at most.
        whole_pages = min(images[node] * BLOCK / written[node], 1.0)
        why = (
            f"{images[node]:,.0f} whole pages after a checkpoint" if whole_pages >= options.images else "every index is written too"
        )
        yield Finding(
            at=node.location,
            subject=f"WAL of {title_of(node)}",
            message=f"{title_of(node)} wrote {written[node] / 1e6:,.1f} MB of WAL for {rows:,.0f} rows, "
            f"{written[node] / rows:,.0f} bytes each: {why}",
        )


def rows_changed(node: PlanNode) -> float:
    return sum(child.total_rows for child in node.children if child.text("Parent Relationship") not in ("InitPlan", "SubPlan"))
