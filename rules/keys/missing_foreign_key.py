"""A column that is named like a reference and has no foreign key.

## Why it matters
`author_id` beside a table `authors`: nothing keeps it from naming an author who is not there. A delete leaves such rows behind, two
requests at the same moment do it where the code checks, and a join then drops them without a word. They cannot be mended
afterwards, since what they belonged to is gone.

## When it is fine
- The rows outlive what they name: logs, events, audits, archives, statistics. Tables that are called so are left alone, and those
  without a primary key.
- The other table is loaded apart from this one, or the check costs more than it is worth on a table with very many writes.
- One column for rows of several tables (`subject_type` beside `subject_id`): no foreign key can say that.
- The application keeps them: Prisma's `relationMode = "prisma"`, old Rails. A schema that does without throughout is told once.

Only a name that is the other table's in full counts, of a type that fits its one-column key, within one schema:
`stripe_customer_id` is none of `customers`. The finding is likely where columns of the same name have the foreign key in other
tables, else only possible; and so it is in a table that has several such columns and not one foreign key, which looks like a
decision.

## What to do
Find the rows that name nothing, mend them, add the foreign key NOT VALID and validate it then: the lock of the first step is short,
the second one lets others read and write. And an index over the column, which deletes of the other table need.

## Sources
- PostgreSQL documentation, "Constraints", section "Foreign Keys"
  https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK; ALTER TABLE, "Notes", on NOT VALID
  https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
- Prisma documentation, "Relation mode"
  https://www.prisma.io/docs/orm/prisma-schema/data-model/relations/relation-mode
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from advisor.model import Column, Database, ForeignKey, Name, Schema, Table
from advisor.model.schema import HIGHEST, typed_references, words_of
from advisor.remedies.keys import AddReference
from advisor.remedies.sql import with_suffix
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

from ._alike import unsure_once
from ._naming import Words, singulars, tables_by_row

TEXTS = frozenset({"text", "character varying", "citext"})
ID = frozenset({"id", "uuid", "guid"})
RECORDS = frozenset(
    """audit audits log logs logged version versions event events activity activities history histories outbox inbox webhook
    webhooks changelog journal journals archive archives archived trash deleted analytics view views hit hits visit visits click
    clicks impression impressions stat stats statistics metric metrics usage usages daily hourly monthly snapshot snapshots backup
    backups import imports staging stage tmp temp queue queues job jobs cache caches search summary summaries rollup fact tombstone
    tombstones""".split()
)
"""Words of tables whose rows outlive what they speak of, or are made from other rows again and again."""

BAD = [
    sql("""
        CREATE TABLE authors (id bigint PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint NOT NULL, title text, region_guid bigint);
        CREATE TABLE regions (id bigint PRIMARY KEY) PARTITION BY HASH (id);
    """),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE categories (id bigint PRIMARY KEY, owner_id bigint REFERENCES users);
        CREATE TABLE posts (id bigint PRIMARY KEY, user_id bigint REFERENCES users, category_id int NOT NULL);
        CREATE TABLE pins (id bigint PRIMARY KEY, user_id bigint REFERENCES users, category_id bigint REFERENCES categories);
        CREATE TABLE likes (id bigint PRIMARY KEY, user_id bigint NOT NULL);
    """),
    sql("""
        CREATE TABLE people (id bigint PRIMARY KEY);
        CREATE TABLE children (id bigint PRIMARY KEY);
        CREATE TABLE men (id bigint PRIMARY KEY);
        CREATE TABLE women (id bigint PRIMARY KEY);
        CREATE TABLE media (id bigint PRIMARY KEY);
        CREATE TABLE data (id bigint PRIMARY KEY);
        CREATE TABLE boxes (id bigint PRIMARY KEY);
        CREATE TABLE cities (id bigint PRIMARY KEY);
        CREATE TABLE "class" (id bigint PRIMARY KEY);
        CREATE TABLE notes (
            id bigint PRIMARY KEY, person_id bigint, child_id bigint, man_id bigint, woman_id bigint, medium_id bigint,
            datum_id bigint, box_id bigint, city_id bigint, class_id bigint, clas_id bigint
        );
    """),
    prisma("""
        model User {
          id    String @id
          teams Team[]
        }
        model Team {
          id      String @id
          ownerId String
          owner   User   @relation(fields: [ownerId], references: [id])
        }
        model Invitation {
          id     String @id
          teamId String
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE authors (id bigint PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint REFERENCES authors, device_id bigint, stripe_author_id bigint);
        CREATE TABLE tokens (id bigint PRIMARY KEY, author_id text);  -- of another type: somebody else's id
        CREATE TABLE audit_log (id bigint PRIMARY KEY, author_id bigint);
        CREATE TABLE books (id bigint PRIMARY KEY, author_id bigserial);
        CREATE TABLE person (person_id bigint PRIMARY KEY, "Person_uuid" uuid);
        CREATE TABLE long_dead_authors (author_id bigint PRIMARY KEY, name text);
        CREATE VIEW titles AS SELECT id, author_id FROM posts;
    """),
    sql("""
        CREATE TABLE subjects (id bigint PRIMARY KEY);
        CREATE TABLE comments (id bigint PRIMARY KEY, subject_type text NOT NULL, subject_id bigint NOT NULL);
    """),
    prisma("""
        datasource db {
          provider     = "postgresql"
          relationMode = "prisma"
        }
        model User {
          id    Int    @id
          posts Post[]
        }
        model Post {
          id     Int  @id
          userId Int
          user   User @relation(fields: [userId], references: [id])
        }
        model Note {
          id     Int @id
          userId Int
        }
    """),
    sql("""
        CREATE TABLE stores (id bigint PRIMARY KEY);
        CREATE TABLE payments (id bigint, store_id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
        CREATE TABLE payments_2026 PARTITION OF payments FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        ALTER TABLE payments_2026 ADD FOREIGN KEY (store_id) REFERENCES stores;
        CREATE SCHEMA pos;
        CREATE TABLE pos.bills (id bigint PRIMARY KEY, store_id bigint);  -- another module's stores, perhaps
    """),
    sql("""
        CREATE TABLE orders (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));
        CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint);  -- half of a key
        CREATE TABLE bills (no bigint PRIMARY KEY, tenant_id bigint, order_id bigint);
        ALTER TABLE bills ADD FOREIGN KEY (tenant_id, order_id) REFERENCES orders;
    """),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def missing_foreign_key(database: Database) -> Iterator[Finding]:
    if database.prisma and database.prisma.datasource and database.prisma.datasource.relation_mode == "prisma":
        return
    rows = tables_by_row(table for table in database.schema.tables if table.kind in ("table", "partitioned table"))
    guarded = guarded_columns(database.schema)
    named = [
        (table, column, target)
        for table, column in database.columns()
        if (target := named_table(table, column, rows)) and ((table.name, column.name) in guarded or is_due(table, column))
    ]
    missing = [place for place in named if (place[0].name, place[1].name) not in guarded]
    elsewhere = Counter((target.name, column.words) for table, column, target in named if (table.name, column.name) in guarded)
    lacking = Counter(table.name for table, _, _ in missing)
    yield from unsure_once(
        [
            finding(*place, elsewhere[place[2].name, place[1].words], by_choice=does_without(place[0], lacking[place[0].name]))
            for place in missing
        ],
        of=len(named),
        subject="references without a foreign key",
        message=lambda number: (
            f"{number} of {len(named)} columns named after a table have no foreign key: they may name what is gone"
        ),
    )


def does_without(table: Table, lacking: int) -> bool:
    """Whether a table has no foreign key at all where several are to be expected, which looks like a decision."""
    return lacking > 1 and not table.foreign_keys


def guarded_columns(schema: Schema) -> set[tuple[Name, str]]:
    """The columns of foreign keys; also those of a table whose partitions have them."""
    owners = [(table, name) for table in schema.tables for name in (table.name, table.partition_of, *table.inherits) if name]
    return {(owner, name) for table, owner in owners for key in table.foreign_keys for name in key.columns}


def named_table(table: Table, column: Column, rows: Mapping[Words, list[Table]]) -> Table | None:
    """The table of the same schema that a column is named after, if its key is one column of a type that fits.

    A column that draws its own values refers to nothing, and `customer_id` of `customers` is the table's own.
    """
    if len(column.words) < 2 or column.words[-1] not in ID or column.is_array or not table.complete:
        return None
    drawn = column.identity or column.client_default or (column.default and column.default.functions)
    found = rows.get(column.words[:-1], ())
    near = [other for other in found if other.name.schema == table.name.schema]
    own = drawn or is_own_key(column, table)
    key = key_of(near[0]) if len(near) == 1 and not own and near[0].name != table.name else None
    return near[0] if key and fits(column, key) else None


def is_own_key(column: Column, table: Table) -> bool:
    """Whether it is the primary key of a table that is called like the other one, and more: `active_sessions (session_id)`."""
    row = column.words[:-1]
    return key_of(table) == column and any(name[-len(row) :] == row for name in singulars(words_of(table.name.name)))


def key_of(table: Table) -> Column | None:
    index = table.primary_key
    return table.column(index.columns[0] or "") if index and len(index.columns) == 1 else None


def fits(column: Column, key: Column) -> bool:
    mine, theirs = column.base_type, key.base_type
    return mine == theirs or (mine in HIGHEST and theirs in HIGHEST) or (mine in TEXTS and theirs in TEXTS)


def is_due(table: Table, column: Column) -> bool:
    """Whether a foreign key is to be expected: not of a record of what was, and not of a key of whatever table."""
    typed = any(other.words == (*column.words[:-1], "type") for other in table.columns)
    several = any(reference.key.name == column.name for reference in typed_references(table))
    return table.primary_key is not None and RECORDS.isdisjoint(table_words(table)) and not typed and not several


def table_words(table: Table) -> frozenset[str]:
    return frozenset(word for name in (table.name.name, table.model or "") for word in words_of(name))


def finding(table: Table, column: Column, target: Table, elsewhere: int, *, by_choice: bool) -> Finding:
    """Likely where columns of that name have it in other tables, and the table has others; else the name is all that there is."""
    key = key_of(target)
    name = with_suffix(f"{table.name.name}_{column.name}", "_fkey")
    reference = ForeignKey(name, table.name, (column.name,), target.name, (key.name if key else "",), column.location)
    others = f", which {elsewhere} other table{'s have' if elsewhere > 1 else ' has'}" if elsewhere else ""
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} has no foreign key to {target.name}{others}: it may name a row that is gone",
        # A partitioned table takes no NOT VALID foreign key before PostgreSQL 18.
        remedy=AddReference(reference) if table.kind == "table" else None,
        confidence=Confidence.LIKELY if elsewhere and not by_choice else Confidence.POSSIBLE,
    )
