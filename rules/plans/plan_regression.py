"""A plan that got worse: the same statement before and after a change.

## Why it matters
A new index, a changed query, a major version or fresh statistics can make one statement faster and another slower. Two plans
side by side show it before users do: more time, more blocks, a higher cost, and the node where it began. Measured on 300,000
orders: without the index that held both of its columns, the same window function took 277 ms instead of 141, and 300,822 blocks
instead of 1,153; without its index on the customer a page of 15 orders took 12.2 ms instead of 0.02.

## When it is fine
The change was meant: it reads more because it returns more (this is said, and only as possible). Times differ from run to run on
their own: the same scan of 300,000 rows took 42 and 64 ms within one minute. Blocks and costs do so much less, and are better to
compare in CI. A statement that became faster with more blocks is left alone.

## What to do
Look at the node that is named, and at what differs there:
- an index that is no longer used: was it dropped, is it invalid, does the condition still fit it (a cast, a function)?
- a sort or a hash that goes to disk now: work_mem, or fewer and narrower rows.
- fewer workers: max_parallel_workers, or the statement is no longer planned with any.
- an estimate that went off: ANALYZE; more of a column's values (`ALTER TABLE ... ALTER COLUMN ... SET STATISTICS`).
- more looks at the table from an index-only scan: VACUUM.
- a foreign key, a trigger or JIT takes the time: no node shows it, the lines below the nodes do.

`advisor plan before.txt after.txt` shows both plans node by node. In a project, `NAME.before.txt` is compared with
`NAME.after.txt` beside it by `advisor check` too.

## Sources
- PostgreSQL documentation, "Using EXPLAIN", section "Caveats" (times vary); "EXPLAIN", options BUFFERS and SETTINGS
- the measurements: PostgreSQL 18, all in memory
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec import Struct

from advisor.model import NodePair, Plan, PlanChange, PlanNode
from advisor.model.plan.differences import changed_settings, difference_at, grown_beside_nodes
from advisor.model.plan.times import exclusive_costs, exclusive_counts, exclusive_times
from advisor.model.plan.titles import title_of
from advisor.model.plan.tree import number_in
from advisor.rule import Confidence, Finding, Options, Related, Saving, Severity, plan, rule, saving

BAD = [
    plan(
        """
        Bitmap Heap Scan on orders  (cost=4.54..61.86 rows=15 width=10) (actual time=0.009..0.015 rows=15.00 loops=1)
          Recheck Cond: (customer_id = 4242)
          Heap Blocks: exact=15
          Buffers: shared hit=18
          ->  Bitmap Index Scan on orders_customer_id_idx  (cost=0.00..4.54 rows=15 width=0) (actual time=0.005..0.005 rows=15.00 loops=1)
                Index Cond: (customer_id = 4242)
                Index Searches: 1
                Buffers: shared hit=3
        Planning Time: 0.022 ms
        Execution Time: 0.022 ms
    """,  # noqa: E501
        "before.txt",
    )
    + plan(
        """
        Seq Scan on orders  (cost=0.00..7454.00 rows=15 width=10) (actual time=0.691..12.170 rows=15.00 loops=1)
          Filter: (customer_id = 4242)
          Rows Removed by Filter: 299985
          Buffers: shared hit=3704
        Planning Time: 0.058 ms
        Execution Time: 12.191 ms
    """,
        "after.txt",
    ),
    # an index that held all columns is not there any more: as many rows, more blocks
    plan(
        """
        Aggregate  (cost=17628.42..17628.43 rows=1 width=8) (actual time=141.377..141.380 rows=1.00 loops=1)
          Buffers: shared hit=1153
          ->  Subquery Scan on changes  (cost=0.47..17378.42 rows=100000 width=6) (actual time=0.020..134.804 rows=138549.00 loops=1)
                Filter: (changes.total > changes.before)
                Rows Removed by Filter: 161451
                Buffers: shared hit=1153
                ->  WindowAgg  (cost=0.47..13628.42 rows=300000 width=46) (actual time=0.018..108.039 rows=300000.00 loops=1)
                      Window: w1 AS (ORDER BY orders.created_at)
                      Storage: Memory  Maximum Storage: 17kB
                      Buffers: shared hit=1153
                      ->  Index Only Scan using orders_created_at_total_idx on orders  (cost=0.42..9128.42 rows=300000 width=14) (actual time=0.014..22.551 rows=300000.00 loops=1)
                            Heap Fetches: 0
                            Index Searches: 1
                            Buffers: shared hit=1153
        Planning Time: 0.108 ms
        Execution Time: 141.415 ms
    """,  # noqa: E501
        "before.txt",
    )
    + plan(
        """
        Aggregate  (cost=31115.28..31115.29 rows=1 width=8) (actual time=277.361..277.362 rows=1.00 loops=1)
          Buffers: shared hit=300822
          ->  Subquery Scan on changes  (cost=0.51..30865.28 rows=100000 width=6) (actual time=0.066..268.172 rows=138549.00 loops=1)
                Filter: (changes.total > changes.before)
                Rows Removed by Filter: 161451
                Buffers: shared hit=300822
                ->  WindowAgg  (cost=0.51..27115.28 rows=300000 width=46) (actual time=0.062..244.038 rows=300000.00 loops=1)
                      Window: w1 AS (ORDER BY orders.created_at)
                      Storage: Memory  Maximum Storage: 17kB
                      Buffers: shared hit=300822
                      ->  Index Scan using orders_created_at_idx on orders  (cost=0.42..22615.28 rows=300000 width=14) (actual time=0.015..167.378 rows=300000.00 loops=1)
                            Index Searches: 1
                            Buffers: shared hit=300822
        Planning Time: 0.095 ms
        Execution Time: 277.394 ms
    """,  # noqa: E501
        "after.txt",
    ),
    # by cost alone
    plan(
        """
        Index Scan using posts_author_id_idx on posts  (cost=0.42..12.60 rows=60 width=151)
          Index Cond: (author_id = 4242)
    """,
        "list.before.txt",
    )
    + plan(
        """
        Seq Scan on posts  (cost=0.00..11062.01 rows=60 width=151)
          Filter: (author_id = 4242)
    """,
        "list.after.txt",
    ),
    # what grew is no node: the index that the foreign key needs was dropped
    plan(
        """
        Delete on authors  (cost=0.29..8.69 rows=0 width=0) (actual time=0.016..0.016 rows=0.00 loops=1)
          Buffers: shared hit=43
          ->  Index Scan using authors_pkey on authors  (cost=0.29..8.69 rows=20 width=6) (actual time=0.003..0.005 rows=20.00 loops=1)
                Index Cond: ((id >= 100) AND (id <= 119))
                Index Searches: 1
                Buffers: shared hit=3
        Planning:
          Buffers: shared hit=8
        Planning Time: 0.040 ms
        Trigger for constraint books_author_fkey: time=0.435 calls=20
        Execution Time: 0.457 ms
    """,  # noqa: E501
        "before.txt",
    )
    + plan(
        """
        Delete on authors  (cost=0.29..8.69 rows=0 width=0) (actual time=0.025..0.025 rows=0.00 loops=1)
          Buffers: shared hit=43
          ->  Index Scan using authors_pkey on authors  (cost=0.29..8.69 rows=20 width=6) (actual time=0.006..0.009 rows=20.00 loops=1)
                Index Cond: ((id >= 100) AND (id <= 119))
                Index Searches: 1
                Buffers: shared hit=3
        Planning:
          Buffers: shared hit=8
        Planning Time: 0.105 ms
        Trigger for constraint books_author_fkey: time=154.112 calls=20
        Execution Time: 154.161 ms
    """,  # noqa: E501
        "after.txt",
    ),
    # the plan is the same, and one process does the work of three
    plan(
        """
        Finalize Aggregate  (cost=9920.23..9920.24 rows=1 width=40) (actual time=41.030..46.010 rows=1.00 loops=1)
          Buffers: shared hit=5608
          ->  Gather  (cost=9920.21..9920.22 rows=2 width=40) (actual time=39.106..46.000 rows=3.00 loops=1)
                Workers Planned: 2
                Workers Launched: 2
                Buffers: shared hit=5608
                ->  Partial Aggregate  (cost=9920.21..9920.22 rows=1 width=40) (actual time=36.086..36.087 rows=1.00 loops=3)
                      Buffers: shared hit=5608
                      ->  Parallel Seq Scan on items  (cost=0.00..8733.00 rows=237442 width=37) (actual time=0.009..15.676 rows=189800.00 loops=3)
                            Filter: (price > 50)
                            Rows Removed by Filter: 10200
                            Buffers: shared hit=5608
        Planning Time: 0.080 ms
        Execution Time: 46.041 ms
    """,  # noqa: E501
        "before.txt",
    )
    + plan(
        """
        Finalize Aggregate  (cost=9922.87..9922.88 rows=1 width=40) (actual time=69.706..69.841 rows=1.00 loops=1)
          Buffers: shared hit=5608
          ->  Gather  (cost=9922.85..9922.86 rows=2 width=40) (actual time=69.698..69.834 rows=1.00 loops=1)
                Workers Planned: 2
                Workers Launched: 0
                Buffers: shared hit=5608
                ->  Partial Aggregate  (cost=9922.85..9922.86 rows=1 width=40) (actual time=69.527..69.529 rows=1.00 loops=1)
                      Buffers: shared hit=5608
                      ->  Parallel Seq Scan on items  (cost=0.00..8733.00 rows=237970 width=37) (actual time=0.008..35.472 rows=569400.00 loops=1)
                            Filter: (price > 50)
                            Rows Removed by Filter: 30600
                            Buffers: shared hit=5608
        Planning Time: 0.083 ms
        Execution Time: 69.870 ms
    """,  # noqa: E501
        "after.txt",
    ),
]
GOOD = [
    # it got better
    plan(
        """
        Seq Scan on orders  (cost=0.00..7454.00 rows=15 width=10) (actual time=0.691..12.170 rows=15.00 loops=1)
          Filter: (customer_id = 4242)
          Rows Removed by Filter: 299985
          Buffers: shared hit=3704
        Planning Time: 0.058 ms
        Execution Time: 12.191 ms
    """,
        "before.txt",
    )
    + plan(
        """
        Bitmap Heap Scan on orders  (cost=4.54..61.86 rows=15 width=10) (actual time=0.009..0.015 rows=15.00 loops=1)
          Recheck Cond: (customer_id = 4242)
          Heap Blocks: exact=15
          Buffers: shared hit=18
          ->  Bitmap Index Scan on orders_customer_id_idx  (cost=0.00..4.54 rows=15 width=0) (actual time=0.005..0.005 rows=15.00 loops=1)
                Index Cond: (customer_id = 4242)
                Index Searches: 1
                Buffers: shared hit=3
        Planning Time: 0.022 ms
        Execution Time: 0.022 ms
    """,  # noqa: E501
        "after.txt",
    ),
    # a little slower, as the next run may be again
    plan(
        """
        Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=10) (actual time=0.007..21.056 rows=3000.00 loops=1)
          Buffers: shared hit=3704
        Planning Time: 0.046 ms
        Execution Time: 29.956 ms
    """,
        "before.txt",
    )
    + plan(
        """
        Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=10) (actual time=0.007..28.056 rows=3000.00 loops=1)
          Buffers: shared hit=3704
        Planning Time: 0.046 ms
        Execution Time: 38.956 ms
    """,
        "after.txt",
    ),
    # another statement altogether
    plan(
        """
        Seq Scan on authors  (cost=0.00..4.00 rows=300 width=10)
    """,
        "before.txt",
    )
    + plan(
        """
        Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=10)
    """,
        "after.txt",
    ),
    # more blocks, all of them in memory, and faster
    plan(
        """
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
    """,  # noqa: E501
        "before.txt",
    )
    + plan(
        """
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
    """,  # noqa: E501
        "after.txt",
    ),
    # the same plan, run at a busier moment
    plan(
        """
        Aggregate  (cost=8204.00..8204.01 rows=1 width=32) (actual time=41.770..41.772 rows=1.00 loops=1)
          Buffers: shared hit=3704
          ->  Seq Scan on orders  (cost=0.00..7454.00 rows=300000 width=6) (actual time=0.008..23.416 rows=300000.00 loops=1)
                Filter: (note ~~ 'x%'::text)
                Buffers: shared hit=3704
        Planning Time: 0.066 ms
        Execution Time: 41.795 ms
    """,
        "before.txt",
    )
    + plan(
        """
        Aggregate  (cost=8204.00..8204.01 rows=1 width=32) (actual time=63.761..63.763 rows=1.00 loops=1)
          Buffers: shared hit=3704
          ->  Seq Scan on orders  (cost=0.00..7454.00 rows=300000 width=6) (actual time=0.010..37.077 rows=300000.00 loops=1)
                Disabled: true
                Filter: (note ~~ 'x%'::text)
                Buffers: shared hit=3704
        Planning Time: 0.085 ms
        Execution Time: 63.790 ms
    """,
        "after.txt",
    ),
]
BLOCKS = tuple(f"{kind} Blocks" for kind in ("Shared Hit", "Shared Read", "Local Hit", "Local Read", "Temp Read", "Temp Written"))
MUCH = 0.4
"""The part of the largest growth of a node from which another's counts as much."""
SETTINGS_TOLD = 3


@dataclass(frozen=True)
class RegressionOptions(Options):
    """When a difference is worth a word."""

    factor: float = 1.5
    """How many times more. Times of two runs that differ by less are called the same."""
    min_time: float = 10.0
    """Milliseconds more, of the whole statement or of planning it."""
    min_blocks: int = 500
    """Blocks of 8 kB more."""
    min_cost: float = 500.0
    """Cost more, where one of the plans was not run."""
    faster: float = 1.1
    """How many times shorter the statement has to be for more blocks to be left alone."""
    unexplained_factor: float = 2.5
    """How many times longer, where both plans do the same in all that they tell."""


class Worse(Struct, frozen=True):
    """What grew: its unit, the whole before and after, and each node's own part before and after."""

    unit: str
    before: float
    after: float
    own_before: Mapping[PlanNode, float] = {}
    own_after: Mapping[PlanNode, float] = {}

    @property
    def growth(self) -> float:
        return self.after - self.before

    def said(self) -> str:
        return f"{shown(self.after, self.unit)} {self.unit} instead of {shown(self.before, self.unit)}"


class Cause(Struct, frozen=True):
    """What is told of the growth: a phrase, the place, how sure it is."""

    phrase: str
    confidence: Confidence
    node: PlanNode
    before: PlanNode


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def plan_regression(change: PlanChange, options: RegressionOptions) -> Iterator[Finding]:
    worse = list(what_grew(change, options))
    if not worse:
        return
    cause = cause_of(change, worse, options)
    if cause is None:
        return
    settings = "".join(f"; {each}" for each in changed_settings(change)[:SETTINGS_TOLD])
    yield Finding(
        at=cause.node.location,
        subject=f"plan of {title_of(change.after.root)}",
        message=f"this plan takes {' and '.join(one.said() for one in worse)}: {cause.phrase}{settings}",
        confidence=cause.confidence,
        related=(Related(cause.before.location, "before the change"),),
        saving=saving_of(change, worse),
    )


def what_grew(change: PlanChange, options: RegressionOptions) -> Iterator[Worse]:
    """Time and blocks of plans that were run, where it did not become faster all the same; else the cost."""
    both_ran = change.before.root.analyzed and change.after.root.analyzed
    times = change.times
    if times is not None and grew(times, options.factor, options.min_time):
        yield Worse("ms", *times, exclusive_times(change.before), exclusive_times(change.after))
    blocks = (blocks_of(change.before), blocks_of(change.after))
    faster = times is not None and times[0] >= max(options.faster * times[1], options.min_time)
    if both_ran and all(blocks) and not faster and grew(blocks, options.factor, options.min_blocks):
        yield Worse("blocks", *blocks, exclusive_counts(change.before, *BLOCKS), exclusive_counts(change.after, *BLOCKS))
    if not both_ran and change.costs is not None and grew(change.costs, options.factor, options.min_cost):
        yield Worse("units of cost", *change.costs, exclusive_costs(change.before), exclusive_costs(change.after))
    planning = (number_in(change.before.fields, "Planning Time"), number_in(change.after.fields, "Planning Time"))
    if planning[0] is not None and planning[1] is not None and grew((planning[0], planning[1]), options.factor, options.min_time):
        yield Worse("ms of planning", planning[0], planning[1])


def grew(values: tuple[float, float], factor: float, least: float) -> bool:
    return values[1] >= factor * values[0] and values[1] - values[0] >= least


def blocks_of(plan: Plan) -> float:
    return sum(map(plan.root.number, BLOCKS))


def cause_of(change: PlanChange, worse: list[Worse], options: RegressionOptions) -> Cause | None:
    """Where most of it comes from, and how sure that is; None where only the time differs, and not by much."""
    first, roots = worse[0], (change.after.root, change.before.root)
    if first.unit == "ms of planning":
        return Cause(*of_planning(change), *roots)
    if first.unit == "ms" and (beside := grown_beside_nodes(change)) and 2 * (beside[2] - beside[1]) >= first.growth:
        name, had, has = beside
        instead = f" instead of {shown(had, 'ms')}" if had else ""
        return Cause(f"{name} takes {shown(has, 'ms')} ms{instead}", Confidence.LIKELY, *roots)
    if rows := more_to_give(change, first, options):
        return Cause(rows, Confidence.POSSIBLE, *roots)
    pair = worst_pair(change, first)
    after, before = pair.after or change.after.root, pair.before or change.before.root
    difference = difference_at(change, pair)
    if difference is None:
        return unexplained(worse, after, before, options)
    return Cause(difference.phrase, confidence_of(pair, worse), after, before)


def unexplained(worse: list[Worse], after: PlanNode, before: PlanNode, options: RegressionOptions) -> Cause | None:
    """The same plan with the same rows: more blocks are a fact; more time may be the server's other work."""
    first = worse[0]
    phrase = f"most of it at {title_of(after)}, which does the same as before"
    if first.unit != "ms" or len(worse) > 1:
        return Cause(phrase, Confidence.POSSIBLE if first.unit == "units of cost" else Confidence.LIKELY, after, before)
    if first.after < options.unexplained_factor * first.before:
        return None
    return Cause(f"{phrase}; run it again, other work may have been in its way", Confidence.POSSIBLE, after, before)


def confidence_of(pair: NodePair, worse: list[Worse]) -> Confidence:
    """Blocks do not depend on the moment; times do; a cost is a guess, and one of the same plan only says that tables grew."""
    if worse[0].unit == "units of cost":
        return Confidence.LIKELY if pair.kept != "same" else Confidence.POSSIBLE
    if any(one.unit == "blocks" for one in worse):
        return Confidence.CERTAIN
    return Confidence.LIKELY


def worst_pair(change: PlanChange, worse: Worse) -> NodePair:
    """Where it grew, of what is in the plan now: of the nodes with much of the growth the lowest that differs, where it began."""

    def growth(pair: NodePair) -> float:
        before = worse.own_before.get(pair.before, 0.0) if pair.before else 0.0
        return (worse.own_after.get(pair.after, 0.0) if pair.after else 0.0) - before

    present = [pair for pair in change.pairs if pair.after is not None]
    most = max(present, key=growth)
    much = [pair for pair in present if growth(pair) >= MUCH * growth(most)]
    differing = [(pair, found) for pair in much if (found := difference_at(change, pair)) is not None]
    return max(differing, key=lambda each: (not each[1].follows, each[0].depth), default=(most, None))[0]


def more_to_give(change: PlanChange, worse: Worse, options: RegressionOptions) -> str | None:
    """The statement gives so many more rows than before that this alone explains the rest."""
    before, after = (changed_rows(plan) for plan in (change.before, change.after))
    ratio = worse.after / max(worse.before, 1e-3)
    if not change.after.root.analyzed or after < options.factor * max(before, 1.0) or after / max(before, 1.0) < ratio:
        return None
    return f"it is about {after:,.0f} rows instead of {before:,.0f}; compare plans with the same parameters"


def changed_rows(plan: Plan) -> float:
    """Rows that a statement returns, or changes."""
    root = plan.root
    return sum(child.total_rows for child in root.children) if root.type == "ModifyTable" else root.total_rows


def of_planning(change: PlanChange) -> tuple[str, Confidence]:
    """Planning is about the catalog that it had to load, or about what there is to weigh."""
    groups = [plan.fields.get("Planning") for plan in (change.before, change.after)]
    before, after = (
        sum(number_in(group, name) or 0.0 for name in ("Shared Hit Blocks", "Shared Read Blocks"))
        if isinstance(group, Mapping)
        else 0
        for group in groups
    )
    scans = [sum(node.relation is not None for node in plan.walk()) for plan in (change.before, change.after)]
    if scans[1] > scans[0]:
        return f"it weighs {scans[1]:,} scans instead of {scans[0]:,}", Confidence.LIKELY
    loaded = f"it looked at {after:,.0f} blocks of the catalog instead of {before:,.0f}, as a new connection does"
    return (loaded if after > 2 * before else "the plan itself does not show why"), Confidence.POSSIBLE


def saving_of(change: PlanChange, worse: list[Worse]) -> Saving | None:
    """What one execution took less before."""
    grown = {one.unit: one.growth for one in worse}
    spared = saving(change.after, grown.get("ms"), blocks=grown.get("blocks"))
    planning = grown.get("ms of planning")
    return Saving(milliseconds=planning) if planning is not None and "ms" not in grown else spared


def shown(value: float, unit: str) -> str:
    digits = 0 if not unit.startswith("ms") or value >= 100 else 1 if value >= 1 else 2
    return f"{value:,.{digits}f}"
