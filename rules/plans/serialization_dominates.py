"""A result of large rows that takes longer to be written out than to be found.

## Why it matters
Before a row is sent, large values are fetched from TOAST, unpacked and turned into text; EXPLAIN shows it with SERIALIZE only.
Measured: 4,000 documents of 5 kB found in 0.2 ms and serialized in 29 ms; their titles alone 0.3 ms.

## When it is fine
The client needs all of it. A result of many small rows takes long to write too: there it is the number of rows that counts, and
oversized-result tells it.

## What to do
Name the columns that are needed instead of `*`; send large values only for the one row that is looked at; take the part that is
wanted in the database (`body -> 'summary'`, `left(body, 200)`), which still unpacks it, and sends less: 14 ms of the 29.

## Sources
- PostgreSQL documentation, "EXPLAIN", option SERIALIZE (since version 17); "TOAST"
- the measurements: PostgreSQL 18
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from advisor.model import Plan, Schema
from advisor.model.plan.access import access_of
from advisor.model.plan.tree import number_in
from advisor.rule import Finding, PlanOptions, Severity, plan, rule, saving, sql

SCHEMA = sql("CREATE TABLE documents (id int PRIMARY KEY, title text NOT NULL, body jsonb NOT NULL);")
BAD = [
    plan("""
        Seq Scan on documents  (cost=0.00..74.00 rows=4000 width=35) (actual time=0.007..0.223 rows=4000.00 loops=1)
          Buffers: shared hit=34
        Planning Time: 0.044 ms
        Serialization: time=29.118 ms  output=21256kB  format=text
          Buffers: shared hit=14000
        Execution Time: 29.633 ms
    """),
    SCHEMA
    + plan("""
        Seq Scan on documents  (cost=0.00..74.00 rows=4000 width=35) (actual time=0.010..0.260 rows=4000.00 loops=1)
          Buffers: shared hit=34
        Planning Time: 0.052 ms
        Serialization: time=30.526 ms  output=21256kB  format=text
          Buffers: shared hit=14000
        Execution Time: 31.070 ms
    """),
]
GOOD = [
    plan("""
        Seq Scan on documents  (cost=0.00..74.00 rows=4000 width=17) (actual time=0.004..0.211 rows=4000.00 loops=1)
          Buffers: shared hit=34
        Planning Time: 0.012 ms
        Serialization: time=0.258 ms  output=104kB  format=text
        Execution Time: 0.694 ms
    """),
    # a tenth of the time
    plan("""
        Seq Scan on orders  (cost=0.00..6704.00 rows=30 width=10) (actual time=0.007..21.056 rows=3000.00 loops=1)
        Planning Time: 0.046 ms
        Serialization: time=2.300 ms  output=106kB  format=text
        Execution Time: 24.956 ms
    """),
    # the database takes the part that is wanted
    plan("""
        Seq Scan on documents  (cost=0.00..94.00 rows=4000 width=36) (actual time=0.021..13.572 rows=4000.00 loops=1)
          Buffers: shared hit=14034
        Planning Time: 0.046 ms
        Serialization: time=0.594 ms  output=187kB  format=text
        Execution Time: 14.462 ms
    """),
    # small rows, and many of them
    plan("""
        Seq Scan on orders  (cost=0.00..5174.00 rows=300000 width=27) (actual time=0.007..11.547 rows=300000.00 loops=1)
          Buffers: shared hit=2174
        Planning Time: 0.043 ms
        Serialization: time=62.894 ms  output=22164kB  format=text
        Execution Time: 91.106 ms
    """),
]
KIB = 1024
BLOCKS = ("Shared Hit Blocks", "Shared Read Blocks")
LARGE_TYPES = ("json", "jsonb", "text", "bytea", "xml", "tsvector", "vector", "halfvec", "hstore", "geometry", "geography")
"""Types whose values may be kilobytes; of these a text is the least likely, and told only where nothing else is there."""


@dataclass(frozen=True)
class SerializationOptions(PlanOptions):
    """When writing out is worth a word."""

    min_share: float = 0.5
    """The part of the statement's time that it takes."""
    min_row: int = 500
    """Bytes of a row on average, as they are sent."""


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def serialization_dominates(plan: Plan, schema: Schema | None, options: SerializationOptions) -> Iterator[Finding]:
    group = plan.fields.get("Serialization")
    if options.skips(plan) or not isinstance(group, Mapping):
        return
    time, size = number_in(group, "Time"), number_in(group, "Output Volume") or 0.0
    rows = max(plan.root.total_rows, 1.0)
    if time is None or not options.weighs(plan, time) or size * KIB < options.min_row * rows:
        return
    written = f"writing {rows:,.0f} row{'s' * (rows != 1)} out took {time:,.1f} of {plan.elapsed or 0:,.1f} ms"
    yield Finding(
        at=plan.location,
        subject="serialization",
        message=f"{written}, {size / KIB:,.1f} MB in all and {size / rows:,.1f} kB a row: leave out "
        f"{large_columns(plan, schema) or 'large columns'} where nobody reads that",
        saving=saving(plan, time, blocks=sum(number_in(group, name) or 0.0 for name in BLOCKS)),
    )


def large_columns(plan: Plan, schema: Schema | None) -> str:
    """`documents.body (jsonb)`: the columns of the tables read that may be large; of VERBOSE plans those that are sent."""
    tables = dict.fromkeys(
        access.table for node in plan.walk() if (access := access_of(node, schema)) is not None and access.table is not None
    )
    sent = plan.root.fields.get("Output")
    columns = [
        (table, column)
        for table in tables
        for column in table.columns
        if column.type.partition("(")[0] in LARGE_TYPES
        and (not isinstance(sent, list) or any(str(each).rpartition(".")[2] == column.name for each in sent))
    ]
    others = [pair for pair in columns if pair[1].type != "text"]
    return " and ".join(f"{table.name}.{column.name} ({column.type})" for table, column in others or columns)
