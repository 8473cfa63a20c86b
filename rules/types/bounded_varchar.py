"""A varchar(n) where text would do.

## Why it matters
`varchar(n)` and `text` are kept alike, take the same room and are equally fast. All that the length does is refuse longer values,
and mostly it is a guess: 255 comes from other databases. Another limit is another type: a longer one is a change of the catalog,
but views over the column must be dropped first; a shorter one writes the whole table anew while nobody can read it.

## When it is fine
The limit is a rule of the thing: a standard's code, a field of a file or a message, a client's own limit. Then some prefer the
type, as the limit shows in it and needs no name.

## What to do
`text`; where there must be a limit, a CHECK on `char_length`, which can be changed without touching the type, and added NOT VALID
and validated while others write. Changing varchar(n) to text touches no row and no index; varchar(n)[] to text[] writes the table
anew. Views over the column must be made anew.

## Sources
- PostgreSQL documentation, "Character Types": "There is no performance difference among these three types"
  https://www.postgresql.org/docs/current/datatype-character.html
- PostgreSQL wiki, "Don't use varchar(n) by default"
  https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_varchar.28n.29_by_default
- tried on PostgreSQL 18: the files of a table and of its index stay the same from varchar(20) to varchar(40) and to text,
  those of a table with varchar(9)[] are others after the change to text[]
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.habits import each_or_all
from advisor.model import Column, Database, Schema, Table
from advisor.remedies import ChangeColumnType, ChangeColumnTypes
from advisor.rule import Finding, Severity, prisma, project, rule, sql

TEXTS = frozenset({"text", "character varying", "citext"})

BAD = [
    sql("CREATE TABLE users (id bigint PRIMARY KEY, nick varchar(255) NOT NULL, tags varchar(20)[]);"),
    prisma("""
        model User {
          id   Int    @id
          nick String @db.VarChar(255)
        }
    """),
    project({"migrations/002.sql": "ALTER TABLE users ADD COLUMN bio character varying(1000);"}),
    sql("CREATE TABLE t (id int, a varchar(9), b varchar(9)[], c varchar(7), d varchar(2), e varchar(1), f text);"),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, nick text CHECK (char_length(nick) <= 40), bio varchar, code char(2));
        CREATE VIEW cards AS SELECT nick::varchar(20) AS nick FROM users;
    """),
    prisma("""
        model User {
          id   Int    @id
          nick String
        }
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def bounded_varchar(database: Database) -> Iterator[Finding]:
    texts = [(table, column) for table, column in database.columns() if column.base_type in TEXTS]
    bounded = [(table, column) for table, column in texts if column.base_type == "character varying" and column.modifiers]
    changes = [change(table, column, database.schema) for table, column in bounded]
    yield from each_or_all(
        [finding(table, column, how) for (table, column), how in zip(bounded, changes, strict=True)],
        of=len(texts),
        subject="varchar(n) throughout",
        message=f"{len(bounded)} of {len(texts)} texts are varchar(n): another limit is another type",
        remedy=ChangeColumnTypes("Make the varchar(n) columns text", tuple(how for how in changes if how)),
    )


def finding(table: Table, column: Column, how: ChangeColumnType | None) -> Finding:
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} is {column.type}: text takes no more room, and a CHECK is easier to change",
        remedy=how,
    )


def change(table: Table, column: Column, schema: Schema) -> ChangeColumnType | None:
    how = ChangeColumnType.of(table, column, "text[]" if column.is_array else "text", schema)
    return replace(how, rewrites=column.is_array) if how else None
