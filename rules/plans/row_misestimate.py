"""An estimate of rows that is wrong by a factor of ten or more, at the node where the error starts.

## Why it matters
The planner chooses join methods, join order and memory by the rows that it expects. Where it expects 2 and gets 1,250, it
takes a nested loop that then runs 1,250 times; where it expects too many, it sorts and hashes what it could look up. The
error is multiplied by every join above, so it is mended where it begins. Measured on 5,000 authors and 300,000 posts: with
statistics on (country, city, lower(name)) a nested loop that compared 43,328 pairs became 38 look-ups by the primary key.

## When it is fine
The choice would have been the same: the rows are few, or nothing above depends on them. A node that a LIMIT stopped early
has not been wrong, and is not reported.

## What to do
Let ANALYZE run (more often on a table that changes fast). Columns that depend on each other, like city and country, need
CREATE STATISTICS on them together; so does an expression (`lower(name)`), since version 14. Columns of which one follows from the
other want `(dependencies)`: with the default kinds PostgreSQL asks the list of the hundred commonest combinations first, and does
not look further (measured on 150 cities: one that was not in the list stayed at 13 rows of 2,000). A column with many distinct
values may need a larger statistics target.

## Sources
- PostgreSQL documentation, "Statistics Used by the Planner", section "Extended Statistics"; "CREATE STATISTICS";
  `statext_clauselist_selectivity` in extended_stats.c; "Using EXPLAIN" (a LIMIT stops its input; the inner side of a merge join
  counts rows again that it reads again)
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from advisor.model import Name, Plan, PlanNode, Schema
from advisor.model.plan.access import Access, access_of, ancestors, conditions_of, family_of, parents_of
from advisor.model.plan.defaults import is_default
from advisor.model.plan.titles import title_of
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, PlanOptions, Related, Severity, plan, rule

BAD = [
    plan("""
        Nested Loop  (cost=0.00..11199.92 rows=1 width=15) (actual time=3.951..20.740 rows=8.00 loops=1)
          Join Filter: (a.id = p.author_id)
          Rows Removed by Join Filter: 43320
          Buffers: shared hit=7353
          ->  Seq Scan on posts p  (cost=0.00..11062.01 rows=30 width=19) (actual time=0.936..17.087 rows=38.00 loops=1)
                Filter: (views = 17)
                Rows Removed by Filter: 299962
                Buffers: shared hit=7316
          ->  Materialize  (cost=0.00..137.01 rows=2 width=4) (actual time=0.000..0.048 rows=1140.21 loops=38)
                Storage: Memory  Maximum Storage: 56kB
                Buffers: shared hit=37
                ->  Seq Scan on authors a  (cost=0.00..137.00 rows=2 width=4) (actual time=0.009..0.412 rows=1250.00 loops=1)
                      Filter: ((country = 'FR'::text) AND (city = 'Paris'::text) AND (lower(name) ~~ 'author%'::text))
                      Rows Removed by Filter: 3750
                      Buffers: shared hit=37
        Planning Time: 0.184 ms
        Execution Time: 20.767 ms
    """),
]
GOOD = [
    plan("""
        Nested Loop  (cost=0.28..11222.33 rows=2 width=15) (actual time=3.179..16.951 rows=8.00 loops=1)
          ->  Seq Scan on posts p  (cost=0.00..11061.00 rows=30 width=19) (actual time=1.164..16.810 rows=38.00 loops=1)
                Filter: (views = 17)
                Rows Removed by Filter: 299962
          ->  Index Scan using authors_pkey on authors a  (cost=0.28..5.38 rows=1 width=4) (actual time=0.003..0.003 rows=0.21 loops=38)
                Index Cond: (id = p.author_id)
                Filter: ((country = 'FR'::text) AND (city = 'Paris'::text) AND (lower(name) ~~ 'author%'::text))
                Rows Removed by Filter: 1
                Index Searches: 38
        Planning Time: 0.271 ms
        Execution Time: 16.972 ms
    """),  # noqa: E501
    plan("""
        Limit  (cost=0.42..7934.13 rows=20 width=23) (actual time=0.303..12.696 rows=20.00 loops=1)
          ->  Index Scan Backward using posts_created_at_idx on posts  (cost=0.42..15118.64 rows=299681 width=23) (actual time=0.302..12.693 rows=20.00 loops=1)
                Index Searches: 1
        Planning Time: 0.080 ms
        Execution Time: 12.714 ms
    """),  # noqa: E501
    plan("""
        Hash Join  (cost=12.50..30.00 rows=5 width=8) (actual time=11.101..12.702 rows=120.00 loops=1)
          Hash Cond: (a.id = b.id)
          ->  Seq Scan on a  (cost=0.00..15.00 rows=5 width=8) (actual time=11.010..11.612 rows=120.00 loops=1)
          ->  Hash  (cost=10.00..10.00 rows=200 width=8) (actual time=0.080..0.081 rows=200.00 loops=1)
                Buckets: 1024  Batches: 1  Memory Usage: 16kB
                ->  Seq Scan on b  (cost=0.00..10.00 rows=200 width=8) (actual time=0.006..0.040 rows=200.00 loops=1)
        Planning Time: 0.080 ms
        Execution Time: 12.802 ms
    """),
]

BLOCKING = frozenset(("Sort", "Hash", "Bitmap Heap Scan"))
"""Nodes that read all of their input before they give a row: nothing above them can stop it early."""
NO_ROWS_OF_THEIR_OWN = frozenset(("BitmapAnd", "BitmapOr", "Bitmap Index Scan", "ModifyTable", "Limit", "WorkTable Scan"))
"""Nodes whose figures are no estimate of their own (a recursion's is a fixed guess), or are told by the node above."""
DECIDERS = frozenset(("Nested Loop", "Hash Join", "Merge Join", "Hash", "Sort", "Aggregate", "Memoize", "Materialize", "Unique"))
"""Nodes that were chosen, or sized, by the rows expected below them."""
PARAMETER = re.compile(r"\$\d|\b(?:SubPlan|InitPlan) \d")
MAX_COLUMNS = 8
"""PostgreSQL's STATS_MAX_DIMENSIONS."""
OR_COMBINATIONS = "-- where one does not follow from the other, and there are few combinations: (mcv)\n"
LOOKUPS = frozenset(("Index Scan", "Index Only Scan", "Bitmap Heap Scan"))


@dataclass(frozen=True)
class MisestimateOptions(PlanOptions):
    """When a wrong estimate is worth a word."""

    factor: float = 10.0
    """How far rows and estimate are apart."""
    min_rows: int = 1_000
    """Rows of all loops, estimated or real, whichever are more."""
    grave_factor: float = 100.0
    """From here on the finding has the rule's own severity; below it is information."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def row_misestimate(plan: Plan, schema: Schema | None, options: MisestimateOptions) -> Iterator[Finding]:
    if not plan.root.analyzed or "Plan Rows" not in plan.root.fields or (plan.elapsed is not None and options.skips(plan)):
        return
    parents = parents_of(plan)
    wrong = {node for node in plan.walk() if is_wrong(node, parents, options)}
    scanned = {child.text("Subplan Name"): child for child in plan.walk() if (child.text("Subplan Name") or "").startswith("CTE ")}
    starts: dict[tuple[object, ...], list[PlanNode]] = {}
    for node in plan.walk():
        if is_default(node):
            continue  # default-estimate tells; what is wrong above began here all the same
        if node in wrong and not wrong.intersection(inputs(node, scanned)) and matters(node, parents):
            starts.setdefault((*family_of(node, parents), node.type), []).append(node)
    for nodes in starts.values():
        worst = max(nodes, key=lambda node: (factor_of(node), node.total_rows))
        others = [node for node in nodes if node is not worst]
        yield describe(worst, schema, others, options, is_root=worst is plan.root)


def factor_of(node: PlanNode) -> float:
    """How far apart rows and estimate are; fewer than one row counts as one, since the planner never expects less."""
    actual, expected = max(node.rows, 1.0), max(node.estimated_rows, 1.0)
    return max(actual / expected, expected / actual)


def is_wrong(node: PlanNode, parents: Mapping[PlanNode, PlanNode], options: MisestimateOptions) -> bool:
    if node.loops <= 0 or node.type in NO_ROWS_OF_THEIR_OWN or factor_of(node) < options.factor:
        return False
    if max(node.rows, node.estimated_rows) * node.loops < options.min_rows:
        return False
    above = parents.get(node)
    if above is not None and above.type == "Merge Join":  # it stops when either side ends, and reads equal keys again
        return False
    return node.rows > node.estimated_rows or not may_be_stopped(node, parents)


def may_be_stopped(node: PlanNode, parents: Mapping[PlanNode, PlanNode]) -> bool:
    """Whether something above may have had enough before the node gave all its rows: LIMIT, EXISTS, a join with its one match."""
    below = node
    for above in ancestors(node, parents):
        is_input = below.text("Parent Relationship") in ("Outer", "Inner", "Member", "Subquery")
        if not is_input or above.type in ("Limit", "Merge Join"):
            return True
        if above.type in BLOCKING or (above.type == "Aggregate" and above.text("Strategy") in ("Plain", "Hashed", "Mixed")):
            return False
        one_match = above.fields.get("Inner Unique") is True or above.text("Join Type") in (
            "Semi",
            "Anti",
            "Right Semi",
            "Right Anti",
        )
        if above.type == "Nested Loop" and below.text("Parent Relationship") == "Inner" and one_match:
            return True
        if above.type == "Hash Join" and below.text("Parent Relationship") == "Outer" and found_nothing_to_join(above):
            return True
        below = above
    return False


def found_nothing_to_join(join: PlanNode) -> bool:
    """Whether a hash join ended after one row of its outer input, because its hash table was empty (`nodeHashjoin.c`)."""
    if join.text("Join Type") in ("Left", "Full", "Anti"):
        return False
    return any(child.type == "Hash" and child.loops > 0 and child.total_rows == 0 for child in join.children)


def inputs(node: PlanNode, scanned: Mapping[str | None, PlanNode]) -> list[PlanNode]:
    """The nodes whose rows a node's estimate builds on, the CTE that it scans among them."""
    found, waiting = [], list(node.children)
    if node.type == "CTE Scan" and (source := scanned.get(f"CTE {node.text('CTE Name')}")) is not None:
        waiting.append(source)
    while waiting:
        child = waiting.pop()
        found.append(child)
        if child.type in NO_ROWS_OF_THEIR_OWN or factor_of(child) < 2:
            continue
        waiting.extend(child.children)
    return found


def matters(node: PlanNode, parents: Mapping[PlanNode, PlanNode]) -> bool:
    """Whether a choice hung on the estimate: something above was chosen by it, or the node is a look-up that found too much."""
    if (node.type == "Aggregate" and was_chosen_by_rows(node)) or (node.type in LOOKUPS and node.rows > node.estimated_rows):
        return True
    below = node
    for above in ancestors(node, parents):
        if below.text("Parent Relationship") == "InitPlan" and not (below.text("Subplan Name") or "").startswith("CTE "):
            return False  # it gives one value, whatever it reads
        if was_chosen_by_rows(above):
            return True
        below = above
    return False


def was_chosen_by_rows(node: PlanNode) -> bool:
    """An aggregate over everything (`count(*)`) is what it is, however many rows come, and HAVING is asked when it is done."""
    return node.type in DECIDERS and not (
        node.type == "Aggregate" and (node.text("Strategy") == "Plain" or "Filter" in node.fields)
    )


def describe(
    node: PlanNode, schema: Schema | None, others: Sequence[PlanNode], options: MisestimateOptions, *, is_root: bool
) -> Finding:
    access = access_of(node, schema)
    factor = factor_of(node)
    what = f"{node.type} on {access.name}" if access else label_of(node)
    many = "many" if node.rows > node.estimated_rows else "few"
    return Finding(
        at=node.location,
        subject=f"{what} ({access.name.qualified})" if access else what,
        message=f"{what} gave {node.rows:,.0f} rows where {node.estimated_rows:,.0f} were expected, {factor:,.0f} times as {many}: "
        f"{'it' if is_root else 'the plan above it'} was chosen for the wrong number",
        remedy=remedy_for(access) if access else None,
        severity=None if factor >= options.grave_factor and not is_root else Severity.INFO,
        confidence=Confidence.CERTAIN if access else Confidence.LIKELY,
        related=tuple(Related(other.location, "and here") for other in others),
    )


def label_of(node: PlanNode) -> str:
    """A node that reads no table, by what it joins or groups."""
    by = next((value for name in ("Hash Cond", "Merge Cond", "Join Filter", "Group Key") if (value := node.fields.get(name))), None)
    words = ", ".join(map(str, by)) if isinstance(by, list) else by
    return f"{node.type} by {words}" if words else title_of(node)


def remedy_for(access: Access) -> RunSql | None:
    """Statistics on what the scan compares: on columns and expressions together, or fresh ones of a single column."""
    told = conditions_of(access, "Index Cond", "Recheck Cond", "Filter")
    # Of a value that it does not know when it plans, the planner takes a fixed part, whatever the statistics say.
    found = [condition for condition in told if not PARAMETER.search(condition.value)]
    columns = list(dict.fromkeys(condition.column for condition in found if condition.column and not condition.expression))
    expressions = list(dict.fromkeys(own_words(access, condition.expression) for condition in found if condition.expression))
    expressions = [expression for expression in expressions if not PARAMETER.search(expression)]
    # A partition has its own statistics, and is estimated by them.
    name = Name(access.name.schema, access.node.relation or access.name.name)
    table = quote_name(name)
    refresh = f"ANALYZE {table};"
    if not expressions and len(columns) < 2:
        return RunSql(f"Refresh the statistics of {name}", refresh) if columns else None
    # With a list of common combinations at hand, PostgreSQL asks that alone, and a combination that is not in it stays misjudged.
    depend = not expressions and all(condition.is_equality for condition in found if condition.column)
    kind, hint = (" (dependencies)", OR_COMBINATIONS) if depend else ("", "")
    made = quote("_".join([name.name, *columns, *(["expr"] if expressions else []), "stats"])[:63])
    listed = ", ".join([*map(quote, columns), *(f"({expression})" for expression in expressions)][:MAX_COLUMNS])
    return RunSql(
        f"Tell the planner how {', '.join([*columns, *expressions])} of {name} are distributed",
        f"{hint}CREATE STATISTICS {made}{kind} ON {listed} FROM {table};\n{refresh}",
        back=f"DROP STATISTICS {made};",
    )


def own_words(access: Access, expression: str) -> str:
    """An expression without the alias that the plan puts before its columns."""
    alias = access.node.text("Alias") or ""
    return re.sub(rf"(?<![\w\"'.]){re.escape(alias)}\.(?=[\w\"])", "", expression) if alias else expression
