"""A default that is the word NULL, not NULL.

## Why it matters
`DEFAULT 'NULL'` fills in a text of four letters. `IS NULL` does not find such rows, `count(column)` counts them, `coalesce` does
not pass over them, and the page shows "NULL". NOT NULL lets them through.

It comes from dumps of other databases, generators that put quotes around every default, and `@default("NULL")`.

## When it is fine
The word is a value of its own: an enum's, or a column that holds code. `'null'` of type json or jsonb is JSON's null.

## What to do
Drop the default: without one, a row gets NULL. Then set the rows that have the word to NULL, in batches.

## Sources
- PostgreSQL documentation, "Default Values": "If no default value is declared explicitly, the default value is the null value"
  https://www.postgresql.org/docs/current/ddl-default.html
"""

import re
from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Column, Database, Table
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

TEXTS = frozenset({"text", "character varying", "character", "citext", "bpchar"})
WORD = re.compile(r"('\s*\(?null\)?\s*')(?:::[\w\s().]+)?", re.IGNORECASE)

BAD = [
    sql("CREATE TABLE users (id bigint PRIMARY KEY, phone text DEFAULT 'NULL', fax varchar(20) NOT NULL DEFAULT 'null');"),
    sql("CREATE TABLE users (id bigint PRIMARY KEY, phone character varying DEFAULT 'NULL'::character varying);"),
    sql("""
        CREATE EXTENSION citext;
        CREATE TABLE users (a text DEFAULT 'NULL', b citext DEFAULT '(NULL)', c char(4) DEFAULT 'NULL', d text DEFAULT 'null');
        CREATE TABLE teams (a text DEFAULT 'NULL', b text DEFAULT 'none', c text[] DEFAULT '{NULL}', d text);
    """),
    prisma("""
        model User {
          id    Int     @id
          phone String? @default("NULL")
        }
    """),
    project({"migrations/009_phone.sql": "ALTER TABLE users ADD COLUMN phone text DEFAULT 'NULL';"}),
]
GOOD = [
    sql("""
        CREATE TYPE answer AS ENUM ('YES', 'NO', 'NULL');
        CREATE TABLE t (
            id bigint PRIMARY KEY, a text DEFAULT NULL, b text DEFAULT NULL::text, c jsonb DEFAULT 'null', d answer DEFAULT 'NULL',
            e text DEFAULT 'nullable', f text DEFAULT ''
        );
    """),
    prisma("""
        model User {
          id   Int     @id
          name String? @default("none")
          data Json    @default("null")
        }
    """),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def null_as_string_default(database: Database) -> Iterator[Finding]:
    texts = [(table, column) for table, column in database.columns() if column.base_type in TEXTS and not column.is_array]
    defaults = [(table, column, column.default.text) for table, column in texts if column.default]
    found = [(table, column, WORD.sub(r"\1", text)) for table, column, text in defaults if WORD.fullmatch(text)]
    yield from each_or_all(
        [finding(table, column, text) for table, column, text in found],
        of=len(defaults),
        subject="the word NULL as a default",
        message=f"{len(found)} columns have the word NULL for a default, a text of four letters",
    )


def finding(table: Table, column: Column, text: str) -> Finding:
    place = f"ALTER TABLE {quote_name(table.name)} ALTER COLUMN {quote(column.name)}"
    mend = f"-- Then set the rows of {table.name} to NULL whose {column.name} is {text}, in batches."
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"the default of {table.name}.{column.name} is the text {text}, not NULL: such rows do not count as empty",
        remedy=RunSql(
            f"Drop the default of {table.name}.{column.name}",
            f"{place} DROP DEFAULT;" + (f"\n{mend}" if column.nullable else ""),
            f"{place} SET DEFAULT {text};",
        ),
        confidence=Confidence.LIKELY,
    )
