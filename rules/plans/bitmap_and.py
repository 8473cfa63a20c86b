"""Two indexes whose bitmaps are compared where one index on both columns would do.

## Why it matters
Each index finds all rows for its own column, and only then the two sets are compared: what is wanted of neither is found
twice. Measured on 300,000 tickets: those of six teams, two severities and six weeks 26.0 ms by three indexes, which
find 577,086 rows for 2,052, and 2.2 ms by one on the three columns.

## When it is fine
The columns are asked for alone more often than together, in many mixtures: then single indexes serve all of them, and a
few milliseconds of comparing are cheaper than an index for each mixture. Two ranges: a btree uses only one of them. An
index of another kind (GIN, GiST, BRIN) among the two.

## What to do
One index on the columns together, those compared by equality first. A narrow index on the first column alone is then
superfluous.

What is saved is at most the time of the comparison and of the index scans below it, less the part for the rows kept.
Where the filter above throws most rows away after that, filter-discards-rows tells it and this rule is silent.

## Sources
- PostgreSQL documentation, "Combining Multiple Indexes" ("a multicolumn index would usually be more efficient than index
  combination"); "Multicolumn Indexes"
- the measurement: PostgreSQL 18, tables in shared buffers
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import astuple, replace

from advisor.model import Plan, PlanNode, Schema
from advisor.model.plan.access import Access, access_of, conditions_of, elapsed, family_of, indexable, parents_of
from advisor.model.plan.conditions import Condition, conditions
from advisor.model.plan.times import exclusive_times, inclusive_times
from advisor.model.plan.wanted import Wanted, wanted_indexes
from advisor.model.plan.waste import waste_of
from advisor.remedies.plan_indexes import advise
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, PlanOptions, Related, Saving, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE TABLE teams (id int PRIMARY KEY, name text NOT NULL, region text NOT NULL);
    CREATE TABLE tickets (id int PRIMARY KEY, team_id int NOT NULL, severity int NOT NULL, opened_on date NOT NULL, tags text[],
        body text);
    CREATE INDEX tickets_team_id_idx ON tickets (team_id);
    CREATE INDEX tickets_severity_idx ON tickets (severity);
    CREATE INDEX tickets_opened_on_idx ON tickets (opened_on);
    CREATE INDEX tickets_tags_idx ON tickets USING gin (tags);
""")
BAD = [
    SCHEMA
    + plan("""
        Nested Loop  (cost=4062.14..28436.30 rows=7 width=11) (actual time=3.371..22.953 rows=7.00 loops=1)
          Buffers: shared hit=9786
          ->  Seq Scan on teams t  (cost=0.00..1.16 rows=7 width=11) (actual time=0.005..0.015 rows=7.00 loops=1)
                Filter: (region = 'north'::text)
                Rows Removed by Filter: 6
                Buffers: shared hit=1
          ->  Aggregate  (cost=4062.14..4062.15 rows=1 width=4) (actual time=3.275..3.275 rows=1.00 loops=7)
                Buffers: shared hit=9785
                ->  Bitmap Heap Scan on tickets  (cost=451.08..4055.36 rows=1356 width=184) (actual time=1.682..2.777 rows=1357.43 loops=7)
                      Recheck Cond: ((severity = 11) AND (team_id = t.id))
                      Heap Blocks: exact=9502
                      Buffers: shared hit=9785
                      ->  BitmapAnd  (cost=451.08..451.08 rows=1356 width=0) (actual time=1.551..1.551 rows=0.00 loops=7)
                            Buffers: shared hit=283
                            ->  Bitmap Index Scan on tickets_severity_idx  (cost=0.00..196.65 rows=17630 width=0) (actual time=0.620..0.620 rows=17647.00 loops=7)
                                  Index Cond: (severity = 11)
                                  Index Searches: 7
                                  Buffers: shared hit=126
                            ->  Bitmap Index Scan on tickets_team_id_idx  (cost=0.00..253.50 rows=23077 width=0) (actual time=0.734..0.734 rows=23076.86 loops=7)
                                  Index Cond: (team_id = t.id)
                                  Index Searches: 7
                                  Buffers: shared hit=157
        Planning Time: 0.144 ms
        Execution Time: 22.981 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Nested Loop  (cost=2353.70..14123.48 rows=6 width=11) (actual time=3.900..26.048 rows=6.00 loops=1)
          Buffers: shared hit=2630
          ->  Seq Scan on teams t  (cost=0.00..1.16 rows=6 width=11) (actual time=0.006..0.021 rows=6.00 loops=1)
                Filter: (region = 'south'::text)
                Rows Removed by Filter: 7
                Buffers: shared hit=1
          ->  Aggregate  (cost=2353.70..2353.71 rows=1 width=4) (actual time=4.334..4.335 rows=1.00 loops=6)
                Buffers: shared hit=2629
                ->  Bitmap Heap Scan on tickets  (cost=1175.66..2351.94 rows=351 width=184) (actual time=3.757..4.203 rows=342.00 loops=6)
                      Recheck Cond: ((team_id = t.id) AND (severity = ANY ('{3,11}'::integer[])) AND (opened_on >= '2024-03-01'::date) AND (opened_on <= '2024-04-15'::date))
                      Heap Blocks: exact=2052
                      Buffers: shared hit=2629
                      ->  BitmapAnd  (cost=1175.66..1175.66 rows=351 width=0) (actual time=3.708..3.708 rows=0.00 loops=6)
                            Buffers: shared hit=577
                            ->  Bitmap Index Scan on tickets_team_id_idx  (cost=0.00..253.50 rows=23077 width=0) (actual time=1.002..1.002 rows=23077.00 loops=6)
                                  Index Cond: (team_id = t.id)
                                  Index Searches: 6
                                  Buffers: shared hit=133
                            ->  Bitmap Index Scan on tickets_severity_idx  (cost=0.00..391.10 rows=35500 width=0) (actual time=1.012..1.012 rows=35294.00 loops=6)
                                  Index Cond: (severity = ANY ('{3,11}'::integer[]))
                                  Index Searches: 12
                                  Buffers: shared hit=222
                            ->  Bitmap Index Scan on tickets_opened_on_idx  (cost=0.00..530.30 rows=38588 width=0) (actual time=1.254..1.254 rows=37810.00 loops=6)
                                  Index Cond: ((opened_on >= '2024-03-01'::date) AND (opened_on <= '2024-04-15'::date))
                                  Index Searches: 6
                                  Buffers: shared hit=222
        Planning Time: 0.187 ms
        Execution Time: 26.085 ms
    """),  # noqa: E501
]
GOOD = [
    SCHEMA
    + plan("""
        Nested Loop  (cost=3684.10..25790.00 rows=7 width=11) (actual time=1.600..11.303 rows=7.00 loops=1)
          Buffers: shared hit=9531
          ->  Seq Scan on teams t  (cost=0.00..1.16 rows=7 width=11) (actual time=0.007..0.013 rows=7.00 loops=1)
                Filter: (region = 'north'::text)
                Rows Removed by Filter: 6
                Buffers: shared hit=1
          ->  Aggregate  (cost=3684.10..3684.11 rows=1 width=4) (actual time=1.611..1.612 rows=1.00 loops=7)
                Buffers: shared hit=9530
                ->  Bitmap Heap Scan on tickets  (cost=22.59..3677.19 rows=1382 width=184) (actual time=0.183..1.137 rows=1357.43 loops=7)
                      Recheck Cond: ((team_id = t.id) AND (severity = 11))
                      Heap Blocks: exact=9502
                      Buffers: shared hit=9530
                      ->  Bitmap Index Scan on tickets_team_id_severity_idx  (cost=0.00..22.24 rows=1382 width=0) (actual time=0.073..0.073 rows=1357.43 loops=7)
                            Index Cond: ((team_id = t.id) AND (severity = 11))
                            Index Searches: 7
                            Buffers: shared hit=28
        Planning Time: 0.156 ms
        Execution Time: 11.328 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Nested Loop  (cost=1055.67..6335.32 rows=6 width=11) (actual time=9.303..56.119 rows=6.00 loops=1)
          Buffers: shared hit=24184
          ->  Seq Scan on teams t  (cost=0.00..1.16 rows=6 width=11) (actual time=0.007..0.027 rows=6.00 loops=1)
                Filter: (region = 'south'::text)
                Rows Removed by Filter: 7
                Buffers: shared hit=1
          ->  Aggregate  (cost=1055.67..1055.68 rows=1 width=4) (actual time=9.345..9.345 rows=1.00 loops=6)
                Buffers: shared hit=24183
                ->  Bitmap Heap Scan on tickets  (cost=414.59..1054.78 rows=178 width=184) (actual time=4.026..7.836 rows=3965.00 loops=6)
                      Recheck Cond: ((opened_on >= ('2024-03-01'::date + t.id)) AND (opened_on <= ('2024-04-10'::date + t.id)) AND (severity > 14))
                      Heap Blocks: exact=23790
                      Buffers: shared hit=24183
                      ->  BitmapAnd  (cost=414.59..414.59 rows=178 width=0) (actual time=3.620..3.621 rows=0.00 loops=6)
                            Buffers: shared hit=393
                            ->  Bitmap Index Scan on tickets_opened_on_idx  (cost=0.00..23.43 rows=1500 width=0) (actual time=1.887..1.887 rows=33699.83 loops=6)
                                  Index Cond: ((opened_on >= ('2024-03-01'::date + t.id)) AND (opened_on <= ('2024-04-10'::date + t.id)))
                                  Index Searches: 6
                                  Buffers: shared hit=201
                            ->  Bitmap Index Scan on tickets_severity_idx  (cost=0.00..390.82 rows=35520 width=0) (actual time=1.462..1.462 rows=35294.00 loops=6)
                                  Index Cond: (severity > 14)
                                  Index Searches: 6
                                  Buffers: shared hit=192
        Planning Time: 0.163 ms
        Execution Time: 56.320 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Nested Loop  (cost=5503.11..33019.95 rows=6 width=11) (actual time=6.280..39.713 rows=6.00 loops=1)
          Buffers: shared hit=12770
          ->  Seq Scan on teams t  (cost=0.00..1.16 rows=6 width=11) (actual time=0.006..0.022 rows=6.00 loops=1)
                Filter: (region = 'south'::text)
                Rows Removed by Filter: 7
                Buffers: shared hit=1
          ->  Aggregate  (cost=5503.11..5503.12 rows=1 width=4) (actual time=6.612..6.612 rows=1.00 loops=6)
                Buffers: shared hit=12769
                ->  Bitmap Heap Scan on tickets  (cost=435.44..5492.73 rows=2077 width=184) (actual time=3.977..5.774 rows=2098.00 loops=6)
                      Recheck Cond: ((tags @> '{t4}'::text[]) AND (team_id = t.id))
                      Heap Blocks: exact=12588
                      Buffers: shared hit=12769
                      ->  BitmapAnd  (cost=435.44..435.44 rows=2077 width=0) (actual time=3.770..3.771 rows=0.00 loops=6)
                            Buffers: shared hit=181
                            ->  Bitmap Index Scan on tickets_tags_idx  (cost=0.00..180.65 rows=27000 width=0) (actual time=2.341..2.341 rows=27273.00 loops=6)
                                  Index Cond: (tags @> '{t4}'::text[])
                                  Index Searches: 6
                                  Buffers: shared hit=48
                            ->  Bitmap Index Scan on tickets_team_id_idx  (cost=0.00..253.50 rows=23077 width=0) (actual time=1.198..1.198 rows=23077.00 loops=6)
                                  Index Cond: (team_id = t.id)
                                  Index Searches: 6
                                  Buffers: shared hit=133
        Planning Time: 0.199 ms
        Execution Time: 39.934 ms
    """),  # noqa: E501
]


@dataclass(frozen=True)
class BitmapAndOptions(PlanOptions):
    """When two bitmaps are worth one index."""

    min_rows: int = 5_000
    """Rows that the indexes find, together and in all loops."""
    max_kept: float = 0.2
    """The part of them that is in all the bitmaps."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD, yields="filter-discards-rows")
def bitmap_and(plan: Plan, schema: Schema | None, options: BitmapAndOptions) -> Iterator[Finding]:
    total = elapsed(plan)
    if not plan.root.analyzed or (total is not None and total < options.min_time):
        return
    parents, times = parents_of(plan), inclusive_times(plan)
    found: dict[tuple[object, ...], list[Access]] = {}
    for node in plan.walk():
        access = access_of(node, schema) if node.type == "Bitmap Heap Scan" and compared_below(node) is not None else None
        if access is not None and is_wasteful(node, options):
            found.setdefault(family_of(node, parents), []).append(access)
    for scans in found.values():
        taken = sum(times[each] for scan in scans if (each := compared_below(scan.node)) is not None)
        slow = not total or not exclusive_times(plan) or taken >= options.min_share * total
        if slow and (finding := describe(scans, plan, schema)) is not None:
            yield finding


def compared_below(node: PlanNode) -> PlanNode | None:
    """The BitmapAnd that a heap scan reads its rows from, where all that it compares are plain index scans."""
    child = node.children[0] if node.children else None
    if child is None or child.type != "BitmapAnd" or any(part.type != "Bitmap Index Scan" for part in child.children):
        return None
    return child


def rows_found(scans: Sequence[Access]) -> float:
    """Rows that the indexes gave, in all loops."""
    return sum(part.total_rows for scan in scans if (both := compared_below(scan.node)) for part in both.children)


def rows_of(node: PlanNode) -> float:
    """Rows that were in all the bitmaps: those given and those that a filter or a recheck removed after."""
    removed = node.number("Rows Removed by Filter") + node.number("Rows Removed by Index Recheck")
    return (node.rows + removed) * node.loops


def is_wasteful(node: PlanNode, options: BitmapAndOptions) -> bool:
    both = compared_below(node)
    found = sum(part.total_rows for part in both.children) if both else 0.0
    return found >= options.min_rows and rows_of(node) <= options.max_kept * found


def asked(scan: Access) -> tuple[Condition, ...] | None:
    """What the indexes search for, where one btree can search for all of it: at most one range, and the rest by equality."""
    both = compared_below(scan.node)
    parts = both.children if both else ()
    if any(part.text("Index Cond") is None for part in parts):
        return None  # read whole, for the predicate of a partial index
    found = tuple(each for part in parts for each in conditions(part.text("Index Cond")))
    used = {part.text("Index Name") for part in parts}
    others = {index.method for index in scan.table.indexes if index.name in used} - {"btree"} if scan.table else set()
    ranges = {each.column for each in found if not each.is_equality}
    return found if not others and len(ranges) <= 1 and len(indexable(scan, found)) == len(found) else None


def with_predicate(scan: Access) -> tuple[Wanted, ...]:
    """Where a partial index is read whole for its predicate: one on what the other searches for and the filter compares, for those
    rows alone. Nothing where no schema tells the predicate.
    """
    both = compared_below(scan.node)
    parts = both.children if both else ()
    whole = {part.text("Index Name") for part in parts if part.text("Index Cond") is None}
    predicates = [index.predicate for index in scan.table.indexes if index.name in whole] if scan.table else []
    searched = tuple(each for part in parts for each in conditions(part.text("Index Cond")))
    found = wanted_indexes(scan, (*searched, *conditions_of(scan, "Filter")))
    if not whole or len(predicates) != 1 or predicates[0] is None or len(found) != 1 or found[0].index.method != "btree":
        return ()
    return (Wanted(replace(found[0].index, predicate=predicates[0]), why="a partial index"),)


def describe(scans: Sequence[Access], plan: Plan, schema: Schema | None) -> Finding | None:
    worst = max(scans, key=lambda scan: scan.node.total_time)
    searched, partial = asked(worst), with_predicate(worst)
    if searched is None and not partial:
        return None
    advice = advise([worst, *scans], searched or (), (), schema, "find them at once", wanted=partial)
    found, kept = rows_found(scans), sum(rows_of(scan.node) for scan in scans)
    both = [below for scan in scans for below in scan.node.walk() if below.type in ("BitmapAnd", "Bitmap Index Scan")]
    names = list(dict.fromkeys(name for below in both if (name := below.text("Index Name"))))
    return Finding(
        at=worst.node.location,
        subject=worst.name.qualified,
        message=f"{worst.name} is searched by {listed(names, len(names))}, which find {found:,.0f} rows for {kept:,.0f} that "
        f"are in {'both' if len(names) == 2 else 'all of them'}; {advice.words}",
        remedy=advice.remedy,
        confidence=Confidence.POSSIBLE if advice.existing else Confidence.CERTAIN,
        related=tuple(Related(scan.node.location, "and here") for scan in scans if scan is not worst),
        saving=Saving(*astuple(waste_of(plan, both, read=found, kept=kept))),
    )
