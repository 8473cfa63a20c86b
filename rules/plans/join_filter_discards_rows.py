"""A join that builds pairs of rows and throws most of them away.

## Why it matters
A join by equality finds the partners of a row by a hash or an index. Any other condition is a Join Filter: every pair is built and
tried. Measured: 2,000 sales against 2,400 prices by ranges alone tried 4.8 million pairs in 386 ms; with the product compared by
equality 24,000 pairs in 2.8 ms.

## When it is fine
One side has a handful of rows, or there is no equality between the sides: an overlap of ranges, a distance, a LIKE of two columns.

## What to do
Compare with `=` what can be compared so, even where the ranges would suffice: the planner hashes or looks up by it, and tries
the rest on what is left. `a = b OR c = d` becomes two joins and a UNION; `x BETWEEN y AND y` an equality. For ranges, a range
type with a GiST index; for the nearest value before a moment, LATERAL with ORDER BY and LIMIT 1 on an index.

## Sources
- PostgreSQL documentation, "Using EXPLAIN": Join Filter, Rows Removed by Join Filter (counted per loop); "Range Types", section
  "Indexing"; "Planner/Optimizer", the three join strategies
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode, Schema
from advisor.model.plan.access import Access, access_of
from advisor.model.plan.conditions import Condition, alternatives, conditions
from advisor.model.plan.times import exclusive_times, inclusive_times
from advisor.model.plan.titles import title_of
from advisor.rule import Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=132224.15..132224.16 rows=1 width=8) (actual time=400.156..400.158 rows=1.00 loops=1)
          Buffers: shared hit=27
          ->  Nested Loop  (cost=0.00..132076.00 rows=59259 width=4) (actual time=0.457..399.994 rows=2000.00 loops=1)
                Join Filter: ((s.day >= p.valid_from) AND (s.day <= p.valid_to) AND ((s.product + 0) >= p.product) AND ((s.product + 0) <= p.product))
                Rows Removed by Join Filter: 4798000
                Buffers: shared hit=27
                ->  Seq Scan on prices p  (cost=0.00..40.00 rows=2400 width=16) (actual time=0.012..0.296 rows=2400.00 loops=1)
                      Buffers: shared hit=16
                ->  Materialize  (cost=0.00..41.00 rows=2000 width=8) (actual time=0.000..0.066 rows=2000.00 loops=2400)
                      Storage: Memory  Maximum Storage: 79kB
                      Buffers: shared hit=11
                      ->  Seq Scan on sales s  (cost=0.00..31.00 rows=2000 width=8) (actual time=0.006..0.139 rows=2000.00 loops=1)
                            Buffers: shared hit=11
        Planning Time: 0.092 ms
        Execution Time: 400.190 ms
    """),  # noqa: E501
    # a hash by the commonest value of all, and the real condition after it
    plan("""
        Hash Join  (cost=95.00..60240.00 rows=40000 width=8) (actual time=1.100..402.300 rows=3990.00 loops=1)
          Hash Cond: (a.tenant = b.tenant)
          Join Filter: (a.begins < b.ends)
          Rows Removed by Join Filter: 3986010
          ->  Seq Scan on a  (cost=0.00..70.00 rows=2000 width=12) (actual time=0.010..0.620 rows=2000.00 loops=1)
          ->  Hash  (cost=70.00..70.00 rows=2000 width=12) (actual time=1.020..1.021 rows=2000.00 loops=1)
                Buckets: 2048  Batches: 1  Memory Usage: 102kB
                ->  Seq Scan on b  (cost=0.00..70.00 rows=2000 width=12) (actual time=0.008..0.500 rows=2000.00 loops=1)
        Planning Time: 0.110 ms
        Execution Time: 402.900 ms
    """),
]
GOOD = [
    plan("""
        Aggregate  (cost=498.67..498.68 rows=1 width=8) (actual time=1.762..1.763 rows=1.00 loops=1)
          Buffers: shared hit=27
          ->  Hash Join  (cost=56.00..492.00 rows=2667 width=4) (actual time=0.326..1.677 rows=2000.00 loops=1)
                Hash Cond: (p.product = s.product)
                Join Filter: ((s.day >= p.valid_from) AND (s.day <= p.valid_to))
                Rows Removed by Join Filter: 22000
                Buffers: shared hit=27
                ->  Seq Scan on prices p  (cost=0.00..40.00 rows=2400 width=16) (actual time=0.003..0.091 rows=2400.00 loops=1)
                      Buffers: shared hit=16
                ->  Hash  (cost=31.00..31.00 rows=2000 width=8) (actual time=0.320..0.320 rows=2000.00 loops=1)
                      Buckets: 2048  Batches: 1  Memory Usage: 95kB
                      Buffers: shared hit=11
                      ->  Seq Scan on sales s  (cost=0.00..31.00 rows=2000 width=8) (actual time=0.002..0.114 rows=2000.00 loops=1)
                            Buffers: shared hit=11
        Planning Time: 0.056 ms
        Execution Time: 1.774 ms
    """),
    # what the filter keeps is most of it
    plan("""
        Nested Loop  (cost=0.00..60153.75 rows=266667 width=8) (actual time=0.020..640.400 rows=1200000.00 loops=1)
          Join Filter: (m.score > p.score)
          Rows Removed by Join Filter: 1200000
          ->  Seq Scan on messages m  (cost=0.00..147.00 rows=8000 width=8) (actual time=0.010..0.900 rows=8000.00 loops=1)
          ->  Materialize  (cost=0.00..7.50 rows=300 width=8) (actual time=0.000..0.009 rows=300.00 loops=8000)
                Storage: Memory  Maximum Storage: 35kB
                ->  Seq Scan on patterns p  (cost=0.00..6.00 rows=300 width=8) (actual time=0.006..0.024 rows=300.00 loops=1)
        Planning Time: 0.086 ms
        Execution Time: 690.200 ms
    """),
]
CONTAINED = frozenset(("@>", "<@", "&&"))
COLUMN_OF_OTHER = re.compile(r'[\w"]+\.[\w"]+')


@dataclass(frozen=True)
class PairOptions(PlanOptions):
    """When pairs built in vain are worth a word."""

    min_removed: int = 50_000
    """Pairs that the filter removed in all loops."""
    max_kept: float = 0.1
    """The part of the pairs that it keeps."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def join_filter_discards_rows(plan: Plan, schema: Schema | None, options: PairOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    own = exclusive_times(plan)
    for node in plan.walk():
        removed = node.number("Rows Removed by Join Filter") * node.loops
        pairs = removed + node.total_rows
        if removed < options.min_removed or node.total_rows > options.max_kept * pairs:
            continue
        # What a Materialize takes to be read again for every pair is the join's doing.
        time = own.get(node, 0.0) + sum(own.get(child, 0.0) for child in node.children if child.type in ("Materialize", "Memoize"))
        if options.weighs(plan, time):
            yield describe(plan, node, pairs, removed, time, schema)


def describe(plan: Plan, node: PlanNode, pairs: float, removed: float, time: float, schema: Schema | None) -> Finding:
    by = node.text("Hash Cond") or node.text("Merge Cond")
    found = f"the pairs that agree in {by}" if by else "every row with every other"
    return Finding(
        at=node.location,
        subject=f"{title_of(node)} on {node.text('Join Filter')}",
        message=f"{title_of(node)} tries {found}, {pairs:,.0f} pairs, and keeps {node.total_rows:,.0f}: {way_out(node, schema)}",
        saving=saving(plan, min(time, inclusive_times(plan).get(node, time)), rows=removed),
    )


def way_out(node: PlanNode, schema: Schema | None) -> str:
    """What would find the pairs: an index for a containment, a join for each side of an OR."""
    tried = conditions(node.text("Join Filter"))
    either = [side for each in tried for side in alternatives(each)]
    if either and all(any(is_of_two_sides(each) for each in side) for side in either):
        return "two joins, each by one side of its OR, and a UNION find them by equality"
    if either:
        return "its Join Filter is an OR, which no hash or index finds them by: a UNION of two joins may"
    for scan in scans_below(node, schema):
        for each in conditions(node.text("Join Filter"), scan.node.text("Alias")):
            column = scan.table.column(each.column) if scan.table and each.column else None
            if each.operator in CONTAINED and each.column and each.qualifier == scan.node.text("Alias"):
                method = "GIN" if column and column.type.endswith(("[]", "jsonb")) else "GiST"
                return f"a {method} index on {scan.name} ({each.column}) could find them by {each.operator}"
    return "no part of its Join Filter is an equality of the two sides that a hash or an index could find them by"


def is_of_two_sides(condition: Condition) -> bool:
    return condition.is_equality and COLUMN_OF_OTHER.fullmatch(condition.value) is not None


def scans_below(node: PlanNode, schema: Schema | None) -> Iterator[Access]:
    return (access for below in node.walk() if (access := access_of(below, schema)) is not None)
