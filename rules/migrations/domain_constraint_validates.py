"""A constraint on a domain that is checked at once.

## Why it matters
ALTER DOMAIN ... ADD CONSTRAINT and SET NOT NULL read every table with a column of the domain, under SHARE: nobody writes to any of
them until the transaction ends. The statement names none of these tables.

## When it is fine
The domain is new, or no table uses it yet.

## What to do
Add it NOT VALID: new values are checked from then on. Validate in a migration of its own. VALIDATE CONSTRAINT takes the same
SHARE locks for its scan, but nothing else waits behind the first step, and it can be run when few write.

## Sources
- PostgreSQL documentation, ALTER DOMAIN: NOT VALID, VALIDATE CONSTRAINT https://www.postgresql.org/docs/current/sql-alterdomain.html
- `validateDomainCheckConstraint` in src/backend/commands/typecmds.c: ShareLock on each relation; traced in
  tests/model/migration/test_effects.py
"""

from collections.abc import Iterator

from advisor.model import AlterType, CreateType, Migration
from advisor.remedies.migrations import SafeSteps, Step
from advisor.remedies.sql import quote, quote_name
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Severity, prisma_migrations, project, rule

POSTS = "CREATE DOMAIN email AS text;\nCREATE TABLE users (id bigint PRIMARY KEY, email email);"
CHECK = "ALTER DOMAIN email ADD CONSTRAINT at CHECK (VALUE LIKE '%@%')"
BAD = [
    prisma_migrations(POSTS, f"{CHECK};"),
    prisma_migrations(POSTS, "ALTER DOMAIN email SET NOT NULL;"),
    project({"migrations/042_email.sql": f"{CHECK};"}),
]
GOOD = [
    prisma_migrations(POSTS, f"{CHECK} NOT VALID;", "ALTER DOMAIN email VALIDATE CONSTRAINT at;"),
    prisma_migrations(f"{POSTS}\n{CHECK};"),
    # no table uses it
    prisma_migrations("CREATE DOMAIN email AS text;\nCREATE TABLE users (id bigint PRIMARY KEY);", f"{CHECK};"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def domain_constraint_validates(step: AlterType, migration: Migration) -> Iterator[Finding]:
    if step.kind != "domain" or not step.validates or step.action == "validate constraint" or is_made_here(step, migration):
        return
    users = [table for table in step.users if migration.finds(table)]
    known = any(domain.name == step.name for domain in migration.before.domains)
    if not users and (known or step.action != "add constraint"):
        return
    tables = listed(dict.fromkeys(users)) if users else "every table that has a column of it"
    yield Finding(
        at=step.location,
        subject=f"{migration.name}: {step.name.qualified}",
        message=f"the new rule of domain {step.name} is checked in {tables}: nobody writes there until that is done",
        remedy=in_two_steps(step, migration),
        confidence=Confidence.CERTAIN if users else Confidence.LIKELY,
    )


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
