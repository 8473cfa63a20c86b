"""An index scan whose Filter throws away most of what the index found.

## Why it matters
The index answers a part of the question only. Each row that it finds is fetched from the table, often by a random read,
and then thrown away. Measured on 300,000 posts: the 228 posts in review since June 20.6 ms through an index on
created_at (226,812 rows removed), 0.07 ms through one on (status, created_at).

## When it is fine
The filter removes few rows, or the statement is rare. A scan in an index's order that a LIMIT ends is fine as long as
matching rows come early; it turns slow on the day when they do not.

## What to do
Put the filter's columns into the index: those compared by equality first, then the range or the order that the index
was chosen for. A filter on true, false or NULL is better served by a partial index (`WHERE published`). Where no index
can hold what the filter compares, none is advised.

What is saved is the part of the scan's own time, blocks and rows that went into rows not kept.

## Sources
- PostgreSQL documentation, "Using EXPLAIN" (Index Cond and Filter; Rows Removed by Filter); "Multicolumn Indexes";
  "Partial Indexes"
- the measurement: PostgreSQL 18, tables in shared buffers
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import astuple

from advisor.model import IndexKey, Plan, PlanNode, Schema
from advisor.model.plan.access import (
    Access,
    access_of,
    ancestors,
    conditions_of,
    elapsed,
    family_of,
    indexable,
    key_columns,
    parents_of,
    rows_read,
)
from advisor.model.plan.times import exclusive_times, inclusive_times
from advisor.model.plan.wanted import partial_index, wanted_indexes
from advisor.model.plan.waste import waste_of
from advisor.remedies.plan_indexes import IndexAdvice, advise
from advisor.rule import Confidence, Finding, PlanOptions, Related, Saving, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE TABLE posts (
        id int PRIMARY KEY, author_id int NOT NULL, slug varchar(80), status text, published boolean, created_at timestamptz
    );
    CREATE INDEX posts_created_at_idx ON posts (created_at);
""")
BAD = [
    SCHEMA
    + plan("""
        Index Scan using posts_created_at_idx on posts  (cost=0.42..12546.92 rows=249 width=4) (actual time=0.025..20.640 rows=228.00 loops=1)
          Index Cond: (created_at > '2024-06-01 00:00:00+00'::timestamp with time zone)
          Filter: (status = 'review'::text)
          Rows Removed by Filter: 226812
          Index Searches: 1
          Buffers: shared hit=6161
        Planning Time: 0.084 ms
        Execution Time: 20.670 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Limit  (cost=0.42..7934.13 rows=20 width=23) (actual time=0.303..12.696 rows=20.00 loops=1)
          Buffers: shared hit=4027
          ->  Index Scan Backward using posts_created_at_idx on posts  (cost=0.42..15867.84 rows=40 width=23) (actual time=0.302..12.693 rows=20.00 loops=1)
                Filter: (published AND (author_id = 4242))
                Rows Removed by Filter: 148342
                Index Searches: 1
                Buffers: shared hit=4027
        Planning Time: 0.080 ms
        Execution Time: 12.714 ms
    """),  # noqa: E501
    sql("""
        CREATE TABLE parcels (id int PRIMARY KEY, sent_on date NOT NULL, arrived_on date, label text NOT NULL);
        CREATE INDEX parcels_sent_on_idx ON parcels (sent_on);
    """)
    + plan("""
        Index Scan using parcels_sent_on_idx on parcels  (cost=0.42..10009.00 rows=749 width=37) (actual time=0.032..20.733 rows=760.00 loops=1)
          Index Cond: ((sent_on >= '2024-02-01'::date) AND (sent_on <= '2024-11-30'::date))
          Filter: (arrived_on IS NULL)
          Rows Removed by Filter: 303240
          Index Searches: 1
          Buffers: shared hit=3115
        Planning Time: 0.080 ms
        Execution Time: 20.785 ms
    """),  # noqa: E501
]
GOOD = [
    SCHEMA
    + plan("""
        Index Scan using posts_status_created_at_idx on posts  (cost=0.42..774.32 rows=234 width=4) (actual time=0.009..0.067 rows=228.00 loops=1)
          Index Cond: ((status = 'review'::text) AND (created_at > '2024-06-01 00:00:00+00'::timestamp with time zone))
          Index Searches: 1
          Buffers: shared hit=232
        Planning Time: 0.036 ms
        Execution Time: 0.079 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Limit  (cost=0.42..122.95 rows=20 width=23) (actual time=0.008..0.025 rows=20.00 loops=1)
          ->  Index Scan using posts_author_id_created_at_idx on posts  (cost=0.42..245.47 rows=40 width=23) (actual time=0.008..0.023 rows=20.00 loops=1)
                Index Cond: (author_id = 4242)
                Filter: published
                Rows Removed by Filter: 10
                Index Searches: 1
        Planning Time: 0.041 ms
        Execution Time: 0.032 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Aggregate  (cost=12550.48..12550.49 rows=1 width=8) (actual time=42.153..42.155 rows=1.00 loops=1)
          Buffers: shared hit=10414
          ->  Bitmap Heap Scan on posts  (cost=1004.61..12430.00 rows=48193 width=38) (actual time=5.022..38.900 rows=48020.00 loops=1)
                Recheck Cond: ((views >= 100) AND (views <= 2500))
                Filter: published
                Rows Removed by Filter: 24010
                Heap Blocks: exact=10345
                Buffers: shared hit=10414
                ->  Bitmap Index Scan on posts_views_idx  (cost=0.00..992.56 rows=72026 width=0) (actual time=3.531..3.532 rows=72030.00 loops=1)
                      Index Cond: ((views >= 100) AND (views <= 2500))
                      Index Searches: 1
                      Buffers: shared hit=69
        Planning Time: 0.143 ms
        Execution Time: 42.375 ms
    """),  # noqa: E501
]
NO_INDEX = "a partial index, or one on the filter's expression, would find the right ones"
SCANS = ("Index Scan", "Index Only Scan", "Bitmap Heap Scan")


@dataclass(frozen=True)
class DiscardOptions(PlanOptions):
    """When rows that an index found in vain are worth a word."""

    min_removed: int = 5_000
    """Rows that the filter removed in all loops."""
    max_kept: float = 0.1
    """The part of the rows found that the filter keeps."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD, yields="partitions-not-pruned")
def filter_discards_rows(plan: Plan, schema: Schema | None, options: DiscardOptions) -> Iterator[Finding]:
    total = elapsed(plan)
    if not plan.root.analyzed or (total is not None and total < options.min_time):
        return
    times, parents = inclusive_times(plan), parents_of(plan)
    found: dict[tuple[object, ...], list[Access]] = {}
    for node in plan.walk():
        access = access_of(node, schema) if node.type in SCANS else None
        if access is not None and is_wasteful(node, options):
            found.setdefault(family_of(node, parents), []).append(access)
    for scans in found.values():
        taken = sum(times[scan.node] for scan in scans)
        if not total or not exclusive_times(plan) or taken >= options.min_share * total:
            under_limit = any(above.type == "Limit" for above in ancestors(scans[0].node, parents))
            yield describe(
                sorted(scans, key=lambda scan: rows_read(scan.node), reverse=True), plan, schema, under_limit=under_limit
            )


def is_wasteful(node: PlanNode, options: DiscardOptions) -> bool:
    read = rows_read(node)
    return read - node.total_rows >= options.min_removed and node.total_rows <= options.max_kept * read


def better_index(scans: Sequence[Access], schema: Schema | None, *, under_limit: bool) -> IndexAdvice | None:
    """The index that would find these rows and no others; None where the conditions of the one that was read say too little.

    A scan without an Index Cond was chosen for the index's order: under a LIMIT the better index keeps that order.
    """
    access = scans[0]
    searched, filtered = conditions_of(access, "Index Cond", "Recheck Cond"), conditions_of(access, "Filter")
    if len(indexable(access, searched)) < len(searched):
        return None
    order = order_of_index(access) if under_limit and not searched else ()
    keys = [key if isinstance(key, IndexKey) else IndexKey(key) for key in key_columns(searched)] or order
    partial = partial_index(access, keys, filtered) if keys else ()
    both = (*searched, *filtered)
    asked = both if wanted_indexes(access, both, order) != wanted_indexes(access, searched, order) else filtered
    wanted = partial or wanted_indexes(access, asked, order)
    return advise(scans, asked, order, schema, "find the right ones", wanted=wanted) if wanted else None


def order_of_index(access: Access) -> tuple[IndexKey, ...]:
    """The keys of the index that was scanned, where the schema has it and they are plain columns."""
    indexes = access.table.indexes if access.table else ()
    used = next((index for index in indexes if index.name == access.node.text("Index Name")), None)
    return used.keys if used is not None and None not in used.columns else ()


def describe(scans: Sequence[Access], plan: Plan, schema: Schema | None, *, under_limit: bool) -> Finding:
    worst, advice = scans[0], better_index(scans, schema, under_limit=under_limit)
    read, kept = sum(rows_read(scan.node) for scan in scans), sum(scan.node.total_rows for scan in scans)
    nodes = [below for scan in scans for below in scan.node.walk() if below is scan.node or below.text("Index Name")]
    likely = Confidence.CERTAIN if exclusive_times(plan) else Confidence.LIKELY
    return Finding(
        at=worst.node.location,
        subject=f"{worst.name.qualified} by {searched_by(worst.node)}",
        message=f"{searched_by(worst.node)} finds {read:,.0f} rows of {worst.name} and the filter keeps {kept:,.0f}; "
        f"{advice.words if advice else NO_INDEX}",
        remedy=advice.remedy if advice else None,
        confidence=Confidence.POSSIBLE if advice and advice.existing else likely,
        related=tuple(Related(scan.node.location, "and here") for scan in scans[1:]),
        saving=Saving(*astuple(waste_of(plan, nodes, read=read, kept=kept))),
    )


def searched_by(node: PlanNode) -> str:
    """The index that led to the rows; a bitmap scan names it one node below."""
    names = [found for found in (child.text("Index Name") for child in node.walk()) if found]
    return f"index {names[0]}" if names else "the index"
