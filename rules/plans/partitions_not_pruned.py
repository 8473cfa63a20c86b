"""Partitions that are read although the filter could exclude them.

## Why it matters
PostgreSQL leaves a partition out where a condition compares the partition key itself with a value. A function or a cast
of the key hides it, and every partition is read. Measured on 300,000 events in twelve partitions: one
day by `at::date = ..` 24.9 ms, by a range of `at` 1.0 ms.

## When it is fine
The filter says nothing of the partition key, or rows are wanted from most partitions. A key that comes from the other
side of a hash join excludes nothing either; there only the key's value in the statement helps.

## What to do
Ask for a range of the key itself: `at >= '2024-03-01' AND at < '2024-04-01'` for `date_trunc('month', at) = '2024-03-01'`.
A value that is computed when the statement starts (`now()`) excludes partitions too, one of a volatile function
(`clock_timestamp()`) does not.

What is saved is at most what the partitions without a matching row took. With the schema at hand the partition key is
known; without it only functions of time are taken for one of the key, and the finding is a possibility.

## Sources
- PostgreSQL documentation, "Table Partitioning", sections "Partition Pruning" and "Limitations"
- `src/backend/partitioning/partprune.c`, `match_clause_to_partition_key` (the key must stand alone; volatile values exclude
  nothing, stable ones do when the plan starts)
- the measurement: PostgreSQL 18, tables in shared buffers
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import astuple

from advisor.model import Plan, PlanNode, Schema
from advisor.model.plan.access import Access, access_of, conditions_of, elapsed, family_of, is_date_as_text, parents_of, rows_read
from advisor.model.plan.conditions import Condition, columns_in
from advisor.model.plan.times import exclusive_times
from advisor.model.plan.wanted import own_words
from advisor.model.plan.waste import waste_of
from advisor.remedies import Remedy, RewriteCode
from advisor.rule import Confidence, Finding, PlanOptions, Related, Saving, Severity, plan, rule, sql

SCHEMA = sql("""
    CREATE TABLE visits (id bigint NOT NULL, seen_at timestamptz NOT NULL, page text NOT NULL) PARTITION BY RANGE (seen_at);
    CREATE TABLE visits_q1 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2024-04-01');
    CREATE TABLE visits_q2 PARTITION OF visits FOR VALUES FROM ('2024-04-01') TO ('2024-07-01');
    CREATE TABLE visits_q3 PARTITION OF visits FOR VALUES FROM ('2024-07-01') TO ('2024-10-01');
    CREATE TABLE visits_q4 PARTITION OF visits FOR VALUES FROM ('2024-10-01') TO ('2025-01-01');
""")
BAD = [
    SCHEMA
    + plan("""
        Aggregate  (cost=7859.62..7859.63 rows=1 width=8) (actual time=43.057..43.060 rows=1.00 loops=1)
          Buffers: shared hit=3198
          ->  Append  (cost=0.00..7855.74 rows=1549 width=0) (actual time=3.442..42.159 rows=25056.00 loops=1)
                Buffers: shared hit=3198
                ->  Seq Scan on visits_q1 visits_1  (cost=0.00..1990.35 rows=393 width=0) (actual time=3.441..10.892 rows=25056.00 loops=1)
                      Filter: (date_trunc('month'::text, seen_at) = '2024-02-01 00:00:00+00'::timestamp with time zone)
                      Rows Removed by Filter: 53567
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q2 visits_2  (cost=0.00..1990.36 rows=393 width=0) (actual time=9.954..9.955 rows=0.00 loops=1)
                      Filter: (date_trunc('month'::text, seen_at) = '2024-02-01 00:00:00+00'::timestamp with time zone)
                      Rows Removed by Filter: 78624
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q3 visits_3  (cost=0.00..2012.32 rows=397 width=0) (actual time=10.100..10.100 rows=0.00 loops=1)
                      Filter: (date_trunc('month'::text, seen_at) = '2024-02-01 00:00:00+00'::timestamp with time zone)
                      Rows Removed by Filter: 79488
                      Buffers: shared hit=820
                ->  Seq Scan on visits_q4 visits_4  (cost=0.00..1854.97 rows=366 width=0) (actual time=9.521..9.521 rows=0.00 loops=1)
                      Filter: (date_trunc('month'::text, seen_at) = '2024-02-01 00:00:00+00'::timestamp with time zone)
                      Rows Removed by Filter: 73265
                      Buffers: shared hit=756
        Planning Time: 0.085 ms
        Execution Time: 43.083 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Aggregate  (cost=7859.62..7859.63 rows=1 width=8) (actual time=31.018..31.021 rows=1.00 loops=1)
          Buffers: shared hit=3198
          ->  Append  (cost=0.00..7855.74 rows=1549 width=0) (actual time=19.305..30.981 rows=864.00 loops=1)
                Buffers: shared hit=3198
                ->  Seq Scan on visits_q1 visits_1  (cost=0.00..1990.35 rows=393 width=0) (actual time=7.880..7.880 rows=0.00 loops=1)
                      Filter: ((seen_at)::date = '2024-08-14'::date)
                      Rows Removed by Filter: 78623
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q2 visits_2  (cost=0.00..1990.36 rows=393 width=0) (actual time=7.646..7.647 rows=0.00 loops=1)
                      Filter: ((seen_at)::date = '2024-08-14'::date)
                      Rows Removed by Filter: 78624
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q3 visits_3  (cost=0.00..2012.32 rows=397 width=0) (actual time=3.776..7.944 rows=864.00 loops=1)
                      Filter: ((seen_at)::date = '2024-08-14'::date)
                      Rows Removed by Filter: 78624
                      Buffers: shared hit=820
                ->  Seq Scan on visits_q4 visits_4  (cost=0.00..1854.97 rows=366 width=0) (actual time=7.458..7.458 rows=0.00 loops=1)
                      Filter: ((seen_at)::date = '2024-08-14'::date)
                      Rows Removed by Filter: 73265
                      Buffers: shared hit=756
        Planning Time: 0.078 ms
        Execution Time: 31.047 ms
    """),  # noqa: E501
    plan("""
        Aggregate  (cost=7859.62..7859.63 rows=1 width=8) (actual time=31.018..31.021 rows=1.00 loops=1)
          Buffers: shared hit=3198
          ->  Append  (cost=0.00..7855.74 rows=1549 width=0) (actual time=19.305..30.981 rows=864.00 loops=1)
                Buffers: shared hit=3198
                ->  Seq Scan on visits_q1 visits_1  (cost=0.00..1990.35 rows=393 width=0) (actual time=7.880..7.880 rows=0.00 loops=1)
                      Filter: ((seen_at)::date = '2024-08-14'::date)
                      Rows Removed by Filter: 78623
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q2 visits_2  (cost=0.00..1990.36 rows=393 width=0) (actual time=7.646..7.647 rows=0.00 loops=1)
                      Filter: ((seen_at)::date = '2024-08-14'::date)
                      Rows Removed by Filter: 78624
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q3 visits_3  (cost=0.00..2012.32 rows=397 width=0) (actual time=3.776..7.944 rows=864.00 loops=1)
                      Filter: ((seen_at)::date = '2024-08-14'::date)
                      Rows Removed by Filter: 78624
                      Buffers: shared hit=820
                ->  Seq Scan on visits_q4 visits_4  (cost=0.00..1854.97 rows=366 width=0) (actual time=7.458..7.458 rows=0.00 loops=1)
                      Filter: ((seen_at)::date = '2024-08-14'::date)
                      Rows Removed by Filter: 73265
                      Buffers: shared hit=756
        Planning Time: 0.078 ms
        Execution Time: 31.047 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Aggregate  (cost=9398.00..9398.01 rows=1 width=8) (actual time=51.796..51.799 rows=1.00 loops=1)
          Buffers: shared hit=3198
          ->  Append  (cost=0.00..9139.67 rows=103334 width=0) (actual time=33.448..49.151 rows=70170.00 loops=1)
                Buffers: shared hit=3198
                ->  Seq Scan on visits_q1 visits_1  (cost=0.00..2186.90 rows=26208 width=0) (actual time=11.015..11.015 rows=0.00 loops=1)
                      Filter: (seen_at > (clock_timestamp() - '780 days'::interval))
                      Rows Removed by Filter: 78623
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q2 visits_2  (cost=0.00..2186.92 rows=26208 width=0) (actual time=10.916..10.917 rows=0.00 loops=1)
                      Filter: (seen_at > (clock_timestamp() - '780 days'::interval))
                      Rows Removed by Filter: 78624
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q3 visits_3  (cost=0.00..2211.04 rows=26496 width=0) (actual time=11.081..11.081 rows=0.00 loops=1)
                      Filter: (seen_at > (clock_timestamp() - '780 days'::interval))
                      Rows Removed by Filter: 79488
                      Buffers: shared hit=820
                ->  Seq Scan on visits_q4 visits_4  (cost=0.00..2038.14 rows=24422 width=0) (actual time=0.432..12.389 rows=70170.00 loops=1)
                      Filter: (seen_at > (clock_timestamp() - '780 days'::interval))
                      Rows Removed by Filter: 3095
                      Buffers: shared hit=756
        Planning Time: 0.079 ms
        Execution Time: 51.825 ms
    """),  # noqa: E501
]
GOOD = [
    SCHEMA
    + plan("""
        Aggregate  (cost=4795.20..4795.21 rows=1 width=8) (actual time=13.077..13.079 rows=1.00 loops=1)
          Buffers: shared hit=1631
          ->  Append  (cost=0.00..4794.55 rows=261 width=0) (actual time=2.840..12.796 rows=7776.00 loops=1)
                Buffers: shared hit=1631
                ->  Seq Scan on visits_q2 visits_1  (cost=0.00..2383.48 rows=128 width=0) (actual time=2.840..6.028 rows=3456.00 loops=1)
                      Filter: ((seen_at >= '2024-06-01 00:00:00+00'::timestamp with time zone) AND (seen_at < '2024-08-01 00:00:00+00'::timestamp with time zone) AND (date_part('dow'::text, seen_at) = '3'::double precision))
                      Rows Removed by Filter: 75168
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q3 visits_2  (cost=0.00..2409.76 rows=133 width=0) (actual time=0.239..6.349 rows=4320.00 loops=1)
                      Filter: ((seen_at >= '2024-06-01 00:00:00+00'::timestamp with time zone) AND (seen_at < '2024-08-01 00:00:00+00'::timestamp with time zone) AND (date_part('dow'::text, seen_at) = '3'::double precision))
                      Rows Removed by Filter: 75168
                      Buffers: shared hit=820
        Planning Time: 0.091 ms
        Execution Time: 13.098 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Aggregate  (cost=7859.62..7859.63 rows=1 width=8) (actual time=39.482..39.486 rows=1.00 loops=1)
          Buffers: shared hit=3198
          ->  Append  (cost=0.00..7855.74 rows=1549 width=0) (actual time=0.113..39.014 rows=12888.00 loops=1)
                Buffers: shared hit=3198
                ->  Seq Scan on visits_q1 visits_1  (cost=0.00..1990.35 rows=393 width=0) (actual time=0.113..9.709 rows=3276.00 loops=1)
                      Filter: (EXTRACT(hour FROM seen_at) = '23'::numeric)
                      Rows Removed by Filter: 75347
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q2 visits_2  (cost=0.00..1990.36 rows=393 width=0) (actual time=0.109..9.604 rows=3276.00 loops=1)
                      Filter: (EXTRACT(hour FROM seen_at) = '23'::numeric)
                      Rows Removed by Filter: 75348
                      Buffers: shared hit=811
                ->  Seq Scan on visits_q3 visits_3  (cost=0.00..2012.32 rows=397 width=0) (actual time=0.107..9.744 rows=3312.00 loops=1)
                      Filter: (EXTRACT(hour FROM seen_at) = '23'::numeric)
                      Rows Removed by Filter: 76176
                      Buffers: shared hit=820
                ->  Seq Scan on visits_q4 visits_4  (cost=0.00..1854.97 rows=366 width=0) (actual time=0.113..9.258 rows=3024.00 loops=1)
                      Filter: (EXTRACT(hour FROM seen_at) = '23'::numeric)
                      Rows Removed by Filter: 70241
                      Buffers: shared hit=756
        Planning Time: 0.078 ms
        Execution Time: 39.508 ms
    """),  # noqa: E501
    SCHEMA
    + plan("""
        Append  (cost=0.00..7855.74 rows=1549 width=8) (actual time=0.017..41.810 rows=1.00 loops=1)
          Buffers: shared hit=3198
          ->  Seq Scan on visits_q1 visits_1  (cost=0.00..1990.35 rows=393 width=8) (actual time=0.016..10.425 rows=1.00 loops=1)
                Filter: (lower(page) = '/28dd2c7955ce926456240b2ff0100bde'::text)
                Rows Removed by Filter: 78622
                Buffers: shared hit=811
          ->  Seq Scan on visits_q2 visits_2  (cost=0.00..1990.36 rows=393 width=8) (actual time=11.056..11.056 rows=0.00 loops=1)
                Filter: (lower(page) = '/28dd2c7955ce926456240b2ff0100bde'::text)
                Rows Removed by Filter: 78624
                Buffers: shared hit=811
          ->  Seq Scan on visits_q3 visits_3  (cost=0.00..2012.32 rows=397 width=8) (actual time=10.561..10.561 rows=0.00 loops=1)
                Filter: (lower(page) = '/28dd2c7955ce926456240b2ff0100bde'::text)
                Rows Removed by Filter: 79488
                Buffers: shared hit=820
          ->  Seq Scan on visits_q4 visits_4  (cost=0.00..1854.97 rows=366 width=8) (actual time=9.759..9.759 rows=0.00 loops=1)
                Filter: (lower(page) = '/28dd2c7955ce926456240b2ff0100bde'::text)
                Rows Removed by Filter: 73265
                Buffers: shared hit=756
        Planning Time: 0.066 ms
        Execution Time: 41.828 ms
    """),
    plan("""
        Append  (cost=0.00..7855.74 rows=1549 width=8) (actual time=0.017..41.810 rows=1.00 loops=1)
          Buffers: shared hit=3198
          ->  Seq Scan on visits_q1 visits_1  (cost=0.00..1990.35 rows=393 width=8) (actual time=0.016..10.425 rows=1.00 loops=1)
                Filter: (lower(page) = '/28dd2c7955ce926456240b2ff0100bde'::text)
                Rows Removed by Filter: 78622
                Buffers: shared hit=811
          ->  Seq Scan on visits_q2 visits_2  (cost=0.00..1990.36 rows=393 width=8) (actual time=11.056..11.056 rows=0.00 loops=1)
                Filter: (lower(page) = '/28dd2c7955ce926456240b2ff0100bde'::text)
                Rows Removed by Filter: 78624
                Buffers: shared hit=811
          ->  Seq Scan on visits_q3 visits_3  (cost=0.00..2012.32 rows=397 width=8) (actual time=10.561..10.561 rows=0.00 loops=1)
                Filter: (lower(page) = '/28dd2c7955ce926456240b2ff0100bde'::text)
                Rows Removed by Filter: 79488
                Buffers: shared hit=820
          ->  Seq Scan on visits_q4 visits_4  (cost=0.00..1854.97 rows=366 width=8) (actual time=9.759..9.759 rows=0.00 loops=1)
                Filter: (lower(page) = '/28dd2c7955ce926456240b2ff0100bde'::text)
                Rows Removed by Filter: 73265
                Buffers: shared hit=756
        Planning Time: 0.066 ms
        Execution Time: 41.828 ms
    """),
]
SCANS = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan")
OF_TIME = re.compile(r"\b(?:date_trunc|date_part|EXTRACT|to_char|timezone)\(|'::interval|\)::date$|AT TIME ZONE")
"""What a partition key is likely to be hidden in, where no schema tells the key: most ranges are of time."""
VOLATILE = re.compile(r"\b(?:clock_timestamp|timeofday|random|gen_random_uuid|nextval)\(")
TRUNCATED = re.compile(r"date_trunc\('(?P<unit>\w+)'(?:::text)?, (?P<key>[^(),]+?)\)")
DAY = re.compile(r"\((?P<key>[^():]+)\)::date")
PART = re.compile(r"(?:EXTRACT\(year FROM (?P<key>[^()]+)\)|date_part\('year'(?:::text)?, (?P<other>[^(),]+)\))")
SHIFTED = re.compile(r"\((?P<key>[^()+-]+) (?P<sign>[+-]) (?P<shift>'[^']+'::interval)\)")
YEAR = re.compile(r"'?(?P<year>\d{4})'?(?:::[\w ]+)?")


@dataclass(frozen=True)
class PruningOptions(PlanOptions):
    """When partitions read in vain are worth a word."""

    min_partitions: int = 2
    """Partitions that were read and gave no row."""
    min_share_without_schema: float = 0.5
    """The part of the partitions read that gave no row, where no schema tells the partition key."""


class Hidden(Struct, frozen=True):
    """A condition of the partition key that excludes nothing, and why."""

    condition: Condition
    key: str
    is_volatile: bool = False


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def partitions_not_pruned(plan: Plan, schema: Schema | None, options: PruningOptions) -> Iterator[Finding]:
    total = elapsed(plan)
    if not plan.root.analyzed or (total is not None and total < options.min_time):
        return
    parents = parents_of(plan)
    families: dict[tuple[object, ...], list[Access]] = {}
    for node in plan.walk():
        access = access_of(node, schema) if node.type in SCANS and node.loops else None
        if access is not None and len(family := family_of(node, parents)) > 1:
            families.setdefault(family, []).append(access)
    for scans in families.values():
        hidden, idle = hidden_key(scans[0]), [scan for scan in scans if not scan.node.rows]
        if hidden is not None and is_worth_a_word(scans, idle, plan, options):
            yield describe(hidden, scans, idle, plan)


def hidden_key(scan: Access) -> Hidden | None:
    """The condition that could exclude partitions, if it compared the key itself; None where one does, or none is about it."""
    found = conditions_of(scan, "Index Cond", "Recheck Cond", "Filter")
    keys = scan.table.partition_key.keys if scan.table and scan.table.partition_key else ()
    names = {key.column for key in keys if key.column}
    if any(each.is_plain and each.cast is None and each.column in names and not VOLATILE.search(each.value) for each in found):
        return None
    for each in found:
        if each.column in names and VOLATILE.search(each.value):
            return Hidden(each, str(each.column), is_volatile=True)
        expression = own_words(scan, each.expression or "")
        of_time = not keys and (OF_TIME.search(expression) or is_date_as_text(each))
        within = [name for name in columns_in(expression) if name in names or of_time]
        if within and (each.comparison or each.cast):
            return Hidden(each, within[0])
    return None


def is_worth_a_word(scans: Sequence[Access], idle: Sequence[Access], plan: Plan, options: PruningOptions) -> bool:
    known = scans[0].table is not None
    if len(idle) < options.min_partitions or (not known and len(idle) < options.min_share_without_schema * len(scans)):
        return False
    total, times = elapsed(plan), exclusive_times(plan)
    return not total or not times or sum(taken(scan.node, times) for scan in idle) >= options.min_share * total


def taken(node: PlanNode, times: Mapping[PlanNode, float]) -> float:
    return sum(times[each] for each in parts_of(node))


def parts_of(node: PlanNode) -> list[PlanNode]:
    """A scan with the index scans that its bitmap comes from."""
    return [each for each in node.walk() if each is node or each.type.startswith("Bitmap")]


def describe(hidden: Hidden, scans: Sequence[Access], idle: Sequence[Access], plan: Plan) -> Finding:
    first, times = scans[0], exclusive_times(plan)
    spent = f" ({sum(taken(scan.node, times) for scan in idle):,.1f} ms)" if times else ""
    nodes = [each for scan in idle for each in parts_of(scan.node)]
    read = sum(rows_read(scan.node) for scan in idle)
    return Finding(
        at=first.node.location,
        subject=first.name.qualified,
        message=f"{len(idle)} of the {len(scans)} partitions read of {named(scans)} have no row that is asked for{spent}: "
        f"{why_hidden(hidden, first)}; ask for a range of {hidden.key} itself",
        remedy=rewrite(hidden, first),
        confidence=Confidence.CERTAIN if first.table else Confidence.POSSIBLE,
        related=tuple(Related(scan.node.location, "and here") for scan in scans[1:]),
        saving=Saving(*astuple(waste_of(plan, nodes, read=read, kept=0))),
    )


def named(scans: Sequence[Access]) -> str:
    return str(scans[0].name) if scans[0].table else f"{scans[0].name} and {len(scans) - 1} more like it"


def why_hidden(hidden: Hidden, scan: Access) -> str:
    if hidden.is_volatile:
        found = VOLATILE.search(hidden.condition.value)
        return f"{found[0] if found else ''}) may change while the statement runs, and excludes none of them"
    return f"{own_words(scan, hidden.condition.expression or '')} hides the key, and excludes none of them"


def rewrite(hidden: Hidden, scan: Access) -> Remedy | None:
    """The condition as one of the key itself; None where it cannot be written down for certain."""
    condition = hidden.condition
    expression, value = own_words(scan, condition.expression or ""), own_words(scan, condition.value)
    operator = condition.comparison or condition.operator
    if hidden.is_volatile:
        text = f"{hidden.key} {operator} {VOLATILE.sub('now(', value)}" if "clock_timestamp()" in value else None
    else:
        text = in_range(expression, operator, value)
    if text is None:
        return None
    was = own_words(scan, condition.text)
    return RewriteCode(f"Ask for {hidden.key} itself", scan.node.location, f"-- in place of {was}\n{text}", "sql")


def in_range(expression: str, operator: str, value: str) -> str | None:
    """`date_trunc('month', at) = V` and its like as a comparison of the column."""
    if (match := SHIFTED.fullmatch(expression)) is not None and operator in ("=", "<", "<=", ">", ">="):
        return f"{match['key']} {operator} {value} {'-' if match['sign'] == '+' else '+'} {match['shift']}"
    if operator != "=":
        return None
    if (match := TRUNCATED.fullmatch(expression)) is not None:
        return f"{match['key']} >= {value} AND {match['key']} < {value} + interval '1 {match['unit']}'"
    if (match := DAY.fullmatch(expression)) is not None:
        return f"{match['key']} >= {value} AND {match['key']} < {value} + 1"
    if (match := PART.fullmatch(expression)) is not None and (year := YEAR.fullmatch(value)) is not None:
        key = match["key"] or match["other"]
        return f"{key} >= '{year['year']}-01-01' AND {key} < '{int(year['year']) + 1}-01-01'"
    return None
