"""A bitmap of rows that did not fit into work_mem, so that whole pages are searched again.

## Why it matters
A bitmap scan notes which rows of which page it wants. When the notes outgrow work_mem, it keeps only the numbers of
pages, and every row of such a page is read and compared again. Measured on 300,000 posts: 12,060 rows by an index, the
notes in 256 kB, 22.2 ms with 58,043 rows compared for nothing; in 4 MB 6.7 ms.

## When it is fine
The rows wanted stand close together, so that a page that is read holds little else. A BRIN index knows pages only: its
scans are always lossy, and no memory changes that (see index-recheck-discards-rows).

## What to do
Give this statement the work_mem that its notes need: 64 bytes for each page of the table that has a row for it. Or let
the index find fewer rows: one that holds the filter's columns too needs fewer notes.

What is saved is the part of the scan's own time that went into rows removed by the recheck; the pages are read anyway.

## Sources
- `src/backend/nodes/tidbitmap.c`: `tbm_calculate_entries` (work_mem divided by an entry of 48 bytes and two pointers),
  `tbm_lossify` (pages are noted without their rows until half of the room is free again)
- PostgreSQL documentation, "Using EXPLAIN"; "Resource Consumption", `work_mem`; "BRIN Indexes"
- the measurement: PostgreSQL 18, tables in shared buffers; 5,970 pages were lossy at 373 kB and exact at 374 kB
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec.structs import astuple, replace

from advisor.model import Plan, PlanNode, Schema
from advisor.model.plan.access import Access, access_of, elapsed, family_of, parents_of
from advisor.model.plan.times import exclusive_times
from advisor.model.plan.waste import waste_of
from advisor.remedies import RunSql
from advisor.rule import Confidence, Finding, PlanOptions, Related, Saving, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE TABLE posts (id int PRIMARY KEY, author_id int NOT NULL, views int, created_at timestamptz NOT NULL);
    CREATE INDEX posts_author_id_idx ON posts (author_id);
    CREATE INDEX posts_created_at_idx ON posts (created_at);
""")
BAD = [
    SCHEMA
    + plan("""
        Aggregate  (cost=14058.33..14058.34 rows=1 width=8) (actual time=22.224..22.226 rows=1.00 loops=1)
          Buffers: shared hit=5872
          ->  Bitmap Heap Scan on posts  (cost=169.69..14027.74 rows=12233 width=4) (actual time=1.075..20.840 rows=12060.00 loops=1)
                Recheck Cond: ((author_id >= 100) AND (author_id <= 300))
                Rows Removed by Index Recheck: 58043
                Heap Blocks: exact=3771 lossy=2089
                Buffers: shared hit=5872
                ->  Bitmap Index Scan on posts_author_id_idx  (cost=0.00..166.63 rows=12233 width=0) (actual time=0.617..0.618 rows=12060.00 loops=1)
                      Index Cond: ((author_id >= 100) AND (author_id <= 300))
                      Index Searches: 1
                      Buffers: shared hit=12
        Planning Time: 0.094 ms
        Execution Time: 22.257 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Finalize Aggregate  (cost=12823.24..12823.25 rows=1 width=8) (actual time=34.518..37.922 rows=1.00 loops=1)
          ->  Gather  (cost=12823.23..12823.24 rows=2 width=8) (actual time=34.250..37.913 rows=3.00 loops=1)
                Workers Planned: 2
                Workers Launched: 2
                ->  Partial Aggregate  (cost=12823.23..12823.24 rows=1 width=8) (actual time=25.578..25.580 rows=1.00 loops=3)
                      ->  Parallel Bitmap Heap Scan on posts  (cost=172.48..12810.20 rows=5211 width=4) (actual time=0.528..24.796 rows=4020.00 loops=3)
                            Recheck Cond: ((author_id >= 100) AND (author_id <= 300))
                            Rows Removed by Index Recheck: 46505
                            Heap Blocks: exact=374 lossy=2613
                            Worker 0:  Heap Blocks: exact=163 lossy=1058
                            Worker 1:  Heap Blocks: exact=241 lossy=1521
                            ->  Bitmap Index Scan on posts_author_id_idx  (cost=0.00..169.36 rows=12506 width=0) (actual time=1.114..1.115 rows=12060.00 loops=1)
                                  Index Cond: ((author_id >= 100) AND (author_id <= 300))
                                  Index Searches: 1
        Planning Time: 0.146 ms
        Execution Time: 37.972 ms
    """),  # noqa: E501
]
GOOD = [
    SCHEMA
    + plan("""
        Aggregate  (cost=15836.55..15836.56 rows=1 width=8) (actual time=15.335..15.337 rows=1.00 loops=1)
          Buffers: shared hit=2316
          ->  Bitmap Heap Scan on posts  (cost=1358.43..15677.04 rows=63806 width=4) (actual time=1.511..12.384 rows=64081.00 loops=1)
                Recheck Cond: ((created_at >= '2023-02-01 00:00:00+00'::timestamp with time zone) AND (created_at <= '2023-05-01 00:00:00+00'::timestamp with time zone))
                Rows Removed by Index Recheck: 29
                Heap Blocks: exact=589 lossy=1548
                Buffers: shared hit=2316
                ->  Bitmap Index Scan on posts_created_at_idx  (cost=0.00..1342.48 rows=63806 width=0) (actual time=1.455..1.456 rows=64081.00 loops=1)
                      Index Cond: ((created_at >= '2023-02-01 00:00:00+00'::timestamp with time zone) AND (created_at <= '2023-05-01 00:00:00+00'::timestamp with time zone))
                      Index Searches: 1
                      Buffers: shared hit=179
        Planning Time: 0.092 ms
        Execution Time: 15.364 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=14547.14..14547.15 rows=1 width=8) (actual time=30.539..30.541 rows=1.00 loops=1)
          Buffers: shared hit=10002
          ->  Bitmap Heap Scan on posts  (cost=17.49..14517.49 rows=11859 width=4) (actual time=0.110..28.799 rows=12060.00 loops=1)
                Recheck Cond: ((author_id >= 100) AND (author_id <= 300))
                Rows Removed by Index Recheck: 287940
                Heap Blocks: lossy=10000
                Buffers: shared hit=10002
                ->  Bitmap Index Scan on posts_author_brin  (cost=0.00..14.53 rows=300000 width=0) (actual time=0.094..0.095 rows=100000.00 loops=1)
                      Index Cond: ((author_id >= 100) AND (author_id <= 300))
                      Index Searches: 1
                      Buffers: shared hit=2
        Planning Time: 0.113 ms
        Execution Time: 30.576 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Aggregate  (cost=10906.48..10906.49 rows=1 width=8) (actual time=9.270..9.273 rows=1.00 loops=1)
          Buffers: shared hit=5872
          ->  Bitmap Heap Scan on posts  (cost=169.69..10875.90 rows=12233 width=4) (actual time=1.415..8.275 rows=12060.00 loops=1)
                Recheck Cond: ((author_id >= 100) AND (author_id <= 300))
                Heap Blocks: exact=5860
                Buffers: shared hit=5872
                ->  Bitmap Index Scan on posts_author_id_idx  (cost=0.00..166.63 rows=12233 width=0) (actual time=0.616..0.616 rows=12060.00 loops=1)
                      Index Cond: ((author_id >= 100) AND (author_id <= 300))
                      Index Searches: 1
                      Buffers: shared hit=12
        Planning Time: 0.108 ms
        Execution Time: 9.308 ms
    """),  # noqa: E501
]
BYTES_A_PAGE = 64
DEFAULT_WORK_MEM = 4096
"""kB. A server that has less wants the default back before anything else."""
REMOVED = "Rows Removed by Index Recheck"


@dataclass(frozen=True)
class LossyOptions(PlanOptions):
    """When a lossy bitmap is worth a word."""

    min_removed: int = 5_000
    """Rows that the recheck removed in all loops."""
    max_work_mem: int = 1024
    """MB: the most work_mem that is suggested for one statement."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def lossy_bitmap(plan: Plan, schema: Schema | None, options: LossyOptions) -> Iterator[Finding]:
    total = elapsed(plan)
    if not plan.root.analyzed or (total is not None and total < options.min_time):
        return
    times, parents = exclusive_times(plan), parents_of(plan)
    found: dict[tuple[object, ...], list[Access]] = {}
    for node in plan.walk():
        access = access_of(node, schema) if node.type == "Bitmap Heap Scan" and is_lossy(node) else None
        if access is not None and not reads_brin(access):
            found.setdefault(family_of(node, parents), []).append(access)
    for scans in found.values():
        nodes = [scan.node for scan in scans]
        removed = sum(node.number(REMOVED) * node.loops for node in nodes)
        slow = not total or not times or sum(times[node] for node in nodes) >= options.min_share * total
        if removed >= options.min_removed and slow:
            yield describe(scans, plan, removed, options)


def pages(node: PlanNode, kind: str) -> float:
    """Heap blocks of one kind in one loop. Of parallel processes each counts its own; before version 18 only the leader's show."""
    name = f"{kind} Heap Blocks"
    workers = node.fields.get("Workers")
    counted = [each.get(name) for each in workers if isinstance(each, Mapping)] if isinstance(workers, list) else []
    others = [float(each) for each in counted if isinstance(each, (int, float))]
    if node.fields.get("Parallel Aware") is True:
        return node.number(name) + sum(others) if others else node.number(name) * max(node.loops, 1)
    return (node.number(name) + sum(others)) / max(node.loops, 1)


def is_lossy(node: PlanNode) -> bool:
    return pages(node, "Lossy") > 0


def reads_brin(access: Access) -> bool:
    """Whether pages are all that the index knows. Memory that runs out leaves some pages exact: one frees half of the room."""
    used = {node.text("Index Name") for node in access.node.walk()}
    methods = {index.method for index in access.table.indexes if index.name in used} if access.table else set()
    return "brin" in methods or pages(access.node, "Exact") == 0


def work_mem_for(node: PlanNode) -> int:
    """kB that would have held the bitmap, up to a power of two.

    Each bitmap below a BitmapAnd is made in full before they are compared; it has at most as many pages as rows.
    """
    parts = [part for part in node.walk() if part.type == "BitmapAnd"]
    largest = max((child.rows for part in parts for child in part.children), default=0.0)
    needed = max(pages(node, "Exact") + pages(node, "Lossy"), largest) * BYTES_A_PAGE / 1024
    return max(DEFAULT_WORK_MEM, 1 << math.ceil(math.log2(max(needed, 1.0))))


def describe(scans: list[Access], plan: Plan, removed: float, options: LossyOptions) -> Finding:
    worst = max(scans, key=lambda scan: scan.node.number(REMOVED) * scan.node.loops)
    node, kept = (
        worst.node,
        sum(scan.node.total_rows + scan.node.number("Rows Removed by Filter") * scan.node.loops for scan in scans),
    )
    megabytes = max(work_mem_for(scan.node) for scan in scans) // 1024
    lossy = sum(pages(scan.node, "Lossy") for scan in scans)
    affordable = megabytes <= options.max_work_mem
    advice = f"work_mem = '{megabytes}MB' would have held the bitmap" if affordable else "let the index find fewer rows"
    waste = waste_of(plan, [scan.node for scan in scans], read=kept + removed, kept=kept)
    return Finding(
        at=node.location,
        subject=worst.name.qualified,
        message=f"bitmap scan of {worst.name} noted {lossy:,.0f} pages without their rows, and compared {removed:,.0f} rows again "
        f"for nothing, beside {kept:,.0f} that it wanted; {advice}",
        remedy=RunSql(
            f"Give the bitmap scan of {worst.name} {megabytes} MB of work_mem",
            f"-- in the transaction of this statement only\nSET LOCAL work_mem = '{megabytes}MB';",
            back="RESET work_mem;",
        )
        if affordable
        else None,
        confidence=Confidence.CERTAIN,
        related=tuple(Related(scan.node.location, "and here") for scan in scans if scan is not worst),
        saving=Saving(*astuple(replace(waste, blocks=None))),
    )
