"""An index scan that fetches every row of its table, page by page as the index has them.

## Why it matters
An index scan goes to the table for each row. Where the rows stand there in another order, the same page is visited again
and again, and from a disk read at random. Measured on 300,000 orders: the first of each customer
through an index on customer_id 176 ms and 300,320 visits of blocks; through one that carries the date too 32 ms and
1,153.

## When it is fine
The rows stand in the index's order, as those of a serial key do: then each page is visited once. A LIMIT ends the scan
early. An index-only scan, which does not go to the table at all. The order is needed and there is no memory to sort in.

## What to do
Ask why it looked cheap to the planner: a random_page_cost below what the disk gives, or a work_mem too small for a hash
or a sort of the rows. Where the order is what is wanted, an index that carries the columns too (INCLUDE) gives it
without going to the table. Without the plan's BUFFERS nothing is said, since the visits cannot be counted.

What is saved is at most what the visits beyond one of each page took; a page holds at most what its rows' width allows.

## Sources
- PostgreSQL documentation, "Using EXPLAIN"; "Planner Cost Constants", `random_page_cost`; "Index-Only Scans and Covering
  Indexes"
- `src/backend/optimizer/path/costsize.c`, `cost_index` and `index_pages_fetched` (a page that is cached is counted once)
- the measurement: PostgreSQL 18, tables in shared buffers
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.model import IndexKey, Plan, PlanNode, Schema
from advisor.model.plan.access import Access, access_of, elapsed, family_of, parents_of, rows_read
from advisor.model.plan.estimates import stopped_early
from advisor.model.plan.times import exclusive_counts, exclusive_times
from advisor.model.plan.waste import BLOCKS
from advisor.remedies import Remedy
from advisor.remedies.plan_indexes import CreateSpecialIndex
from advisor.rule import Confidence, Finding, PlanOptions, Related, Saving, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, country text NOT NULL);
    CREATE TABLE orders (
        id int PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, total int NOT NULL, note text,
        placed_at timestamptz NOT NULL
    );
    CREATE INDEX orders_customer_id_idx ON orders (customer_id);
""")
BAD = [
    SCHEMA
    + plan("""
        Aggregate  (cost=8881.27..8881.28 rows=1 width=8) (actual time=189.206..189.208 rows=1.00 loops=1)
          Buffers: shared hit=300320
          ->  GroupAggregate  (cost=0.42..8633.03 rows=19859 width=12) (actual time=0.025..188.140 rows=20000.00 loops=1)
                Group Key: orders.customer_id
                Buffers: shared hit=300320
                ->  Index Scan using orders_customer_id_idx on orders  (cost=0.42..6934.44 rows=300000 width=8) (actual time=0.010..163.008 rows=300000.00 loops=1)
                      Index Searches: 1
                      Buffers: shared hit=300320
        Planning Time: 0.083 ms
        Execution Time: 189.236 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Aggregate  (cost=7988.14..7988.15 rows=1 width=16) (actual time=176.309..176.310 rows=1.00 loops=1)
          Output: count(*), max(orders.placed_at)
          Buffers: shared hit=300320
          ->  Unique  (cost=0.42..7684.50 rows=20243 width=12) (actual time=0.016..174.974 rows=20000.00 loops=1)
                Output: orders.customer_id, orders.placed_at
                Buffers: shared hit=300320
                ->  Index Scan using orders_customer_id_idx on public.orders  (cost=0.42..6934.50 rows=300000 width=12) (actual time=0.015..160.595 rows=300000.00 loops=1)
                      Output: orders.customer_id, orders.placed_at
                      Index Searches: 1
                      Buffers: shared hit=300320
        Planning Time: 0.083 ms
        Execution Time: 176.338 ms
    """),  # noqa: E501
]
GOOD = [
    plan("""
        Aggregate  (cost=19757.42..19757.43 rows=1 width=8) (actual time=89.700..89.701 rows=1.00 loops=1)
          Buffers: shared hit=11167
          ->  Index Scan using posts_pkey on posts  (cost=0.42..15257.42 rows=300000 width=42) (actual time=0.010..45.768 rows=300000.00 loops=1)
                Index Searches: 1
                Buffers: shared hit=11167
        Planning Time: 0.087 ms
        Execution Time: 89.717 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=954.48..954.49 rows=1 width=8) (actual time=40.701..40.703 rows=1.00 loops=1)
          Buffers: shared hit=20020
          ->  Limit  (cost=0.30..654.48 rows=20000 width=42) (actual time=0.013..38.715 rows=20000.00 loops=1)
                Buffers: shared hit=20020
                ->  Index Scan using posts_views_idx on posts  (cost=0.30..9812.97 rows=300000 width=42) (actual time=0.012..37.577 rows=20000.00 loops=1)
                      Index Searches: 1
                      Buffers: shared hit=20020
        Planning Time: 0.090 ms
        Execution Time: 40.726 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=8390.30..8390.31 rows=1 width=8) (actual time=23.751..23.753 rows=1.00 loops=1)
          Buffers: shared hit=280
          ->  Index Only Scan using posts_views_idx on posts  (cost=0.30..4640.30 rows=300000 width=4) (actual time=0.011..13.246 rows=300000.00 loops=1)
                Heap Fetches: 0
                Index Searches: 1
                Buffers: shared hit=280
        Planning Time: 0.091 ms
        Execution Time: 23.777 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=6165.74..6165.75 rows=1 width=8) (actual time=26.772..26.773 rows=1.00 loops=1)
          Buffers: shared hit=30029
          ->  Index Scan using posts_views_idx on posts  (cost=0.30..5714.09 rows=30110 width=42) (actual time=0.010..23.965 rows=30000.00 loops=1)
                Index Cond: (views < 1000)
                Index Searches: 1
                Buffers: shared hit=30029
        Planning Time: 0.099 ms
        Execution Time: 26.795 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=51499.28..51499.29 rows=1 width=8) (actual time=202.735..202.737 rows=1.00 loops=1)
          Buffers: shared hit=300279
          ->  Index Scan using posts_views_idx on posts  (cost=0.30..46999.28 rows=300000 width=42) (actual time=0.010..174.553 rows=300000.00 loops=1)
                Index Searches: 1
                Buffers: shared hit=300279
        Settings: jit = 'off', max_parallel_workers_per_gather = '0', enable_seqscan = 'off'
        Planning Time: 0.082 ms
        Execution Time: 202.759 ms
    """),  # noqa: E501
]
PAGE = 8192
COLUMN = re.compile(r'(?:(?:"(?:[^"]|"")+"|[\w$]+)\.)?("(?:[^"]|"")+"|[\w$]+)$')
MAX_CARRIED = 3
"""Columns that an index may carry beside its own before it is a second table."""


@dataclass(frozen=True)
class UnselectiveOptions(PlanOptions):
    """When a whole table read through an index is worth a word."""

    min_rows: int = 10_000
    """Rows fetched in all loops."""
    min_visits: float = 0.3
    """Blocks visited for each row: in a table in the index's order a block serves all its rows at once."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD, yields="planner-setting-changed")
def unselective_index_scan(plan: Plan, schema: Schema | None, options: UnselectiveOptions) -> Iterator[Finding]:
    total, times = elapsed(plan), exclusive_times(plan)
    if not plan.root.analyzed or (total is not None and total < options.min_time) or forbidden_otherwise(plan):
        return
    parents, early, blocks = parents_of(plan), stopped_early(plan), exclusive_counts(plan, *BLOCKS)
    found: dict[tuple[object, ...], list[Access]] = {}
    for node in plan.walk():
        whole = (
            node.type == "Index Scan" and "Index Cond" not in node.fields and "Order By" not in node.fields and node not in early
        )
        access = access_of(node, schema) if whole and rows_read(node) >= options.min_rows else None
        if access is not None and blocks[node] >= options.min_visits * rows_read(node):
            found.setdefault(family_of(node, parents), []).append(access)
    for scans in found.values():
        if not total or not times or sum(times[scan.node] for scan in scans) >= options.min_share * total:
            yield describe(scans, plan, schema)


def forbidden_otherwise(plan: Plan) -> bool:
    """Whether a setting kept the planner from a sequential scan or a sort: then it had no choice."""
    settings = plan.fields.get("Settings")
    switched = settings if isinstance(settings, dict) else {}
    return any(switched.get(name) == "off" for name in ("enable_seqscan", "enable_sort", "enable_hashagg", "enable_hashjoin"))


def describe(scans: Sequence[Access], plan: Plan, schema: Schema | None) -> Finding:
    worst = max(scans, key=lambda scan: rows_read(scan.node))
    nodes = [scan.node for scan in scans]
    visits, rows = sum(exclusive_counts(plan, *BLOCKS)[node] for node in nodes), sum(map(rows_read, nodes))
    remedy = carrying_index(worst, schema)
    used = f"index {worst.node.text('Index Name')}"
    better = (
        "an index that carries the columns too" if remedy else "a sequential scan, or an index that carries the columns (INCLUDE),"
    )
    return Finding(
        at=worst.node.location,
        subject=f"{worst.name.qualified} by {used}",
        message=f"all {rows:,.0f} rows of {worst.name} are fetched through {used}, with {visits:,.0f} visits of blocks; {better} "
        "would not visit the same block again and again",
        remedy=remedy,
        confidence=Confidence.LIKELY,
        related=tuple(Related(scan.node.location, "and here") for scan in scans if scan is not worst),
        saving=spared(plan, nodes, visits),
    )


def carrying_index(access: Access, schema: Schema | None) -> Remedy | None:
    """The index with the other columns that are asked for, where the plan says which (VERBOSE) and the schema knows its keys."""
    used = access.node.text("Index Name")
    index = next((each for each in (access.table.indexes if access.table else ()) if each.name == used), None)
    output = access.node.fields.get("Output")
    if index is None or index.predicate or None in index.columns or not isinstance(output, list) or access.table is None:
        return None
    asked = [match[1].strip('"') for each in output if (match := COLUMN.fullmatch(str(each)))]
    carried = tuple(name for name in dict.fromkeys(asked) if name not in index.columns)
    known = all(access.table.column(name) for name in carried) and len(asked) == len(output)
    if not known or not 0 < len(carried) <= MAX_CARRIED or len(carried) + len(index.keys) >= len(access.table.columns):
        return None
    keys = tuple(key.column if key.column and key == IndexKey(key.column) else key for key in index.keys)
    return CreateSpecialIndex.on_table(access.table, keys, schema, include=carried)


def spared(plan: Plan, nodes: Sequence[PlanNode], visits: float) -> Saving:
    """Each page must be visited once, and holds no more rows than their width allows (of the columns asked for: a lower bound)."""
    pages = sum(rows_read(node) * node.number("Plan Width") / PAGE for node in nodes)
    times, total = exclusive_times(plan), elapsed(plan)
    part = max(0.0, 1 - pages / visits) if visits else 0.0
    milliseconds = sum(times[node] for node in nodes) * part if times else None
    share = min(1.0, milliseconds / total) if milliseconds is not None and total else None
    return Saving(milliseconds=milliseconds, share=share, blocks=max(0, round(visits - pages)))
