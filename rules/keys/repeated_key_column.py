"""A key that names the same column twice.

## Why it matters
In a primary key or a unique constraint PostgreSQL refuses it, and the migration fails there. In a foreign key it takes
`FOREIGN KEY (a, a) REFERENCES t (x, y)`: only rows of t in which x and y are equal can be referred to, and the column that was
meant is checked by nothing. It is a slip of the pen.

## When it is fine
Never in a primary key or unique constraint. In a foreign key where the two are known to be equal, which wants a comment.

## What to do
Put the column that was meant in its place, or leave it out.

## Sources
- `transformIndexConstraint` in parse_utilcmd.c: column "a" appears twice in primary key constraint
- tried on PostgreSQL 18: the foreign key is taken where the referring columns repeat, and refused where the referenced ones do
  ("foreign key referenced-columns list must not contain duplicates")
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from advisor.model import Schema, Table
from advisor.rule import Finding, Severity, project, rule, sql

BAD = [
    sql("""
        CREATE TABLE accounts (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));
        CREATE TABLE bills (
            no bigint PRIMARY KEY, tenant_id bigint, account_id bigint, FOREIGN KEY (tenant_id, tenant_id) REFERENCES accounts
        );
    """),
    sql("""
        CREATE TABLE accounts (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));
        CREATE TABLE bills (tenant_id bigint, account_id bigint, FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (id, id));
    """),
    sql("CREATE TABLE follows (follower_id bigint, followed_id bigint, PRIMARY KEY (follower_id, follower_id));"),
    project({"migrations/002.sql": "ALTER TABLE follows ADD CONSTRAINT once UNIQUE (follower_id, follower_id);"})
    + project({"migrations/001.sql": "CREATE TABLE follows (follower_id bigint, followed_id bigint);"}),
]
GOOD = [
    sql("""
        CREATE TABLE accounts (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id), UNIQUE (id, tenant_id));
        CREATE TABLE bills (
            no bigint PRIMARY KEY, tenant_id bigint, account_id bigint, FOREIGN KEY (tenant_id, account_id) REFERENCES accounts
        );
    """),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def repeated_key_column(table: Table, schema: Schema) -> Iterator[Finding]:
    if schema.parent_of(table) is not None:
        return
    for index in table.indexes:
        if index.constraint in ("primary key", "unique") and (twice := first_repeated(index.columns)):
            what = "the primary key" if index.constraint == "primary key" else f"the unique key {index}"
            yield Finding(
                at=index.location,
                subject=f"{table.subject()}.{index}",
                message=f"{what} of {table.name} names {twice} twice, which PostgreSQL refuses",
            )
    for key in table.foreign_keys:
        if twice := first_repeated(key.columns):
            yield Finding(
                at=key.location,
                subject=f"{table.subject()}.{key.name or key.columns}",
                message=f"the foreign key from {table.name} to {key.referenced_table} names {twice} twice: what was meant is free",
            )
        elif twice := first_repeated(key.referenced_columns):
            yield Finding(
                at=key.location,
                subject=f"{table.subject()}.{key.name or key.columns}",
                message=f"the foreign key of {table.name} refers to {key.referenced_table}.{twice} twice, which PostgreSQL refuses",
            )


def first_repeated(columns: Sequence[str | None]) -> str | None:
    """The first column that stands there more than once; expressions are not compared."""
    return next((name for name, times in Counter(columns).items() if name and times > 1), None)
