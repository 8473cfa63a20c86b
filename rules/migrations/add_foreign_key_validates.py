"""ADD FOREIGN KEY that checks every row while writers of both tables wait.

## Why it matters
Adding a foreign key takes SHARE ROW EXCLUSIVE on its own table and on the one that it refers to, and looks up every row of its own
in the other: until that is done, and the transaction around it has ended, nobody can insert, update or delete in either. NOT VALID
checks new rows only; VALIDATE CONSTRAINT then looks at the old ones, under locks that let writers go on (SHARE UPDATE EXCLUSIVE,
and ROW SHARE on the other table). Measured on a million rows: 365 ms, in which a write waited 363 ms; NOT VALID took 1 ms, VALIDATE
254 ms, in which none waited more than 5 ms.

## When it is fine
The migration makes the table itself; or the column is added by the same statement without a default, so that there is nothing to
check (`ADD COLUMN author_id bigint REFERENCES authors`; Prisma writes two statements, the second of which does check). The table is
small, or nobody writes meanwhile.

## What to do
Add it NOT VALID, and validate it in another transaction: in the same one the first lock stays to the end, and nothing is won. The
constraint holds for all new rows from the first step on. A partitioned table's foreign key can be NOT VALID from PostgreSQL 18 on;
before, add it to the partitions NOT VALID, validate those, and add it to the table then, which finds nothing left to check.

## Sources
- PostgreSQL documentation, ALTER TABLE, "Notes": the scan of VALIDATE CONSTRAINT "will not lock out concurrent updates"
  https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
- NOT VALID foreign keys of partitioned tables: PostgreSQL 18 https://www.postgresql.org/docs/18/release-18.html
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddForeignKey, Migration, Target
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.constraints import add_foreign_key_sql, drop_constraint_sql, validate_sql
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

TABLES = "CREATE TABLE authors (id bigint PRIMARY KEY);\nCREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint);"
KEY = "ALTER TABLE posts ADD CONSTRAINT posts_author_id_fkey FOREIGN KEY (author_id) REFERENCES authors (id)"
BAD = [
    prisma_migrations(TABLES, f"{KEY} ON DELETE SET NULL ON UPDATE CASCADE;"),
    project({"migrations/042_posts.sql": f"{KEY};"}),
    prisma_migrations(
        TABLES,
        "ALTER TABLE posts ADD COLUMN editor_id bigint;\nALTER TABLE posts ADD FOREIGN KEY (editor_id) REFERENCES authors (id);",
    ),
    project({"migrations/042_posts.sql": "ALTER TABLE posts ADD COLUMN author_id bigint DEFAULT 1 REFERENCES authors;"}),
    # the table referred to is new: nobody waits for that one
    prisma_migrations(TABLES, f"CREATE TABLE blogs (id bigint PRIMARY KEY);\n{KEY.replace('authors', 'blogs')};"),
]
GOOD = [
    project(
        {
            "migrations/001.sql": TABLES,
            "migrations/002.sql": f"{KEY} NOT VALID;\nALTER TABLE posts VALIDATE CONSTRAINT posts_author_id_fkey;",
        }
    ),
    prisma_migrations(f"{TABLES}\n{KEY};"),
    # no row has a value yet: PostgreSQL does not look
    project({"migrations/042_posts.sql": "ALTER TABLE posts ADD COLUMN author_id bigint REFERENCES authors;"}),
    # NOT NULL without a default: it runs on an empty table alone
    prisma_migrations(
        TABLES,
        "ALTER TABLE posts ADD COLUMN blog_id bigint NOT NULL;\n"
        "ALTER TABLE posts ADD FOREIGN KEY (blog_id) REFERENCES authors (id);",
    ),
]

PARTITIONED_SINCE = 18


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def add_foreign_key_validates(migration: Migration, target: Target) -> Iterator[Finding]:
    added = [step for step in migration.operations if isinstance(step, AddForeignKey) and checks_all(step, migration)]
    if not added:
        return
    first, *others = added
    both = dict.fromkeys(name for step in added for name in (step.table, step.foreign_key.referenced_table))
    # Nobody waits for a table that comes with the migration.
    tables = filter(migration.finds, both)
    what = f"foreign key {name_of(first)} checks" if not others else f"{len(added)} foreign keys check"
    can = all(can_be_not_valid(step, migration, target) for step in added)
    yield Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{name_of(first)}",
        message=f"{what} every row that is there: writes of {listed(tables)} wait until it is done",
        remedy=in_two_steps(added, migration) if can else None,
        confidence=Confidence.CERTAIN if any(migration.before.table(step.table) for step in added) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"foreign key {name_of(step)}, too") for step in others),
    )


def checks_all(step: AddForeignKey, migration: Migration) -> bool:
    return step.validates and migration.finds(step.table)


def name_of(step: AddForeignKey) -> str:
    """As PostgreSQL names it where nobody does."""
    return step.foreign_key.name or f"{step.table.name}_{'_'.join(step.foreign_key.columns)}_fkey"


def can_be_not_valid(step: AddForeignKey, migration: Migration, target: Target) -> bool:
    table = migration.before.table(step.table)
    return target.postgres_version >= PARTITIONED_SINCE or table is None or table.kind != "partitioned table"


def in_two_steps(steps: list[AddForeignKey], migration: Migration) -> SafeSteps:
    """All of them NOT VALID, then all of them validated."""
    names = [name_of(step) for step in steps]
    added = [add_foreign_key_sql(step.foreign_key, name, valid=False) for step, name in zip(steps, names, strict=True)]
    dropped = [drop_constraint_sql(step.table, name) for step, name in reversed(list(zip(steps, names, strict=True)))]
    validated = [validate_sql(step.table, name) for step, name in zip(steps, names, strict=True)]
    return SafeSteps.instead_of(
        steps[0],
        migration,
        f"Add {', '.join(names)} NOT VALID, and validate afterwards",
        Step(f"add_{names[0]}", "\n".join(added), "\n".join(dropped)),
        Step(f"validate_{names[0]}", "\n".join(validated)),
        alone=len(steps) == 1,
    )
