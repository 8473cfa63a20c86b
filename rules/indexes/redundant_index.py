"""An index that is the leading part of another one.

## Why it matters
A btree on (a, b) answers what one on (a) answers: equality, ranges and sorting by a. The shorter one costs a write for every
insert, and memory, disk and vacuum, to save little.

## When it is fine
The longer index is much wider (long texts, a large INCLUDE list) and the short one is read very often, above all by
index-only scans; or it has few distinct values, which PostgreSQL 13 and later store once each in (a), but not in (a, id).
Compare `pg_relation_size` and `pg_stat_user_indexes.idx_scan` of the two before dropping.

## What to do
Drop the shorter one. It counts as a leading part only where method (btree), operator classes, collations, order and predicate
agree; a btree is read in both directions, so that (a DESC) is a part of (a, b), while (a, b) is none of (a, b DESC, c). An
index that enforces something (unique, primary key, exclusion) is never redundant, however short.

## Sources
- PostgreSQL documentation, "Multicolumn Indexes" (a btree is most efficient on its leading columns)
  https://www.postgresql.org/docs/current/indexes-multicolumn.html; "Indexes and ORDER BY"
- "B-Tree Indexes", section "Deduplication" https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION
"""

from collections.abc import Iterator

from advisor.model import Index, Schema, Table
from advisor.remedies import DropIndex
from advisor.rule import Confidence, Finding, Related, Severity, prisma, rule, sql

FEW_MORE_COLUMNS = 2
"""Up to so many columns more, the longer index is a fair stand-in; beyond, the shorter one may well be worth its keep."""

BAD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint, at timestamptz);
        CREATE INDEX posts_author ON posts (author_id);
        CREATE INDEX posts_author_at ON posts (author_id, at DESC);
    """),
    prisma("""
        model Post {
          id       Int      @id
          authorId Int
          slug     String
          at       DateTime

          @@unique([authorId, slug])
          @@index([authorId])
        }
    """),
    sql("""
        CREATE TABLE follows (a bigint, b bigint, PRIMARY KEY (a, b));
        CREATE INDEX ON follows (a DESC);
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint, at timestamptz, deleted_at timestamptz);
        CREATE INDEX ON posts (author_id) WHERE deleted_at IS NULL;
        CREATE INDEX ON posts (author_id, at) WHERE deleted_at IS NULL;
    """),
    sql("""
        CREATE TABLE visits (id bigint PRIMARY KEY, site_id bigint, path text, country text, at timestamptz);
        CREATE INDEX ON visits (site_id);
        CREATE INDEX ON visits (site_id, path, country, at);  -- three columns wider: one may want both
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint, at timestamptz, deleted_at timestamptz, title text);
        CREATE INDEX ON posts (at, author_id);
        CREATE INDEX ON posts (author_id);
        CREATE INDEX ON posts (author_id, at) WHERE deleted_at IS NULL;
        CREATE INDEX ON posts (title, at);
        CREATE INDEX ON posts (title, at DESC, id);
        CREATE INDEX ON posts (title text_pattern_ops);
    """),
    sql("""
        CREATE TABLE accounts (id bigint PRIMARY KEY, email text UNIQUE, name text);
        CREATE INDEX ON accounts (email, name);  -- the unique one must stay, the other may serve an index-only scan
    """),
    sql("""
        CREATE TABLE documents (id bigint PRIMARY KEY, tags text[], body jsonb);
        CREATE INDEX ON documents USING gin (tags);
        CREATE INDEX ON documents USING gin (tags, body);  -- no column of a GIN index leads
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def redundant_index(table: Table, schema: Schema) -> Iterator[Finding]:
    for index in schema.own_indexes(table):
        longer = table.extended_by(index) if table.repeated_by(index) is None else None
        if longer is None:
            continue
        yield Finding(
            at=index.location,
            subject=f"{table.subject()}.{index}",
            message=f"index {index} is the leading part of {describe(longer)}, which answers what it answers",
            remedy=DropIndex.of(index, table),
            confidence=confidence(index, longer),
            related=(Related(longer.location, "the one that serves instead"),),
        )


def confidence(index: Index, longer: Index) -> Confidence:
    more = len(longer.keys) + len(longer.include) - len(index.keys)
    return Confidence.LIKELY if more <= FEW_MORE_COLUMNS else Confidence.POSSIBLE


def describe(index: Index) -> str:
    keys = ", ".join(str(key) for key in index.keys)
    return f"{index.constraint or ('unique index' if index.unique else 'index')} {index.name or ''} ({keys})".replace("  ", " ")
