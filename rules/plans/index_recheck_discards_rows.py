"""An index that finds rows which only look right, so that each is fetched and compared again.

## Why it matters
Some indexes know only a part of the value: trigrams, a signature, the smallest and largest value of a range of pages.
Every row that they find is fetched and compared with the condition itself. Measured on 400,000 readings of which one in
a hundred came days late: a day by a BRIN index on the time 36.9 ms, since late readings are in every range of pages; by
a btree 0.3 ms.

## When it is fine
A few rows are removed for each that is kept: that is how these indexes work, and they are small for it. A bitmap that
did not fit into work_mem compares again as well; that is the rule lossy-bitmap's to tell.

## What to do
- BRIN: its ranges of pages overlap, since the table is not in the column's order. Use a btree, or bring the table into
  order (CLUSTER) where rows come in order from then on.
- Trigrams: the pattern's letters are common. Ask for more of them, or for whole words by full text search.
- GiST keeps signatures of texts and arrays, where GIN keeps the elements themselves: use GIN.

What is saved is the part of the scan's own time, blocks and rows that went into rows removed.

## Sources
- PostgreSQL documentation, "Using EXPLAIN" (Rows Removed by Index Recheck); "BRIN Indexes"; "pg_trgm"; "Preferred Index
  Types for Text Search" (GIN and GiST)
- the measurement: PostgreSQL 18, tables in shared buffers
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import astuple

from advisor.model import Plan, PlanNode, Schema
from advisor.model.plan.access import Access, access_of, conditions_of, elapsed, family_of, indexable, parents_of
from advisor.model.plan.conditions import Condition
from advisor.model.plan.times import exclusive_times
from advisor.model.plan.wanted import MATCHES
from advisor.model.plan.waste import waste_of
from advisor.remedies.plan_indexes import IndexAdvice, advise
from advisor.rule import Confidence, Finding, PlanOptions, Related, Saving, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE EXTENSION pg_trgm;
    CREATE TABLE titles (id int PRIMARY KEY, title text NOT NULL);
    CREATE INDEX titles_title_idx ON titles USING gin (title gin_trgm_ops);
    CREATE TABLE readings (id int PRIMARY KEY, taken_at timestamptz NOT NULL, device_id int NOT NULL, note text NOT NULL);
    CREATE INDEX readings_taken_at_idx ON readings USING brin (taken_at);
    CREATE TABLE posts (id int PRIMARY KEY, author_id int NOT NULL, views int, created_at timestamptz NOT NULL);
    CREATE INDEX posts_author_id_idx ON posts (author_id);
    CREATE INDEX posts_created_brin ON posts USING brin (created_at);
""")
BAD = [
    SCHEMA
    + plan("""
        Aggregate  (cost=128.43..128.44 rows=1 width=8) (actual time=18.853..18.856 rows=1.00 loops=1)
          Buffers: shared hit=1783
          ->  Bitmap Heap Scan on titles  (cost=68.92..128.39 rows=16 width=0) (actual time=18.847..18.849 rows=0.00 loops=1)
                Recheck Cond: (title ~~ '%tionation%'::text)
                Rows Removed by Index Recheck: 40000
                Heap Blocks: exact=1650
                Buffers: shared hit=1783
                ->  Bitmap Index Scan on titles_title_idx  (cost=0.00..68.92 rows=16 width=0) (actual time=10.464..10.465 rows=40000.00 loops=1)
                      Index Cond: (title ~~ '%tionation%'::text)
                      Index Searches: 1
                      Buffers: shared hit=133
        Planning Time: 0.143 ms
        Execution Time: 18.895 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Limit  (cost=6117.71..6117.80 rows=9 width=36) (actual time=36.922..36.929 rows=9.00 loops=1)
          Buffers: shared hit=5717
          ->  HashAggregate  (cost=6117.71..6125.26 rows=755 width=36) (actual time=36.921..36.926 rows=9.00 loops=1)
                Group Key: device_id
                Batches: 1  Memory Usage: 241kB
                Buffers: shared hit=5717
                ->  Bitmap Heap Scan on readings  (cost=12.39..6110.48 rows=1446 width=65) (actual time=0.183..36.653 rows=1440.00 loops=1)
                      Recheck Cond: ((taken_at >= '2024-07-01 00:00:00+00'::timestamp with time zone) AND (taken_at < '2024-07-02 00:00:00+00'::timestamp with time zone))
                      Rows Removed by Index Recheck: 398560
                      Heap Blocks: lossy=5715
                      Buffers: shared hit=5717
                      ->  Bitmap Index Scan on readings_taken_at_idx  (cost=0.00..12.03 rows=8978 width=0) (actual time=0.057..0.058 rows=57150.00 loops=1)
                            Index Cond: ((taken_at >= '2024-07-01 00:00:00+00'::timestamp with time zone) AND (taken_at < '2024-07-02 00:00:00+00'::timestamp with time zone))
                            Index Searches: 1
                            Buffers: shared hit=2
        Planning Time: 0.102 ms
        Execution Time: 36.967 ms
    """),  # noqa: E501
    plan("""
        Limit  (cost=6117.71..6117.80 rows=9 width=36) (actual time=36.922..36.929 rows=9.00 loops=1)
          Buffers: shared hit=5717
          ->  HashAggregate  (cost=6117.71..6125.26 rows=755 width=36) (actual time=36.921..36.926 rows=9.00 loops=1)
                Group Key: device_id
                Batches: 1  Memory Usage: 241kB
                Buffers: shared hit=5717
                ->  Bitmap Heap Scan on readings  (cost=12.39..6110.48 rows=1446 width=65) (actual time=0.183..36.653 rows=1440.00 loops=1)
                      Recheck Cond: ((taken_at >= '2024-07-01 00:00:00+00'::timestamp with time zone) AND (taken_at < '2024-07-02 00:00:00+00'::timestamp with time zone))
                      Rows Removed by Index Recheck: 398560
                      Heap Blocks: lossy=5715
                      Buffers: shared hit=5717
                      ->  Bitmap Index Scan on readings_taken_at_idx  (cost=0.00..12.03 rows=8978 width=0) (actual time=0.057..0.058 rows=57150.00 loops=1)
                            Index Cond: ((taken_at >= '2024-07-01 00:00:00+00'::timestamp with time zone) AND (taken_at < '2024-07-02 00:00:00+00'::timestamp with time zone))
                            Index Searches: 1
                            Buffers: shared hit=2
        Planning Time: 0.102 ms
        Execution Time: 36.967 ms
    """),  # noqa: E501
]
GOOD = [
    SCHEMA
    + plan("""
        Aggregate  (cost=11534.70..11534.71 rows=1 width=8) (actual time=16.429..16.431 rows=1.00 loops=1)
          Buffers: shared hit=2306
          ->  Bitmap Heap Scan on posts  (cost=28.68..11373.68 rows=64407 width=4) (actual time=0.054..13.994 rows=64081.00 loops=1)
                Recheck Cond: ((created_at >= '2023-02-01 00:00:00+00'::timestamp with time zone) AND (created_at <= '2023-05-01 00:00:00+00'::timestamp with time zone))
                Rows Removed by Index Recheck: 2735
                Heap Blocks: lossy=2304
                Buffers: shared hit=2306
                ->  Bitmap Index Scan on posts_created_brin  (cost=0.00..12.58 rows=66667 width=0) (actual time=0.033..0.034 rows=23040.00 loops=1)
                      Index Cond: ((created_at >= '2023-02-01 00:00:00+00'::timestamp with time zone) AND (created_at <= '2023-05-01 00:00:00+00'::timestamp with time zone))
                      Index Searches: 1
                      Buffers: shared hit=2
        Planning Time: 0.093 ms
        Execution Time: 16.455 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Aggregate  (cost=14429.71..14429.72 rows=1 width=8) (actual time=11.474..11.475 rows=1.00 loops=1)
          Buffers: shared hit=5982
          ->  Bitmap Heap Scan on posts  (cost=170.54..14398.92 rows=12316 width=4) (actual time=0.906..10.396 rows=12060.00 loops=1)
                Recheck Cond: ((author_id >= 100) AND (author_id <= 300))
                Rows Removed by Index Recheck: 56392
                Heap Blocks: exact=3872 lossy=2098
                Buffers: shared hit=5982
                ->  Bitmap Index Scan on posts_author_id_idx  (cost=0.00..167.46 rows=12316 width=0) (actual time=0.557..0.557 rows=12060.00 loops=1)
                      Index Cond: ((author_id >= 100) AND (author_id <= 300))
                      Index Searches: 1
                      Buffers: shared hit=12
        Planning Time: 0.086 ms
        Execution Time: 11.495 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=14429.71..14429.72 rows=1 width=8) (actual time=11.474..11.475 rows=1.00 loops=1)
          Buffers: shared hit=5982
          ->  Bitmap Heap Scan on posts  (cost=170.54..14398.92 rows=12316 width=4) (actual time=0.906..10.396 rows=12060.00 loops=1)
                Recheck Cond: ((author_id >= 100) AND (author_id <= 300))
                Rows Removed by Index Recheck: 56392
                Heap Blocks: exact=3872 lossy=2098
                Buffers: shared hit=5982
                ->  Bitmap Index Scan on posts_author_id_idx  (cost=0.00..167.46 rows=12316 width=0) (actual time=0.557..0.557 rows=12060.00 loops=1)
                      Index Cond: ((author_id >= 100) AND (author_id <= 300))
                      Index Searches: 1
                      Buffers: shared hit=12
        Planning Time: 0.086 ms
        Execution Time: 11.495 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Limit  (cost=161.48..161.57 rows=9 width=36) (actual time=0.340..0.342 rows=9.00 loops=1)
          Buffers: shared hit=56
          ->  HashAggregate  (cost=161.48..168.65 rows=717 width=36) (actual time=0.339..0.341 rows=9.00 loops=1)
                Group Key: device_id
                Batches: 1  Memory Usage: 241kB
                Buffers: shared hit=56
                ->  Index Scan using readings_taken_at_idx1 on readings  (cost=0.42..155.03 rows=1290 width=65) (actual time=0.011..0.128 rows=1440.00 loops=1)
                      Index Cond: ((taken_at >= '2024-07-01 00:00:00+00'::timestamp with time zone) AND (taken_at < '2024-07-02 00:00:00+00'::timestamp with time zone))
                      Index Searches: 1
                      Buffers: shared hit=56
        Planning Time: 0.039 ms
        Execution Time: 0.399 ms
    """),  # noqa: E501
]
REMOVED = "Rows Removed by Index Recheck"


@dataclass(frozen=True)
class RecheckOptions(PlanOptions):
    """When rows removed by a recheck are worth a word."""

    min_removed: int = 5_000
    """Rows removed in all loops."""
    max_kept: float = 0.1
    """The part of the rows found that is what was asked for."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def index_recheck_discards_rows(plan: Plan, schema: Schema | None, options: RecheckOptions) -> Iterator[Finding]:
    total = elapsed(plan)
    if not plan.root.analyzed or (total is not None and total < options.min_time):
        return
    times, parents = exclusive_times(plan), parents_of(plan)
    found: dict[tuple[object, ...], list[Access]] = {}
    for node in plan.walk():
        access = access_of(node, schema) if REMOVED in node.fields else None
        if access is not None and is_wasteful(access, options):
            found.setdefault(family_of(node, parents), []).append(access)
    for scans in found.values():
        if not total or not times or sum(times[scan.node] for scan in scans) >= options.min_share * total:
            yield describe(scans, plan, schema)


def removed_by(node: PlanNode) -> float:
    return node.number(REMOVED) * node.loops


def right_ones(node: PlanNode) -> float:
    """Rows that the recheck let through, whatever a filter did with them."""
    return (node.rows + node.number("Rows Removed by Filter")) * node.loops


def is_wasteful(access: Access, options: RecheckOptions) -> bool:
    node = access.node
    lost, right = removed_by(node), right_ones(node)
    if lost < options.min_removed or right > options.max_kept * (right + lost):
        return False
    return node.number("Lossy Heap Blocks") == 0 or is_brin(access)


def methods_of(access: Access) -> set[str]:
    """The kinds of the indexes that were read, where the schema has them."""
    used = {node.text("Index Name") for node in access.node.walk()}
    return {index.method for index in access.table.indexes if index.name in used} if access.table else set()


def is_brin(access: Access) -> bool:
    """Pages are all that a BRIN index knows. A bitmap of another index that ran out of memory still has some exact pages."""
    known = methods_of(access)
    return "brin" in known if known else access.node.number("Lossy Heap Blocks") > 0 == access.node.number("Exact Heap Blocks")


def describe(scans: Sequence[Access], plan: Plan, schema: Schema | None) -> Finding:
    worst = max(scans, key=lambda scan: removed_by(scan.node))
    lost, right = sum(removed_by(scan.node) for scan in scans), sum(right_ones(scan.node) for scan in scans)
    advice = advice_for(scans, schema)
    names = list(dict.fromkeys(name for node in worst.node.walk() if (name := node.text("Index Name"))))
    searched = " and ".join(f"index {name}" for name in names) or "the index"
    waste = waste_of(plan, [scan.node for scan in scans], read=lost + right, kept=right)
    return Finding(
        at=worst.node.location,
        subject=f"{worst.name.qualified} by index {names[0]}" if names else worst.name.qualified,
        message=f"{searched} finds {lost + right:,.0f} rows of {worst.name}, of which {right:,.0f} are asked for; {advice.words}",
        remedy=advice.remedy,
        confidence=Confidence.CERTAIN if exclusive_times(plan) else Confidence.LIKELY,
        related=tuple(Related(scan.node.location, "and here") for scan in scans if scan is not worst),
        saving=Saving(*astuple(waste)),
    )


def advice_for(scans: Sequence[Access], schema: Schema | None) -> IndexAdvice:
    access = scans[0]
    searched = conditions_of(access, "Recheck Cond") or conditions_of(access, "Index Cond")
    if is_brin(access) and len(indexable(access, searched)) == len(searched):
        better = advise(scans, searched, (), schema, "know the rows, not only their pages")
        return IndexAdvice(f"BRIN knows ranges of pages, and they overlap: {better.words}", better.remedy)
    operators = {each.comparison or each.operator for each in searched}
    if "gist" in methods_of(access):
        better = advise(scans, searched, (), schema)
        words = "GiST keeps signatures where GIN keeps the elements"
        return IndexAdvice(f"{words}: {better.words}", better.remedy) if better.remedy else IndexAdvice(words)
    if operators & MATCHES:
        return IndexAdvice(
            f"the trigrams of {pattern_of(searched)} are common: ask for more letters, or for words by full text search"
        )
    if "@@" in operators:
        return IndexAdvice("positions, weights and phrases are not in the index, and are compared row by row")
    return IndexAdvice("the index knows only a part of the value: one on what tells these rows apart would find fewer")


def pattern_of(searched: Sequence[Condition]) -> str:
    return next(
        (each.value.partition("::")[0] for each in searched if (each.comparison or each.operator) in MATCHES), "the pattern"
    )
