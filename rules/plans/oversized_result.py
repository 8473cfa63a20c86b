"""A result of tens of thousands of rows that is sent to the client.

## Why it matters
The plan's time ends where the rows leave the executor: writing them out, sending them and building objects of them takes many
times as long, and memory on both sides, since most drivers keep the whole result before they hand out the first row.
Measured: 300,000 orders of four columns read in 12 ms, and written out as text in another 63 ms, before any of the 22 MB is
sent.

## When it is fine
It is an export, or a batch that reads with a cursor (COPY, DECLARE CURSOR, a driver's streaming mode). A statement that is seen
to keep its rows in the database (CREATE TABLE AS, SELECT INTO, REFRESH), or to read them in pieces, is not reported; EXPLAIN of
it shows the same plan, so show the statement with it.

## What to do
Let the database do what the program does with them: sum up, group, filter, LIMIT with a page. Exports read with a cursor or
COPY.

## Sources
- PostgreSQL documentation, "EXPLAIN" (the time to send the result is not in it); libpq, "Retrieving Query Results in Chunks"
- the measurement: PostgreSQL 18, option SERIALIZE
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from advisor.model import Plan
from advisor.model.plan.tree import number_in
from advisor.rule import Confidence, Finding, PlanOptions, Saving, Severity, plan, rule

BAD = [
    plan("""
        Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=10) (actual time=0.007..21.056 rows=300000.00 loops=1)
          Buffers: shared hit=3704
        Planning Time: 0.046 ms
        Execution Time: 29.956 ms
    """),
    # what it is in bytes, where the plan tells
    plan("""
        Seq Scan on orders  (cost=0.00..5174.00 rows=300000 width=27) (actual time=0.007..11.547 rows=300000.00 loops=1)
          Buffers: shared hit=2174
        Planning Time: 0.043 ms
        Serialization: time=62.894 ms  output=22164kB  format=text
        Execution Time: 91.106 ms
    """),
    # rows that are changed and sent too
    plan("""
        Delete on orders  (cost=0.42..2170.54 rows=60578 width=6) (actual time=0.029..27.561 rows=60000.00 loops=1)
          Buffers: shared hit=121036
          ->  Index Scan using orders_pkey on orders  (cost=0.42..2170.54 rows=60578 width=6) (actual time=0.015..5.500 rows=60000.00 loops=1)
                Index Cond: (id <= 60000)
                Index Searches: 1
                Buffers: shared hit=601
        Planning:
          Buffers: shared hit=3
        Planning Time: 0.099 ms
        Execution Time: 29.356 ms
    """),  # noqa: E501
    # a piece, and a large one
    plan("""
        Limit  (cost=0.42..3326.09 rows=100000 width=27) (actual time=4.324..17.652 rows=100000.00 loops=1)
          Buffers: shared hit=1764
          ->  Index Scan using orders_pkey on orders  (cost=0.42..9977.42 rows=300000 width=27) (actual time=4.322..12.137 rows=100000.00 loops=1)
                Index Searches: 1
                Buffers: shared hit=1764
        Planning:
          Buffers: shared hit=8
        Planning Time: 0.094 ms
        Execution Time: 20.550 ms
    """),  # noqa: E501
]
GOOD = [
    plan("""
        Limit  (cost=0.42..41.29 rows=1000 width=10) (actual time=0.005..0.148 rows=1000.00 loops=1)
          Buffers: shared hit=19
          ->  Index Scan using orders_pkey on orders  (cost=0.42..12103.10 rows=296153 width=10) (actual time=0.005..0.094 rows=1000.00 loops=1)
                Index Cond: (id > 4000)
                Index Searches: 1
                Buffers: shared hit=19
        Planning Time: 0.024 ms
        Execution Time: 0.182 ms
    """),  # noqa: E501
    # rows that are written, not sent
    plan("""
        Insert on archive  (cost=0.00..6704.00 rows=0 width=0) (actual time=700.000..700.001 rows=0.00 loops=1)
          ->  Seq Scan on orders  (cost=0.00..6704.00 rows=300000 width=71) (actual time=0.010..60.000 rows=300000.00 loops=1)
        Planning Time: 0.060 ms
        Execution Time: 700.100 ms
    """),
    # kept in the database, as the statement shows
    plan("""
        EXPLAIN ANALYZE CREATE TABLE copies AS SELECT * FROM orders;

        Seq Scan on orders  (cost=0.00..5174.00 rows=300000 width=27) (actual time=0.383..11.146 rows=240000.00 loops=1)
          Buffers: shared hit=2174
        Planning Time: 0.090 ms
        Execution Time: 74.628 ms
    """),
]
KEEPS_OR_STREAMS = re.compile(
    r"\s*(?:EXPLAIN\b\s*(?:\([^)]*\)\s*|(?:ANALYZE|VERBOSE)\s+)*)?"
    r"(?:CREATE|REFRESH|DECLARE|COPY|FETCH|SELECT\b[^;]*?\bINTO\s+[\w\".]+\s+FROM)\b",
    re.IGNORECASE,
)
"""Statements whose rows stay in the database, or come in pieces."""
KIB = 1024


@dataclass(frozen=True)
class ResultOptions(PlanOptions):
    """When a result is worth a word."""

    min_time: float = 5.0
    """Milliseconds of a statement below which it is left alone; what comes after them takes several times as long."""
    min_rows: int = 20_000
    """Rows that the statement returned."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def oversized_result(plan: Plan, options: ResultOptions) -> Iterator[Finding]:
    root = plan.root
    if options.skips(plan) or root.total_rows < options.min_rows or KEEPS_OR_STREAMS.match(plan.statement or ""):
        return
    limited = root.type == "Limit"
    advice = "read them in smaller pieces" if limited else "let the database sum up, or read it in pieces"
    yield Finding(
        at=root.location,
        subject="the result",
        message=f"{root.total_rows:,.0f} rows, {size_of(plan)}, go to the client, {clock(plan)}: {advice}",
        confidence=Confidence.POSSIBLE if limited else Confidence.LIKELY,
        saving=Saving(rows=round(root.total_rows)),
    )


def size_of(plan: Plan) -> str:
    """As they are sent, where SERIALIZE tells; else the planner's width, which is that of rows in memory."""
    group = plan.fields.get("Serialization")
    sent = number_in(group, "Output Volume") if isinstance(group, Mapping) else None
    size = sent * KIB if sent else plan.root.total_rows * plan.root.number("Plan Width")
    return f"{'' if sent else 'about '}{max(size / 1e6, 0.1):,.{0 if size >= 1e7 else 1}f} MB"


def clock(plan: Plan) -> str:
    """What of that the plan's time shows."""
    group = plan.fields.get("Serialization")
    time = number_in(group, "Time") if isinstance(group, Mapping) else None
    return "which this time does not show" if time is None else f"and writing them out alone took {time:,.1f} ms"
