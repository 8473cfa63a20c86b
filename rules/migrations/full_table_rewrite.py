"""VACUUM FULL or CLUSTER.

## Why it matters
Both write the table and all of its indexes anew under ACCESS EXCLUSIVE, and need room for a second copy: nobody reads or writes
the table meanwhile. Measured on a million rows: VACUUM FULL 749 ms, in which a write waited 748 ms; CLUSTER 733 ms. Neither keeps
the table as it is then: new rows bloat it and go out of order again.

## When it is fine
The same migration makes the table; or it is done once, with the application stopped, after most rows were deleted.

## What to do
Plain VACUUM makes the room of dead rows free for new ones and locks nobody out: let autovacuum do so more often. Where the file
must shrink, pg_repack or pg_squeeze write the table anew beside it and take the strong lock for an instant.

## Sources
- PostgreSQL documentation, VACUUM, "FULL" https://www.postgresql.org/docs/current/sql-vacuum.html; CLUSTER
  https://www.postgresql.org/docs/current/sql-cluster.html; "Routine Vacuuming"
  https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY
- pg_repack https://reorg.github.io/pg_repack/, pg_squeeze https://github.com/cybertec-postgresql/pg_squeeze
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import Cluster, Migration, Vacuum
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(POSTS, "VACUUM FULL posts;"),
    project({"migrations/042_shrink.sql": "VACUUM (FULL, ANALYZE) posts;"}),
    project({"migrations/042_order.sql": "CLUSTER posts USING posts_pkey;"}),
    project({"migrations/042_shrink.sql": "VACUUM FULL;"}),
    prisma_migrations(POSTS, "CLUSTER posts USING posts_pkey;\nVACUUM FULL tags;\nCREATE TABLE new (id int);\nVACUUM FULL new;"),
]
GOOD = [
    prisma_migrations(POSTS, "VACUUM ANALYZE posts;"),
    prisma_migrations(f"{POSTS}\nCLUSTER posts USING posts_pkey;"),
    project({"migrations/042_shrink.sql": "VACUUM (FULL false) posts;"}),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def full_table_rewrite(migration: Migration) -> Iterator[Finding]:
    steps = [step for step in migration.operations if isinstance(step, Cluster) or (isinstance(step, Vacuum) and step.full)]
    anew = [step for step in steps if step.table is None or migration.finds(step.table)]
    if not anew:
        return
    words = listed(dict.fromkeys("CLUSTER" if isinstance(step, Cluster) else "VACUUM FULL" for step in anew))
    tables = list(dict.fromkeys(step.table or "every table" for step in anew))
    known = any(step.table is not None and migration.before.table(step.table) for step in anew)
    first, *others = anew
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified if first.table else 'every table'}",
        message=f"{words} {'write' if ' and ' in words else 'writes'} {listed(tables)} and all indexes anew:"
        f" nobody reads or writes {'them' if len(tables) > 1 else 'it'} until that is done",
        confidence=Confidence.CERTAIN if known else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table or 'every table'}, too") for step in others),
    )
