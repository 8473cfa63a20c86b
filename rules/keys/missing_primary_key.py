"""A table without a primary key.

## Why it matters
Nothing tells two equal rows apart: a duplicate cannot be removed by itself, no foreign key can point at a row, logical
replication refuses UPDATE and DELETE (or, with REPLICA IDENTITY FULL, scans the table for each row changed), and most ORMs
and tools for online changes will not work on it.

## When it is fine
Staging tables that are loaded and emptied whole, and logs that are only ever appended to and never replicated.

## What to do
Give it the key that its rows have by nature (the two columns of a join table), or an identity column. A unique index on NOT
NULL columns is promoted without another build. Adding an identity column rewrites the table under an ACCESS EXCLUSIVE lock;
for a large table in use add a nullable column, fill it in batches, build a unique index CONCURRENTLY, and promote that.

The key of a partitioned table must hold the partition key: (id, created_at) where it is partitioned by created_at.

A table with a NOT NULL UNIQUE key lacks little, and is only a note: `REPLICA IDENTITY USING INDEX` lets it be replicated as it is.
The finding is only possible for an unlogged table and for one that is called a backup, an archive, a staging or a temporary table.
Where many tables have no key they are told once, by their names.

## Sources
- PostgreSQL documentation, "Constraints", section "Primary Keys": "Relational database theory dictates that every table must
  have a primary key" https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS
- "Logical Replication", section "Publication" (replica identity)
  https://www.postgresql.org/docs/current/logical-replication-publication.html
- ALTER TABLE, ADD table_constraint_using_index https://www.postgresql.org/docs/current/sql-altertable.html
"""

from collections.abc import Iterator, Sequence, Set

from advisor.habits import each_or_all
from advisor.model import Column, Database, Index, Name, Schema, Table
from advisor.model.schema import words_of
from advisor.model.schema.tools_own import HOSTS_OWN
from advisor.remedies import EditPrisma, Remedy, RunSql
from advisor.remedies.prisma import attribute_of_index, declaration_of_index, is_field_attribute
from advisor.remedies.sql import index_sql, name_of, quote, quote_name, with_suffix
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

from ._alike import all_at_once, listed

UNTOLD = "equal rows cannot be told apart, and logical replication refuses UPDATE and DELETE"
ALMOST = "logical replication refuses UPDATE and DELETE until it is told to go by that"

ASIDE = frozenset("tmp temp temporary staging stage import imports backup backups bak old archive archived deleted".split())
"""Words of tables that hold rows for a while, or those that are gone."""

BAD = [
    sql("""
        CREATE TABLE events (at timestamptz NOT NULL, what text NOT NULL);
        CREATE UNLOGGED TABLE scratch (line text);
        CREATE TABLE orders_backup (id bigint NOT NULL UNIQUE, placed_at timestamptz);
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE follows (follower_id bigint NOT NULL REFERENCES users, followed_id bigint NOT NULL REFERENCES users);
        CREATE TABLE posts (id bigint PRIMARY KEY);
        CREATE TABLE likes (user_id bigint NOT NULL REFERENCES users, post_id bigint NOT NULL REFERENCES posts, at date);
        CREATE TABLE pins (user_id bigint REFERENCES users, post_id bigint NOT NULL REFERENCES posts, at date);
    """),
    sql("""
        CREATE TABLE countries (code char(2) NOT NULL UNIQUE, name text NOT NULL);
    """),
    prisma("""
        model Country {
          code String @unique
          name String
        }
        model Region {
          code String
          name String

          @@unique([name, code])
        }
    """),
    sql("""
        CREATE TABLE readings (device_id bigint NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
        CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    """),
    sql("""
        CREATE TABLE hits (id bigint NOT NULL, at date NOT NULL, UNIQUE (id, at)) PARTITION BY RANGE (at);
    """),
    sql("""
        CREATE TABLE tags (post_id bigint, tag_id bigint);
        CREATE TABLE members (team_id bigint NOT NULL, user_id bigint NOT NULL, role text, since date, by text, CHECK (role > ''));
        CREATE TABLE coins (id bigint NOT NULL, "coins_id" text, value numeric);
        CREATE TABLE plays (id bigint, at timestamptz);
    """),
    sql("""
        CREATE TABLE users (name text NOT NULL, CONSTRAINT users_name UNIQUE (name));
        CREATE TABLE posts (id bigint PRIMARY KEY, author text NOT NULL REFERENCES users (name));
        CREATE TABLE slots (at date NOT NULL, no int NOT NULL);
        CREATE UNIQUE INDEX slots_open ON slots (no) WHERE at > '2026-01-01';
        CREATE UNIQUE INDEX slots_at_no ON slots (at, no);
        CREATE UNIQUE INDEX slots_no_at ON slots (no, at);
    """),
    sql("\n".join(f"CREATE TABLE posts{letter} (id bigint, title text);" for letter in "abcdefghijk")),
]
GOOD = [
    sql("""
        CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
        CREATE VIEW b AS SELECT id FROM a;
        CREATE MATERIALIZED VIEW c AS SELECT id FROM a;
        CREATE TEMP TABLE d (x int);
        CREATE TABLE schema_migrations (version text NOT NULL);  -- a tool's own
        CREATE TABLE auth.users (id uuid NOT NULL, email text);  -- Supabase's
    """),
    sql("""
        CREATE TABLE readings (device_id bigint, at timestamptz, PRIMARY KEY (device_id, at)) PARTITION BY RANGE (at);
        CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    """),
    prisma("""
        model Post {
          id   Int   @id
          tags Tag[]
        }
        model Tag {
          id    Int    @id
          posts Post[]
        }
    """),
    sql("""
        CREATE TABLE "_PostToTag" ("A" integer NOT NULL, "B" integer NOT NULL);  -- Prisma 5 makes them so
        CREATE UNIQUE INDEX "_PostToTag_AB_unique" ON "_PostToTag" ("A", "B");
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def missing_primary_key(database: Database) -> Iterator[Finding]:
    tables = [table for table in database.schema.tables if wants_key(table, database.schema)]
    keyless = [table for table in tables if table.primary_key is None]
    unique = ((table, next((index for index in table.indexes if could_be_primary(index, table)), None)) for table in keyless)
    promotable = {table.name: index for table, index in unique if index}
    almost = [table for table in keyless if table.name in promotable]
    bare = [table for table in keyless if table.name not in promotable]
    yield from each_or_all(
        [without(table) for table in bare],
        of=len(tables),
        subject="tables without a primary key",
        message=f"{len(bare)} of {len(tables)} tables have no primary key ({named(bare)}): {UNTOLD}",
    )
    keys = [key for table in database.schema.tables for key in table.foreign_keys]
    referred = {(key.referenced_table, frozenset(key.referenced_columns)) for key in keys}
    promotions = [promote(promotable[table.name], table, referred) for table in almost]
    yield from each_or_all(
        [with_unique(table, promotable[table.name], how) for table, how in zip(almost, promotions, strict=True)],
        of=len(tables),
        subject="unique keys that are not the primary key",
        message=f"{len(almost)} of {len(tables)} tables have a unique key and no primary key ({named(almost)}): {ALMOST}",
        remedy=all_at_once("Make the unique keys primary keys", promotions),
    )


def without(table: Table) -> Finding:
    return Finding(
        at=table.location,
        subject=table.subject(),
        message=f"{table.model or table.name} has no primary key: {UNTOLD}",
        # The primary key of a partitioned table must hold the partition key, and takes thought.
        remedy=add_key(table) if table.kind == "table" else None,
        confidence=Confidence.POSSIBLE if is_aside(table) else Confidence.CERTAIN,
    )


def with_unique(table: Table, unique: Index, how: Remedy) -> Finding:
    return Finding(
        at=table.location,
        subject=table.subject(),
        message=f"{table.model or table.name} has no primary key, though {unique} is unique and never NULL: {ALMOST}",
        remedy=how,
        confidence=Confidence.POSSIBLE if is_aside(table) else Confidence.LIKELY,
        severity=Severity.INFO,
    )


def is_aside(table: Table) -> bool:
    """Whether its rows are loaded and emptied whole, or put away and left alone."""
    return table.unlogged or not ASIDE.isdisjoint(words_of(table.model or table.name.name))


def named(tables: Sequence[Table]) -> str:
    return listed([str(table.model or table.name) for table in tables])


def wants_key(table: Table, schema: Schema) -> bool:
    """A partition has its parent's; a temporary table, one of unknown columns, a tool's and a host's make no claim to one."""
    made_by_prisma = table.implicit or (table.name.name.startswith("_") and [column.name for column in table.columns] == ["A", "B"])
    of_others = made_by_prisma or table.of_tool or table.name.schema in HOSTS_OWN
    kept = table.kind in ("table", "partitioned table") and not table.name.schema.startswith("pg_temp")
    return kept and bool(table.columns) and not of_others and schema.parent_of(table) is None


def could_be_primary(index: Index, table: Table) -> bool:
    """A whole unique btree over NOT NULL columns in default order, as ADD PRIMARY KEY USING INDEX demands."""
    columns = [table.column(name or "") for name in index.columns]
    plain = all(key.opclass is key.collation is None and not key.descending and key.nulls_first is None for key in index.keys)
    whole = index.unique and index.method == "btree" and index.predicate is None and not index.nulls_not_distinct
    return whole and plain and all(column is not None and not column.nullable for column in columns)


def promote(index: Index, table: Table, referred: Set[tuple[Name, frozenset[str]]]) -> Remedy:
    """The primary key in the place of a unique one; beside it where foreign keys refer to it, since it cannot be dropped there."""
    columns, alter = ", ".join(quote(name or "") for name in index.columns), f"ALTER TABLE {quote_name(table.name)}"
    what, key = f"Make {index} the primary key of {table.name}", quote(with_suffix(table.name.name, "_pkey"))
    if prisma_key := key_in_prisma(index, table):
        return EditPrisma(what, index.location, prisma_key, f"{prisma_key} in place of {declaration_of_index(index, table)}")
    own, remove = quote(name_of(index).name), f"{alter} DROP CONSTRAINT {key}"
    if table.kind == "partitioned table":
        return RunSql(what, f"{alter} ADD CONSTRAINT {key} PRIMARY KEY ({columns});", f"{remove};")
    if not index.constraint:
        up = f"{alter} ADD CONSTRAINT {key} PRIMARY KEY USING INDEX {own};"
        return RunSql(what, up, f"{remove};\n{index_sql(index, concurrently=True)}")
    build, add = built(key, table, columns), f"{alter} ADD CONSTRAINT {key} PRIMARY KEY USING INDEX {key}"
    if (table.name, frozenset(name for name in index.columns if name)) in referred:
        return RunSql(what, f"{build}\n{add};", f"{remove};")
    back = f"{built(own, table, columns)}\n{remove}, ADD CONSTRAINT {own} UNIQUE USING INDEX {own};"
    return RunSql(what, f"{build}\n{add}, DROP CONSTRAINT {own};", back)


def built(index: str, table: Table, columns: str) -> str:
    return f"CREATE UNIQUE INDEX CONCURRENTLY {index} ON {quote_name(table.name)} ({columns});"


def key_in_prisma(index: Index, table: Table) -> str | None:
    """The attribute that makes a unique key the primary one."""
    attribute = attribute_of_index(index, table) if index.location.path.endswith(".prisma") else None
    if attribute is None or is_field_attribute(index, table):
        return attribute and "@id"
    return attribute.replace("@@unique", "@@id", 1)


def add_key(table: Table) -> RunSql:
    """The references of a join table, an `id` that is there already, or a new identity column."""
    alter, taken = f"ALTER TABLE {quote_name(table.name)}", {column.name for column in table.columns}
    if natural := natural_key(table):
        columns, key = ", ".join(quote(column.name) for column in natural), quote(with_suffix(table.name.name, "_pkey"))
        fails = "-- Fails where rows repeat or hold NULL: mend them first.\n"
        up = f"{fails}{built(key, table, columns)}\n{alter} ADD CONSTRAINT {key} PRIMARY KEY USING INDEX {key};"
        open_again = "".join(f", ALTER COLUMN {quote(column.name)} DROP NOT NULL" for column in natural if column.nullable)
        return RunSql(f"Make ({columns}) the primary key of {table.name}", up, f"{alter} DROP CONSTRAINT {key}{open_again};")
    name = quote(next(name for name in ("id", f"{table.name.name}_id", f"{table.name.name}_key") if name not in taken))
    up = f"{alter} ADD COLUMN {name} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;"
    return RunSql(f"Add an identity column to {table.name} (rewrites the table)", up, f"{alter} DROP COLUMN {name};")


def natural_key(table: Table) -> list[Column]:
    """All columns of a table of nothing but references, the references of one that says little more, or `id`."""
    references = {name for key in table.foreign_keys for name in key.columns}
    linking = [column for column in table.columns if column.name in references or column.words[-1:] == ("id",)]
    if len(linking) == len(table.columns) in (2, 3):
        return linking
    own = [column for column in linking if column.name in references]
    if len(table.foreign_keys) > 1 and len(table.columns) <= len(own) + 2 and not any(column.nullable for column in own):
        return own
    return [column for column in linking if column.name == "id"]
