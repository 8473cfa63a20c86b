"""A sequential scan that reads many rows and keeps few.

## Why it matters
The scan reads the whole table, every time, and the Filter throws nearly all of it away; the time grows with the table,
not with the result. Measured on 300,000 posts: the posts of one author 15.6 ms by sequential scan, 0.03 ms by an index
on author_id. In a subplan or on the inner side of a nested loop it is paid once for each outer row.

The rows may also be thrown away one node later, by a join: a scan of all posts for the 60 that one author's join keeps
took 32.5 ms, by an index on author_id they take 0.02 ms. That is told where the other side has few rows, for each of which an
index would be searched; a nested loop over a scan without a filter is the rule join-filter-discards-rows' to tell.

## When it is fine
Most of the table is wanted: then a sequential scan is the quickest way. Or the table is small, the statement is rare, or
writes matter more than this one reading. A statement of a few milliseconds is left alone. A join of much with much is
best done by two scans and a hash.

## What to do
Create an index on the columns that the Filter compares: those compared by equality first, then what the LIMIT's ORDER BY
wants or the range. An expression (`lower(email) = ..`) needs an index on that expression, a LIKE one of its own kind, an
array or a jsonb a GIN index, an OR an index for each side. A cast of the column keeps its index out: cast the value.
Where an index is there and the planner passes it by, compare its estimate with the rows it got.

What is saved is the part of the scan's own time, blocks and rows that went into rows not kept; at most that, since an
index has to be searched as well.

## Sources
- PostgreSQL documentation, "Using EXPLAIN" (Rows Removed by Filter is counted per loop); "Multicolumn Indexes"; "Indexes
  and ORDER BY"
- the measurement: PostgreSQL 18, tables in shared buffers
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import astuple

from advisor.model import Plan, PlanNode, Schema
from advisor.model.plan.access import (
    Access,
    access_of,
    conditions_of,
    elapsed,
    family_of,
    join_conditions_of,
    look_up_join,
    parents_of,
    rows_read,
    wanted_order,
)
from advisor.model.plan.conditions import Condition
from advisor.model.plan.times import exclusive_times
from advisor.model.plan.waste import waste_of
from advisor.remedies.plan_indexes import advise
from advisor.rule import Confidence, Finding, PlanOptions, Related, Saving, Severity, plan, rule, sql

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
    SCHEMA
    + plan("""
        Hash Join  (cost=108.51..13896.68 rows=60 width=49) (actual time=0.795..49.581 rows=60.00 loops=1)
          Hash Cond: (p.author_id = a.id)
          Buffers: shared hit=10046
          ->  Seq Scan on posts p  (cost=0.00..13000.00 rows=300000 width=42) (actual time=0.008..32.512 rows=300000.00 loops=1)
                Buffers: shared hit=10000
          ->  Hash  (cost=108.50..108.50 rows=1 width=15) (actual time=0.255..0.258 rows=1.00 loops=1)
                Buckets: 1024  Batches: 1  Memory Usage: 9kB
                Buffers: shared hit=46
                ->  Seq Scan on authors a  (cost=0.00..108.50 rows=1 width=15) (actual time=0.010..0.254 rows=1.00 loops=1)
                      Filter: (name = 'author 77'::text)
                      Rows Removed by Filter: 4999
                      Buffers: shared hit=46
        Planning Time: 0.155 ms
        Execution Time: 49.615 ms
    """),
    SCHEMA
    + plan("""
        Seq Scan on posts  (cost=0.00..14500.00 rows=90 width=4) (actual time=0.050..53.269 rows=90.00 loops=1)
          Filter: ((views = 17) OR (author_id = 3))
          Rows Removed by Filter: 299910
          Buffers: shared hit=10000
        Planning Time: 0.061 ms
        Execution Time: 53.300 ms
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
        Seq Scan on posts  (cost=0.00..11062.01 rows=60 width=151)
          Filter: (author_id = 4242)
    """),
    SCHEMA
    + plan("""
        Aggregate  (cost=14592.26..14592.27 rows=1 width=8) (actual time=42.443..42.448 rows=1.00 loops=1)
          Buffers: shared hit=10359
          ->  Hash Join  (cost=83.59..14584.52 rows=3093 width=38) (actual time=0.333..42.301 rows=3093.00 loops=1)
                Hash Cond: (p.id = m.post_id)
                Buffers: shared hit=10359
                ->  Seq Scan on posts p  (cost=0.00..13345.00 rows=300000 width=42) (actual time=0.004..14.256 rows=300000.00 loops=1)
                      Buffers: shared hit=10345
                ->  Hash  (cost=44.93..44.93 rows=3093 width=4) (actual time=0.325..0.327 rows=3093.00 loops=1)
                      Buckets: 4096  Batches: 1  Memory Usage: 141kB
                      Buffers: shared hit=14
                      ->  Seq Scan on marks m  (cost=0.00..44.93 rows=3093 width=4) (actual time=0.005..0.160 rows=3093.00 loops=1)
                            Buffers: shared hit=14
        Planning Time: 0.155 ms
        Execution Time: 42.474 ms
    """),  # noqa: E501
]


@dataclass(frozen=True)
class SlowScanOptions(PlanOptions):
    """When a sequential scan is worth a word."""

    min_rows: int = 10_000
    """Rows read in all loops."""
    min_rows_a_loop: int = 500
    """Rows read in one loop: a smaller table is scanned as quickly as it is looked up."""
    max_kept: float = 0.05
    """The part of the rows read that the filter keeps."""
    max_kept_by_join: float = 0.005
    """The part of the rows read that a join above keeps, and the part that the other side has rows to look up by: each of them is
    a search of its own, which a scan and a hash soon beat."""


REMOVED_BY_JOIN = ("Rows Removed by Join Filter", "Rows Removed by Filter")


class Scan(Struct, frozen=True):
    """A scan of a table, what it compares, and how many rows were kept by that. `join` where it is a join that compares."""

    access: Access
    compared: tuple[Condition, ...]
    kept: float
    join: PlanNode | None = None

    @property
    def node(self) -> PlanNode:
        return self.access.node


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD, yields="partitions-not-pruned")
def slow_sequential_scan(plan: Plan, schema: Schema | None, options: SlowScanOptions) -> Iterator[Finding]:
    total, parents = elapsed(plan), parents_of(plan)
    if not plan.root.analyzed or (total is not None and total < options.min_time):
        return
    groups: dict[object, list[Scan]] = {}
    for node in plan.walk():
        access = access_of(node, schema) if node.type == "Seq Scan" and node.loops else None
        scan = judged(access, parents, options) if access is not None else None
        if scan is not None:
            groups.setdefault(group_of(scan, parents), []).append(scan)
    for scans in groups.values():
        if is_slow(scans, plan, options):
            yield describe(scans, plan, parents, schema)


def judged(access: Access, parents: Mapping[PlanNode, PlanNode], options: SlowScanOptions) -> Scan | None:
    """A scan with what throws its rows away: its filter, or else the join that it feeds; None where neither does."""
    node, read = access.node, rows_read(access.node)
    filters = conditions_of(access, "Filter")
    if filters and node.total_rows <= options.max_kept * read:
        return Scan(access, filters, node.total_rows)
    found = look_up_join(node, parents)
    few = options.max_kept_by_join * read
    if found is None or max(found[0].total_rows, found[1].total_rows) > few:
        return None
    above = found[0]
    joined = join_conditions_of(access, above)
    # Pairs that the join has found and then thrown away would be found by an index as well.
    matched = above.total_rows + sum(above.number(name) for name in REMOVED_BY_JOIN) * above.loops
    return Scan(access, (*joined, *filters), matched, above) if joined and matched <= few else None


def group_of(scan: Scan, parents: Mapping[PlanNode, PlanNode]) -> object:
    """Scans of one table, or of its partitions, that compare the same columns are one cause."""
    family = family_of(scan.node, parents)
    compared = tuple((found.column, found.operator, found.expression) for found in scan.compared)
    return (family if len(family) > 1 else scan.access.name, compared, scan.join is not None)


def is_slow(scans: list[Scan], plan: Plan, options: SlowScanOptions) -> bool:
    """Whether scans of one cause read enough rows, and took enough of the statement's time."""
    nodes = [scan.node for scan in scans]
    a_loop = max(rows_read(node) / max(node.loops, 1) for node in nodes)
    if sum(map(rows_read, nodes)) < options.min_rows or a_loop < options.min_rows_a_loop:
        return False
    total, times = elapsed(plan), exclusive_times(plan)
    return total is None or not times or sum(times[node] for node in nodes) >= options.min_share * total


def describe(scans: list[Scan], plan: Plan, parents: Mapping[PlanNode, PlanNode], schema: Schema | None) -> Finding:
    times = exclusive_times(plan)
    scans = sorted(scans, key=lambda scan: times.get(scan.node, rows_read(scan.node)), reverse=True)
    worst, nodes = scans[0], [scan.node for scan in scans]
    order = wanted_order(worst.node, parents) if worst.join is None else ()
    advice = advise([scan.access for scan in scans], worst.compared, order, schema)
    read, kept = sum(map(rows_read, nodes)), sum(scan.kept for scan in scans)
    return Finding(
        at=worst.node.location,
        subject=worst.access.name.qualified,
        message=f"sequential scan of {described(scans)} {reading(scans, times)}; {advice.words}",
        remedy=advice.remedy,
        confidence=Confidence.POSSIBLE
        if advice.existing
        else Confidence.CERTAIN
        if times and advice.is_sure
        else Confidence.LIKELY,
        related=tuple(Related(scan.node.location, "and here") for scan in scans[1:]),
        saving=Saving(*astuple(waste_of(plan, nodes, read=read, kept=kept))),
    )


def described(scans: list[Scan]) -> str:
    """The table's name; of partitions, how many."""
    name, number = scans[0].access.name, len({scan.node.relation for scan in scans})
    if number == 1:
        return str(name)
    return f"{name} ({number} partitions)" if scans[0].access.table else f"{name} and {number - 1} more like it"


def reading(scans: list[Scan], times: Mapping[PlanNode, float]) -> str:
    """How many rows were read for how many, in what time, how often."""
    nodes = [scan.node for scan in scans]
    read, kept = sum(map(rows_read, nodes)), sum(scan.kept for scan in scans)
    scanned: Counter[str | None] = Counter()
    for node in nodes:
        scanned[node.relation] += 0 if node.fields.get("Parallel Aware") is True else int(node.loops)
    loops = max(scanned.values())
    spent = f" in {sum(times[node] for node in nodes):,.1f} ms" if times else ""
    often = f" (scanned {loops:,.0f} times)" if loops > 1 else ""
    if scans[0].join is not None:
        return f"reads {read:,.0f} rows{spent}{often} for {kept:,.0f} that its join keeps"
    return f"reads {read:,.0f} rows to keep {kept:,.0f}{spent}{often}"
