"""A foreign key whose type differs from the type that it refers to.

## Why it matters
- Types that no `=` compares, `text` and `uuid`, `integer` and `text`: PostgreSQL refuses the foreign key, and the migration fails.
  Prisma checks the kind of the fields (both String), not what `@db.` makes of them.
- `integer` that refers to `bigint`: from 2,147,483,648 on a row cannot be referred to. Who widened the key forgot this end.
- `integer` that refers to `numeric`, `char(n)` to `text`: the values are cast to be compared, and no index on the referring column
  serves. Measured on a million rows with such an index: deleting a referenced row takes 128 ms, 0.8 ms where the types agree.
- A shorter `varchar` refuses values that are good on the other side.

## When it is fine
`text` and `varchar` without a length are one and the same here, and so is a domain with the type that it stands on. A `bigint` that
refers to an `integer` costs nothing but the surprise: that is a note, and on the way to wider keys the right order.

## What to do
Give the referring column the type of the key. From integer to bigint writes the table anew under ACCESS EXCLUSIVE, a longer
varchar does not.

## Sources
- PostgreSQL documentation, "Constraints", section "Foreign Keys": the "number and type of the constrained columns need to match"
  https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
- which operator is taken, and what is refused: `ATAddForeignKeyConstraint` in tablecmds.c; the pairs of types below were tried on
  PostgreSQL 18
- the measurement: benchmarks/keys.py
"""

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from advisor.habits import each_or_all
from advisor.model import Column, Database, ForeignKey, Schema, Table
from advisor.model.schema import HIGHEST
from advisor.remedies import ChangeColumnType
from advisor.remedies.sql import quote
from advisor.rule import Finding, Severity, prisma, rule, sql

Trouble = Literal["refused", "narrower", "cast", "shorter", "wider", "unlike"]

TEXTS = frozenset({"text", "character varying"})
NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
FLOATS = frozenset({"real", "double precision"})
MOMENTS = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
JUDGED = TEXTS | MOMENTS | {*NUMBERS, "character", "citext", "uuid", "boolean", "bytea"}

SEVERITY = {
    "narrower": Severity.WARNING,
    "cast": Severity.WARNING,
    "shorter": Severity.INFO,
    "wider": Severity.INFO,
    "unlike": Severity.INFO,
}
COST = {
    "refused": "PostgreSQL refuses the foreign key",
    "narrower": "rows with higher numbers cannot be referred to",
    "cast": "values are cast to be compared, and no index on it serves a delete there",
    "shorter": "longer values cannot be referred to",
    "wider": "the key is the one that ends first",
    "unlike": "values that look equal may differ in precision or time zone",
}

BAD = [
    sql("""
        CREATE DOMAIN user_ref AS integer;
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id integer NOT NULL REFERENCES users, editor user_ref REFERENCES users);
    """),
    prisma("""
        model User {
          id    String @id @default(dbgenerated("gen_random_uuid()")) @db.Uuid
          posts Post[]
        }
        model Post {
          id       Int    @id
          authorId String
          author   User   @relation(fields: [authorId], references: [id])
        }
    """),
    sql("""
        CREATE TABLE users (id uuid PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, author text NOT NULL REFERENCES users);
    """),
    sql("""
        CREATE TABLE accounts (tenant_id integer, no bigint, PRIMARY KEY (tenant_id, no));
        CREATE TABLE bills (
            id bigint PRIMARY KEY, tenant integer, account int, FOREIGN KEY (tenant, account) REFERENCES accounts (tenant_id, no)
        );
    """),
    sql("""
        CREATE TABLE items (no numeric(10) PRIMARY KEY, code text UNIQUE);
        CREATE TABLE lines (id bigint PRIMARY KEY, item integer REFERENCES items, item_code char(8) REFERENCES items (code));
    """),
    sql("""
        CREATE TABLE shops (slug varchar(100) PRIMARY KEY);
        CREATE TABLE visits (id bigint PRIMARY KEY, shop varchar(20) REFERENCES shops);
    """),
    sql("""
        CREATE TABLE users (id integer PRIMARY KEY);
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint REFERENCES users);
    """),
]
GOOD = [
    sql("""
        CREATE DOMAIN user_id AS bigint;
        CREATE TABLE users (id bigserial PRIMARY KEY, slug varchar UNIQUE, code varchar(8) UNIQUE);
        CREATE TABLE posts (
            id bigint PRIMARY KEY, a int8 REFERENCES users, b user_id REFERENCES users, c text REFERENCES users (slug),
            d text REFERENCES users (code), e varchar(20) REFERENCES users (code)
        );
    """),
    prisma("""
        model User {
          id    String @id @db.Uuid
          posts Post[]
        }
        model Post {
          id       Int    @id
          authorId String @db.Uuid
          author   User   @relation(fields: [authorId], references: [id])
        }
    """),
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, author_id integer REFERENCES users, mood integer REFERENCES moods (id));"),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def foreign_key_type_mismatch(database: Database) -> Iterator[Finding]:
    schema = database.schema
    domains = {quote_type(domain.name.qualified): domain.type for domain in schema.domains}
    pairs = list(pairs_of_columns(schema))
    found: dict[Trouble, dict[str, Finding]] = {}
    for key, table, column, target in pairs:
        if trouble := trouble_between(resolved(column, domains), resolved(target, domains)):
            told = finding(trouble, key, table, column, target, schema)
            found.setdefault(trouble, {}).setdefault(told.subject, told)
    for trouble, findings in found.items():
        yield from each_or_all(
            list(findings.values()),
            of=len(pairs),
            subject=f"foreign keys {trouble}",
            message=f"{len(findings)} foreign keys differ in type from what they refer to: {COST[trouble]}",
        )


def pairs_of_columns(schema: Schema) -> Iterator[tuple[ForeignKey, Table, Column, Column]]:
    """Each column of a foreign key with the one that it refers to, where both are known; not again in partitions."""
    for table in schema.tables:
        for key in table.foreign_keys if schema.parent_of(table) is None else ():
            referenced = schema.table(key.referenced_table)
            for name, target in zip(key.columns, key.referenced_columns, strict=False):
                column, other = table.column(name), referenced.column(target) if referenced else None
                if column and other:
                    yield key, table, column, other


def quote_type(name: str) -> str:
    return name.removeprefix("public.")


def resolved(column: Column, domains: dict[str, str]) -> Column:
    """The column with the type below its domain."""
    base = domains.get(quote_type(column.type))
    return replace(column, type=base) if base else column


def trouble_between(column: Column, target: Column) -> Trouble | None:
    """What comes of comparing them; None where all is well, or one of the types is not known here."""
    mine, theirs = column.base_type, target.base_type
    if column.is_array or target.is_array or not all(is_judged(each) for each in (column, target)):
        return None
    if mine == theirs or {mine, theirs} <= TEXTS:
        shorter = mine in TEXTS and column.modifiers and target.modifiers and column.modifiers < target.modifiers
        return "shorter" if shorter else None
    if mine in HIGHEST and theirs in HIGHEST:
        return "narrower" if HIGHEST[mine] < HIGHEST[theirs] else "wider"
    if {mine, theirs} <= MOMENTS or {mine, theirs} <= FLOATS:
        return "unlike"
    return "cast" if is_accepted(mine, theirs) else "refused"


def is_judged(column: Column) -> bool:
    return column.base_type in JUDGED or column.enum is not None


def is_accepted(mine: str, theirs: str) -> bool:
    """Whether PostgreSQL takes a foreign key from one type to another one, though no index serves."""
    if mine in NUMBERS and theirs in NUMBERS:
        return theirs in FLOATS or (theirs == "numeric" and mine in HIGHEST)
    texts = TEXTS | {"character"}
    return (theirs in texts and mine in texts) or (mine == "citext" and theirs in TEXTS)


def finding(trouble: Trouble, key: ForeignKey, table: Table, column: Column, target: Column, schema: Schema) -> Finding:
    return Finding(
        at=key.location,
        subject=table.subject(column.name),
        message=(
            f"{table.name}.{column.name} is {column.type} and refers to {key.referenced_table}.{target.name}, "
            f"which is {target.type}: {COST[trouble]}"
        ),
        remedy=change(trouble, table, column, target, schema),
        severity=SEVERITY.get(trouble),
    )


def change(trouble: Trouble, table: Table, column: Column, target: Column, schema: Schema) -> ChangeColumnType | None:
    """The type of the key, but never a narrower one: there the key is what is to be changed."""
    how = ChangeColumnType.of(table, column, target.type, schema) if trouble not in ("wider", "unlike") else None
    if how is None or trouble != "refused":
        return replace(how, rewrites=trouble != "shorter") if how else None
    name, default = quote(column.name), column.default
    return replace(how, using=f"{name}::{target.type}", back_using=f"{name}::{column.type}") if default is None else None
