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

from collections.abc import Iterator, Sequence

from advisor.model import AttachPartition, Migration, Name
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.partitions import steps_to_attach
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, project, rule

HITS = "CREATE TABLE hits (at date NOT NULL) PARTITION BY RANGE (at);\nCREATE TABLE hits_2020 (at date NOT NULL);"
ATTACH = "ALTER TABLE hits ATTACH PARTITION hits_2020 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"
CHECK = "ALTER TABLE hits_2020 ADD CONSTRAINT b CHECK (at >= '2020-01-01' AND at < '2021-01-01') NOT VALID;"
BAD = [
    project({"migrations/001.sql": HITS, "migrations/002.sql": ATTACH}),
    project({"migrations/001.sql": HITS, "migrations/002.sql": CHECK, "migrations/003.sql": ATTACH}),
    project({"migrations/042_attach.sql": ATTACH}),
    project(
        {
            "migrations/001.sql": f"{HITS}\nCREATE TABLE hits_rest (at date NOT NULL);",
            "migrations/002.sql": f"{ATTACH}\nALTER TABLE hits ATTACH PARTITION hits_rest DEFAULT;",
        }
    ),
    project(
        {
            "migrations/001.sql": f"{HITS}\n{HITS.replace('2020', '2021').partition(';')[2]}",
            "migrations/002.sql": f"{ATTACH}\n{ATTACH.replace('2021', '2022').replace('2020', '2021')}",
        }
    ),
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
def attach_partition_scans(migration: Migration) -> Iterator[Finding]:
    attached = [(step, step.partition) for step in migration.operations if isinstance(step, AttachPartition) and step.partition]
    read = [(step, partition) for step, partition in attached if not step.proven and migration.finds(partition)]
    if not read:
        return
    (first, partition), *others = read
    names = listed([name for _, name in read])
    ways = [way_to_attach(step, name) for step, name in read]
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {partition.qualified}",
        message=f"{names} {'have' if others else 'has'} no validated CHECK that says {'their bounds' if others else 'its bound'}:"
        f" ATTACH PARTITION reads all of {'them' if others else 'it'} while others wait",
        remedy=SafeSteps.instead_of(
            first,
            migration,
            f"Prove the bound{'s' * bool(others)} of {names} before {'they are' if others else 'it is'} attached",
            *(way for each in ways for way in each),
            alone=not others,
        )
        if all(ways)
        else None,
        confidence=Confidence.CERTAIN if any(migration.before.table(name) for _, name in read) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{name}, too") for step, name in others),
    )


def way_to_attach(step: AttachPartition, partition: Name) -> Sequence[Step]:
    """None where the bound is no condition over one column."""
    return steps_to_attach(step.table, partition, step.bound, step.condition) if step.condition and step.bound else ()
