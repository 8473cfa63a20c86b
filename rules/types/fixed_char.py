"""A column of type char(n).

## Why it matters
PostgreSQL fills what is shorter up with blanks, stores the blanks, and takes them for nothing again when it compares: `'ab'` equals
`'ab '`, `LIKE 'ab'` does not match what looks like `ab`, `length()` leaves them out and `octet_length()` counts them, and an empty
string becomes blanks. A comparison with a `text` is one of texts, for which no index on the column serves: measured on a million
rows of char(10), 69 ms with a parameter of type text, 0.2 ms with one of no declared type. No time or room is saved in return:
`char(10)` holding six characters takes 11 bytes, `text` takes 7.

`char` alone means `char(1)`. `bpchar` without a length pads nothing but ignores blanks at the end just so. `"char"`, in quotes, is
another type, of one byte, for PostgreSQL's own catalogs.

## When it is fine
Every value has the full length and always will: ISO codes of countries and currencies, hashes. Then nothing is padded, but nothing
is won either, and a value that is too short is still taken. Such columns, by their names, are only possible findings, and so are
those of one letter and those with a CHECK.

## What to do
`varchar(n)`, or `text` with a CHECK on the length, which also refuses what is too short. The cast drops the padding; from then on
blanks at the end count. A char(36) that holds UUIDs: `uuid` takes 16 bytes and refuses what is none.

## Sources
- PostgreSQL documentation, "Character Types": "In most situations text or character varying should be used instead"
  https://www.postgresql.org/docs/current/datatype-character.html
- PostgreSQL wiki, "Don't use char(n)" https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_char.28n.29
- the measurement: benchmarks/column_types.py
"""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from advisor.habits import each_or_all
from advisor.model import Column, Database, Name, Schema, Table
from advisor.model.schema import words_of
from advisor.remedies import ChangeColumnType, ChangeColumnTypes
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

PADDED = frozenset({"character", "bpchar"})
TEXTS = PADDED | {"text", "character varying", "citext"}
CODES = frozenset(
    """country countries currency currencies language languages lang locale locales iso iso2 iso3 alpha2 alpha3 hash digest checksum
    sha sha1 sha256 sha512 md5 md fingerprint""".split()
)
"""Words of the names of columns whose values all have one length, and of tables that have a column `code`."""

UUIDS = frozenset({"id", "uuid", "guid"})
ONLY_UUIDS = "Refused where a value is no UUID."
PADDING = "The padding is dropped. From then on blanks at the end of a value count."

Place = tuple[Name, str]

BAD = [
    sql("CREATE TABLE users (id bigint PRIMARY KEY, nick char(20) NOT NULL, sex char, tags character(3)[]);"),
    sql("CREATE TABLE users (id bigint PRIMARY KEY, nick bpchar);"),
    sql("""
        CREATE TABLE countries (id bigint PRIMARY KEY, code char(2), name char(40));
        CREATE TABLE rooms (id bigint PRIMARY KEY, code char(4), flag char(1));
    """),
    sql("CREATE TABLE artists (id int CHECK (id > 0), isni char(16) CHECK (isni ~ '^[0-9]{15}[0-9X]$'), sign char(8));"),
    sql("CREATE TABLE sessions (id char(36) PRIMARY KEY, at timestamptz, uuid char(32), label char(36));"),
    sql("CREATE TABLE posts (uuid char(36) GENERATED ALWAYS AS (upper(id)) STORED, id char(36), user_id char(36));"),
    prisma("""
        model User {
          id   Int    @id
          nick String @db.Char(20)
        }
    """),
    project({"migrations/004.sql": "ALTER TABLE users ADD COLUMN plan char(10) DEFAULT 'free';"}),
    sql("CREATE TABLE t (id bigint PRIMARY KEY, a char(2), b char(3), c char(4), d char(5), e char(6)[], f text, g varchar);"),
]
GOOD = [
    sql("""CREATE TABLE users (id bigint PRIMARY KEY, nick varchar(20), bio text, kind "char");"""),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, nick varchar(20));
        CREATE VIEW cards AS SELECT nick::char(20) AS nick FROM users;
    """),
    prisma("""
        model User {
          id   Int    @id
          nick String @db.VarChar(20)
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def fixed_char(database: Database) -> Iterator[Finding]:
    texts = [(table, column) for table, column in database.columns() if column.base_type in TEXTS]
    padded = [(table, column) for table, column in texts if column.base_type in PADDED]
    tied = columns_in_foreign_keys(database.schema)
    changes = [change(table, column, tied, database.schema) for table, column in padded]
    yield from each_or_all(
        [
            Finding(
                at=column.location,
                subject=table.subject(column.name),
                message=f"{table.name}.{column.name} is {column.type}: {cost(column)}",
                remedy=how,
                confidence=Confidence.POSSIBLE if is_full(table, column) else Confidence.LIKELY,
            )
            for (table, column), how in zip(padded, changes, strict=True)
        ],
        of=len(texts),
        subject="character throughout",
        message=f"{len(padded)} columns are of type char(n): shorter values are padded with blanks, which comparisons leave out",
        remedy=ChangeColumnTypes("Make the char(n) columns varchar(n)", tuple(how for how in changes if how)),
    )


def is_full(table: Table, column: Column) -> bool:
    """Whether its values have the full length, as codes have and single letters, and what a CHECK is for."""
    checked = any(check.expression.columns == (column.name,) for check in table.checks)
    words = (*column.words, *words_of(table.name.name)) if column.words == ("code",) else column.words
    return checked or column.modifiers == (1,) or not CODES.isdisjoint(words)


def cost(column: Column) -> str:
    if not column.modifiers:
        return "blanks at the end count for nothing when it is compared"
    (length,) = column.modifiers
    if length == 36 and may_hold_uuids(column):
        return "a UUID takes 37 bytes in it, and 16 in a column of type uuid, which takes nothing else"
    padded = f"shorter values are padded to {length} characters" if length > 1 else "an empty value becomes a blank"
    return f"{padded}, and comparisons with text use no index on it"


def may_hold_uuids(column: Column) -> bool:
    return bool(column.words) and column.words[-1] in UUIDS


def change(table: Table, column: Column, tied: Collection[Place], schema: Schema) -> ChangeColumnType | None:
    if column.modifiers == (36,) and may_hold_uuids(column) and not column.is_array:
        # Both sides of a foreign key must change in one go, which no single statement does.
        how = ChangeColumnType.of(table, column, "uuid", schema) if (table.name, column.name) not in tied else None
        name = quote(column.name)
        return replace(how, using=f"{name}::uuid", back_using=f"{name}::text", note=ONLY_UUIDS) if how else None
    new = column.type.replace("character", "character varying", 1) if column.modifiers else column.type.replace("bpchar", "text", 1)
    how = ChangeColumnType.of(table, column, new, schema)
    return replace(how, note=PADDING) if how else None


def columns_in_foreign_keys(schema: Schema) -> set[Place]:
    """The columns on either side of a foreign key."""
    keys = [key for table in schema.tables for key in table.foreign_keys]
    sides = [(key.table, key.columns) for key in keys] + [(key.referenced_table, key.referenced_columns) for key in keys]
    return {(table, column) for table, columns in sides for column in columns}
