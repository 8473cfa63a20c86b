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

A table with a NOT NULL UNIQUE key lacks little, so there the finding is only likely, and an unlogged table's only possible.

## Sources
- PostgreSQL documentation, "Constraints", section "Primary Keys": "Relational database theory dictates that every table must
  have a primary key" https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS
- "Logical Replication", section "Publication" (replica identity)
  https://www.postgresql.org/docs/current/logical-replication-publication.html
- ALTER TABLE, ADD table_constraint_using_index https://www.postgresql.org/docs/current/sql-altertable.html
"""

from collections.abc import Iterator

from advisor.model import Index, Schema, Table
from advisor.remedies import EditPrisma, Remedy, RunSql
from advisor.remedies.prisma import attribute_of_index, declaration_of_index, is_field_attribute
from advisor.remedies.sql import index_sql, name_of, quote, quote_name, with_suffix
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

BAD = [
    sql("""
        CREATE TABLE events (at timestamptz NOT NULL, what text NOT NULL);
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE follows (follower_id bigint NOT NULL REFERENCES users, followed_id bigint NOT NULL REFERENCES users);
    """),
    sql("""
        CREATE TABLE countries (code char(2) NOT NULL UNIQUE, name text NOT NULL);
    """),
    prisma("""
        model Country {
          code String @unique
          name String
        }
    """),
    sql("""
        CREATE TABLE readings (device_id bigint NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
        CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    """),
    sql("""
        CREATE TABLE hits (id bigint NOT NULL, at date NOT NULL, UNIQUE (id, at)) PARTITION BY RANGE (at);
    """),
]
GOOD = [
    sql("""
        CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
        CREATE VIEW b AS SELECT id FROM a;
        CREATE MATERIALIZED VIEW c AS SELECT id FROM a;
        CREATE TEMP TABLE d (x int);
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
def missing_primary_key(table: Table, schema: Schema) -> Iterator[Finding]:
    if table.primary_key is not None or not wants_key(table, schema):
        return
    unique = next((index for index in table.indexes if could_be_primary(index, table)), None)
    confidence = Confidence.POSSIBLE if table.unlogged else Confidence.LIKELY if unique else Confidence.CERTAIN
    but = f", though {unique} is unique and never NULL" if unique else ""
    yield Finding(
        at=table.location,
        subject=table.subject(),
        message=f"{table.model or table.name} has no primary key{but}",
        remedy=remedy(unique, table),
        confidence=confidence,
    )


def wants_key(table: Table, schema: Schema) -> bool:
    """A partition has its parent's; a temporary table, one whose columns are not known and a tool's own make no claim to one."""
    made_by_prisma = table.implicit or (table.name.name.startswith("_") and [column.name for column in table.columns] == ["A", "B"])
    kept = (
        table.kind in ("table", "partitioned table")
        and schema.parent_of(table) is None
        and not table.name.schema.startswith("pg_temp")
    )
    return kept and bool(table.columns) and not made_by_prisma


def could_be_primary(index: Index, table: Table) -> bool:
    """A whole unique btree over NOT NULL columns in default order, as ADD PRIMARY KEY USING INDEX demands."""
    columns = [table.column(name or "") for name in index.columns]
    plain = all(key.opclass is key.collation is None and not key.descending and key.nulls_first is None for key in index.keys)
    whole = index.unique and index.method == "btree" and index.predicate is None
    return whole and plain and all(column is not None and not column.nullable for column in columns)


def remedy(unique: Index | None, table: Table) -> Remedy | None:
    """None for a partitioned table without a key to promote: its primary key must hold the partition key, and takes thought."""
    if unique:
        return promote(unique, table)
    return add_key(table) if table.kind == "table" else None


def promote(index: Index, table: Table) -> Remedy:
    columns, alter = ", ".join(quote(name or "") for name in index.columns), f"ALTER TABLE {quote_name(table.name)}"
    what, key = f"Make {index} the primary key of {table.name}", quote(with_suffix(table.name.name, "_pkey"))
    if prisma_key := key_in_prisma(index, table):
        return EditPrisma(what, index.location, prisma_key, f"{prisma_key} in place of {declaration_of_index(index, table)}")
    own = quote(name_of(index).name)
    if table.kind == "partitioned table":
        return RunSql(what, f"{alter} ADD CONSTRAINT {key} PRIMARY KEY ({columns});", f"{alter} DROP CONSTRAINT {key};")
    if index.constraint:
        back = f"{alter} DROP CONSTRAINT {key}, ADD CONSTRAINT {own} UNIQUE ({columns});"
        return RunSql(what, f"{alter} DROP CONSTRAINT {own}, ADD CONSTRAINT {key} PRIMARY KEY ({columns});", back)
    back = f"{alter} DROP CONSTRAINT {key};\n{index_sql(index, concurrently=True)}"
    return RunSql(what, f"{alter} ADD CONSTRAINT {key} PRIMARY KEY USING INDEX {own};", back)


def key_in_prisma(index: Index, table: Table) -> str | None:
    """The attribute that makes a unique key the primary one."""
    attribute = attribute_of_index(index, table) if index.location.path.endswith(".prisma") else None
    if attribute is None or is_field_attribute(index, table):
        return attribute and "@id"
    return attribute.replace("@@unique", "@@id", 1)


def add_key(table: Table) -> RunSql:
    """The references of a join table, an `id` that is there already, or a new identity column."""
    alter, taken = f"ALTER TABLE {quote_name(table.name)}", {column.name for column in table.columns}
    required = {column.name for column in table.columns if not column.nullable}
    references = {column for key in table.foreign_keys for column in key.columns}
    natural = sorted(references, key=[column.name for column in table.columns].index) if len(table.foreign_keys) > 1 else ["id"]
    if set(natural) <= required and (natural == ["id"] or len(taken) <= len(references) + 2):
        columns, key = ", ".join(quote(name) for name in natural), quote(with_suffix(table.name.name, "_pkey"))
        build = f"CREATE UNIQUE INDEX CONCURRENTLY {key} ON {quote_name(table.name)} ({columns});"
        up = f"{build}\n{alter} ADD CONSTRAINT {key} PRIMARY KEY USING INDEX {key};"
        return RunSql(f"Make ({columns}) the primary key of {table.name}", up, f"{alter} DROP CONSTRAINT {key};")
    name = quote(next(name for name in ("id", f"{table.name.name}_id", f"{table.name.name}_key") if name not in taken))
    up = f"{alter} ADD COLUMN {name} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;"
    return RunSql(f"Add an identity column to {table.name} (rewrites the table)", up, f"{alter} DROP COLUMN {name};")
