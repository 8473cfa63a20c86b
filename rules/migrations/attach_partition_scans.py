"""ATTACH PARTITION that reads the whole partition under ACCESS EXCLUSIVE.

## Why it matters
PostgreSQL makes sure that every row of the partition is within its bound: while it reads, the partition is under ACCESS
EXCLUSIVE, and whatever is inserted into the table beside it waits where it would need that partition. A CHECK that says the same
as the bound, and is validated, spares the reading.

## When it is fine
The same migration makes the partition: it is new, and empty or nearly so. It is small.

## What to do
Add the CHECK NOT VALID, validate it in another transaction (readers and writers go on), attach, and drop the CHECK. The columns
of the key must be NOT NULL, or the CHECK must say so. Where the table has a default partition, that one is read too: a CHECK on
it that excludes the new bound spares this.

## Sources
- PostgreSQL documentation, ALTER TABLE, "ATTACH PARTITION"
  https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-ATTACH-PARTITION; "Partition Maintenance"
  https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
"""

from collections.abc import Iterator

from advisor.model import AttachPartition, Migration
from advisor.remedies.migrations import SafeSteps
from advisor.remedies.migrations.partitions import steps_to_attach
from advisor.rule import Confidence, Finding, Severity, project, rule

HITS = "CREATE TABLE hits (at date NOT NULL) PARTITION BY RANGE (at);\nCREATE TABLE hits_2020 (at date NOT NULL);"
ATTACH = "ALTER TABLE hits ATTACH PARTITION hits_2020 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"
CHECK = "ALTER TABLE hits_2020 ADD CONSTRAINT b CHECK (at >= '2020-01-01' AND at < '2021-01-01') NOT VALID;"
BAD = [
    project({"migrations/001.sql": HITS, "migrations/002.sql": ATTACH}),
    project({"migrations/001.sql": HITS, "migrations/002.sql": CHECK, "migrations/003.sql": ATTACH}),
    project({"migrations/042_attach.sql": ATTACH}),
]
GOOD = [
    project(
        {
            "migrations/001.sql": HITS,
            "migrations/002.sql": CHECK,
            "migrations/003.sql": "ALTER TABLE hits_2020 VALIDATE CONSTRAINT b;",
            "migrations/004.sql": ATTACH,
        }
    ),
    project({"migrations/001.sql": f"{HITS}\n{ATTACH}"}),
    project({"migrations/042_new.sql": "CREATE TABLE hits_2020 (LIKE hits INCLUDING ALL);\n" + ATTACH}),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def attach_partition_scans(step: AttachPartition, migration: Migration) -> Iterator[Finding]:
    if step.partition is None or step.proven or not migration.finds(step.partition):
        return
    what = f"Prove the bound of {step.partition} before it is attached"
    ways = steps_to_attach(step.table, step.partition, step.bound, step.condition) if step.condition and step.bound else None
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: {step.partition.qualified}",
        message=f"{step.partition} has no validated CHECK that says its bound: ATTACH PARTITION reads all of it while others wait",
        remedy=SafeSteps.instead_of(step, migration, what, *ways) if ways else None,
        confidence=Confidence.CERTAIN if migration.before.table(step.partition) else Confidence.LIKELY,
    )
