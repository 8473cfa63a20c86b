"""A constraint added NOT VALID and validated in the same transaction.

## Why it matters
Adding it takes ACCESS EXCLUSIVE (a foreign key SHARE ROW EXCLUSIVE, on both tables), and a lock is held until the transaction
ends. VALIDATE alone would let readers and writers go on; in this transaction its whole scan runs under the strong lock, as if
NOT VALID had never been said.

## When it is fine
The migration makes the table itself: there is nothing to scan and nobody to wait.

## What to do
Validate in a migration of its own, so that the first one's lock is gone.

## Sources
- PostgreSQL documentation, ALTER TABLE, "Notes", on NOT VALID: "the validation step does not need to lock out concurrent
  updates" https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
- the measurement: benchmarks/migrations.py
"""

from collections.abc import Iterator

from advisor.model import AddCheck, AddForeignKey, Migration, Name, Operation, ValidateConstraint
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.migrations.constraints import (
    add_constraint_sql,
    add_foreign_key_sql,
    drop_constraint_sql,
    validate_sql,
)
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE TABLE posts (id bigint PRIMARY KEY, price numeric);"
ADD = "ALTER TABLE posts ADD CONSTRAINT posts_price CHECK (price > 0) NOT VALID;"
VALIDATE = "ALTER TABLE posts VALIDATE CONSTRAINT posts_price;"
BAD = [
    prisma_migrations(POSTS, f"BEGIN;\n{ADD}\n{VALIDATE}\nCOMMIT;"),
    prisma_migrations(
        f"{POSTS}\nCREATE TABLE notes (id bigint PRIMARY KEY, post_id bigint);",
        "ALTER TABLE notes ADD CONSTRAINT notes_post FOREIGN KEY (post_id) REFERENCES posts ON DELETE CASCADE NOT VALID;\n"
        "ALTER TABLE notes VALIDATE CONSTRAINT notes_post;",
    ),
    project({"migrations/00001_price.sql": f"-- +goose Up\n{ADD}\n{VALIDATE}\n-- +goose Down\n"}),
]
GOOD = [
    project({"schema.sql": POSTS, "migrations/042_price.sql": f"{ADD}\n{VALIDATE}"}),
    prisma_migrations(POSTS, f"BEGIN;\n{ADD.replace(' NOT VALID', '')}\n{VALIDATE}\nCOMMIT;"),
    prisma_migrations(POSTS, ADD, VALIDATE),
    prisma_migrations(f"BEGIN;\n{POSTS}\n{ADD}\n{VALIDATE}\nCOMMIT;"),
    prisma_migrations(POSTS, f"BEGIN;\n{ADD}\nCOMMIT;\n{VALIDATE}"),
]

Added = AddCheck | AddForeignKey


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def validate_in_same_transaction(migration: Migration) -> Iterator[Finding]:
    added: dict[tuple[Name, str | None], tuple[Added, int | None]] = {}
    for moment in migration.moments:
        step = moment.operation
        if isinstance(step, Added) and is_not_valid(step):
            added[step.table, name_of(step)] = (step, moment.transaction)
        if not isinstance(step, ValidateConstraint) or (step.table, step.name) not in added or not migration.finds(step.table):
            continue
        first, transaction = added[step.table, step.name]
        if moment.transaction is not None and transaction == moment.transaction:
            yield finding(first, step, migration)


def is_not_valid(step: Added) -> bool:
    return not (step.validated if isinstance(step, AddCheck) else step.foreign_key.validated)


def name_of(step: Added) -> str | None:
    return step.name if isinstance(step, AddCheck) else step.foreign_key.name


def finding(added: Added, step: ValidateConstraint, migration: Migration) -> Finding:
    stopped = "nobody writes to it" if isinstance(added, AddForeignKey) else "nobody reads or writes it"
    return Finding(
        at=step.location,
        subject=f"{migration.name}: {step.table.qualified}.{step.name}",
        message=f"{step.name} is validated under the lock that adding it took: {stopped} while all of {step.table} is read",
        remedy=in_two_migrations(added, step, migration),
        confidence=Confidence.CERTAIN if migration.before.table(step.table) else Confidence.LIKELY,
        related=(Related(added.location, f"{step.name} is added here, in the same transaction"),),
    )


def in_two_migrations(added: Added, step: Operation, migration: Migration) -> SafeSteps:
    name = name_of(added) or ""
    if isinstance(added, AddForeignKey):
        add = add_foreign_key_sql(added.foreign_key, name, valid=False)
    else:
        add = add_constraint_sql(added.table, name, f"CHECK ({added.expression})", valid=False)
    return SafeSteps.instead_of(
        step,
        migration,
        f"Validate {name} in a migration of its own",
        Step(f"add_{name}", add, drop_constraint_sql(added.table, name)),
        Step(f"validate_{name}", validate_sql(added.table, name)),
        alone=False,
    )
