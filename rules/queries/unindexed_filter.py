"""A filter or a join that reads a large table whole, for want of an index.

## Why it matters
The time of a sequential scan grows with the table, not with the result. Measured on 300,000 orders: the
15 of one customer 16.7 ms by a sequential scan, 0.03 ms by an index on customer_id.

## When it is fine
The statement is rare, or the table is small after all: a plan without ANALYZE shows what the planner expects, not what
was read. So the finding is a possibility, and likely only where the schema has the table and no index that would serve.

## What to do
Create the index, or run EXPLAIN (ANALYZE, BUFFERS) first and see what the scan takes: then the rule slow-sequential-scan
judges by what was measured, and this one is silent.

A table counts as large by the planner's cost of the scan: 5,000 is about 200,000 rows by the default settings. What the
statement would be spared is not known without having run it.

## Sources
- PostgreSQL documentation, "Using EXPLAIN"; "Planner Cost Constants"; "Multicolumn Indexes"
- `src/backend/optimizer/path/costsize.c`, `cost_seqscan`: a page costs seq_page_cost, a row cpu_tuple_cost and its conditions
- the measurement: PostgreSQL 18, tables in shared buffers
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from advisor.model import IndexKey, Plan, PlanNode, Schema
from advisor.model.plan.access import (
    Access,
    access_of,
    conditions_of,
    family_of,
    join_conditions_of,
    look_up_join,
    parents_of,
    wanted_order,
)
from advisor.model.plan.conditions import Condition
from advisor.model.plan.estimates import stopped_early
from advisor.model.plan.times import exclusive_costs
from advisor.remedies.plan_indexes import advise
from advisor.rule import Confidence, Finding, Options, Related, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL UNIQUE, country text NOT NULL);
    CREATE TABLE orders (
        id int PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, total int NOT NULL, note text,
        placed_at timestamptz NOT NULL
    );
""")
BAD = [
    SCHEMA
    + plan("""
        Seq Scan on orders  (cost=0.00..8296.00 rows=15 width=8)
          Filter: (customer_id = 4242)
        Planning Time: 0.012 ms
    """),
    SCHEMA
    + plan("""
        Hash Join  (cost=8.32..8341.98 rows=15 width=4)
          Output: o.id
          Inner Unique: true
          Hash Cond: (o.customer_id = c.id)
          ->  Seq Scan on public.orders o  (cost=0.00..7546.00 rows=300000 width=8)
                Output: o.id, o.customer_id, o.status, o.total, o.note, o.placed_at
          ->  Hash  (cost=8.30..8.30 rows=1 width=4)
                Output: c.id
                ->  Index Scan using customers_email_idx on public.customers c  (cost=0.29..8.30 rows=1 width=4)
                      Output: c.id
                      Index Cond: (c.email = 'reader4242@example.com'::text)
    """),
    plan("""
        Sort  (cost=14095.74..14095.81 rows=30 width=46)
          Sort Key: slug
          ->  Seq Scan on posts  (cost=0.00..14095.00 rows=30 width=46)
                Filter: ((slug)::text ~~ 'slug-abc%'::text)
    """),
]
GOOD = [
    plan("""
        Limit  (cost=0.00..234.92 rows=1 width=245)
          ->  Seq Scan on posts  (cost=0.00..14095.00 rows=60 width=245)
                Filter: (author_id = 77)
    """),
    plan("""
        Aggregate  (cost=13846.83..13846.84 rows=1 width=8)
          ->  Seq Scan on posts  (cost=0.00..13345.00 rows=200730 width=0)
                Filter: published
    """),
    plan("""
        Seq Scan on authors  (cost=0.00..108.50 rows=1 width=4)
          Filter: (name = 'author 77'::text)
    """),
    SCHEMA
    + sql("CREATE INDEX orders_customer_id_idx ON orders (customer_id);", "schema_2.sql")
    + plan("""
        Seq Scan on orders  (cost=0.00..8296.00 rows=15 width=8)
          Filter: (customer_id = 4242)
        Planning Time: 0.012 ms
    """),
]
COST_OF_A_ROW = 0.025
"""By the default settings a row costs cpu_tuple_cost and cpu_operator_cost, and about as much again for its page."""


@dataclass(frozen=True)
class UnindexedOptions(Options):
    """When a scan that was only planned is worth a word."""

    min_cost: float = 5_000.0
    """The planner's cost of the scan."""
    min_share: float = 0.1
    """The part of the statement's cost that the scan is."""
    max_kept: float = 0.01
    """The part of the rows that the cost stands for that is expected to be kept."""
    max_kept_by_join: float = 0.005
    """The same where a join keeps them, and for the rows that the join looks them up by."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def unindexed_filter(plan: Plan, schema: Schema | None, options: UnindexedOptions) -> Iterator[Finding]:
    costs = exclusive_costs(plan)
    if plan.root.analyzed or not costs:
        return
    parents, early = parents_of(plan), stopped_early(plan)
    found: dict[object, list[tuple[Access, tuple[Condition, ...], float]]] = {}
    for node in plan.walk():
        access = access_of(node, schema) if node.type == "Seq Scan" and node not in early else None
        judged = compared(access, parents, options) if access is not None else None
        if access is not None and judged is not None:
            conditions, kept = judged
            family = family_of(node, parents)
            asked = tuple((each.column, each.operator, each.expression) for each in conditions)
            found.setdefault((family if len(family) > 1 else access.name, asked), []).append((access, conditions, kept))
    for scans in found.values():
        cost = sum(cost_of(access.node) for access, _, _ in scans)
        if cost >= max(options.min_cost, options.min_share * plan.root.number("Total Cost")):
            yield from describe(scans, parents, schema)


def cost_of(node: PlanNode) -> float:
    return node.number("Total Cost") - node.number("Startup Cost")


def compared(
    access: Access, parents: Mapping[PlanNode, PlanNode], options: UnindexedOptions
) -> tuple[tuple[Condition, ...], float] | None:
    """What throws the scan's rows away, and how many rows are to be kept; None where most are."""
    node, filters = access.node, conditions_of(access, "Filter")
    rows = max(cost_of(node) / COST_OF_A_ROW, node.estimated_rows)
    if filters and node.estimated_rows <= options.max_kept * rows:
        return filters, node.estimated_rows
    joined = look_up_join(node, parents)
    if joined is None or max(each.estimated_rows for each in joined) > options.max_kept_by_join * rows:
        return None
    conditions = join_conditions_of(access, joined[0])
    return ((*conditions, *filters), joined[0].estimated_rows) if conditions else None


def describe(
    scans: list[tuple[Access, tuple[Condition, ...], float]], parents: Mapping[PlanNode, PlanNode], schema: Schema | None
) -> Iterator[Finding]:
    """Nothing where an index is there: the planner had its reasons, and only a measured plan can tell them."""
    scans = sorted(scans, key=lambda scan: cost_of(scan[0].node), reverse=True)
    access, conditions, _ = scans[0]
    order: tuple[IndexKey, ...] = wanted_order(access.node, parents)
    advice = advise([scan for scan, _, _ in scans], conditions, order, schema)
    if advice.remedy is None:
        return
    kept = sum(rows for _, _, rows in scans)
    partitions = f" ({len(scans)} partitions)" if len(scans) > 1 and access.table else ""
    cost = sum(cost_of(scan.node) for scan, _, _ in scans)
    yield Finding(
        at=access.node.location,
        subject=access.name.qualified,
        message=f"{access.name}{partitions} is to be read whole, at a cost of {cost:,.0f}, for {kept:,.0f} "
        f"{'row' if kept == 1 else 'rows'}; {advice.words}",
        remedy=advice.remedy,
        confidence=Confidence.LIKELY if access.table else Confidence.POSSIBLE,
        related=tuple(Related(scan.node.location, "and here") for scan, _, _ in scans[1:]),
    )
