"""A unique key over several columns, one of which may be NULL.

## Why it matters
Two NULLs are not equal, and so two rows that have NULL in one column of the key are never duplicates: `UNIQUE (folder_id, name)`
keeps names apart within a folder and lets any number of equal ones stand at the top, where `folder_id` is NULL.
`UNIQUE (email, deleted_at)` is worse: it holds among deleted rows alone, and never for the rows that count. An upsert with
ON CONFLICT on such a key inserts another row each time.

## When it is fine
The nullable column is the name itself, and may be missing: an optional email, slug or number of each account, the id that another
system gave. Nothing is said where it is called so, where the other columns are references and this one is none, or where it stands
alone. Nor where the column has a default, where each row has one of several references and each has a key of its own, where a row
only links two others and the reference becomes NULL on delete, where another unique index covers the rows with NULL, or where a
predicate speaks of it. What is only possible is told once where it is more than a few.

## What to do
Where each row has a value: NOT NULL, and all is well. Where NULL means something (the top, for everybody): PostgreSQL 15 and later
has `UNIQUE NULLS NOT DISTINCT`. Before: a second unique index over the other columns, `WHERE folder_id IS NULL`. With a mark of
deletion: a unique index over the other columns, `WHERE deleted_at IS NULL`, in place of this one. Building it fails where there are
duplicates, which must be found and mended first; and where a reference becomes NULL on delete, a delete that would make one fails
from then on. Prisma's schema says neither: write it into the migration.

## Sources
- PostgreSQL documentation, "Constraints", section "Unique Constraints": "even in the presence of a unique constraint it is possible
  to store duplicate rows that contain a null value in at least one of the constrained columns"
  https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-UNIQUE-CONSTRAINTS
- Prisma: https://github.com/prisma/prisma/issues/21466
"""

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from advisor.model import Column, Expression, Index, IndexKey, Name, Schema, Table, Target
from advisor.remedies import RunSql
from advisor.remedies.sql import drop_index_sql, index_sql, name_of, quote, quote_name, restore_index_sql, with_suffix
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

from ._alike import unsure_once

Kind = Literal["deleted", "scope", "link", "other"]
GONE = frozenset("deleted removed archived discarded destroyed trashed".split())
NAMES = frozenset(
    """id uuid guid uid key code name number no nr serial sku slug handle username login email phone hash sha digest token ref
    reference value index idx url uri path""".split()
)
"""Last words of columns that tell a row by themselves, and may be unknown yet."""
CONFIDENCE: dict[Kind, Confidence] = {"deleted": Confidence.LIKELY, "scope": Confidence.LIKELY}

BAD = [
    sql("""
        CREATE TABLE folders (id bigint PRIMARY KEY);
        CREATE TABLE files (id bigint PRIMARY KEY, folder_id int8 REFERENCES folders, name text NOT NULL, UNIQUE (folder_id, name));
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, deleted_at timestamptz);
        CREATE UNIQUE INDEX users_email ON users (email, deleted_at);
    """),
    prisma("""
        model Team {
          id       Int       @id
          settings Setting[]
        }
        model Setting {
          id     Int    @id
          key    String
          teamId Int?
          team   Team?  @relation(fields: [teamId], references: [id])

          @@unique([teamId, key])
        }
    """),
    sql("""
        CREATE TABLE prices (id bigint PRIMARY KEY, sku text NOT NULL, currency text, UNIQUE (sku, currency));
        CREATE TABLE rates (a text NOT NULL, b text NOT NULL, per text, UNIQUE (a, b, per) INCLUDE (id), id bigint PRIMARY KEY);
        CREATE TABLE collections (id bigint PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY);
        CREATE TABLE photos (id bigint PRIMARY KEY);
        CREATE TABLE items (
            id bigint PRIMARY KEY, collection_id bigint NOT NULL REFERENCES collections, post_id bigint REFERENCES posts,
            photo_id bigint REFERENCES photos, UNIQUE (collection_id, post_id, photo_id)
        );
        CREATE TABLE covers (
            id bigint PRIMARY KEY, collection_id bigint NOT NULL REFERENCES collections, photo_id bigint REFERENCES photos,
            UNIQUE (collection_id, photo_id)
        );
    """),
    prisma("""
        datasource db {
          provider     = "postgresql"
          relationMode = "prisma"
        }
        model Folder {
          id    Int    @id
          files File[]
        }
        model File {
          id       Int     @id
          name     String
          folderId Int?
          folder   Folder? @relation(fields: [folderId], references: [id])

          @@unique([folderId, name])
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE teams (id bigint PRIMARY KEY);
        CREATE TABLE users (
            id bigint PRIMARY KEY, team_id bigint NOT NULL REFERENCES teams, email text UNIQUE, slug text, UNIQUE (team_id, slug)
        );
    """),
    sql("""
        CREATE TABLE folders (id bigint PRIMARY KEY);
        CREATE TABLE a (id int PRIMARY KEY, f bigint REFERENCES folders, name text NOT NULL, UNIQUE NULLS NOT DISTINCT (f, name));
        CREATE TABLE b (id bigint PRIMARY KEY, f bigint REFERENCES folders, name text NOT NULL, UNIQUE (f, name));
        CREATE UNIQUE INDEX ON b (name) WHERE f IS NULL;
        CREATE TABLE c (id bigint PRIMARY KEY, f bigint REFERENCES folders, name text NOT NULL);
        CREATE UNIQUE INDEX ON c (f, name) WHERE f IS NOT NULL;
        CREATE TABLE e (id int PRIMARY KEY, name text NOT NULL, gone_at date DEFAULT 'infinity', UNIQUE (name, gone_at));
        CREATE TABLE d (f bigint REFERENCES folders, name text NOT NULL, PRIMARY KEY (f, name));
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY);
        CREATE TABLE photos (id bigint PRIMARY KEY);
        CREATE TABLE likes (
            id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, post_id bigint REFERENCES posts,
            photo_id bigint REFERENCES photos, UNIQUE (user_id, post_id), UNIQUE (user_id, photo_id)
        );
        CREATE TABLE covers (
            id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, photo_id bigint REFERENCES photos ON DELETE SET NULL,
            provider text NOT NULL, external_id text, UNIQUE (user_id, photo_id), UNIQUE (provider, external_id)
        );
    """),
    prisma("""
        model User {
          id    Int     @id
          email String? @unique
          phone String?
          zone  String?

          @@unique([phone, zone])
        }
    """),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def nullable_unique(schema: Schema, target: Target) -> Iterator[Finding]:
    found = []
    composite = 0
    for table in schema.tables:
        if table.kind not in ("table", "partitioned table") or table.implicit or table.of_tool or schema.parents_of(table):
            continue
        for index in table.indexes:
            composite += index.unique and len(index.keys) > 1
            open_columns = nullable_columns(index, table)
            kind = kind_of(index, open_columns, table) if open_columns else None
            if kind and not is_covered(index, open_columns, table):
                found.append(finding(index, open_columns, kind, table, target))
    yield from unsure_once(
        found,
        of=composite,
        subject="unique keys with NULL",
        message=lambda number: f"{number} of {composite} unique keys have a column that may be NULL: with NULL, rows may repeat",
    )


def nullable_columns(index: Index, table: Table) -> list[Column]:
    """The columns of a unique key that let rows through, beside some that do not; none where it is known to be meant so."""
    if not index.unique or index.nulls_not_distinct or index.constraint == "primary key" or None in index.columns:
        return []
    columns = [column for name in index.columns if (column := table.column(name or ""))]
    open_columns = [column for column in columns if column.nullable and not column.has_default]
    spoken_of = set(index.predicate.columns) if index.predicate else set()
    if len(open_columns) == len(index.keys) or any(column.name in spoken_of for column in open_columns):
        return []
    return open_columns


def kind_of(index: Index, open_columns: list[Column], table: Table) -> Kind | None:
    """What the columns that may be NULL are for; None where rows without them are meant to be as many as there are."""
    open_names = {column.name for column in open_columns}
    closed = {name for name in index.columns if name} - open_names
    references = {name for key in table.foreign_keys for name in key.columns}
    references |= {name for relation in table.relations for name in relation.columns}
    if any(GONE & set(column.words) and column.type.startswith(("timestamp", "date")) for column in open_columns):
        return "deleted"
    if len(open_names & references) > 1 or (open_names & references and not closed <= references):
        return "scope"
    if open_names & references:
        cleared = {name for key in table.foreign_keys if key.on_delete == "SET NULL" for name in key.columns}
        return None if open_names <= cleared else "link"
    named = any(column.words[-1] in NAMES for column in open_columns)
    return None if named or closed & references else "other"


def is_covered(index: Index, open_columns: list[Column], table: Table) -> bool:
    """Whether another unique index keeps the rows with NULL apart, or each of several references has a key with the same rest."""
    names = {column.name for column in open_columns}
    closed = set(index.columns) - names
    for other in table.indexes:
        if other is index or not other.unique:
            continue
        rest = set(other.columns) - names
        also_open = [column for name in other.columns if (column := table.column(name or "")) and column.nullable]
        arc = {column.name for column in also_open}
        if set(other.columns) <= closed or (arc and arc.isdisjoint(names) and rest - arc == closed):
            return True
    return False


def finding(index: Index, open_columns: list[Column], kind: Kind, table: Table, target: Target) -> Finding:
    names = " or ".join(column.name for column in open_columns)
    closed = ", ".join(name for name in index.columns if name and name not in {column.name for column in open_columns})
    if kind == "deleted":
        message = f"unique {index} never holds for rows that are not deleted: {names} is NULL there, so that {closed} may repeat"
    else:
        message = f"unique {index} does not hold where {names} is NULL: {closed} may repeat there"
    return Finding(
        at=index.location,
        subject=f"{table.subject()}.{index}",
        message=message,
        remedy=remedy(index, open_columns, kind, table, target),
        confidence=CONFIDENCE.get(kind, Confidence.POSSIBLE),
        severity=Severity.WARNING if kind == "deleted" else None,
    )


def remedy(index: Index, open_columns: list[Column], kind: Kind, table: Table, target: Target) -> RunSql | None:
    """Another index in place of this one, or beside it where PostgreSQL has no NULLS NOT DISTINCT yet."""
    if table.kind != "table" or index.predicate or index.include or any(key != IndexKey(key.column) for key in index.keys):
        return None
    names = [column.name for column in open_columns]
    rest = tuple(key for key in index.keys if key.column not in names)
    if kind != "deleted" and target.postgres_version >= 15:
        return RunSql(f"Let {index} count NULLs as equal", *exchanged(index, replace(index, nulls_not_distinct=True)))
    if len(names) > 1:
        return None
    unset = Expression(f"{quote(names[0])} IS NULL")
    ending = "_live" if kind == "deleted" else "_null"
    extra = replace(index, keys=rest, predicate=unset, constraint=None, name=with_suffix(name_of(index).name, ending))
    build, drop = index_sql(extra, concurrently=True), drop_index_sql(extra, concurrently=True)
    if kind == "deleted":
        up = f"{build}\n{drop_index_sql(index, concurrently=True)}"
        back = f"{restore_index_sql(index, concurrently=True)}\n{drop}"
        return RunSql(f"Let {index} hold for rows that are not deleted", up, back)
    return RunSql(f"Cover the rows of {table.name} without {names[0]}", build, drop)


def exchanged(old: Index, new: Index) -> tuple[str, str]:
    """The statements that put an index in the place and under the name of one, and back. Duplicates make the first one fail."""
    return put_in_place(new, "_nulls"), put_in_place(old, "_old")


def put_in_place(index: Index, ending: str) -> str:
    name, beside = name_of(index), Name(index.table.schema, with_suffix(name_of(index).name, ending))
    build = index_sql(replace(index, name=beside.name, constraint=None), concurrently=True)
    if index.constraint:
        own, place = quote(name.name), f"ALTER TABLE {quote_name(index.table)}"
        return f"{build}\n{place} DROP CONSTRAINT {own}, ADD CONSTRAINT {own} UNIQUE USING INDEX {quote(beside.name)};"
    rename = f"ALTER INDEX {quote_name(beside)} RENAME TO {quote(name.name)};"
    return f"{build}\n{drop_index_sql(index, concurrently=True)}\n{rename}"
