"""DETACH PARTITION without CONCURRENTLY.

## Why it matters
It takes ACCESS EXCLUSIVE on the partitioned table, not only on the partition: done in an instant, but it waits for every query of
the whole table, and all that come after it wait behind it. CONCURRENTLY takes SHARE UPDATE EXCLUSIVE on the table, with which
everybody goes on.

## When it is fine
The table has a default partition: PostgreSQL refuses CONCURRENTLY then. The server is older than 14. The same migration makes the
table. A short `lock_timeout` is set and the migration is tried again.

## What to do
`DETACH PARTITION ... CONCURRENTLY`, outside a transaction. It leaves the partition's bound behind as a CHECK. If it is
interrupted, end it with `DETACH PARTITION ... FINALIZE`.

## Sources
- PostgreSQL documentation, ALTER TABLE, "DETACH PARTITION"
  https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION
"""

from collections.abc import Iterator

from advisor.model import DetachPartition, Migration, Target
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.partitions import attach_sql, detach_sql
from advisor.rule import Confidence, Finding, Severity, project, rule

HITS = "CREATE TABLE hits (at date) PARTITION BY RANGE (at);\n"
HITS += "CREATE TABLE hits_2020 PARTITION OF hits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"
DETACH = "ALTER TABLE hits DETACH PARTITION hits_2020"
BAD = [
    project({"migrations/001.sql": HITS, "migrations/002.sql": f"{DETACH};"}),
    project({"migrations/042_old_hits.sql": f"{DETACH};\nDROP TABLE hits_2020;"}),
]
GOOD = [
    project({"migrations/001.sql": HITS, "migrations/002.sql": f"{DETACH} CONCURRENTLY;"}),
    project({"migrations/001.sql": HITS, "migrations/002.sql": f"{DETACH} FINALIZE;"}),
    project({"migrations/001.sql": f"{HITS}\n{DETACH};"}),
    project({"migrations/001.sql": HITS, "migrations/002.sql": f"{DETACH};", "advisor.toml": "postgres_version = 13"}),
    project({"migrations/001.sql": f"{HITS}\nCREATE TABLE rest PARTITION OF hits DEFAULT;", "migrations/002.sql": f"{DETACH};"}),
]

CONCURRENTLY_SINCE = 14


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def detach_partition_not_concurrent(step: DetachPartition, migration: Migration, target: Target) -> Iterator[Finding]:
    possible = target.postgres_version >= CONCURRENTLY_SINCE and step.default_partition is None
    if step.concurrently or step.partition is None or not possible or not migration.finds(step.table):
        return
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: {step.partition.qualified}",
        message=f"{step.partition} is detached without CONCURRENTLY: readers and writers of all of {step.table} wait behind it",
        remedy=SafeSteps.instead_of(
            step,
            migration,
            f"Detach {step.partition} CONCURRENTLY",
            Step(f"detach_{step.partition.name}", detach_sql(step.table, step.partition), way_back(step, migration), outside=True),
        ),
        confidence=Confidence.CERTAIN if migration.before.table(step.table) else Confidence.LIKELY,
    )


def way_back(step: DetachPartition, migration: Migration) -> str | None:
    partition = migration.before.table(step.partition) if step.partition else None
    bound = partition.partition_bound if partition else None
    return attach_sql(step.table, partition.name, bound) if partition and bound else None
