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

from advisor.model import DetachPartition, Migration, Name, Target
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.partitions import attach_sql, detach_sql
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, project, rule

HITS = "CREATE TABLE hits (at date) PARTITION BY RANGE (at);\n"
HITS += "CREATE TABLE hits_2020 PARTITION OF hits FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"
DETACH = "ALTER TABLE hits DETACH PARTITION hits_2020"
BAD = [
    project({"migrations/001.sql": HITS, "migrations/002.sql": f"{DETACH};"}),
    project({"migrations/042_old_hits.sql": f"{DETACH};\nDROP TABLE hits_2020;"}),
    project(
        {"migrations/001.sql": HITS, "migrations/002.sql": f"{DETACH};\n{DETACH.replace('2020', '2019').replace('hits', 'logs')};"}
    ),
    project({"migrations/001.sql": HITS, "migrations/002.sql": f"{DETACH};", "advisor.toml": "postgres_version = 14"}),
    project({"migrations/00001_hits.sql": f"-- +goose Up\n{HITS}", "migrations/00002_old.sql": f"-- +goose Up\n{DETACH};"}),
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
def detach_partition_not_concurrent(migration: Migration, target: Target) -> Iterator[Finding]:
    steps = [step for step in migration.operations if isinstance(step, DetachPartition) and waits(step, migration)]
    detached = [(step, step.partition) for step in steps if step.partition]
    if not detached or target.postgres_version < CONCURRENTLY_SINCE:
        return
    (first, partition), *others = detached
    names, tables = listed([name for _, name in detached]), dict.fromkeys(step.table for step, _ in detached)
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {partition.qualified}",
        message=f"{names} {'are' if others else 'is'} detached without CONCURRENTLY:"
        f" readers and writers of all of {listed(tables)} wait behind {'them' if others else 'it'}",
        remedy=SafeSteps.instead_of(
            first,
            migration,
            f"Detach {names} CONCURRENTLY",
            *(
                Step(f"detach_{name.name}", detach_sql(step.table, name), way_back(step, name, migration), outside=True)
                for step, name in detached
            ),
            alone=not others,
        ),
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{name}, too") for step, name in others),
    )


def waits(step: DetachPartition, migration: Migration) -> bool:
    """Whether it takes the strong lock on a table in use, and need not."""
    return not step.concurrently and step.default_partition is None and migration.finds(step.table)


def way_back(step: DetachPartition, partition: Name, migration: Migration) -> str | None:
    known = migration.before.table(partition)
    bound = known.partition_bound if known else None
    return attach_sql(step.table, partition, bound) if bound else None
