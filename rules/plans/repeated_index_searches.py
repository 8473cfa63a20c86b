"""One index scan that searches its index again and again.

## Why it matters
Since version 18 a btree is searched by its later columns too: for each value of the column before them PostgreSQL makes a
search of its own (skip scan), and for each value of a list (`= ANY`) as well; several lists are searched in every
combination. Measured on 300,000 orders in 30 shops: those of 701 customers by an index on (shop_id, customer_id) 22,020
searches and 21.2 ms, by one on customer_id 701 searches and 7.5 ms.

## When it is fine
A list whose values are nearly all found: each of them is a search that is wanted. A leading column of a few values in a
rare statement, which is what skip scans are for: one more index costs every write.

## What to do
Give the index the columns in the order in which they are asked for: those compared by equality first. Where two lists
belong together pair by pair, ask for the pairs: `(a, b) IN ((1, 7), (2, 9))`, or a join with VALUES.

What is saved is at most the time of the searches beyond the first of each loop.

## Sources
- PostgreSQL documentation, "Multicolumn Indexes" (skip scan); "Using EXPLAIN" (Index Searches); release notes of 18
- `src/backend/access/nbtree/README`, "Scan keys and array keys": a search for each array value that is not on the same page
- the measurement: PostgreSQL 18, tables in shared buffers; before version 18 EXPLAIN does not count the searches
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from advisor.model import Plan, PlanNode, Schema
from advisor.model.plan.access import Access, access_of, elapsed, family_of, indexable, parents_of
from advisor.model.plan.conditions import Condition, conditions
from advisor.model.plan.times import exclusive_times
from advisor.remedies.plan_indexes import advise
from advisor.rule import Confidence, Finding, PlanOptions, Related, Saving, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, country text NOT NULL);
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, shop_id int NOT NULL, total int NOT NULL, note text);
    CREATE INDEX orders_shop_id_customer_id_idx ON orders (shop_id, customer_id);
    CREATE TABLE parcels (id int PRIMARY KEY, carrier_id int NOT NULL, code text NOT NULL, state int);
    CREATE INDEX parcels_carrier_id_code_idx ON parcels (carrier_id, code);
    CREATE TABLE posts (id int PRIMARY KEY, author_id int NOT NULL, published boolean, body text);
    CREATE INDEX posts_published_author_idx ON posts (published, author_id);
""")
BAD = [
    SCHEMA
    + plan("""
        Nested Loop  (cost=191.18..133863.85 rows=701 width=31) (actual time=0.087..21.190 rows=701.00 loops=1)
          Buffers: shared hit=76587
          ->  Index Scan using customers_pkey on customers c  (cost=0.29..31.31 rows=701 width=27) (actual time=0.012..0.139 rows=701.00 loops=1)
                Index Cond: ((id >= 1000) AND (id <= 1700))
                Index Searches: 1
                Buffers: shared hit=10
          ->  Aggregate  (cost=190.90..190.91 rows=1 width=8) (actual time=0.030..0.030 rows=1.00 loops=701)
                Buffers: shared hit=76577
                ->  Bitmap Heap Scan on orders  (cost=133.33..190.86 rows=15 width=4) (actual time=0.019..0.028 rows=15.00 loops=701)
                      Recheck Cond: (customer_id = c.id)
                      Heap Blocks: exact=10515
                      Buffers: shared hit=76577
                      ->  Bitmap Index Scan on orders_shop_id_customer_id_idx  (cost=0.00..133.33 rows=15 width=0) (actual time=0.017..0.017 rows=15.00 loops=701)
                            Index Cond: (customer_id = c.id)
                            Index Searches: 22020
                            Buffers: shared hit=66062
        Planning Time: 0.157 ms
        Execution Time: 21.248 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Index Scan using parcels_carrier_id_code_idx on parcels  (cost=0.55..13918.07 rows=1 width=8) (actual time=0.069..10.419 rows=1.00 loops=1)
          Index Cond: (code = '0000000000000000000000000000000000000000000000000000000000008f14e45fceea167a5a36dedd4bea2543c9f0f895fb98ab9159f51fd0297e236d'::text)
          Index Searches: 4993
          Buffers: shared hit=20064
        Planning Time: 0.067 ms
        Execution Time: 10.435 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Index Scan using parcels_carrier_id_code_idx on parcels  (cost=25.57..74.60 rows=1 width=4) (actual time=0.456..11.948 rows=1.00 loops=1)
          Index Cond: ((carrier_id = ANY ((InitPlan 1).col1)) AND (code = '0000000000000000000000000000000000000000000000000000000000008f14e45fceea167a5a36dedd4bea2543c9f0f895fb98ab9159f51fd0297e236d'::text))
          Index Searches: 4991
          Buffers: shared hit=20056
          InitPlan 1
            ->  ProjectSet  (cost=0.00..25.02 rows=5000 width=4) (actual time=0.002..0.206 rows=5000.00 loops=1)
                  ->  Result  (cost=0.00..0.01 rows=1 width=0) (actual time=0.000..0.001 rows=1.00 loops=1)
        Planning Time: 0.096 ms
        Execution Time: 11.965 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Index Scan using parcels_carrier_id_code_idx on parcels  (cost=25.57..120.18 rows=1 width=4) (actual time=0.730..19.409 rows=1.00 loops=1)
          Index Cond: ((carrier_id = ANY ((InitPlan 1).col1)) AND (code = ANY ('{78f14e45fceea167a5a36dedd4bea2543,00000000000000000000000000000000000000000000000000000000000028dd2c7955ce926456240b2ff0100bde35f4a8d465e6e1edc05f3d8ab658c551}'::text[])))
          Index Searches: 6540
          Buffers: shared hit=26365
          InitPlan 1
            ->  ProjectSet  (cost=0.00..25.02 rows=5000 width=4) (actual time=0.002..0.204 rows=5000.00 loops=1)
                  ->  Result  (cost=0.00..0.01 rows=1 width=0) (actual time=0.000..0.001 rows=1.00 loops=1)
        Planning Time: 0.098 ms
        Execution Time: 19.426 ms
    """),  # noqa: E501
]
GOOD = [
    SCHEMA
    + plan("""
        Nested Loop  (cost=62.39..43578.55 rows=701 width=31) (actual time=0.033..7.495 rows=701.00 loops=1)
          Buffers: shared hit=12628
          ->  Index Scan using customers_pkey on customers c  (cost=0.29..31.31 rows=701 width=27) (actual time=0.011..0.095 rows=701.00 loops=1)
                Index Cond: ((id >= 1000) AND (id <= 1700))
                Index Searches: 1
                Buffers: shared hit=10
          ->  Aggregate  (cost=62.10..62.11 rows=1 width=8) (actual time=0.010..0.010 rows=1.00 loops=701)
                Buffers: shared hit=12618
                ->  Bitmap Heap Scan on orders  (cost=4.54..62.06 rows=15 width=4) (actual time=0.003..0.009 rows=15.00 loops=701)
                      Recheck Cond: (customer_id = c.id)
                      Heap Blocks: exact=10515
                      Buffers: shared hit=12618
                      ->  Bitmap Index Scan on orders_customer_id_idx  (cost=0.00..4.54 rows=15 width=0) (actual time=0.001..0.001 rows=15.00 loops=701)
                            Index Cond: (customer_id = c.id)
                            Index Searches: 701
                            Buffers: shared hit=2103
        Planning Time: 0.102 ms
        Execution Time: 7.549 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Aggregate  (cost=148.43..148.44 rows=1 width=4) (actual time=13.837..13.839 rows=1.00 loops=1)
          Buffers: shared hit=12002
          InitPlan 1
            ->  Function Scan on generate_series n  (cost=0.00..100.00 rows=8000 width=4) (actual time=0.265..0.673 rows=8000.00 loops=1)
          ->  Index Scan using parcels_pkey on parcels  (cost=0.42..48.40 rows=10 width=4) (actual time=1.045..13.155 rows=8000.00 loops=1)
                Index Cond: (id = ANY ((InitPlan 1).col1))
                Index Searches: 1334
                Buffers: shared hit=12002
        Planning Time: 0.111 ms
        Execution Time: 13.867 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Nested Loop  (cost=213.42..191882.36 rows=900 width=19) (actual time=0.054..35.805 rows=900.00 loops=1)
          Buffers: shared hit=61106
          ->  Index Scan using authors_pkey on authors a  (cost=0.28..42.28 rows=900 width=15) (actual time=0.010..0.150 rows=900.00 loops=1)
                Index Cond: ((id >= 1) AND (id <= 900))
                Index Searches: 1
                Buffers: shared hit=12
          ->  Aggregate  (cost=213.14..213.15 rows=1 width=8) (actual time=0.039..0.039 rows=1.00 loops=900)
                Buffers: shared hit=61094
                ->  Index Scan using posts_published_author_idx on posts  (cost=0.30..212.99 rows=60 width=100) (actual time=0.002..0.033 rows=60.00 loops=900)
                      Index Cond: (author_id = a.id)
                      Index Searches: 3546
                      Buffers: shared hit=61094
        Planning Time: 0.141 ms
        Execution Time: 35.866 ms
    """),  # noqa: E501
]


@dataclass(frozen=True)
class SearchOptions(PlanOptions):
    """When searches of one scan are worth a word."""

    min_searches: int = 1_000
    """Searches of the index, in all loops."""
    min_searches_a_loop: float = 4.0
    """Searches in one loop: a leading column of two or three values is left alone."""
    max_found: float = 0.2
    """Rows found for each search of a list of values."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def repeated_index_searches(plan: Plan, schema: Schema | None, options: SearchOptions) -> Iterator[Finding]:
    total = elapsed(plan)
    if not plan.root.analyzed or (total is not None and total < options.min_time):
        return
    times, parents = exclusive_times(plan), parents_of(plan)
    found: dict[tuple[object, ...], list[tuple[Access, PlanNode]]] = {}
    for node in plan.walk():
        scan = parents.get(node, node) if node.type == "Bitmap Index Scan" else node
        access = access_of(scan, schema) if "Index Searches" in node.fields else None
        if access is not None and is_repeated(access, node, options):
            found.setdefault(family_of(scan, parents), []).append((access, node))
    for searches in found.values():
        if not total or not times or sum(times[node] for _, node in searches) >= options.min_share * total:
            yield describe(searches, plan, schema)


def searches_of(node: PlanNode) -> float:
    """Searches in all loops: EXPLAIN adds them up, unlike the rows."""
    return node.number("Index Searches")


def is_repeated(access: Access, node: PlanNode, options: SearchOptions) -> bool:
    searches = searches_of(node)
    if searches < options.min_searches or searches < options.min_searches_a_loop * max(node.loops, 1):
        return False
    asked = searched_by(access, node)
    if not any(each.operator == "in" for each in asked):
        return True
    return len(asked) > 1 and node.total_rows <= options.max_found * searches


def searched_by(access: Access, node: PlanNode) -> tuple[Condition, ...]:
    return conditions(node.text("Index Cond"), access.node.text("Alias"))


def describe(searches: Sequence[tuple[Access, PlanNode]], plan: Plan, schema: Schema | None) -> Finding:
    access, node = max(searches, key=lambda pair: searches_of(pair[1]))
    asked = searched_by(access, node)
    one = indexable(access, [each for each in asked if each.operator != "in"])
    made, rows = sum(searches_of(node) for _, node in searches), sum(node.total_rows for _, node in searches)
    advice = advise([access for access, _ in searches], one, (), schema, "be searched once") if one else None
    lists = " and ".join(str(each.column) for each in asked)
    pairs = f"every combination of {lists} is searched for: ask for the pairs that belong together"
    loops = f" in {node.loops:,.0f} loops" if node.loops > 1 else ""
    found = f"{rows:,.0f} {'row' if rows == 1 else 'rows'}"
    return Finding(
        at=node.location,
        subject=f"{access.name.qualified} by index {node.text('Index Name')}",
        message=f"index {node.text('Index Name')} of {access.name} is searched {made:,.0f} times{loops} for {found}; "
        f"{advice.words if advice else pairs}",
        remedy=advice.remedy if advice else None,
        confidence=Confidence.POSSIBLE if advice and advice.existing else Confidence.CERTAIN,
        related=tuple(Related(other.location, "and here") for _, other in searches if other is not node),
        saving=spared(plan, [node for _, node in searches]),
    )


def spared(plan: Plan, nodes: Sequence[PlanNode]) -> Saving:
    """Of each node's own time the part of the searches beyond one a loop."""
    times, total = exclusive_times(plan), elapsed(plan)
    if not times:
        return Saving()
    spent = sum(times[node] * max(0.0, 1 - node.loops / searches_of(node)) for node in nodes)
    return Saving(milliseconds=spent, share=min(1.0, spent / total) if total else None)
