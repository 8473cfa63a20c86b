"""A boolean that may be NULL, and so has three states.

## Why it matters
`WHERE NOT active` and `WHERE active = false` do not find the rows that are NULL; `a AND b` is then neither
true nor false; TypeScript gets `boolean | null`, and `if (!user.active)` takes NULL for false where SQL does not. Which of the
three a row without an answer is in, each query decides anew.

## When it is fine
The third state means something: not asked, not answered, not checked yet, as the team has it. With a default, somebody knew what a
new row is to be, and NULL is what nobody meant. Without one the finding is only possible, more than a few of these are told once,
and nothing is said of a column whose name speaks of an answer that is still to come (approved, success, consent).

## What to do
Set what is NULL to the default, then NOT NULL. A CHECK that is validated first spares the scan under ACCESS EXCLUSIVE. Where the
third state is meant: an enum that names it. Prisma: `Boolean @default(false)` instead of `Boolean? @default(false)`.

## Sources
- PostgreSQL documentation, "Boolean Type": "a third state, 'unknown', which is represented by the SQL null value"
  https://www.postgresql.org/docs/current/datatype-boolean.html; "Logical Operators"
  https://www.postgresql.org/docs/current/functions-logical.html
- ALTER TABLE, SET NOT NULL: "if a valid CHECK constraint is found which proves no NULL can exist, then the table scan is skipped"
  https://www.postgresql.org/docs/current/sql-altertable.html
"""

from collections.abc import Iterator

from advisor.model import Column, Database, Table
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name, with_suffix
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

from ._alike import unsure_once

ANSWERS = frozenset(
    """answer answered approve approved accept accepted agree agreed consent consented confirm confirmed allow allowed success
    succeeded successful passed failed won correct valid matched match result outcome vote liked helpful override""".split()
)
"""Words of what is true, false, or not yet known."""
COST = "neither WHERE x nor WHERE NOT x finds such rows"
UNSURE = (Confidence.POSSIBLE, "have no default and may be NULL")

BAD = [
    sql("CREATE TABLE users (id bigint PRIMARY KEY, active boolean DEFAULT true);"),
    prisma("""
        model User {
          id     Int      @id
          banned Boolean? @default(false)
        }
    """),
    sql("""
        CREATE TABLE "userAccount" (id bigint PRIMARY KEY, "isAdmin" boolean DEFAULT false, verified boolean NOT NULL);
    """),
    sql("CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, is_admin boolean);"),
    sql("""
        CREATE TABLE settings (
            id bigint PRIMARY KEY, sound boolean, dark boolean, wide boolean, beta boolean,
            a bool DEFAULT true, b bool DEFAULT true, c bool DEFAULT true, d bool DEFAULT true, e bool DEFAULT true
        );
    """),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, active boolean NOT NULL DEFAULT true, approved boolean);
        CREATE VIEW active AS SELECT id, active FROM users;
    """),
    prisma("""
        model User {
          id        Int       @id
          banned    Boolean   @default(false)
          flags     Boolean[] @default([])
          consented Boolean?
        }
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, active boolean DEFAULT true CHECK (active IS NOT NULL));
        ALTER TABLE users ALTER COLUMN active SET NOT NULL;
    """),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def nullable_boolean(database: Database) -> Iterator[Finding]:
    booleans = [(table, column) for table, column in database.columns() if column.type == "boolean" and column.generated is None]
    # Of a table that the input never creates, an earlier migration may have set the column NOT NULL, or a later one.
    known = [(table, column) for table, column in booleans if column.nullable and table.complete and not is_checked(table, column)]
    unmeant = [(table, column) for table, column in known if column.has_default]
    without = [(table, column) for table, column in known if not column.has_default and ANSWERS.isdisjoint(column.words)]
    for found, confidence, what in ((unmeant, Confidence.CERTAIN, "may be NULL beside their default"), (without, *UNSURE)):
        yield from unsure_once(
            [finding(table, column, confidence) for table, column in found],
            of=len(booleans),
            subject=f"booleans that {what}",
            message=lambda number, what=what: f"{number} of {len(booleans)} booleans {what}: {COST}",  # type: ignore[misc]
        )


def is_checked(table: Table, column: Column) -> bool:
    """Whether a CHECK keeps NULL out, as the last step before NOT NULL does."""
    wanted = f"{quote(column.name)} IS NOT NULL"
    return any(wanted in check.expression.text for check in table.checks)


def finding(table: Table, column: Column, confidence: Confidence) -> Finding:
    default = column.default.text if column.default and column.has_default else None
    beside = f" beside its default {default}" if default else ""
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} may be NULL{beside}: {COST}",
        remedy=required(table, column, default) if default in ("true", "false") else None,
        confidence=confidence,
    )


def required(table: Table, column: Column, default: str) -> RunSql:
    alter, name = f"ALTER TABLE {quote_name(table.name)}", quote(column.name)
    check = quote(with_suffix(f"{table.name.name}_{column.name}", "_check"))
    locks = "-- Locks the rows that it writes until it is done: on a large table, in batches by key.\n"
    fill = f"{locks}UPDATE {quote_name(table.name)} SET {name} = {default} WHERE {name} IS NULL;\n"  # noqa: S608 - to paste
    return RunSql(
        f"Make {table.name}.{column.name} NOT NULL",
        f"{fill}{alter} ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) NOT VALID;\n"
        f"{alter} VALIDATE CONSTRAINT {check};\n"
        f"{alter} ALTER COLUMN {name} SET NOT NULL;\n"
        f"{alter} DROP CONSTRAINT {check};",
        f"{alter} ALTER COLUMN {name} DROP NOT NULL;",
    )
