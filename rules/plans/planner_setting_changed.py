"""A plan made with a method switched off.

## Why it matters
`enable_seqscan = off` and its like are for finding out what the planner would do otherwise. Left in a session, a role or a
configuration they make every plan of it worse where the method would have been right. Measured: a join of 20,000 customers
and their orders 104 ms by a hash join, 160 ms with hash joins switched off.

## When it is fine
One statement is set right for lack of anything better (`SET LOCAL`), knowingly and with a note.

## What to do
RESET the setting, and look where it comes from: `SELECT name, setting, source FROM pg_settings WHERE name LIKE 'enable%'`.
Where a method was switched off because the planner took it wrongly, mend its estimate or its costs (random_page_cost).

## Sources
- PostgreSQL documentation, "Query Planning", section "Planner Method Configuration"; "EXPLAIN", option SETTINGS; "Disabled"
  since version 18, before that a cost of 10,000,000,000
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.titles import title_of
from advisor.remedies import RunSql
from advisor.rule import Finding, PlanOptions, Related, Severity, plan, rule

BAD = [
    plan("""
        HashAggregate  (cost=21853.91..21853.96 rows=4 width=35) (actual time=160.151..160.155 rows=4.00 loops=1)
          Group Key: c.country
          Batches: 1  Memory Usage: 32kB
          Buffers: shared hit=63704
          ->  Nested Loop  (cost=0.30..20353.91 rows=300000 width=9) (actual time=0.364..119.779 rows=300000.00 loops=1)
                Buffers: shared hit=63704
                ->  Seq Scan on orders o  (cost=0.00..6704.00 rows=300000 width=10) (actual time=0.006..14.135 rows=300000.00 loops=1)
                      Buffers: shared hit=3704
                ->  Memoize  (cost=0.30..0.32 rows=1 width=7) (actual time=0.000..0.000 rows=1.00 loops=300000)
                      Cache Key: o.customer_id
                      Cache Mode: logical
                      Hits: 280000  Misses: 20000  Evictions: 0  Overflows: 0  Memory Usage: 2110kB
                      Buffers: shared hit=60000
                      ->  Index Scan using customers_pkey on customers c  (cost=0.29..0.31 rows=1 width=7) (actual time=0.001..0.001 rows=1.00 loops=20000)
                            Index Cond: (id = o.customer_id)
                            Index Searches: 20000
                            Buffers: shared hit=60000
        Settings: jit = 'off', max_parallel_workers_per_gather = '0', enable_hashjoin = 'off'
        Planning:
          Buffers: shared hit=6
        Planning Time: 0.157 ms
        Execution Time: 160.534 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=8204.00..8204.01 rows=1 width=32) (actual time=63.761..63.763 rows=1.00 loops=1)
          Buffers: shared hit=3704
          ->  Seq Scan on orders  (cost=0.00..7454.00 rows=300000 width=6) (actual time=0.010..37.077 rows=300000.00 loops=1)
                Disabled: true
                Filter: (note ~~ 'x%'::text)
                Buffers: shared hit=3704
        Planning Time: 0.085 ms
        Execution Time: 63.790 ms
    """),
    # before version 18 the cost tells
    plan("""
        Seq Scan on orders  (cost=10000000000.00..10000007454.00 rows=300000 width=6) (actual time=0.010..37.077 rows=3000 loops=1)
          Filter: (note ~~ 'x%'::text)
        Planning Time: 0.085 ms
        Execution Time: 63.790 ms
    """),
]
GOOD = [
    plan("""
        HashAggregate  (cost=9608.67..9608.72 rows=4 width=35) (actual time=103.771..103.776 rows=4.00 loops=1)
          Group Key: c.country
          Batches: 1  Memory Usage: 32kB
          Buffers: shared hit=3871
          ->  Hash Join  (cost=617.00..8108.67 rows=300000 width=9) (actual time=2.764..65.663 rows=300000.00 loops=1)
                Hash Cond: (o.customer_id = c.id)
                Buffers: shared hit=3871
                ->  Seq Scan on orders o  (cost=0.00..6704.00 rows=300000 width=10) (actual time=0.005..13.076 rows=300000.00 loops=1)
                      Buffers: shared hit=3704
                ->  Hash  (cost=367.00..367.00 rows=20000 width=7) (actual time=2.748..2.749 rows=20000.00 loops=1)
                      Buckets: 32768  Batches: 1  Memory Usage: 1038kB
                      Buffers: shared hit=167
                      ->  Seq Scan on customers c  (cost=0.00..367.00 rows=20000 width=7) (actual time=0.004..1.247 rows=20000.00 loops=1)
                            Buffers: shared hit=167
        Settings: jit = 'off', max_parallel_workers_per_gather = '0'
        Planning:
          Buffers: shared hit=6
        Planning Time: 0.157 ms
        Execution Time: 103.810 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=8204.00..8204.01 rows=1 width=32) (actual time=41.770..41.772 rows=1.00 loops=1)
          Buffers: shared hit=3704
          ->  Seq Scan on orders  (cost=0.00..7454.00 rows=300000 width=6) (actual time=0.008..23.416 rows=300000.00 loops=1)
                Filter: (note ~~ 'x%'::text)
                Buffers: shared hit=3704
        Planning Time: 0.066 ms
        Execution Time: 41.795 ms
    """),
]
METHOD = re.compile(r"enable_\w+$")
OFF_BY_DEFAULT = frozenset(("enable_partitionwise_join", "enable_partitionwise_aggregate"))
DISABLED_COST = 1e10


@dataclass(frozen=True)
class SettingOptions(PlanOptions):
    """When a method that is switched off is worth a word."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def planner_setting_changed(plan: Plan, options: SettingOptions) -> Iterator[Finding]:
    if plan.elapsed is not None and options.skips(plan):
        return
    off, nodes = switched_off(plan), list(disabled_nodes(plan))
    if not off and not nodes:
        return
    used = f"{title_of(nodes[0])} is used although it is switched off: there was no other way" if nodes else ""
    made = f"this plan was made with {' and '.join(off)} switched off" if off else ""
    yield Finding(
        at=nodes[0].location if nodes else plan.location,
        subject=", ".join(off) or f"{title_of(nodes[0])} switched off",
        message="; ".join(filter(None, (made, used))),
        remedy=RunSql(f"Reset {', '.join(off)}", "\n".join(f"RESET {name};" for name in off)) if off else None,
        related=tuple(Related(node.location, "and here") for node in nodes[1:]),
    )


def switched_off(plan: Plan) -> list[str]:
    settings = plan.fields.get("Settings")
    found = settings.items() if isinstance(settings, Mapping) else ()
    return [name for name, value in found if METHOD.match(name) and value == "off" and name not in OFF_BY_DEFAULT]


def disabled_nodes(plan: Plan) -> Iterator[PlanNode]:
    """Nodes of a method that is switched off. Before version 18 its cost is added to that of all nodes above it too."""
    for node in plan.walk():
        below = any(child.number("Total Cost") >= DISABLED_COST for child in node.children)
        if node.fields.get("Disabled") is True or (node.number("Total Cost") >= DISABLED_COST and not below):
            yield node
