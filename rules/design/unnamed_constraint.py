"""A constraint that SQL gives no name.

## Why it matters
PostgreSQL makes a name up, out of the table and the columns (`orders_total_check`, a second one `orders_total_check1`). It is
what an error message shows, what the application looks for to tell a duplicate from a missing parent, and what the next migration
must say to drop it. Where statements ran in another order, or a table or a column has been renamed since, the same constraint has
another name in another database.

## When it is fine
Everything is made by one history of migrations, in one order: then PostgreSQL's names are the same everywhere. A primary key, of
which a table has one, is not told, nor is NOT NULL. ORMs give names, and a server's or a dump's are all given.

## What to do
`CONSTRAINT orders_total_positive CHECK (total > 0)`. A name says what is demanded, as it will be read in an error. The option
`kinds` says which constraints need one.

## Sources
- PostgreSQL documentation, CREATE TABLE: "If a constraint is violated, the constraint name is present in error messages, so
  constraint names like col must be positive can be used to communicate helpful constraint information to client applications"
  https://www.postgresql.org/docs/current/sql-createtable.html
- how names are made up: `ChooseConstraintName` in pg_constraint.c
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Database, Location, Table
from advisor.rule import Finding, Options, Severity, prisma, project, rule, sql

from ._tables import own_tables

BAD = [
    sql("CREATE TABLE orders (id bigint PRIMARY KEY, total numeric CHECK (total > 0), number text UNIQUE);"),
    sql("""
        CREATE TABLE customers (id bigint PRIMARY KEY);
        CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
        ALTER TABLE orders ADD CHECK (id > 0);
        CREATE TABLE bookings (id bigint PRIMARY KEY, during tstzrange, EXCLUDE USING gist (during WITH &&));
    """),
    project(
        {
            "advisor.toml": "[rules.unnamed-constraint]\nkinds = ['primary key']\n",
            "schema.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, number text UNIQUE);",
        }
    ),
    sql("CREATE TABLE orders (a int CHECK (a > 0), b int UNIQUE, c int CHECK (c > 0), d int UNIQUE, e int CHECK (e > 0));"),
]
GOOD = [
    sql("""
        CREATE TABLE orders (
            id bigint PRIMARY KEY NOT NULL, total numeric CONSTRAINT total_positive CHECK (total > 0), number text,
            CONSTRAINT number_once UNIQUE (number)
        );
        CREATE UNIQUE INDEX ON orders (total);
    """),
    sql("""
        CREATE TABLE orders (id bigint PRIMARY KEY, total numeric CHECK (total > 0));
        ALTER TABLE orders RENAME CONSTRAINT orders_total_check TO total_positive;
    """),
    prisma("""
        model Author {
          id    Int    @id
          email String @unique
          posts Post[]
        }
        model Post {
          id       Int    @id
          authorId Int
          author   Author @relation(fields: [authorId], references: [id])
        }
    """),
]


KINDS = {
    "primary key": "the primary key",
    "unique": "a unique constraint",
    "foreign key": "a foreign key",
    "check": "a check",
    "exclusion": "an exclusion constraint",
}


@dataclass(frozen=True)
class Kinds(Options):
    kinds: tuple[str, ...] = ("check", "foreign key", "unique", "exclusion")


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def unnamed_constraint(database: Database, options: Kinds) -> Iterator[Finding]:
    if database.orm is not None:
        return
    found = [(table, each) for table in own_tables(database.schema) for each in constraints_of(table) if each[0] in options.kinds]
    findings = [
        Finding(
            at=location,
            subject=f"{table.subject()}.{name}",
            message=f"{KINDS[kind]} of {table.name} has no name of its own: PostgreSQL calls it {name}",
        )
        for table, (kind, name, location, made_up) in found
        if made_up
    ]
    message = f"{len(findings)} of {len(found)} constraints have no names of their own: PostgreSQL makes them up"
    yield from each_or_all(findings, of=len(found), subject="unnamed constraints throughout", message=message)


def constraints_of(table: Table) -> Iterator[tuple[str, str | None, Location, bool]]:
    """Each with its kind, its name and whether PostgreSQL made that up."""
    for index in table.indexes:
        if index.constraint:
            yield index.constraint, index.name, index.location, index.name_is_default
    for key in table.foreign_keys:
        yield "foreign key", key.name, key.location, key.name_is_default
    for check in table.checks:
        yield "check", check.name, check.location, check.name_is_default
