"""SET TABLESPACE on a table or an index in use.

## Why it matters
The whole file is copied to the other tablespace under ACCESS EXCLUSIVE: nobody reads or writes the table until that is done. Of
an index too, since planning a query looks at every index of its tables.

## When it is fine
The relation is new, or small; or the application is stopped meanwhile.

## What to do
An index: `REINDEX (CONCURRENTLY, TABLESPACE fast) INDEX posts_slug;` (PostgreSQL 14). A table: pg_repack with `--tablespace`. A
partition: new ones in the new tablespace, the old ones moved when nobody reads them.

## Sources
- PostgreSQL documentation, ALTER TABLE, "SET TABLESPACE" https://www.postgresql.org/docs/current/sql-altertable.html; REINDEX,
  "TABLESPACE" https://www.postgresql.org/docs/current/sql-reindex.html
"""

from collections.abc import Iterator

from advisor.model import AlterIndex, Migration, SetTablespace
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY);"
BAD = [
    prisma_migrations(POSTS, "ALTER TABLE posts SET TABLESPACE fast;"),
    project({"migrations/042_fast.sql": "ALTER INDEX posts_pkey SET TABLESPACE fast;"}),
]
GOOD = [
    prisma_migrations(f"{POSTS}\nALTER TABLE posts SET TABLESPACE fast;"),
    # a partitioned table has no file: only its partitions to come are concerned
    prisma_migrations("CREATE TABLE hits (at date) PARTITION BY RANGE (at);", "ALTER TABLE hits SET TABLESPACE fast;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def move_tablespace(migration: Migration) -> Iterator[Finding]:
    for step in migration.operations:
        if isinstance(step, SetTablespace):
            relation = step.table
        elif isinstance(step, AlterIndex) and "tablespace" in step.action.lower():
            relation = step.name
        else:
            continue
        table = migration.before.table(step.table) if step.table else None
        if (step.table is not None and not migration.finds(step.table)) or (table and table.kind == "partitioned table"):
            continue
        yield Finding(
            at=step.location,
            subject=f"{migration.name}: {relation.qualified}",
            message=f"{relation} is copied to another tablespace: nobody uses {step.table or 'its table'} until that is done",
            confidence=Confidence.CERTAIN if table else Confidence.LIKELY,
        )
