"""A foreign key whose columns may be NULL.

## Why it matters
A row without the reference is checked by nothing, and an inner join drops it without a word. Of a key of several columns, one NULL
is enough to leave the others unchecked (MATCH SIMPLE): `(tenant_id, NULL)` goes through with a tenant that does not exist.

## When it is fine
The relation is optional: no parent, no reviewer yet, ON DELETE SET NULL. Those that say SET NULL are left out. The rule is off
unless a project asks for it.

## What to do
NOT NULL where each row has one. For a key of several columns, of which some must be there: MATCH FULL.

## Sources
- PostgreSQL documentation, "Foreign Keys", on MATCH FULL
  https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import ForeignKey, Schema, Table
from advisor.rule import Finding, Severity, prisma, rule, sql

BAD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint REFERENCES users);
        CREATE TABLE accounts (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));
        CREATE TABLE bills (
            tenant_id bigint, account_id bigint, at date, FOREIGN KEY (tenant_id, account_id) REFERENCES accounts
        ) PARTITION BY RANGE (at);
        CREATE TABLE bills_2026 PARTITION OF bills FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    """),
    prisma("""
        model User {
          id    Int    @id
          posts Post[]
        }
        model Post {
          id       Int   @id
          authorId Int?
          author   User? @relation(fields: [authorId], references: [id], onDelete: Cascade)
        }
    """),
    sql(
        "CREATE TABLE users (id bigint PRIMARY KEY);\n"
        + "\n".join(f"CREATE TABLE posts{letter} (user_id bigint REFERENCES users);" for letter in "abcdefghijk")
    ),
]
GOOD = [
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE posts (
            id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES users, editor_id bigint REFERENCES users ON DELETE SET NULL
        );
    """),
    prisma("""
        model User {
          id    Int    @id
          posts Post[]
        }
        model Post {
          id       Int   @id
          authorId Int?
          author   User? @relation(fields: [authorId], references: [id])
        }
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def nullable_foreign_key(schema: Schema) -> Iterator[Finding]:
    keys = [
        (table, key)
        for table in schema.tables
        if schema.parent_of(table) is None and not table.implicit and table.complete
        for key in table.foreign_keys
    ]
    found = [(table, key, names) for table, key in keys if (names := nullable_columns(key, table))]
    yield from each_or_all(
        [
            Finding(
                at=key.location,
                subject=table.subject(*key.columns),
                message=f"{table.name}.{', '.join(names)} may be NULL: such a row refers to nothing in {key.referenced_table}",
            )
            for table, key, names in found
        ],
        of=len(keys),
        subject="nullable foreign keys",
        message=f"{len(found)} of {len(keys)} foreign keys may be NULL",
    )


def nullable_columns(key: ForeignKey, table: Table) -> list[str]:
    """Those that let a row through unchecked; none where ON DELETE says that they are meant to be NULL."""
    if key.match_full or "SET NULL" in (key.on_delete, key.on_update):
        return []
    columns = [column for name in key.columns if (column := table.column(name))]
    return [column.name for column in columns if column.nullable]
