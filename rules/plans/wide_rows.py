"""Wide rows carried through a sort, a hash or another node that keeps them.

## Why it matters
A node that keeps rows keeps all of their columns: the text of an article is sorted, hashed and copied with its key. Measured:
40,000 articles of 1.3 kB ranked by score took 52 MB and 89 ms; with the key alone 2.8 MB and 30 ms, the text fetched for the
rows that were left.

## When it is fine
All of these rows are returned in the end, with all of their columns. Large values that PostgreSQL has moved out of the row (TOAST)
are carried as pointers of 18 bytes and do not count here.

## What to do
Select only what is needed, sort, rank or join by the key alone, and fetch the wide columns last, for the rows that are left.

## Sources
- PostgreSQL documentation, "Using EXPLAIN": width is the estimated average size of a row in bytes; "TOAST"
- the measurement: PostgreSQL 18
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import Plan, PlanNode
from advisor.model.plan.access import ancestors, parents_of
from advisor.model.plan.times import exclusive_times
from advisor.model.plan.titles import title_of
from advisor.rule import Confidence, Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        Aggregate  (cost=11526.04..11526.05 rows=1 width=12) (actual time=88.840..88.843 rows=1.00 loops=1)
          Buffers: shared hit=6667
          ->  Subquery Scan on ranked  (cost=10124.56..11524.54 rows=200 width=1284) (actual time=60.619..88.673 rows=80.00 loops=1)
                Filter: ((ranked.place % '500'::bigint) = 1)
                Rows Removed by Filter: 39920
                Buffers: shared hit=6667
                ->  WindowAgg  (cost=10124.56..10924.54 rows=40000 width=1304) (actual time=60.616..86.586 rows=40000.00 loops=1)
                      Window: w1 AS (PARTITION BY articles.section ORDER BY articles.score ROWS UNBOUNDED PRECEDING)
                      Storage: Memory  Maximum Storage: 19kB
                      Buffers: shared hit=6667
                      ->  Sort  (cost=10124.54..10224.54 rows=40000 width=1292) (actual time=60.598..68.776 rows=40000.00 loops=1)
                            Sort Key: articles.section, articles.score DESC
                            Sort Method: quicksort  Memory: 52787kB
                            Buffers: shared hit=6667
                            ->  Seq Scan on articles  (cost=0.00..7067.00 rows=40000 width=1292) (actual time=0.012..9.430 rows=40000.00 loops=1)
                                  Buffers: shared hit=6667
        Planning Time: 0.129 ms
        Execution Time: 91.916 ms
    """),  # noqa: E501
]
GOOD = [
    plan("""
        Aggregate  (cost=12803.54..12803.55 rows=1 width=12) (actual time=29.373..29.376 rows=1.00 loops=1)
          Buffers: shared hit=6907
          ->  Nested Loop  (cost=10124.85..12802.04 rows=200 width=1284) (actual time=17.707..29.206 rows=80.00 loops=1)
                Buffers: shared hit=6907
                ->  Subquery Scan on ranked  (cost=10124.56..11524.54 rows=200 width=4) (actual time=17.675..28.824 rows=80.00 loops=1)
                      Filter: ((ranked.place % '500'::bigint) = 1)
                      Rows Removed by Filter: 39920
                      Buffers: shared hit=6667
                      ->  WindowAgg  (cost=10124.56..10924.54 rows=40000 width=20) (actual time=17.673..26.382 rows=40000.00 loops=1)
                            Window: w1 AS (PARTITION BY articles.section ORDER BY articles.score ROWS UNBOUNDED PRECEDING)
                            Storage: Memory  Maximum Storage: 17kB
                            Buffers: shared hit=6667
                            ->  Sort  (cost=10124.54..10224.54 rows=40000 width=12) (actual time=17.657..19.512 rows=40000.00 loops=1)
                                  Sort Key: articles.section, articles.score DESC
                                  Sort Method: quicksort  Memory: 2787kB
                                  Buffers: shared hit=6667
                                  ->  Seq Scan on articles  (cost=0.00..7067.00 rows=40000 width=12) (actual time=0.006..6.805 rows=40000.00 loops=1)
                                        Buffers: shared hit=6667
                ->  Index Scan using articles_pkey on articles a  (cost=0.29..6.39 rows=1 width=1288) (actual time=0.004..0.004 rows=1.00 loops=80)
                      Index Cond: (id = ranked.id)
                      Index Searches: 80
                      Buffers: shared hit=240
        Planning:
          Buffers: shared hit=6
        Planning Time: 0.168 ms
        Execution Time: 29.411 ms
    """),  # noqa: E501
    # it keeps few of them at a time
    plan("""
        Limit  (cost=8134.39..8134.41 rows=10 width=1292) (actual time=19.830..19.833 rows=10.00 loops=1)
          ->  Sort  (cost=8134.39..8234.39 rows=40000 width=1292) (actual time=19.829..19.830 rows=10.00 loops=1)
                Sort Key: (score + id) DESC
                Sort Method: top-N heapsort  Memory: 45kB
                ->  Seq Scan on articles  (cost=0.00..7270.00 rows=40000 width=1292) (actual time=0.012..11.870 rows=40000.00 loops=1)
        Planning Time: 0.070 ms
        Execution Time: 19.850 ms
    """),  # noqa: E501
]
KEEPERS = frozenset(("Sort", "Hash", "Materialize"))


@dataclass(frozen=True)
class WideOptions(PlanOptions):
    """When wide rows are worth a word."""

    min_width: int = 500
    """Bytes of a row, as the planner expects."""
    min_size: int = 16
    """MB that the node keeps of them."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def wide_rows(plan: Plan, options: WideOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    times, parents = exclusive_times(plan), parents_of(plan)
    told: set[PlanNode] = set()
    for node in reversed(list(plan.walk())):
        if not is_wide(node, options) or not options.weighs(plan, times.get(node, 0.0)):
            continue
        if told.intersection(node.walk()) or any(above.type == "Limit" for above in ancestors(node, parents)):
            continue
        told.add(node)
        rows, width = rows_of(node), node.number("Plan Width")
        yield Finding(
            at=node.location,
            subject=f"{title_of(node)} of wide rows",
            message=f"{title_of(node)} keeps {rows:,.0f} rows of {width:,.0f} bytes, {rows * width / 1e6:,.0f} MB; "
            "with their keys alone it would be small",
            confidence=Confidence.LIKELY,
            saving=saving(plan, times.get(node)),
        )


def is_wide(node: PlanNode, options: WideOptions) -> bool:
    """What went to disk is told as such."""
    on_disk = node.text("Sort Space Type") == "Disk" or node.number("Hash Batches") > 1 or node.text("Storage") == "Disk"
    width = node.number("Plan Width")
    return node.type in KEEPERS and not on_disk and width >= options.min_width and rows_of(node) * width >= options.min_size * 1e6


def rows_of(node: PlanNode) -> float:
    """Rows that it keeps at a time; a Materialize that is read in part only gives fewer than it has."""
    return max(node.rows, *(child.rows for child in node.children), 0.0) if node.children else node.rows
