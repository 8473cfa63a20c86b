"""A plan that is built on the planner's default for a function, because nobody told it better.

## Why it matters
The planner cannot look into a function: it expects 1,000 rows of one in PL/pgSQL, 100 of many built-in ones, whatever it
returns. Joins above are planned for that number. Measured: a function of 60,000 rows joined by a nested loop of as many look-
ups, 240,000 block accesses; told of its rows, a hash join of 1,870.

## When it is fine
The number is about right, or nothing above depends on it.

## What to do
`ALTER FUNCTION f(...) ROWS n` for a function of your own, or a support function where it depends on the arguments. A function
in SQL that is one query, STABLE and not SECURITY DEFINER, is planned as part of the statement. For `unnest` and
`jsonb_array_elements` over large values, fill a temporary table and ANALYZE it.

## Sources
- PostgreSQL documentation, "CREATE FUNCTION": ROWS (the default is 1000); "Function Optimization Information"
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.access import ancestors, parents_of
from advisor.model.plan.defaults import is_default
from advisor.model.plan.estimates import misestimates
from advisor.remedies import RunSql
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, PlanOptions, Severity, plan, rule

BAD = [
    plan("""
        Aggregate  (cost=5710.25..5710.26 rows=1 width=8) (actual time=57.558..57.560 rows=1.00 loops=1)
          Buffers: shared hit=240000
          ->  Nested Loop  (cost=0.67..5707.75 rows=1000 width=33) (actual time=6.055..55.023 rows=60000.00 loops=1)
                Buffers: shared hit=240000
                ->  Function Scan on wanted w  (cost=0.25..10.25 rows=1000 width=4) (actual time=6.014..8.353 rows=60000.00 loops=1)
                ->  Index Scan using stock_pkey on stock s  (cost=0.42..5.70 rows=1 width=37) (actual time=0.001..0.001 rows=1.00 loops=60000)
                      Index Cond: (id = w.w)
                      Index Searches: 60000
                      Buffers: shared hit=240000
        Planning Time: 0.124 ms
        Execution Time: 57.997 ms
    """),  # noqa: E501
]
GOOD = [
    plan("""
        Aggregate  (cost=7277.75..7277.76 rows=1 width=8) (actual time=78.925..78.929 rows=1.00 loops=1)
          Buffers: shared hit=1870
          ->  Hash Join  (cost=6370.25..7127.75 rows=60000 width=33) (actual time=54.598..76.675 rows=60000.00 loops=1)
                Hash Cond: (w.w = s.id)
                Buffers: shared hit=1870
                ->  Function Scan on wanted w  (cost=0.25..600.25 rows=60000 width=4) (actual time=5.936..8.065 rows=60000.00 loops=1)
                ->  Hash  (cost=3870.00..3870.00 rows=200000 width=37) (actual time=48.516..48.518 rows=200000.00 loops=1)
                      Buckets: 262144  Batches: 1  Memory Usage: 16111kB
                      Buffers: shared hit=1870
                      ->  Seq Scan on stock s  (cost=0.00..3870.00 rows=200000 width=37) (actual time=0.027..13.884 rows=200000.00 loops=1)
                            Buffers: shared hit=1870
        Planning Time: 0.121 ms
        Execution Time: 80.445 ms
    """),  # noqa: E501
    # nothing depends on it
    plan("""
        Aggregate  (cost=12.50..12.51 rows=1 width=8) (actual time=34.000..34.000 rows=1.00 loops=1)
          ->  Function Scan on wanted w  (cost=0.25..10.25 rows=1000 width=4) (actual time=8.856..12.429 rows=60000.00 loops=1)
        Planning Time: 0.040 ms
        Execution Time: 34.100 ms
    """),
    # a thousand is about right
    plan("""
        Nested Loop  (cost=0.67..5707.75 rows=1000 width=33) (actual time=8.902..21.246 rows=900.00 loops=1)
          ->  Function Scan on wanted w  (cost=0.25..10.25 rows=1000 width=4) (actual time=8.856..12.429 rows=900.00 loops=1)
          ->  Index Scan using stock_pkey on stock s  (cost=0.42..5.70 rows=1 width=37) (actual time=0.001..0.001 rows=1.00 loops=900)
                Index Cond: (id = w.w)
                Index Searches: 900
        Planning Time: 0.146 ms
        Execution Time: 21.782 ms
    """),  # noqa: E501
]
DECIDED = frozenset(("Nested Loop", "Hash Join", "Merge Join"))


@dataclass(frozen=True)
class DefaultOptions(PlanOptions):
    """When a default is worth a word."""

    min_rows: int = 1_000
    """Rows that the function gave, or was expected to give."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def default_estimate(plan: Plan, options: DefaultOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    wrong, parents = misestimates(plan), parents_of(plan)
    for node in plan.walk():
        decided = any(above.type in DECIDED for above in ancestors(node, parents))
        if node in wrong and is_default(node) and decided and max(node.rows, node.estimated_rows) >= options.min_rows:
            yield describe(node)


def describe(node: PlanNode) -> Finding:
    name = node.text("Function Name") or node.text("Alias") or "the function"
    schema = node.text("Schema")
    own = schema not in (None, "pg_catalog") or node.estimated_rows == 1000
    rows = round(node.rows)
    return Finding(
        at=node.location,
        subject=f"rows of {name}",
        message=f"{name} gave {rows:,} rows where {node.estimated_rows:,.0f} were expected, the default: "
        "what is joined to them was planned for that number",
        remedy=RunSql(
            f"Tell the planner how many rows {name} returns",
            f"-- the types of its arguments belong into the brackets\nALTER FUNCTION {quote(name)}(...) ROWS {max(rows, 1)};",
            back=f"ALTER FUNCTION {quote(name)}(...) ROWS 1000;",
        )
        if own
        else None,
        confidence=Confidence.LIKELY,
    )
