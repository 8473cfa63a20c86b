"""A sequential scan that reads many rows and keeps few.

## Why it matters
The scan reads the whole table, every time, and the Filter throws nearly all of it away; the time grows with the table,
not with the result. Measured on 300,000 posts: the posts of one author 15.6 ms by sequential scan, 0.03 ms by an index
on author_id. In a subplan or on the inner side of a nested loop it is paid once for each outer row.

## When it is fine
Most of the table is wanted: then a sequential scan is the quickest way. Or the table is small, the statement is rare, or
writes matter more than this one reading. A statement of a few milliseconds is left alone.

## What to do
Create an index on the columns that the Filter compares: those compared by equality first, then what the LIMIT's ORDER BY
wants or the range. A filter over an expression (`lower(email) = ..`) needs an index on that expression; a cast of the
column is one too. Where an index is there and the planner passes it by, compare its estimate with the rows it got.

## Sources
- PostgreSQL documentation, "Using EXPLAIN" (Rows Removed by Filter is counted per loop); "Multicolumn Indexes"; "Indexes
  and ORDER BY"
- the measurement: PostgreSQL 18, tables in shared buffers
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.model import IndexKey, Plan, PlanNode, Schema
from advisor.model.plan_access import (
    Access,
    access_of,
    conditions_of,
    elapsed,
    family_of,
    index_for,
    indexable,
    key_columns,
    parents_of,
    rows_read,
    truths,
    wanted_order,
)
from advisor.model.plan_conditions import Condition
from advisor.model.plan_times import exclusive_times
from advisor.remedies.scanned import index_for_scans
from advisor.rule import Confidence, Finding, Options, Related, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE TABLE authors (id int PRIMARY KEY, name text);
    CREATE TABLE posts (
        id int PRIMARY KEY, author_id int NOT NULL, slug varchar(80), published boolean, views int, created_at timestamptz
    );
""")
BAD = [
    SCHEMA
    + plan("""
        Limit  (cost=11064.02..11064.07 rows=20 width=23) (actual time=15.913..15.918 rows=20.00 loops=1)
          Buffers: shared hit=7316
          ->  Sort  (cost=11064.02..11064.12 rows=40 width=23) (actual time=15.912..15.914 rows=20.00 loops=1)
                Sort Key: created_at DESC
                Sort Method: top-N heapsort  Memory: 27kB
                Buffers: shared hit=7316
                ->  Seq Scan on posts  (cost=0.00..11062.95 rows=40 width=23) (actual time=0.226..15.879 rows=40.00 loops=1)
                      Filter: (published AND (author_id = 4242))
                      Rows Removed by Filter: 299960
                      Buffers: shared hit=7316
        Planning Time: 0.080 ms
        Execution Time: 15.941 ms
    """),
    SCHEMA
    + plan("""
        Index Scan using authors_pkey on authors a  (cost=0.28..132754.56 rows=12 width=15) (actual time=15.434..187.916 rows=12.00 loops=1)
          Index Cond: (id <= 12)
          Index Searches: 1
          SubPlan 1
            ->  Aggregate  (cost=11062.16..11062.17 rows=1 width=4) (actual time=15.649..15.649 rows=1.00 loops=12)
                  ->  Seq Scan on posts p  (cost=0.00..11062.01 rows=60 width=4) (actual time=0.218..15.622 rows=60.00 loops=12)
                        Filter: (author_id = a.id)
                        Rows Removed by Filter: 299940
        Planning Time: 0.135 ms
        Execution Time: 187.954 ms
    """),  # noqa: E501
    plan("""
        Seq Scan on posts  (cost=0.00..11062.01 rows=60 width=151)
          Filter: (author_id = 4242)
    """),
]
GOOD = [
    SCHEMA
    + plan("""
        Seq Scan on posts  (cost=0.00..11062.01 rows=199787 width=23) (actual time=0.014..28.371 rows=200000.00 loops=1)
          Filter: published
          Rows Removed by Filter: 100000
        Planning Time: 0.061 ms
        Execution Time: 35.402 ms
    """),
    SCHEMA
    + plan("""
        Seq Scan on authors  (cost=0.00..99.50 rows=1 width=15) (actual time=0.312..0.398 rows=1.00 loops=1)
          Filter: (name = 'author 4242'::text)
          Rows Removed by Filter: 4999
        Planning Time: 0.052 ms
        Execution Time: 0.411 ms
    """),
    plan("""
        Seq Scan on authors  (cost=0.00..99.50 rows=1 width=15)
          Filter: (name = 'author 4242'::text)
    """),
]
CONTAINS = frozenset(("@>", "<@", "&&", "?", "?|", "?&", "@@", "@?"))
MATCHES = frozenset(("~~", "~~*", "~", "~*"))
PREFIX = re.compile(r"'[^%_\\']")
"""The beginning of a LIKE pattern that begins with plain text."""


@dataclass(frozen=True)
class SlowScanOptions(Options):
    """When a sequential scan is worth a word."""

    min_time: float = 10.0
    """Milliseconds of a whole statement below which it is left alone."""
    min_share: float = 0.1
    """The part of the statement's time that the scan takes."""
    min_rows: int = 10_000
    """Rows read in all loops."""
    min_rows_a_loop: int = 500
    """Rows read in one loop: a smaller table is scanned as quickly as it is looked up."""
    max_kept: float = 0.05
    """The part of the rows read that the filter keeps."""
    min_cost: float = 10_000.0
    """Without ANALYZE: the planner's cost of the scan."""
    max_kept_by_estimate: float = 0.01
    """Without ANALYZE, `max_kept` of the rows that the cost stands for."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def slow_sequential_scan(plan: Plan, schema: Schema | None, options: SlowScanOptions) -> Iterator[Finding]:
    total, times, parents = elapsed(plan), exclusive_times(plan), parents_of(plan)
    if total is not None and total < options.min_time:
        return
    for scans in scans_by_filter(plan, schema, parents).values():
        if not is_wasteful(scans, times, total, options):
            continue
        worst = max(scans, key=lambda scan: times.get(scan.node, rows_read(scan.node)))
        yield describe(worst, scans, times, wanted_order(worst.node, parents), schema)


def scans_by_filter(plan: Plan, schema: Schema | None, parents: Mapping[PlanNode, PlanNode]) -> dict[object, list[Access]]:
    """Sequential scans with a filter; those of one table, or of its partitions, that compare the same columns are one."""
    found: dict[object, list[Access]] = {}
    for node in plan.walk():
        access = access_of(node, schema) if node.type == "Seq Scan" and "Filter" in node.fields else None
        if access is not None:
            compared = tuple((found.column, found.operator) for found in conditions_of(access, "Filter"))
            family = family_of(node, parents)
            found.setdefault((family if len(family) > 1 else access.name, compared), []).append(access)
    return found


def is_wasteful(scans: Sequence[Access], times: Mapping[PlanNode, float], total: float | None, options: SlowScanOptions) -> bool:
    nodes = [scan.node for scan in scans]
    if not nodes[0].analyzed:
        return any(is_wasteful_by_estimate(node, options) for node in nodes)
    read, kept = sum(map(rows_read, nodes)), sum(node.total_rows for node in nodes)
    a_loop = max(rows_read(node) / max(node.loops, 1) for node in nodes)
    if read < options.min_rows or a_loop < options.min_rows_a_loop or kept > options.max_kept * read:
        return False
    return total is None or not times or sum(times[node] for node in nodes) >= options.min_share * total


def is_wasteful_by_estimate(node: PlanNode, options: SlowScanOptions) -> bool:
    """By PostgreSQL's default costs: a row costs cpu_tuple_cost + cpu_operator_cost, and about as much again for its page."""
    cost = node.number("Total Cost") - node.number("Startup Cost")
    rows = cost / (2 * (0.01 + 0.0025))
    return cost >= options.min_cost and node.estimated_rows <= options.max_kept_by_estimate * rows


def describe(
    worst: Access, scans: Sequence[Access], times: Mapping[PlanNode, float], order: tuple[IndexKey, ...], schema: Schema | None
) -> Finding:
    filters = conditions_of(worst, "Filter")
    columns = key_columns(indexable(worst, filters), order) or truths(filters)[:1]
    existing = index_for(worst.table, columns)
    wanted = index_for_scans([scan.name for scan in scans], columns, worst.table, schema) if columns else None
    confidence = Confidence.CERTAIN if times else Confidence.LIKELY
    if existing is not None:
        advice = f"index {existing} could serve it and was not used, or is newer than this plan"
        confidence = Confidence.POSSIBLE
    elif columns:
        listed = ", ".join(map(str, columns))
        advice = f"no index leads to them by {listed}" if worst.table else f"an index on ({listed}) would lead to them"
    else:
        advice = other_index(filters)
    return Finding(
        at=worst.node.location,
        subject=worst.name.qualified,
        message=f"sequential scan of {described(worst, scans)} {reading([scan.node for scan in scans], times)}; {advice}",
        remedy=wanted if existing is None else None,
        confidence=confidence if worst.node.analyzed else Confidence.POSSIBLE,
        related=tuple(Related(scan.node.location, "and here") for scan in scans if scan is not worst),
    )


def other_index(filters: Sequence[Condition]) -> str:
    """What would serve a filter that no btree index on plain columns serves."""
    for condition in filters:
        if condition.operator == "or":
            return "an index for each side of its OR would serve it"
        if condition.operator in CONTAINS:
            return f"a GIN index on ({condition.column}) would serve it"
        if condition.operator == "~~" and PREFIX.match(condition.value):
            return f"an index on ({condition.column} text_pattern_ops) would serve this LIKE"
        if condition.operator in MATCHES:
            return f"a trigram index (GIN with gin_trgm_ops, of the extension pg_trgm) on ({condition.column}) would serve it"
        if condition.column is not None and condition.expression is None:
            return "a partial index with this filter as its WHERE would serve it"
    return "its filter compares no plain column: only an index on the expression would serve it"


def described(worst: Access, scans: Sequence[Access]) -> str:
    """The table's name; of partitions, how many."""
    number = len({scan.node.relation for scan in scans})
    if number == 1:
        return str(worst.name)
    return f"{worst.name} ({number} partitions)" if worst.table else f"{worst.name} and {number - 1} more like it"


def reading(nodes: Sequence[PlanNode], times: Mapping[PlanNode, float]) -> str:
    if not nodes[0].analyzed:
        return f"is expected to keep {max(node.estimated_rows for node in nodes):,.0f} rows of very many"
    read, kept = sum(map(rows_read, nodes)), sum(node.total_rows for node in nodes)
    scanned: Counter[str | None] = Counter()
    for node in nodes:
        scanned[node.relation] += 0 if node.fields.get("Parallel Aware") is True else int(node.loops)
    loops = max(scanned.values())
    spent = f" in {sum(times[node] for node in nodes):,.1f} ms" if times else ""
    often = f" (scanned {loops:,.0f} times)" if loops > 1 else ""
    return f"reads {read:,.0f} rows to keep {kept:,.0f}{spent}{often}"
