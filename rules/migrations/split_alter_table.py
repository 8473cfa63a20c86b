"""Several ALTER TABLE statements for one table that could be one.

## Why it matters
Each statement takes the table's lock anew and, where it scans or rewrites, reads the whole table again: two SET NOT NULL in one
statement are one scan.

## When it is fine
They run in one transaction and only change the catalog: then one statement saves next to nothing. They must not be one: a
constraint added NOT VALID and validated. That is why this rule is off unless a project asks for it.

## What to do
`ALTER TABLE authors ALTER COLUMN name SET NOT NULL, ALTER COLUMN email SET NOT NULL;`

## Sources
- PostgreSQL documentation, ALTER TABLE: "multiple table scans or rewrites can thereby be combined into a single pass over the
  table" https://www.postgresql.org/docs/current/sql-altertable.html
"""

from collections.abc import Iterator
from itertools import groupby

from advisor.model import AlterTable, Migration, Name, Operation, RenameColumn, SetSetting, ValidateConstraint
from advisor.rule import Finding, Related, Severity, prisma_migrations, project, rule

AUTHORS = "CREATE TABLE authors (id bigint PRIMARY KEY, name text, email text);"
BAD = [
    prisma_migrations(AUTHORS, "ALTER TABLE authors ALTER name SET NOT NULL;\nALTER TABLE authors ALTER email SET NOT NULL;"),
    project({"migrations/042.sql": "ALTER TABLE authors ADD COLUMN a int;\nALTER TABLE public.authors ADD COLUMN b int;"}),
]
GOOD = [
    prisma_migrations(AUTHORS, "ALTER TABLE authors ALTER name SET NOT NULL, ALTER email SET NOT NULL;"),
    project({"migrations/042.sql": "ALTER TABLE authors ADD COLUMN a int;\nALTER TABLE posts ADD COLUMN b int;"}),
    # RENAME stands alone
    project({"migrations/042.sql": "ALTER TABLE authors ADD COLUMN a int;\nALTER TABLE authors RENAME COLUMN a TO b;"}),
    project(
        {
            "migrations/042.sql": "ALTER TABLE authors ADD CONSTRAINT c CHECK (id > 0) NOT VALID;\n"
            "ALTER TABLE authors VALIDATE CONSTRAINT c;"
        }
    ),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def split_alter_table(migration: Migration) -> Iterator[Finding]:
    steps = (step for step in migration.operations if not isinstance(step, SetSetting))
    for table, run in groupby(steps, key=table_of):
        statements = list({step.location: step for step in run}.values()) if table else []
        if table and len(statements) > 1:
            first, *others = statements
            yield Finding(
                at=others[0].location,
                subject=f"{migration.name}: {table.qualified}",
                message=f"{len(statements)} ALTER TABLE statements in a row for {table} could be one, under one lock",
                related=(Related(first.location, "the first of them"),),
            )


def table_of(step: Operation) -> Name | None:
    """The table, of what may stand in one statement with others."""
    return step.table if isinstance(step, AlterTable) and not isinstance(step, (RenameColumn, ValidateConstraint)) else None
