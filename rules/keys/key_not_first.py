"""A primary key that does not stand first in its table.

## Why it matters
Who reads `\\d table`, `SELECT *` or the CREATE TABLE looks for the key at the top. It is a matter of reading alone: the order of
columns does nothing to an index.

## When it is fine
The order serves the alignment of wide rows, or the key came later: PostgreSQL only adds columns at the end. The rule is off
unless a project asks for it.

## What to do
Put the key first in the next CREATE TABLE. Nothing is worth moving a column of a table in use.

## Sources
- PostgreSQL wiki, "Alter column position" https://wiki.postgresql.org/wiki/Alter_column_position
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Index, Schema, Table
from advisor.rule import Finding, Severity, prisma, rule, sql

BAD = [
    sql("CREATE TABLE posts (title text, id bigint PRIMARY KEY);"),
    sql("CREATE TABLE follows (at timestamptz, a bigint, b bigint, PRIMARY KEY (a, b));"),
    prisma("""
        model Post {
          title String
          id    Int    @id
        }
    """),
    sql("\n".join(f"CREATE TABLE posts{letter} (title text, id bigint PRIMARY KEY);" for letter in "abcdefghijk")),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, title text);
        CREATE TABLE follows (a bigint, b bigint, at timestamptz, PRIMARY KEY (b, a));
        CREATE TABLE notes (body text);
        CREATE TABLE schema_migrations (at date, version text PRIMARY KEY);
        CREATE VIEW titles AS SELECT title, id FROM posts;
    """),
    prisma("""
        model Post {
          id    Int    @id
          title String
        }
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def key_not_first(schema: Schema) -> Iterator[Finding]:
    keyed = [(table, index) for table in schema.tables if table.complete and (index := table.primary_key)]
    own = [(table, index) for table, index in keyed if not (table.implicit or table.of_tool or schema.parents_of(table))]
    found = [(table, index) for table, index in own if not stands_first(index, table)]
    yield from each_or_all(
        [
            Finding(
                at=index.location,
                subject=table.subject(),
                message=f"the primary key of {table.model or table.name} does not stand first",
            )
            for table, index in found
        ],
        of=len(own),
        subject="keys that do not stand first",
        message=f"the primary keys of {len(found)} of {len(own)} tables do not stand first",
    )


def stands_first(index: Index, table: Table) -> bool:
    """Whether the first columns are those of the key, in whatever order."""
    return {column.name for column in table.columns[: len(index.columns)]} == set(index.columns)
