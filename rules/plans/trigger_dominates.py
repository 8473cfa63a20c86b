"""Triggers that take a good part of a statement's time, above all those of a foreign key without an index.

## Why it matters
The plan shows the rows of the one table; what the triggers do stands below it in one line each. A DELETE, or an UPDATE of a key,
looks for the rows that refer to it, in every table that has a foreign key to it, once for each row: without an index that is
a sequential scan. Measured: 20 authors deleted, 200,000 books: 154 ms without an index on books (author_id), 0.4 ms with it.
Where the rows are deleted in turn (ON DELETE CASCADE), each of them is looked for in the next table: ten authors with a hundred
books took 155 ms in books, and 1,372 ms in chapters.

## When it is fine
With an index, a foreign key costs 10 to 40 µs for each row that is deleted, 7 µs for each that is inserted: that is what it is
there for, and is not reported. A trigger that somebody wrote does work that is wanted, as an audit does.

## What to do
- A row that goes is looked for: create an index on the referencing columns.
- 100,000 rows were loaded and checked one by one: a first load is faster with the constraint added after it. Measured: 980 ms
  with the constraint; 232 ms without and 32 ms to add it.
- A trigger AFTER each row that only writes rows becomes one FOR EACH STATEMENT with a transition table (REFERENCING NEW TABLE
  AS ...): measured on 10,000 rows 41 ms and 13 ms. One BEFORE each row cannot; a WHEN condition spares it the rows that it would
  leave as they are.
- A trigger that takes milliseconds for one call runs slow queries: auto_explain with `log_nested_statements` shows their plans.

A constraint that is deferred is checked at COMMIT, which no plan shows.

## Sources
- PostgreSQL documentation, "Constraints", section "Foreign Keys" (an index on the referencing columns is often a good idea);
  "Populating a Database", section "Remove Foreign Key Constraints"; "CREATE TRIGGER": transition tables; "Using EXPLAIN"
  (triggers are counted apart, BEFORE triggers within the node); "auto_explain"
- PostgreSQL's source, `ri_triggers.c`: an INSERT looks for the row that is referred to, a DELETE for those that refer
- the measurements: PostgreSQL 18, all in memory
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.model import ForeignKey, Plan, Schema, Table
from advisor.model.plan.triggers import FiredTrigger, Side, fired_triggers
from advisor.remedies import CreateIndex
from advisor.rule import Confidence, Finding, PlanOptions, Severity, plan, rule, saving, sql

SCHEMA = sql("""
    CREATE TABLE authors (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE books (id int PRIMARY KEY, author_id int NOT NULL CONSTRAINT books_author_fkey REFERENCES authors);
""")
BAD = [
    SCHEMA
    + plan("""
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
    """),  # noqa: E501
    plan("""
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
    """),  # noqa: E501
    plan("""
        Update on accounts  (cost=0.29..564.13 rows=0 width=0) (actual time=26.622..26.623 rows=0.00 loops=1)
          Buffers: shared hit=96051 dirtied=44 written=44
          ->  Index Scan using accounts_pkey on accounts  (cost=0.29..564.13 rows=16692 width=10) (actual time=0.029..3.084 rows=10000.00 loops=1)
                Index Cond: (id <= 10000)
                Index Searches: 1
                Buffers: shared hit=20633
        Planning Time: 0.098 ms
        Trigger accounts_audit: time=41.381 calls=10000
        Execution Time: 68.397 ms
    """),  # noqa: E501
    # a load, checked row by row
    plan("""
        Insert on items  (cost=0.00..1576.00 rows=0 width=0) (actual time=279.018..279.019 rows=0.00 loops=1)
          Buffers: shared hit=301523 dirtied=817 written=819
          ->  Seq Scan on staged  (cost=0.00..1576.00 rows=100000 width=12) (actual time=0.005..16.452 rows=100000.00 loops=1)
                Buffers: shared hit=576
        Planning:
          Buffers: shared hit=21
        Planning Time: 0.066 ms
        Trigger for constraint items_order_fkey: time=693.271 calls=100000
        Execution Time: 980.100 ms
    """),
]
GOOD = [
    SCHEMA
    + plan("""
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
    """),  # noqa: E501
    # a trigger that is quick for each of its rows, and does not hold the statement
    plan("""
        Update on accounts  (cost=0.29..564.13 rows=0 width=0) (actual time=86.622..86.623 rows=0.00 loops=1)
          ->  Index Scan using accounts_pkey on accounts  (cost=0.29..564.13 rows=9000 width=10) (actual time=0.029..3.084 rows=10000.00 loops=1)
                Index Cond: (id <= 10000)
                Index Searches: 1
        Planning Time: 0.098 ms
        Trigger accounts_audit: time=41.381 calls=10000
        Execution Time: 128.397 ms
    """),  # noqa: E501
    # the rows that refer are found by an index; they are deleted too, and looked for in their turn
    plan("""
        Delete on authors  (cost=0.29..117.49 rows=0 width=0) (actual time=1.644..1.645 rows=0.00 loops=1)
          Buffers: shared hit=6063
          ->  Index Scan using authors_pkey on authors  (cost=0.29..117.49 rows=3010 width=6) (actual time=0.012..0.420 rows=3010.00 loops=1)
                Index Cond: ((id >= 100) AND (id <= 3109))
                Index Searches: 1
                Buffers: shared hit=27
        Planning:
          Buffers: shared hit=4
        Planning Time: 0.116 ms
        Trigger for constraint books_author_fkey on authors: time=102.525 calls=3010
        Trigger for constraint chapters_book_fkey on books: time=394.302 calls=30100
        Execution Time: 499.897 ms
    """),  # noqa: E501
    # the other side of the foreign key: each changed row looks for its author, by the primary key
    plan("""
        Update on books  (cost=0.42..599.65 rows=0 width=0) (actual time=120.143..120.144 rows=0.00 loops=1)
          Buffers: shared hit=136854 dirtied=94 written=94
          ->  Index Scan using books_pkey on books  (cost=0.42..599.65 rows=13299 width=10) (actual time=0.058..7.952 rows=9999.00 loops=1)
                Index Cond: (id < 10000)
                Index Searches: 1
                Buffers: shared hit=20110
        Planning:
          Buffers: shared hit=78
        Planning Time: 0.432 ms
        Trigger for constraint books_author_fkey: time=80.846 calls=9999
        Execution Time: 201.510 ms
    """),  # noqa: E501
]
SLOW_CALL = 0.1
"""Milliseconds that no look-up by an index takes, as a rule."""


@dataclass(frozen=True)
class TriggerOptions(PlanOptions):
    """When triggers are worth a word."""

    min_own_share: float = 0.5
    """The part of the statement's time from which a trigger that somebody wrote, or the checks of a load, are told."""
    min_call: float = 0.1
    """Milliseconds of one call from which a foreign key that is not known probably lacks its index."""
    min_wait: float = 1.0
    """Milliseconds of one call that an index does not explain."""
    min_load: int = 50_000
    """Rows inserted by one statement from which it is a load."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def trigger_dominates(plan: Plan, schema: Schema | None, options: TriggerOptions) -> Iterator[Finding]:
    if options.skips(plan):
        return
    for fired in fired_triggers(plan):
        if not options.weighs(plan, fired.time):
            continue
        found = of_foreign_key(plan, fired, schema, options) if fired.constraint else of_trigger(plan, fired, schema, options)
        if found is not None:
            yield found


def of_foreign_key(plan: Plan, fired: FiredTrigger, schema: Schema | None, options: TriggerOptions) -> Finding | None:
    found = foreign_key_named(fired, schema)
    if found is None and (other := others_named(fired, schema)):
        return of_trigger(plan, fired, schema, options) if "trigger" in other else None
    side = side_of(plan, fired, found) or ("action" if fired.time_of_a_call >= options.min_call else "check")
    if side == "check":
        return of_checks(plan, fired, options)
    if found is None or schema is None:
        missing = fired.time_of_a_call >= options.min_call
        sure = Confidence.LIKELY if fired.time_of_a_call >= options.min_wait else Confidence.POSSIBLE
        return told(plan, fired, "an index on its referencing columns is probably missing", confidence=sure) if missing else None
    table, key = found
    columns = ", ".join(key.columns)
    if not table.serves_lookup_by(key.columns):
        cause = f"for each row of {key.referenced_table} it reads all of {table.name}, since no index leads with ({columns})"
        return told(plan, fired, cause, remedy=CreateIndex.on(table, key.columns, schema))
    if fired.time_of_a_call < options.min_wait:
        return None
    cause = f"an index leads with {table.name} ({columns}): it waits for locks, for reads, or finds many rows for each"
    return told(plan, fired, cause, confidence=Confidence.POSSIBLE)


def of_checks(plan: Plan, fired: FiredTrigger, options: TriggerOptions) -> Finding | None:
    """Rows that were inserted or changed, each looked for by the key of the other table, which is always indexed."""
    if fired.time_of_a_call >= options.min_wait:
        cause = "the key that it looks for is indexed: it waits for locks on the rows that are referred to, or for reads"
        return told(plan, fired, cause, confidence=Confidence.POSSIBLE)
    if fired.calls < options.min_load or fired.time < options.min_own_share * (plan.elapsed or 0.0):
        return None
    cause = "each row is checked on its own; a load is faster with the constraint added after it"
    return told(plan, fired, cause, confidence=Confidence.POSSIBLE, severity=Severity.INFO)


def of_trigger(plan: Plan, fired: FiredTrigger, schema: Schema | None, options: TriggerOptions) -> Finding | None:
    """One that somebody wrote."""
    if fired.time < options.min_own_share * (plan.elapsed or 0.0):
        return None
    known = {
        trigger.timing for table in (schema.tables if schema else ()) for trigger in table.triggers if trigger.name == fired.name
    }
    before = known == {"before"} if known else fired.before
    if fired.time_of_a_call >= options.min_wait:
        advice = "what it runs is slow; auto_explain with log_nested_statements shows its plans"
    elif before:
        advice = "it fires before each row; a WHEN condition spares it the rows that it leaves as they are"
    else:
        advice = "one FOR EACH STATEMENT with a transition table runs once"
    return told(plan, fired, advice, kind="trigger", confidence=Confidence.LIKELY)


def told(
    plan: Plan,
    fired: FiredTrigger,
    why: str,
    *,
    kind: str = "foreign key",
    remedy: CreateIndex | None = None,
    confidence: Confidence = Confidence.CERTAIN,
    severity: Severity | None = None,
) -> Finding:
    spent = f"{fired.time:,.1f} of {plan.elapsed or 0.0:,.1f} ms in {fired.calls:,.0f} call{'s' * (fired.calls != 1)}"
    each = fired.time_of_a_call
    each_of_them = f", {each:,.1f} ms each" if each >= 1 else f", {each * 1000:,.0f} µs each"
    return Finding(
        at=plan.location,
        subject=f"{kind} {fired.name}",
        message=f"the {kind} {fired.name} took {spent}{each_of_them * (fired.calls > 1)}: {why}",
        remedy=remedy,
        confidence=confidence,
        severity=severity,
        saving=saving(plan, fired.time),
    )


def side_of(plan: Plan, fired: FiredTrigger, found: tuple[Table, ForeignKey] | None) -> Side | None:
    """Whether it looks for rows that refer, or for the row that is referred to; None where the plan leaves it open."""
    if fired.side is not None:
        return fired.side
    changes = [node for node in plan.walk() if node.type == "ModifyTable"]
    changed = fired.relations or tuple(node.relation for node in changes if node.relation)
    if found is not None and found[1].table != found[1].referenced_table:
        _, key = found
        refers, referred = key.table.name in changed, key.referenced_table.name in changed
        if refers != referred:
            return "check" if refers else "action"
    operations = {node.text("Operation") if node.text("Conflict Resolution") != "UPDATE" else None for node in changes}
    return "check" if operations == {"Insert"} else "action" if operations == {"Delete"} else None


def foreign_key_named(fired: FiredTrigger, schema: Schema | None) -> tuple[Table, ForeignKey] | None:
    """The foreign key of that name, of the partitioned table rather than of its partitions; None where several have it.

    Of several, a slow one is the one without an index.
    """
    found = [(table, key) for table in (schema.tables if schema else ()) for key in table.foreign_keys if key.name == fired.name]
    found = [pair for pair in found if pair[0].partition_of is None] or found
    if len(found) > 1:
        found = [pair for pair in found if {pair[1].table.name, pair[1].referenced_table.name} & set(fired.relations)] or found
    if len(found) > 1 and fired.time_of_a_call >= SLOW_CALL:
        found = [pair for pair in found if not pair[0].serves_lookup_by(pair[1].columns)]
    return found[0] if len(found) == 1 else None


def others_named(fired: FiredTrigger, schema: Schema | None) -> set[str]:
    """What else has the constraint's name: a constraint trigger, or a unique key that may be checked late."""
    tables = schema.tables if schema else ()
    triggers = {"trigger" for table in tables for trigger in table.triggers if trigger.name == fired.name}
    return triggers | {"key" for table in tables for index in table.indexes if index.name == fired.name}
