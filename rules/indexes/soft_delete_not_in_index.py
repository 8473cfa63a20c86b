"""A unique index that deleted rows take part in.

## Why it matters
In a table whose rows are only marked as deleted, the address of a deleted user stays taken: nobody can sign up with it again.
Unique indexes of the live rows alone let it go.

## When it is fine
A name must never be given twice, not even after its first owner is gone: user names, invoice numbers. An index that holds the
primary key is left alone, since no row ever has another's. This rule is off unless it is selected.

## What to do
`CREATE UNIQUE INDEX .. WHERE deleted_at IS NULL`. A constraint cannot have a predicate: it becomes an index, to which no foreign
key can refer.

## Sources
- PostgreSQL documentation, "Partial Indexes", "Setting up a Partial Unique Index"
  https://www.postgresql.org/docs/current/indexes-partial.html#INDEXES-PARTIAL-EX3
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Column, Expression, Schema, Table
from advisor.remedies import ReplaceIndex
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

BAD = [
    sql("CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE, deleted_at timestamptz);"),
    prisma("""
        model User {
          id        Int       @id
          email     String    @unique
          deletedAt DateTime?
        }
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, email text, deleted_at timestamptz);
        CREATE UNIQUE INDEX users_email ON users (email) WHERE email <> '';
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE, deleted_at timestamptz);
        CREATE TABLE logins (id bigint PRIMARY KEY, email text REFERENCES users (email));  -- needs the constraint
    """),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, email text, deleted_at timestamptz);
        CREATE UNIQUE INDEX ON users (email) WHERE deleted_at IS NULL;
        CREATE TABLE tags (id bigint PRIMARY KEY, name text UNIQUE);
    """),
    sql("""
        CREATE TABLE users (
          id bigint PRIMARY KEY, email text, deleted_at timestamptz,
          UNIQUE NULLS NOT DISTINCT (email, deleted_at), UNIQUE (id, email)
        );
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def soft_delete_not_in_index(table: Table, schema: Schema) -> Iterator[Finding]:
    marks = [column for column in table.columns if marks_as_deleted(column)]
    for index in schema.own_indexes(table) if marks else ():
        read = {*index.columns, *(index.predicate.columns if index.predicate else ())}
        key = table.primary_key.columns if table.primary_key else ()
        if not index.unique or any(mark.name in read for mark in marks) or (key and set(key) <= set(index.columns)):
            continue
        live = Expression(f"{quote(marks[0].name)} IS NULL", (marks[0].name,))
        referred = index.constraint and any(
            key.referenced_table == table.name for other in schema.tables for key in other.foreign_keys
        )
        partial = replace(index, predicate=live, constraint=None)
        yield Finding(
            at=index.location,
            subject=f"{table.subject()}.{index}",
            message=f"{index} holds the values of deleted rows too: what a deleted one has stays taken",
            remedy=ReplaceIndex.of(index, partial, table) if index.predicate is None and not referred else None,
            confidence=Confidence.POSSIBLE,
        )


def marks_as_deleted(column: Column) -> bool:
    return column.words in (("deleted", "at"), ("deleted", "on")) and column.nullable
