"""A primary key that counts up in an integer.

## Why it matters
`integer` ends at 2,147,483,647 and `smallint` at 32,767. From there on every insert fails, and the way out writes the table anew,
and every table that refers to it, when they are at their largest. The counter runs ahead of the rows: inserts that are rolled
back, `ON CONFLICT DO NOTHING` and deleted rows take their numbers too.

The narrow type saves little. Measured on a million rows (id, timestamptz, text): the table has 60 MB and the key's index 22 MB with
`integer` and with `bigint` alike, since both are filled up to 8 bytes before a timestamp and in an index of one column.

## When it is fine
Tables whose rows people keep by hand: countries, plans, categories. Nothing is said of a table that refers to none and holds no
time, nor of a key that is itself a foreign key: the key that it follows is told. `[assumptions.rows]` in the configuration says
how large a table gets: below a thousandth of the limit nothing is said, from half of it on the finding is an error.

Prisma: BigInt becomes JavaScript's `bigint`, which `JSON.stringify` refuses and which does not mix with `number`. There a schema
that counts in Int throughout is a note.

## What to do
`bigint GENERATED ALWAYS AS IDENTITY` for new tables. For one that is there: the column, the columns that refer to it, and the
sequence behind `serial`, which does not follow the column's type. That writes each table anew under ACCESS EXCLUSIVE: measured on a
million rows, 0.7 s. Where that is too long: add a bigint column, keep it equal with a trigger, fill it in batches, build a unique
index CONCURRENTLY, and swap the two in one short transaction.

Prisma: `BigInt @id @default(autoincrement())`, and BigInt for the fields that refer to it. In the migration write
`SET DATA TYPE BIGINT` where `prisma migrate` wrote BIGSERIAL, and add the line for the sequence.

## Sources
- PostgreSQL documentation, "Numeric Types" https://www.postgresql.org/docs/current/datatype-numeric.html; CREATE SEQUENCE, "Notes":
  "nextval and setval calls are never rolled back" https://www.postgresql.org/docs/current/sql-createsequence.html
- Prisma documentation, "Working with BigInt"
  https://www.prisma.io/docs/orm/prisma-client/special-fields-and-types#working-with-bigint
- the measurement: benchmarks/keys.py
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from advisor.habits import is_habit
from advisor.model import Column, Database, SequenceObject, Table, Target
from advisor.model.schema import HIGHEST, highest_of
from advisor.remedies import Remedy
from advisor.remedies.keys import WidenKeys, references_by_target, widened
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

from ._alike import alike_or_each
from ._growth import is_kept_by_hand
from ._numbered import sequences_by_name

SMALL, LARGE = 0.001, 0.5
"""Parts of the limit: a table with fewer rows is left alone, one with more is an error."""

BAD = [
    sql("CREATE TABLE posts (id serial PRIMARY KEY, title text);"),
    sql("CREATE TABLE events (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL);"),
    sql("CREATE TABLE orders (id smallserial PRIMARY KEY, placed_at timestamptz NOT NULL);"),
    sql("""
        CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
        CREATE TABLE posts (id serial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users);
        CREATE TABLE comments (id bigserial PRIMARY KEY, post_id int NOT NULL REFERENCES posts, at timestamptz);
    """),
    prisma("""
        model Order {
          id        Int      @id @default(autoincrement())
          createdAt DateTime @default(now())
        }
    """),
    sql("""
        CREATE SEQUENCE posts_id_seq AS integer;
        CREATE TABLE posts (id integer NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
        ALTER TABLE posts ALTER COLUMN id SET DEFAULT nextval('posts_id_seq');
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigserial PRIMARY KEY, n serial);
        CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
        CREATE TABLE tags (name text PRIMARY KEY);
    """),
    sql("""
        CREATE TABLE roles (id serial PRIMARY KEY, name text NOT NULL UNIQUE);  -- kept by hand
        CREATE TABLE users (id bigserial PRIMARY KEY, role_id int NOT NULL REFERENCES roles);
        CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users, bio text);
    """),
    sql("""
        CREATE TABLE years (year smallint PRIMARY KEY, at timestamptz);  -- nobody counts it up
        CREATE TABLE seats (id int GENERATED ALWAYS AS IDENTITY (MAXVALUE 400) PRIMARY KEY, at timestamptz);
        CREATE TABLE schema_migrations (id serial PRIMARY KEY, at timestamp);
    """),
    prisma("""
        model Category {
          id    Int    @id @default(autoincrement())
          name  String @unique
          posts Post[]
        }
        model Post {
          id         BigInt   @id @default(autoincrement())
          categoryId Int
          category   Category @relation(fields: [categoryId], references: [id])
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def short_primary_key(database: Database, target: Target) -> Iterator[Finding]:
    sequences = sequences_by_name(database)
    keys = [(table, column) for table, column in database.columns() if is_counted_key(table, column)]
    short = [
        (table, column)
        for table, column in keys
        if column.type != "bigint" and ends_with_its_type(column, sequences) and can_grow(table, column, database, target)
    ]
    references = references_by_target(database.schema) if short else {}
    wide = [widened(table, column, references, database.schema) for table, column in short]
    remedies = [
        WidenKeys(f"Make {table.name}.{column.name} bigint", changes, narrow_sequence(column, sequences)) if changes else None
        for (table, column), changes in zip(short, wide, strict=True)
    ]
    findings = [finding(table, column, how, target) for (table, column), how in zip(short, remedies, strict=True)]
    # What is known to fill up is told by its name, however many others there are.
    yield from (each for each in findings if each.severity is Severity.ERROR)
    others = [each for each in findings if each.severity is not Severity.ERROR]
    if database.orm == "prisma" and is_habit(len(others), len(keys)):
        others = [replace(each, severity=Severity.INFO) for each in others]
    yield from alike_or_each(
        others,
        of=len(keys),
        subject="integer keys throughout",
        message=f"{len(others)} of {len(keys)} keys that are counted up are integer: inserts fail after {HIGHEST['integer']:,}",
        remedy=all_widened([each.remedy for each in others]),
    )


def is_counted_key(table: Table, column: Column) -> bool:
    """Whether it is a number of the primary key that a sequence gives; or one called id, for which who gives it is not said."""
    key = table.primary_key
    if key is None or column.name not in key.columns or column.type not in HIGHEST:
        return False
    follows = any(column.name in reference.columns for reference in table.foreign_keys)
    counted = bool(column.identity or column.draws_from)
    return not follows and (counted or (column.name == "id" and len(key.columns) == 1 and column.default is None))


def ends_with_its_type(column: Column, sequences: Mapping[str, SequenceObject]) -> bool:
    """Not where somebody chose the end, or lets the numbers begin again."""
    sequence = sequences.get(column.draws_from or "")
    options = column.identity_options if column.identity else sequence.options if sequence else ()
    return "CYCLE" not in options and highest_of(options, column.type) >= HIGHEST[column.type]


def can_grow(table: Table, column: Column, database: Database, target: Target) -> bool:
    rows = target.rows_of(table.name)
    if rows is not None:
        return rows >= HIGHEST[column.type] * SMALL
    return not is_kept_by_hand(table, database.schema)


def finding(table: Table, column: Column, remedy: WidenKeys | None, target: Target) -> Finding:
    end, rows = HIGHEST[column.type], target.rows_of(table.name)
    full = rows is not None and rows >= end * LARGE
    counted = bool(column.identity or column.draws_from)
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} is {column.type}: inserts fail after number {end:,}"
        + (f", and {rows:,} rows are expected" if rows is not None else ""),
        remedy=remedy,
        confidence=Confidence.CERTAIN if full else Confidence.LIKELY if counted else Confidence.POSSIBLE,
        severity=Severity.ERROR if full else None if counted else Severity.INFO,
    )


def narrow_sequence(column: Column, sequences: Mapping[str, SequenceObject]) -> tuple[tuple[str, str], ...]:
    """The sequence behind a default that must be widened too: an identity's follows, one of its own may count in bigint already."""
    sequence = sequences.get(column.draws_from or "")
    narrow = sequence is None or sequence.highest < HIGHEST["bigint"]
    return ((column.draws_from, column.type),) if narrow and column.draws_from else ()


def all_widened(remedies: Sequence[Remedy | None]) -> WidenKeys | None:
    known = [remedy for remedy in remedies if isinstance(remedy, WidenKeys)]
    changes = dict.fromkeys(change for remedy in known for change in remedy.changes)
    sequences = dict.fromkeys(sequence for remedy in known for sequence in remedy.sequences)
    return WidenKeys("Make the keys bigint", tuple(changes), tuple(sequences)) if known else None
