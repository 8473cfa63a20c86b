"""ADD CHECK that reads every row while nobody can use the table.

## Why it matters
Adding a CHECK takes ACCESS EXCLUSIVE and reads the whole table: until that is done, and the transaction around it has ended,
nobody reads or writes it. NOT VALID checks new rows only; VALIDATE CONSTRAINT then looks at the old ones under SHARE UPDATE
EXCLUSIVE, with which readers and writers go on. Measured on a million rows: 122 ms, in which a write waited 121 ms; NOT VALID
took less than 1 ms, VALIDATE 77 ms, in which none waited more than 3 ms.

## When it is fine
The migration makes the table itself. The table is small, or nobody uses it meanwhile.

## What to do
Add it NOT VALID, and validate it in another transaction: in the same one the first lock stays to the end, and nothing is won.

## Sources
- PostgreSQL documentation, ALTER TABLE, "Notes": the scan of VALIDATE CONSTRAINT "will not lock out concurrent updates"
  https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddCheck, AddColumn, Migration
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.constraints import add_constraint_sql, drop_constraint_sql, validate_sql
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, price numeric);"
CHECK = "ALTER TABLE posts ADD CONSTRAINT posts_price CHECK (price > 0)"
BAD = [
    prisma_migrations(POSTS, f"{CHECK};"),
    project({"migrations/042_price.sql": f"{CHECK};"}),
    prisma_migrations(POSTS, "ALTER TABLE posts ADD CHECK (price > 0), ADD CHECK (price < 1000);"),
    project({"migrations/042_rate.sql": "ALTER TABLE posts ADD COLUMN rate numeric DEFAULT 1 CHECK (rate > 0);"}),
]
GOOD = [
    prisma_migrations(POSTS, f"{CHECK} NOT VALID;", "ALTER TABLE posts VALIDATE CONSTRAINT posts_price;"),
    prisma_migrations(f"{POSTS}\n{CHECK};"),
    # not enforced: nothing is checked
    prisma_migrations(POSTS, f"{CHECK} NOT ENFORCED;"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def add_check_validates(migration: Migration) -> Iterator[Finding]:
    added = [step for step in migration.operations if isinstance(step, AddCheck) and reads_all(step, migration)]
    if not added:
        return
    first, *others = added
    tables = dict.fromkeys(step.table for step in added)
    what = f"check {first.name or f'({first.expression})'} is" if not others else f"{len(added)} checks are"
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.name or first.expression}",
        message=f"{what} tried on every row: nobody reads or writes {listed(tables)} until that is done",
        remedy=in_two_steps(added, migration),
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"check {step.name or step.expression}, too") for step in others),
    )


def reads_all(step: AddCheck, migration: Migration) -> bool:
    return step.validated and step.enforced and migration.finds(step.table)


def in_two_steps(steps: list[AddCheck], migration: Migration) -> SafeSteps | None:
    """All of them NOT VALID, then all of them validated. What stands beside a new column is left to people."""
    if any(isinstance(step, AddColumn) and step.table == steps[0].table for step in migration.operations) and steps[0].column:
        return None
    named = [(step, step.name or f"{step.table.name}_{step.column or 'new'}_check") for step in steps]
    added = [add_constraint_sql(step.table, name, f"CHECK ({step.expression})", valid=False) for step, name in named]
    dropped = [drop_constraint_sql(step.table, name) for step, name in reversed(named)]
    validated = [validate_sql(step.table, name) for step, name in named]
    names = ", ".join(name for _, name in named)
    return SafeSteps.instead_of(
        steps[0],
        migration,
        f"Add {names} NOT VALID, and validate afterwards",
        Step(f"add_{named[0][1]}", "\n".join(added), "\n".join(dropped)),
        Step(f"validate_{named[0][1]}", "\n".join(validated)),
        alone=len(steps) == 1,
    )
