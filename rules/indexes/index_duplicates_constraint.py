"""An index that repeats the one that a primary key or a unique key already has.

## Why it matters
PRIMARY KEY and UNIQUE make an index themselves, and so does Prisma's `@id` and `@unique`. A second index on the same columns
answers no query that the first does not, and is written on every insert, kept in memory, vacuumed and backed up all the same.

## When it is fine
Hardly ever: while one replaces the other, or where the table is clustered by it. The table's replica identity is left alone.

## What to do
Drop the index, never the key. Where a unique key repeats another (`@id @unique`), drop the weaker of the two; PostgreSQL
refuses if a foreign key was declared against just that one, and then nothing is lost.

A btree is read in both directions, so that (a DESC) repeats a key on (a). A partial index, another operator class, collation,
method or INCLUDE list is a different index; a hash index beside a key is the matter of hash-index-misuse.

## Sources
- PostgreSQL documentation, "Constraints", section "Unique Constraints": "Adding a unique constraint will automatically create
  a unique B-tree index"; CREATE TABLE, PRIMARY KEY; "Unique Indexes": "there's no need to manually create indexes on unique
  columns" https://www.postgresql.org/docs/current/indexes-unique.html
- "Indexes and ORDER BY": indexes can be scanned backward https://www.postgresql.org/docs/current/indexes-ordering.html
"""

from collections.abc import Iterator

from advisor.model import Index, Schema, Table
from advisor.remedies import DropIndex
from advisor.rule import Finding, Related, Severity, prisma, rule, sql

BAD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
        CREATE INDEX users_email ON users (email);
    """),
    prisma("""
        model User {
          id    String @id
          email String @unique

          @@index([email])
        }
    """),
    prisma("""
        model User {
          id    String @id
          email String

          @@index([id])
        }
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);
        CREATE UNIQUE INDEX users_email_key ON users (email);
        CREATE INDEX users_email_desc ON users (email DESC);
    """),
    prisma("""
        model User {
          id String @id @unique
        }
    """),
    sql("""
        CREATE TABLE follows (a bigint, b bigint, PRIMARY KEY (a, b));
        CREATE UNIQUE INDEX follows_a_b ON follows (a, b);
    """),
    sql("""
        CREATE TABLE bookings (id bigint PRIMARY KEY, during tstzrange NOT NULL, EXCLUDE USING gist (during WITH &&));
        CREATE INDEX bookings_during ON bookings USING gist (during);
    """),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, deleted_at timestamptz);
        CREATE INDEX ON users (email) WHERE deleted_at IS NULL;
        CREATE INDEX ON users (email text_pattern_ops);
        CREATE INDEX ON users (lower(email));
        CREATE INDEX ON users USING gin (to_tsvector('english', email));
    """),
    sql("""
        CREATE TABLE follows (a bigint, b bigint, PRIMARY KEY (a, b));
        CREATE INDEX ON follows (b, a);  -- the other way
    """),
    sql("""
        CREATE TABLE rooms (id bigint PRIMARY KEY, name text UNIQUE);
        CREATE UNIQUE INDEX rooms_one_nameless ON rooms (name) NULLS NOT DISTINCT;  -- stricter than the constraint
        CREATE TABLE seats (id bigint PRIMARY KEY, number text NOT NULL UNIQUE, place int UNIQUE DEFERRABLE);
        CREATE UNIQUE INDEX seats_identity ON seats (number);
        ALTER TABLE seats REPLICA IDENTITY USING INDEX seats_identity;  -- without it, no UPDATE of a published table
        CREATE UNIQUE INDEX seats_place ON seats (place);  -- checks at once, unlike the constraint
    """),
    prisma("""
        model User {
          id    String @id
          email String @unique
          name  String

          @@index([name])
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def index_duplicates_constraint(table: Table, schema: Schema) -> Iterator[Finding]:
    for index in schema.own_indexes(table):
        kept = table.repeated_by(index)
        if kept is None or not (kept.unique or kept.constraint) or (index.unique and not kept.constraint):
            continue  # what duplicate-index speaks of
        what = f"constraint {index}" if index.constraint else f"index {index}"
        yield Finding(
            at=index.location,
            subject=f"{table.subject()}.{index}",
            message=f"{what} repeats {describe(kept)}: every write keeps both, no query needs the second",
            remedy=DropIndex.of(index, table),
            related=(Related(kept.location, "the one that is needed"),),
        )


def describe(index: Index) -> str:
    kinds = {None: "unique index", "primary key": "the primary key", "unique": "unique constraint"}
    return f"{kinds.get(index.constraint, 'exclusion constraint')} {index}"
