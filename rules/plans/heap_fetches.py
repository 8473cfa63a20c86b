"""An index-only scan that visits the table all the same.

## Why it matters
An index does not know which rows are visible. An index-only scan asks the visibility map, and where a page changed since
the last VACUUM, it fetches the row from the table to see. Measured on 300,000 visits, a third of the pages changed: the
range of 60,300 rows read 59,227 blocks in 41.8 ms, after a VACUUM 382 blocks in 9.5 ms.

## When it is fine
A few fetches of rows that were just written. A table that is written all the time: then no VACUUM keeps up, and the scan
is no worse than a plain index scan.

## What to do
VACUUM the table now, and let autovacuum come sooner: `autovacuum_vacuum_scale_factor`, and for tables that are only
inserted into `autovacuum_vacuum_insert_scale_factor` (since version 13). Where VACUUM does not help, something old keeps
the rows from being known as visible to all: a transaction left open, a replication slot, a standby's feedback.

What is saved is at most one block for each fetch, and the part of the scan's time that its fetches are of its rows.

## Sources
- PostgreSQL documentation, "Index-Only Scans and Covering Indexes"; "Visibility Map"; "Routine Vacuuming"
- `src/backend/executor/nodeIndexonlyscan.c`: heap fetches are counted over all loops
- the measurement: PostgreSQL 18, tables in shared buffers
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode, Schema
from advisor.model.plan.access import Access, access_of, elapsed, family_of, parents_of
from advisor.model.plan.times import exclusive_counts, exclusive_times
from advisor.model.plan.waste import BLOCKS
from advisor.remedies import RunSql
from advisor.remedies.sql import quote_name
from advisor.rule import Confidence, Finding, PlanOptions, Related, Saving, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE TABLE visits (id int PRIMARY KEY, reader_id int NOT NULL, seconds int NOT NULL);
    CREATE INDEX visits_reader_id_seconds_idx ON visits (reader_id, seconds);
""")
BAD = [
    SCHEMA
    + plan("""
        Aggregate  (cost=2542.37..2542.38 rows=1 width=12) (actual time=29.937..29.939 rows=1.00 loops=1)
          Buffers: shared hit=61130
          ->  Index Only Scan using visits_reader_id_seconds_idx on visits  (cost=0.42..2229.18 rows=62638 width=4) (actual time=0.017..27.331 rows=60300.00 loops=1)
                Index Cond: ((reader_id >= 100) AND (reader_id <= 300))
                Heap Fetches: 60948
                Index Searches: 1
                Buffers: shared hit=61130
        Planning Time: 0.097 ms
        Execution Time: 29.965 ms
    """),  # noqa: E501
    plan("""
        Limit  (cost=2304.22..2304.23 rows=5 width=12) (actual time=19.170..19.172 rows=5.00 loops=1)
          Buffers: shared hit=60078
          ->  Sort  (cost=2304.22..2306.66 rows=977 width=12) (actual time=19.168..19.170 rows=5.00 loops=1)
                Sort Key: (count(*)) DESC, cents
                Sort Method: top-N heapsort  Memory: 25kB
                Buffers: shared hit=60078
                ->  HashAggregate  (cost=2278.22..2287.99 rows=977 width=12) (actual time=19.012..19.091 rows=977.00 loops=1)
                      Group Key: cents
                      Batches: 1  Memory Usage: 121kB
                      Buffers: shared hit=60078
                      ->  Index Only Scan using prices_set_on_cents_idx on prices  (cost=0.42..1981.82 rows=59280 width=4) (actual time=0.017..13.642 rows=60001.00 loops=1)
                            Index Cond: (set_on >= '2024-01-18'::date)
                            Heap Fetches: 60001
                            Index Searches: 1
                            Buffers: shared hit=60078
        Planning Time: 0.091 ms
        Execution Time: 19.204 ms
    """),  # noqa: E501
]
GOOD = [
    SCHEMA
    + plan("""
        Aggregate  (cost=2212.55..2212.56 rows=1 width=12) (actual time=6.501..6.502 rows=1.00 loops=1)
          Buffers: shared hit=182
          ->  Index Only Scan using visits_reader_id_seconds_idx on visits  (cost=0.42..1912.52 rows=60005 width=4) (actual time=0.012..3.775 rows=60300.00 loops=1)
                Index Cond: ((reader_id >= 100) AND (reader_id <= 300))
                Heap Fetches: 0
                Index Searches: 1
                Buffers: shared hit=182
        Planning Time: 0.067 ms
        Execution Time: 6.524 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Aggregate  (cost=4429.60..4429.61 rows=1 width=12) (actual time=19.163..19.164 rows=1.00 loops=1)
          Buffers: shared hit=1567
          ->  Index Only Scan using visits_reader_id_seconds_idx on visits  (cost=0.42..3824.56 rows=121007 width=4) (actual time=0.019..11.872 rows=120400.00 loops=1)
                Index Cond: ((reader_id >= 100) AND (reader_id <= 400))
                Heap Fetches: 1234
                Index Searches: 1
                Buffers: shared hit=1567
        Planning Time: 0.057 ms
        Execution Time: 19.189 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Aggregate  (cost=14919.57..14919.58 rows=1 width=12) (actual time=51.013..51.015 rows=1.00 loops=1)
          Buffers: shared hit=15233
          ->  Index Only Scan using visits_reader_id_seconds_idx on visits  (cost=0.42..12868.54 rows=410206 width=4) (actual time=0.012..30.664 rows=396400.00 loops=1)
                Index Cond: ((reader_id >= 0) AND (reader_id <= 990))
                Heap Fetches: 14147
                Index Searches: 1
                Buffers: shared hit=15233
        Planning Time: 0.110 ms
        Execution Time: 51.040 ms
    """),  # noqa: E501
]


@dataclass(frozen=True)
class FetchOptions(PlanOptions):
    """When fetches of an index-only scan are worth a word."""

    min_fetches: int = 5_000
    """Rows fetched from the table, in all loops."""
    min_part: float = 0.1
    """The part of the scan's rows that was fetched."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def heap_fetches(plan: Plan, schema: Schema | None, options: FetchOptions) -> Iterator[Finding]:
    total = elapsed(plan)
    if not plan.root.analyzed or (total is not None and total < options.min_time):
        return
    times, parents = exclusive_times(plan), parents_of(plan)
    found: dict[tuple[object, ...], list[Access]] = {}
    for node in plan.walk():
        access = access_of(node, schema) if fetched(node) > 0 else None
        if access is not None:
            found.setdefault(family_of(node, parents), []).append(access)
    for scans in found.values():
        nodes = [scan.node for scan in scans]
        fetches, rows = sum(map(fetched, nodes)), sum(map(rows_seen, nodes))
        slow = not total or not times or sum(times[node] for node in nodes) >= options.min_share * total
        if slow and fetches >= options.min_fetches and fetches >= options.min_part * rows:
            yield describe(scans, plan, fetches, rows)


def fetched(node: PlanNode) -> float:
    """Rows fetched in all loops: EXPLAIN counts these over all of them, unlike the rows."""
    return node.number("Heap Fetches") if node.type == "Index Only Scan" else 0.0


def rows_seen(node: PlanNode) -> float:
    """Rows that the index gave in all loops; more may have been fetched, for those that turned out to be dead give no row."""
    return max((node.rows + node.number("Rows Removed by Filter")) * node.loops, fetched(node))


def describe(scans: list[Access], plan: Plan, fetches: float, rows: float) -> Finding:
    worst = max(scans, key=lambda scan: fetched(scan.node))
    names = list(dict.fromkeys(scan.name for scan in scans))
    others = f" and {len(names) - 1} more like it" if len(names) > 1 else ""
    return Finding(
        at=worst.node.location,
        subject=worst.name.qualified,
        message=f"index-only scan of {worst.name}{others} fetches {fetches:,.0f} of {rows:,.0f} rows from the table to see whether "
        "they are visible; VACUUM marks the pages that are",
        remedy=RunSql(
            f"Vacuum {', '.join(map(str, names))}",
            f"VACUUM (ANALYZE) {', '.join(map(quote_name, names))};",
        ),
        confidence=Confidence.CERTAIN,
        related=tuple(Related(scan.node.location, "and here") for scan in scans if scan is not worst),
        saving=spared(plan, [scan.node for scan in scans], fetches, rows),
    )


def spared(plan: Plan, nodes: list[PlanNode], fetches: float, rows: float) -> Saving:
    """A fetch reads one block, or one that was just read; the time is shared out among the rows."""
    times, total = exclusive_times(plan), elapsed(plan)
    milliseconds = sum(times[node] for node in nodes) * fetches / rows if times else None
    blocks = exclusive_counts(plan, *BLOCKS)
    return Saving(
        milliseconds=milliseconds,
        share=min(1.0, milliseconds / total) if milliseconds is not None and total else None,
        blocks=round(min(fetches, sum(blocks[node] for node in nodes)))
        if any(name in plan.root.fields for name in BLOCKS)
        else None,
    )
