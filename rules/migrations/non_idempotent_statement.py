"""A statement without IF [NOT] EXISTS where the migration runs outside a transaction.

## Why it matters
What runs outside a transaction is not taken back when a later statement fails: the migration stops half way, and fails at its
first statement when it is run again.

## When it is fine
The migration is a single statement, or the whole of it runs in a transaction: then this rule is silent. IF NOT EXISTS has a
price: it takes what is there for what is wanted, an INVALID index too. That is why this rule is off unless a project asks for it.

## What to do
Add IF NOT EXISTS or IF EXISTS; before ADD CONSTRAINT, which has none, `DROP CONSTRAINT IF EXISTS`. Or give each statement a
migration of its own.

## Sources
- PostgreSQL documentation, ALTER TABLE, "IF NOT EXISTS" https://www.postgresql.org/docs/current/sql-altertable.html; CREATE
  INDEX, "IF NOT EXISTS" https://www.postgresql.org/docs/current/sql-createindex.html
"""

from collections.abc import Iterator

from advisor.model import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    CreateIndex,
    CreateTable,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropTable,
    DropType,
    Migration,
    Operation,
)
from advisor.rule import Finding, Severity, project, rule

BAD = [
    project({"migrations/042.sql": "CREATE INDEX CONCURRENTLY posts_slug ON posts (slug);\nSELECT 1;"}),
    project({"migrations/042.sql": "ALTER TABLE posts ADD COLUMN a int;\nALTER TABLE posts ADD COLUMN IF NOT EXISTS b int;"}),
    project({"migrations/042.sql": "DROP TABLE drafts;\nDROP TYPE IF EXISTS mood;"}),
    project(
        {
            "migrations/042.sql": "ALTER TABLE posts ADD CONSTRAINT posts_user FOREIGN KEY (user_id) REFERENCES users;\n"
            "ALTER TABLE posts ADD CONSTRAINT posts_n CHECK (n > 0);\nDROP INDEX posts_slug;\nDROP TYPE mood;\n"
            "ALTER TABLE posts DROP CONSTRAINT IF EXISTS k;\nALTER TABLE posts ADD CONSTRAINT k UNIQUE (n);"
        }
    ),
]
GOOD = [
    project({"migrations/042.sql": "CREATE INDEX ON posts (slug);\nALTER TABLE posts ADD CHECK (n > 0), ADD UNIQUE (n);"}),
    project(
        {
            "migrations/042.sql": "ALTER TABLE posts DROP CONSTRAINT IF EXISTS posts_user;\n"
            "ALTER TABLE posts ADD CONSTRAINT posts_user FOREIGN KEY (user_id) REFERENCES users;"
        }
    ),
    project({"migrations/042.sql": "CREATE INDEX CONCURRENTLY posts_slug ON posts (slug);"}),
    project({"migrations/042.sql": "CREATE INDEX CONCURRENTLY IF NOT EXISTS posts_slug ON posts (slug);\nSELECT 1;"}),
    project({"migrations/042.sql": "BEGIN;\nALTER TABLE posts ADD COLUMN a int;\nDROP TABLE drafts;\nCOMMIT;"}),
    project(
        {
            "migrations/042.sql": "ALTER TABLE posts DROP CONSTRAINT IF EXISTS k;\n"
            "ALTER TABLE posts ADD CONSTRAINT k UNIQUE USING INDEX posts_slug;"
        }
    ),
]

GUARDED = (CreateTable, CreateIndex, DropTable, DropIndex, DropType, AddColumn, DropColumn, DropConstraint)
CONSTRAINTS = (AddCheck, AddForeignKey, AddPrimaryKey, AddUnique)


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def non_idempotent_statement(migration: Migration) -> Iterator[Finding]:
    if migration.is_one_statement:
        return
    gone: set[str | None] = set()
    for moment in migration.moments:
        step = moment.operation
        name = name_of(step)
        if isinstance(step, DropConstraint) and step.guarded:
            gone.add(step.name)
        outside = moment.transaction is None or getattr(step, "concurrently", False)
        if not outside or not fails_again(step, name, gone):
            continue
        yield Finding(
            at=step.location,
            subject=f"{migration.name}: {name}",
            message=f"{name} has no IF [NOT] EXISTS and no transaction around it: what stops half way cannot be run again",
        )


def fails_again(step: Operation, name: str, gone: set[str | None]) -> bool:
    if isinstance(step, CONSTRAINTS):
        known = name in gone
        gone.discard(name)
        return bool(name) and not known
    # An index without a name gets another one the second time.
    unnamed = isinstance(step, CreateIndex) and step.index.name_is_default
    return isinstance(step, GUARDED) and not step.guarded and not unnamed


def name_of(step: Operation) -> str:
    match step:
        case AddForeignKey():
            return step.foreign_key.name or ""
        case AddColumn() | DropColumn():
            return f"{step.table}.{step.column}"
        case CreateIndex():
            return str(step.index)
        case CreateTable() | DropTable():
            return str(step.table)
    return str(getattr(step, "name", None) or "")
