"""Temporary files that no sort and no hash wrote: rows that a node keeps to read them again.

## Why it matters
A CTE, the rows of a function, a window's frame or a Materialize are kept in work_mem, and in a temporary file when that is full:
everything is written once and read as often as it is needed. Measured on a ledger of 300,000 rows: a CTE of it wrote 16 MB, and two
readers of some sixty rows each took 66 ms; without the copy 0.06 ms.

## When it is fine
The rows are needed several times and cost much to make: then a file is cheaper than making them again.

## What to do
Keep fewer columns and rows: name the columns that are read, filter before keeping. Let a CTE be read through (`AS NOT
MATERIALIZED`), call a set-returning function in SELECT instead of FROM. Else raise work_mem for this statement.

## Sources
- PostgreSQL documentation, "Resource Consumption": work_mem; "WITH Queries", section "Common Table Expression Materialization"
- `src/backend/utils/sort/tuplestore.c`: rows that do not fit go to a file
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.ctes import read_in_vain
from advisor.model.plan.memory import bytes_of_store, megabytes
from advisor.model.plan.times import exclusive_counts, exclusive_times
from advisor.model.plan.titles import title_of
from advisor.remedies import RunSql
from advisor.rule import Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=10508.75..10508.76 rows=1 width=8) (actual time=78.463..78.465 rows=1.00 loops=1)
          Buffers: temp read=1197 written=1197
          ->  Function Scan on generate_series n  (cost=0.00..10500.00 rows=3500 width=0) (actual time=40.278..74.762 rows=100000.00 loops=1)
                Filter: ((n % 7) = 0)
                Rows Removed by Filter: 600000
                Buffers: temp read=1197 written=1197
        Planning Time: 0.050 ms
        Execution Time: 79.555 ms
    """),  # noqa: E501
    plan("""
        WindowAgg  (cost=0.42..24345.42 rows=300000 width=49) (actual time=160.104..371.210 rows=300000.00 loops=1)
          Window: w1 AS ()
          Storage: Disk  Maximum Storage: 15480kB
          Buffers: shared hit=2804, temp read=1935 written=1935
          ->  Seq Scan on ledger  (cost=0.00..5804.00 rows=300000 width=41) (actual time=0.011..24.020 rows=300000.00 loops=1)
                Buffers: shared hit=2804
        Planning Time: 0.070 ms
        Execution Time: 383.540 ms
    """),
]
GOOD = [
    plan("""
        Aggregate  (cost=14008.77..14008.78 rows=1 width=8) (actual time=78.870..78.872 rows=1.00 loops=1)
          ->  Subquery Scan on made  (cost=0.00..14000.02 rows=3500 width=0) (actual time=0.004..74.547 rows=100000.00 loops=1)
                Filter: ((made.n % 7) = 0)
                Rows Removed by Filter: 600000
                ->  ProjectSet  (cost=0.00..3500.02 rows=700000 width=4) (actual time=0.002..37.566 rows=700000.00 loops=1)
                      ->  Result  (cost=0.00..0.01 rows=1 width=0) (actual time=0.001..0.002 rows=1.00 loops=1)
        Planning Time: 0.066 ms
        Execution Time: 78.907 ms
    """),
    # what a sort and a hash write is told there
    plan("""
        Sort  (cost=57264.28..58264.28 rows=400000 width=45) (actual time=143.973..242.582 rows=400000.00 loops=1)
          Sort Key: amount, id
          Sort Method: external merge  Disk: 21896kB
          Buffers: shared hit=3739, temp read=2737 written=2745
          ->  Seq Scan on sales  (cost=0.00..7739.00 rows=400000 width=45) (actual time=0.012..18.295 rows=400000.00 loops=1)
                Buffers: shared hit=3739
        Planning Time: 0.060 ms
        Execution Time: 258.046 ms
    """),
    plan("""
        Aggregate  (cost=38688.31..38688.32 rows=1 width=8) (actual time=107.754..107.756 rows=1.00 loops=1)
          Buffers: shared hit=2804, temp read=1133 written=2246
          ->  HashAggregate  (cost=32054.00..38201.61 rows=38936 width=41) (actual time=107.751..107.752 rows=0.00 loops=1)
                Group Key: visits.visitor
                Filter: (count(*) > 3)
                Planned Partitions: 4  Batches: 5  Memory Usage: 4153kB  Disk Usage: 11264kB
                Rows Removed by Filter: 120000
                Buffers: shared hit=2804, temp read=1133 written=2246
                ->  Seq Scan on visits  (cost=0.00..5804.00 rows=300000 width=33) (actual time=0.007..15.989 rows=300000.00 loops=1)
                      Buffers: shared hit=2804
        Planning Time: 0.048 ms
        Execution Time: 109.358 ms
    """),
    # a copy that nobody needs is told as such
    plan("""
        Aggregate  (cost=13454.04..13454.05 rows=1 width=32) (actual time=65.394..65.396 rows=1.00 loops=1)
          Buffers: shared hit=3704, temp written=914
          CTE recent
            ->  Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=14) (actual time=0.008..22.785 rows=300000.00 loops=1)
                  Buffers: shared hit=3704
          ->  CTE Scan on recent  (cost=0.00..6750.00 rows=15 width=16) (actual time=3.245..65.359 rows=15.00 loops=1)
                Filter: (customer_id = 4242)
                Rows Removed by Filter: 299985
                Storage: Disk  Maximum Storage: 7312kB
                Buffers: shared hit=3704, temp written=914
        Planning Time: 0.078 ms
        Execution Time: 66.456 ms
    """),
]
TOLD_ELSEWHERE = frozenset(("Sort", "Incremental Sort", "Hash", "Hash Join"))
HASHED = ("Hashed", "Mixed")


@dataclass(frozen=True)
class TemporaryOptions(PlanOptions):
    """When temporary files are worth a word."""

    min_disk: int = 4096
    """kB that were written and read."""
    max_work_mem: int = 1024
    """MB: the most work_mem that is suggested for one statement."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def temp_file_io(plan: Plan, options: TemporaryOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    times, temporary = exclusive_times(plan), exclusive_counts(plan, "Temp Read Blocks", "Temp Written Blocks")
    told = set(read_in_vain(plan))
    keepers: dict[str, list[PlanNode]] = {}
    for node in plan.walk():
        if temporary[node] and not is_told_elsewhere(node) and f"CTE {node.text('CTE Name')}" not in told:
            keepers.setdefault(node.text("CTE Name") or str(id(node)), []).append(node)
    for nodes in keepers.values():
        blocks = sum(temporary[node] for node in nodes)
        if blocks * 8 >= options.min_disk and options.weighs(plan, sum(times.get(node, 0.0) for node in nodes)):
            yield describe(plan, nodes[0], blocks, options)


def is_told_elsewhere(node: PlanNode) -> bool:
    return node.type in TOLD_ELSEWHERE or (node.type == "Aggregate" and node.text("Strategy") in HASHED)


def describe(plan: Plan, node: PlanNode, blocks: float, options: TemporaryOptions) -> Finding:
    given = [child for child in node.children if child.text("Parent Relationship") not in ("InitPlan", "SubPlan")]
    kept = given[0] if given else node
    size = megabytes(bytes_of_store(rows_kept(node, kept), kept.number("Plan Width")))
    affordable = size <= options.max_work_mem
    advice = f"; work_mem = '{size}MB' would have held them" if affordable else ""
    return Finding(
        at=node.location,
        subject=title_of(node),
        message=f"{title_of(node)} keeps its rows in temporary files, {blocks * 8 / 1024:,.0f} MB written and read{advice}",
        remedy=RunSql(
            f"Give {title_of(node)} {size} MB of work_mem",
            f"-- in the transaction of this statement only\nSET LOCAL work_mem = '{size}MB';",
            back="RESET work_mem;",
        )
        if affordable
        else None,
        saving=saving(plan, blocks=blocks),
    )


def rows_kept(node: PlanNode, kept: PlanNode) -> float:
    """Rows of one loop, with those that the node's own filter removed after they had been kept."""
    return kept.rows + (kept.number("Rows Removed by Filter") if kept is node else 0.0)
