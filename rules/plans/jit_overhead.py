"""A statement that spends its time on being compiled.

## Why it matters
JIT compiles the expressions of a plan whose cost is high, in each of its processes, and anew for each execution. An estimate that
is too high, or a plan of many partitions with an expression for each, pays for that without gain. Measured: a sum over 60
partitions 47 ms without, 804 ms with JIT, 764 of them to compile 244 functions; the sum of three processes 100 ms and 303 ms.

## When it is fine
The statement runs for seconds and gains more than that. What is compiled runs a little faster, so not all of the time is spared.

## What to do
Raise `jit_above_cost` (100,000 by default) above the cost of such statements. Most of the time goes into inlining and
optimization: `jit_inline_above_cost` and `jit_optimize_above_cost` (500,000 by default) alone brought the 804 ms to 125. On a
server of short statements switch JIT off, for the role or altogether. Where the cost is far too high, mend the estimate.

## Sources
- PostgreSQL documentation, "Just-in-Time Compilation", section "When to JIT"; "Query Planning": jit_above_cost
- PostgreSQL's source, `explain.c` (`ExplainPrintJITSummary`): the times of the leader and of its workers are added up, although
  they pass side by side; they are divided by the number of processes here
- the measurements: PostgreSQL 15, LLVM 14
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from advisor.model import Plan
from advisor.model.plan.tree import number_in
from advisor.remedies import RunSql
from advisor.rule import Finding, PlanOptions, Severity, plan, rule, saving

BAD = [
    plan("""
        HashAggregate  (cost=2187.82..2188.57 rows=17 width=48) (actual time=79.007..79.020 rows=50 loops=1)
          Group Key: sensor
          Filter: (sum(value) > 10)
          Batches: 1  Memory Usage: 32kB
          Buffers: shared hit=325
          ->  Seq Scan on readings  (cost=0.00..1225.00 rows=55018 width=12) (actual time=70.421..73.634 rows=55042 loops=1)
                Filter: ((value > 5) AND (factor <> 3))
                Rows Removed by Filter: 4958
                Buffers: shared hit=325
        Planning Time: 0.093 ms
        JIT:
          Functions: 9
          Options: Inlining true, Optimization true, Expressions true, Deforming true
          Timing: Generation 0.464 ms, Inlining 7.723 ms, Optimization 38.793 ms, Emission 23.899 ms, Total 70.880 ms
        Execution Time: 79.564 ms
    """),
    # 695 ms are those of three processes, and more than the whole
    plan("""
        Finalize GroupAggregate  (cost=5498.87..5512.54 rows=17 width=48) (actual time=292.359..302.649 rows=50 loops=1)
          Group Key: sensor
          Filter: (sum(value) > 10)
          ->  Gather Merge  (cost=5498.87..5510.54 rows=100 width=56) (actual time=292.339..302.602 rows=150 loops=1)
                Workers Planned: 2
                Workers Launched: 2
                ->  Sort  (cost=5498.85..5498.97 rows=50 width=56) (actual time=259.647..259.650 rows=50 loops=3)
                      Sort Key: sensor
                      Sort Method: quicksort  Memory: 30kB
                      Worker 0:  Sort Method: quicksort  Memory: 30kB
                      Worker 1:  Sort Method: quicksort  Memory: 30kB
                      ->  Partial HashAggregate  (cost=5496.94..5497.44 rows=50 width=56) (actual time=259.610..259.616 rows=50 loops=3)
                            Group Key: sensor
                            Batches: 1  Memory Usage: 32kB
                            Worker 0:  Batches: 1  Memory Usage: 32kB
                            Worker 1:  Batches: 1  Memory Usage: 32kB
                            ->  Parallel Seq Scan on readings  (cost=0.00..3497.00 rows=114282 width=12) (actual time=231.004..241.901 rows=91740 loops=3)
                                  Filter: ((value > 5) AND (factor <> 3))
                                  Rows Removed by Filter: 8260
        Planning Time: 0.105 ms
        JIT:
          Functions: 28
          Options: Inlining true, Optimization true, Expressions true, Deforming true
          Timing: Generation 1.772 ms, Inlining 207.831 ms, Optimization 291.856 ms, Emission 193.351 ms, Total 694.811 ms
        Execution Time: 303.281 ms
    """),  # noqa: E501
]
GOOD = [
    plan("""
        HashAggregate  (cost=2189.02..2189.77 rows=17 width=48) (actual time=12.040..12.053 rows=50 loops=1)
          Group Key: sensor
          Filter: (sum(value) > 10)
          Batches: 1  Memory Usage: 32kB
          Buffers: shared hit=325
          ->  Seq Scan on readings  (cost=0.00..1225.00 rows=55087 width=12) (actual time=0.005..4.342 rows=55042 loops=1)
                Filter: ((value > 5) AND (factor <> 3))
                Rows Removed by Filter: 4958
                Buffers: shared hit=325
        Planning Time: 0.077 ms
        Execution Time: 12.078 ms
    """),
    # 70 ms of two seconds
    plan("""
        Aggregate  (cost=287187.82..287188.57 rows=17 width=48) (actual time=2079.007..2079.020 rows=50 loops=1)
          ->  Seq Scan on readings  (cost=0.00..122500.00 rows=5501800 width=12) (actual time=70.421..1073.634 rows=5504200 loops=1)
        Planning Time: 0.093 ms
        JIT:
          Functions: 9
          Options: Inlining true, Optimization true, Expressions true, Deforming true
          Timing: Generation 0.464 ms, Inlining 7.723 ms, Optimization 38.793 ms, Emission 23.899 ms, Total 70.880 ms
        Execution Time: 2080.564 ms
    """),
    # without optimization, for a statement that it does not hold up: its three processes compiled side by side
    plan("""
        Finalize Aggregate  (cost=120498.87..120498.88 rows=1 width=32) (actual time=1292.359..1302.649 rows=1 loops=1)
          ->  Gather  (cost=120498.65..120498.86 rows=2 width=32) (actual time=1291.339..1302.602 rows=3 loops=1)
                Workers Planned: 2
                Workers Launched: 2
                ->  Partial Aggregate  (cost=119498.65..119498.66 rows=1 width=32) (actual time=1259.647..1259.650 rows=1 loops=3)
                      ->  Parallel Seq Scan on readings  (cost=0.00..100497.00 rows=3800282 width=12) (actual time=31.004..641.901 rows=3040226 loops=3)
        Planning Time: 0.105 ms
        JIT:
          Functions: 14
          Options: Inlining false, Optimization false, Expressions true, Deforming true
          Timing: Generation 4.772 ms, Inlining 0.000 ms, Optimization 51.856 ms, Emission 393.351 ms, Total 449.979 ms
        Execution Time: 1303.281 ms
    """),  # noqa: E501
]
DEFAULT_COST = 100_000
"""jit_above_cost where nobody has set it."""
TIME = re.compile(r"(\d+(?:\.\d+)?) ms$")


@dataclass(frozen=True)
class JitOptions(PlanOptions):
    """When compiling is worth a word."""

    min_share: float = 0.2
    """The part of the statement's time that it takes."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def jit_overhead(plan: Plan, options: JitOptions) -> Iterator[Finding]:
    found = plan.fields.get("JIT")
    if options.skips(plan) or not isinstance(found, Mapping):
        return
    processes = processes_of(plan)
    time = compile_time(found) / processes
    if not time or not options.weighs(plan, time):
        return
    cost = plan.root.number("Total Cost")
    functions = f"{number_in(found, 'Functions') or 0:,.0f} functions{f' in {processes:,.0f} processes' * (processes > 1)}"
    yield Finding(
        at=plan.location,
        subject="JIT",
        message=f"compiling {functions} took {time:,.1f} of {plan.elapsed or 0:,.1f} ms{because(cost)}",
        remedy=RunSql("Run this statement without JIT", without_jit(cost), back="RESET jit;"),
        saving=saving(plan, time),
    )


def because(cost: float) -> str:
    """Why it was compiled; nothing to say of a plan without costs."""
    if not cost:
        return ""
    if cost < DEFAULT_COST:
        return f": the plan costs {cost:,.0f}, so jit_above_cost is set below its default of {DEFAULT_COST:,}"
    return f": the plan costs {cost:,.0f}, which is above jit_above_cost"


def without_jit(cost: float) -> str:
    """For this statement alone, and for all statements up to its cost."""
    above = max(least_above(cost), DEFAULT_COST)
    return (
        "-- in the transaction of this statement only\n"
        "SET LOCAL jit = off;\n"
        f"-- or for all of a role's statements up to its cost: ALTER ROLE ... SET jit_above_cost = {above}"
    )


def least_above(cost: float) -> int:
    """The next round number: 1, 2 or 5 and zeros."""
    size = int(f"1{'0' * (len(f'{cost:.0f}') - 1)}")
    return next(step * size for step in (2, 5, 10) if step * size > cost)


def processes_of(plan: Plan) -> float:
    """The leader and the workers of the largest team."""
    return 1 + max(node.number("Workers Launched") for node in plan.walk())


def compile_time(jit: Mapping[str, Any]) -> float:
    """Milliseconds of all processes together; version 11 tells the parts alone, beside the number of functions."""
    timing = jit.get("Timing")
    if not isinstance(timing, Mapping):
        return sum(milliseconds(value) for name, value in jit.items() if name.endswith(" Time"))
    parts = {name: milliseconds(value) for name, value in timing.items()}
    return parts.pop("Total", None) or sum(parts.values())


def milliseconds(value: object) -> float:
    """A part is a number, since version 17 a group with its own total, and in TEXT of version 11 a number with its unit."""
    if isinstance(value, Mapping):
        value = value.get("Total")
    if isinstance(value, str) and (told := TIME.match(value)):
        value = float(told[1])
    return float(value) if isinstance(value, (int, float)) else 0.0
