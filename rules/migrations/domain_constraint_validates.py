"""A constraint of a domain that is checked at once.

## Why it matters
ALTER DOMAIN ... ADD CONSTRAINT and SET NOT NULL read every table with a column of the domain, under SHARE: nobody writes to any of
them until the transaction ends. The statement names none of these tables.

ADD COLUMN of a domain that has a constraint writes the whole table anew under ACCESS EXCLUSIVE, even where the column has no
default and stays NULL: PostgreSQL tries the constraint on every row.

## When it is fine
The domain is new, or no table uses it yet. The migration makes the table that gets the column.

## What to do
Add it NOT VALID: new values are checked from then on. Validate in a migration of its own. VALIDATE CONSTRAINT takes the same
SHARE locks for its scan, but nothing else waits behind the first step, and it can be run when few write.

A new column: give it the domain's base type and a CHECK of its own, NOT VALID, and validate that in a migration of its own.

## Sources
- PostgreSQL documentation, ALTER DOMAIN: NOT VALID, VALIDATE CONSTRAINT https://www.postgresql.org/docs/current/sql-alterdomain.html
- `validateDomainCheckConstraint` in src/backend/commands/typecmds.c: ShareLock on each relation; traced in
  tests/model/migration/test_effects.py
- `ATExecAddColumn` in src/backend/commands/tablecmds.c: a column whose domain has constraints is worked out for every row; traced
  there, too
"""

from collections.abc import Iterator

from advisor.model import AddColumn, AlterType, CreateType, Migration, Name
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.sql import quote, quote_name
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Related, Severity, prisma_migrations, project, rule

POSTS = "CREATE DOMAIN email AS text;\nCREATE TABLE users (id bigint PRIMARY KEY, email email);"
CHECK = "ALTER DOMAIN email ADD CONSTRAINT at CHECK (VALUE LIKE '%@%')"
BAD = [
    prisma_migrations(POSTS, f"{CHECK};"),
    prisma_migrations(POSTS, "ALTER DOMAIN email SET NOT NULL;"),
    project({"migrations/042_email.sql": f"{CHECK};"}),
    prisma_migrations(
        f"{POSTS}\nCREATE DOMAIN age AS int;\nCREATE TABLE people (age age);",
        f"{CHECK};\nALTER DOMAIN age SET NOT NULL;\nALTER DOMAIN age ADD CHECK (VALUE > 0);",
    ),
    prisma_migrations(
        f"{POSTS}\n{CHECK};\nCREATE TABLE posts (id bigint PRIMARY KEY);",
        "ALTER TABLE posts ADD COLUMN sender email;\nALTER TABLE posts ADD COLUMN copy email DEFAULT 'a@b';\n"
        "ALTER TABLE users ADD COLUMN second email;",
    ),
]
GOOD = [
    prisma_migrations(POSTS, f"{CHECK} NOT VALID;", "ALTER DOMAIN email VALIDATE CONSTRAINT at;"),
    prisma_migrations(f"{POSTS}\n{CHECK};"),
    # one without a constraint costs nothing; what is made here neither
    prisma_migrations(POSTS, "ALTER TABLE users ADD COLUMN second email;\nALTER DOMAIN email DROP NOT NULL;"),
    prisma_migrations(
        f"{POSTS}\n{CHECK};", "CREATE TABLE a (x int);\nALTER TABLE a ADD e email, ADD f email DEFAULT 'a@' || random();"
    ),
    # the default has the table written anew at any rate: add-column-volatile-default says so
    prisma_migrations(f"{POSTS}\n{CHECK};", "ALTER TABLE users ADD e email DEFAULT 'a@' || random();"),
    # no table uses it
    prisma_migrations("CREATE DOMAIN email AS text;\nCREATE TABLE users (id bigint PRIMARY KEY);", f"{CHECK};"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def domain_constraint_validates(migration: Migration) -> Iterator[Finding]:
    changed = [step for step in migration.operations if isinstance(step, AlterType) and checks_at_once(step, migration)]
    if changed:
        yield changed_domains(changed, migration)
    added = [step for step in migration.operations if isinstance(step, AddColumn) and is_written_anew(step, migration)]
    if added:
        yield new_columns(added, migration)


def changed_domains(steps: list[AlterType], migration: Migration) -> Finding:
    first, *others = steps
    users = dict.fromkeys(table for step in steps for table in users_of(step, migration))
    names = listed(dict.fromkeys(step.name for step in steps))
    return Finding(
        at=first.location,
        subject=f"{migration.name}: {first.name.qualified}",
        message=f"the new rule{'s' * bool(others)} of domain {names} {'are' if others else 'is'} checked in"
        f" {listed(users) or 'every table that has a column of it'}: nobody writes there until that is done",
        remedy=in_two_steps(first, migration) if not others else None,
        confidence=Confidence.CERTAIN if users else Confidence.LIKELY,
        related=tuple(Related(step.location, f"domain {step.name}, too") for step in others),
    )


def new_columns(steps: list[AddColumn], migration: Migration) -> Finding:
    first, *others = steps
    tables = dict.fromkeys(step.table for step in steps)
    domains = listed(dict.fromkeys(step.type for step in steps))
    return Finding(
        at=first.location,
        subject=f"{migration.name}: {first.table.qualified}.{first.column}",
        message=f"{listed([f'{step.table}.{step.column}' for step in steps])} must keep the rule of domain {domains}:"
        f" all of {listed(tables)} is written anew, and nobody reads or writes {'them' if len(tables) > 1 else 'it'} meanwhile",
        confidence=Confidence.CERTAIN if any(map(migration.before.table, tables)) else Confidence.LIKELY,
        related=tuple(Related(step.location, f"{step.table}.{step.column}, too") for step in others),
    )


def checks_at_once(step: AlterType, migration: Migration) -> bool:
    if step.kind != "domain" or not step.validates or step.action == "validate constraint" or is_made_here(step, migration):
        return False
    known = any(domain.name == step.name for domain in migration.before.domains)
    return bool(users_of(step, migration)) or (not known and step.action == "add constraint")


def users_of(step: AlterType, migration: Migration) -> list[Name]:
    return [table for table in step.users if migration.finds(table)]


def is_written_anew(step: AddColumn, migration: Migration) -> bool:
    """Whether it is the domain alone that has the table written anew; defaults have rules of their own."""
    return step.constrained_domain and not (step.rewrites or step.already_there) and migration.finds(step.table)


def is_made_here(step: AlterType, migration: Migration) -> bool:
    return any(isinstance(other, CreateType) and other.name == step.name for other in migration.operations)


def in_two_steps(step: AlterType, migration: Migration) -> SafeSteps | None:
    """None for SET NOT NULL, which knows no NOT VALID."""
    if step.expression is None:
        return None
    name = step.constraint or f"{step.name.name}_check"
    alter = f"ALTER DOMAIN {quote_name(step.name)}"
    return SafeSteps.instead_of(
        step,
        migration,
        f"Add {name} NOT VALID, and validate afterwards",
        Step(f"add_{name}", f"{alter} ADD CONSTRAINT {quote(name)} CHECK ({step.expression}) NOT VALID;",
             f"{alter} DROP CONSTRAINT {quote(name)};"),
        Step(f"validate_{name}", f"{alter} VALIDATE CONSTRAINT {quote(name)};"),
    )  # fmt: skip
