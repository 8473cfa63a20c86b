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
was chosen for. A filter on true, false or NULL is better served by a partial index (`WHERE published`).

## Sources
- PostgreSQL documentation, "Using EXPLAIN" (Index Cond and Filter; Rows Removed by Filter); "Multicolumn Indexes";
  "Partial Indexes"
- the measurement: PostgreSQL 18, tables in shared buffers
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import IndexKey, Plan, PlanNode, Schema
from advisor.model.plan_access import (
    Access,
    access_of,
    ancestors,
    conditions_of,
    elapsed,
    family_of,
    index_for,
    indexable,
    key_columns,
    parents_of,
    rows_read,
)
from advisor.model.plan_times import inclusive_times
from advisor.remedies import Remedy
from advisor.remedies.scanned import index_for_scans
from advisor.rule import Confidence, Finding, Options, Related, Severity, plan, rule, sql

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
]
SCANS = ("Index Scan", "Index Only Scan", "Bitmap Heap Scan")


@dataclass(frozen=True)
class DiscardOptions(Options):
    """When rows that an index found in vain are worth a word."""

    min_time: float = 10.0
    """Milliseconds of a whole statement below which it is left alone."""
    min_share: float = 0.1
    """The part of the statement's time that the scan takes."""
    min_removed: int = 5_000
    """Rows that the filter removed in all loops."""
    max_kept: float = 0.1
    """The part of the rows found that the filter keeps."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def filter_discards_rows(plan: Plan, schema: Schema | None, options: DiscardOptions) -> Iterator[Finding]:
    total = elapsed(plan)
    if not plan.root.analyzed or (total is not None and total < options.min_time):
        return
    times = inclusive_times(plan)
    parents = parents_of(plan)
    found: dict[tuple[object, ...], list[Access]] = {}
    for node in plan.walk():
        access = access_of(node, schema) if node.type in SCANS else None
        if access is not None and is_wasteful(node, options) and (not total or times[node] >= options.min_share * total):
            found.setdefault(family_of(node, parents), []).append(access)
    for scans in found.values():
        worst = max(scans, key=lambda scan: rows_read(scan.node))
        under_limit = any(above.type == "Limit" for above in ancestors(worst.node, parents))
        others = tuple(Related(scan.node.location, "and here") for scan in scans if scan is not worst)
        columns = wanted_columns(worst, under_limit)
        wanted = index_for_scans([scan.name for scan in scans], columns, worst.table, schema) if columns else None
        yield describe(worst, columns, wanted, bool(times[worst.node]), others)


def is_wasteful(node: PlanNode, options: DiscardOptions) -> bool:
    read = rows_read(node)
    return read - node.total_rows >= options.min_removed and node.total_rows <= options.max_kept * read


def wanted_columns(access: Access, under_limit: bool) -> tuple[str | IndexKey, ...]:
    """The columns of an index that would find these rows and no others; empty where plain columns cannot say it.

    A scan without an Index Cond was chosen for the index's order: under a LIMIT the better index keeps that order.
    """
    searched, filtered = conditions_of(access, "Index Cond", "Recheck Cond"), conditions_of(access, "Filter")
    served = indexable(access, filtered)
    if not served or len(indexable(access, searched)) < len(searched):
        return ()
    order = order_of_index(access) if under_limit and not searched else ()
    return key_columns((*indexable(access, searched), *served), order)


def order_of_index(access: Access) -> tuple[IndexKey, ...]:
    """The keys of the index that was scanned, where the schema has it and they are plain columns."""
    indexes = access.table.indexes if access.table else ()
    used = next((index for index in indexes if index.name == access.node.text("Index Name")), None)
    return used.keys if used is not None and None not in used.columns else ()


def describe(
    access: Access, columns: tuple[str | IndexKey, ...], wanted: Remedy | None, is_timed: bool, others: tuple[Related, ...]
) -> Finding:
    node = access.node
    existing = index_for(access.table, columns)
    remedy = wanted if existing is None else None
    if existing is not None:
        advice = f"; index {existing} could serve it and was not used, or is newer than this plan"
    elif remedy is not None:
        advice = f"; an index on ({', '.join(map(str, columns))}) would find the right ones"
    else:
        advice = "; a partial index, or one on the filter's expression, would find the right ones"
    return Finding(
        at=node.location,
        subject=f"{access.name.qualified} by {searched_by(node)}",
        message=f"{searched_by(node)} finds {rows_read(node):,.0f} rows of {access.name} and the filter keeps "
        f"{node.total_rows:,.0f}{advice}",
        remedy=remedy,
        confidence=Confidence.POSSIBLE if existing else Confidence.CERTAIN if is_timed else Confidence.LIKELY,
        related=others,
    )


def searched_by(node: PlanNode) -> str:
    """The index that led to the rows; a bitmap scan names it one node below."""
    names = [found for found in (child.text("Index Name") for child in node.walk()) if found]
    return f"index {names[0]}" if names else "the index"
