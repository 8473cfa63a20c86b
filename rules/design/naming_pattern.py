"""A name of an index, a key, a constraint or a sequence that does not follow the project's pattern.

## Why it matters
Names are read in error messages, in plans and in `DROP` statements. Where they follow one pattern, everybody knows from the name
what a thing is and which table it belongs to, and the next migration knows what to call it; an application can tell from the name
of a violated constraint what to say.

## When it is fine
The name was given by a tool that has its own pattern throughout. Set the option to that pattern then, or to an empty one, which
asks for nothing.

## What to do
The options `primary_key`, `unique`, `foreign_key`, `check`, `exclusion`, `index`, `unique_index` and `sequence` are regular
expressions that the whole name must match, in which `{table}` stands for the table's name and `{columns}` for the names of the
columns, joined by underlines. The defaults are what PostgreSQL and Prisma call things: `.*_pkey`, `.*_key[0-9]*`,
`.*_fkey[0-9]*`, `.*_check[0-9]*`, `.*_excl[0-9]*`, `.*_idx[0-9]*`, `.*_(key|idx)[0-9]*` and `.*_seq[0-9]*`. Of sequences, those
that columns draw from are looked at.

`ALTER INDEX ... RENAME TO` and `ALTER TABLE ... RENAME CONSTRAINT` change the catalog alone.

## Sources
- PostgreSQL's own names: `ChooseRelationName` in indexcmds.c, `ChooseConstraintName` in pg_constraint.c
- Prisma's: https://www.prisma.io/docs/orm/prisma-schema/data-model/database-mapping
- PostgreSQL documentation, ALTER INDEX https://www.postgresql.org/docs/current/sql-alterindex.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields

from msgspec import Struct

from advisor.errors import ConfigurationError
from advisor.habits import each_or_all
from advisor.model import Location, Schema, Table
from advisor.rule import Finding, Options, Severity, prisma, project, rule, sql

from ._tables import own_tables

KINDS = {"primary key": "primary_key", "unique": "unique", "exclusion": "exclusion"}

BAD = [
    sql("CREATE TABLE orders (id bigint PRIMARY KEY, number text); CREATE INDEX by_number ON orders (number);"),
    sql("""
        CREATE TABLE customers (id bigint CONSTRAINT pk_customers PRIMARY KEY);
        CREATE TABLE orders (
            id bigint PRIMARY KEY, total numeric CONSTRAINT positive CHECK (total > 0),
            customer_id bigint CONSTRAINT to_customer REFERENCES customers, number text CONSTRAINT once UNIQUE, during tstzrange,
            CONSTRAINT apart EXCLUDE USING gist (during WITH &&)
        );
        CREATE SEQUENCE order_numbers;
        CREATE TABLE invoices (id bigint PRIMARY KEY DEFAULT nextval('order_numbers'));
    """),
    project(
        {
            "advisor.toml": "[rules.naming-pattern]\nindex = 'ix_{table}_{columns}'\n",
            "schema.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, number text); CREATE INDEX ON orders (number);",
        }
    ),
    prisma("""
        model Order {
          id     Int    @id
          number String

          @@index([number], map: "by_number")
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE customers (id serial PRIMARY KEY, email text UNIQUE, age int CHECK (age > 0) CHECK (age < 200));
        CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, period tstzrange);
        CREATE INDEX ON orders (customer_id); CREATE INDEX ON orders (customer_id); CREATE UNIQUE INDEX ON customers (lower(email));
        CREATE TABLE schema_migrations (version text CONSTRAINT versions PRIMARY KEY);
    """),
    project(
        {
            "advisor.toml": "[rules.naming-pattern]\nindex = 'ix_{table}_{columns}'\nprimary_key = ''\n",
            "schema.sql": """
                CREATE TABLE orders (id bigint CONSTRAINT orders_id PRIMARY KEY, a text, b text);
                CREATE INDEX ix_orders_a_b ON orders (a, b);
            """,
        }
    ),
    prisma("""
        model Order {
          id     Int    @id
          number String @unique
          at     DateTime

          @@index([at, number])
        }
    """),
]


@dataclass(frozen=True)
class Patterns(Options):
    primary_key: str = ".*_pkey"
    unique: str = ".*_key[0-9]*"
    foreign_key: str = ".*_fkey[0-9]*"
    check: str = ".*_check[0-9]*"
    exclusion: str = ".*_excl[0-9]*"
    index: str = ".*_idx[0-9]*"
    unique_index: str = ".*_(key|idx)[0-9]*"
    sequence: str = ".*_seq[0-9]*"

    def __post_init__(self) -> None:
        for option in fields(self):
            try:
                re.compile(filled(getattr(self, option.name), "t", "c"))
            except re.error as problem:
                raise ConfigurationError(f"rules.naming-pattern.{option.name}: no regular expression: {problem}") from None


class Given(Struct, frozen=True):
    """A name that was given to something."""

    kind: str
    name: str
    location: Location
    subject: str
    table: str = ""
    columns: str = ""


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def naming_pattern(schema: Schema, options: Patterns) -> Iterator[Finding]:
    counted: dict[str, int] = defaultdict(int)
    findings: dict[str, list[Finding]] = defaultdict(list)
    for given in (name for table in own_tables(schema) for name in (*names_of(table, schema), *sequences_of(table))):
        pattern = getattr(options, given.kind)
        counted[given.kind] += 1
        if pattern and re.fullmatch(filled(pattern, given.table, given.columns), given.name) is None:
            message = f"{spelt(given.kind)} {given.name} does not match the pattern {pattern}"
            findings[given.kind].append(Finding(at=given.location, subject=given.subject, message=message))
    for kind, found in findings.items():
        message = f"{len(found)} of {counted[kind]} names do not match the {spelt(kind)} pattern, {getattr(options, kind)}"
        yield from each_or_all(found, of=counted[kind], subject=f"names of each {spelt(kind)}", message=message)


def spelt(kind: str) -> str:
    return f"{kind} constraint" if kind in ("unique", "check", "exclusion") else kind.replace("_", " ")


def filled(pattern: str, table: str, columns: str) -> str:
    return pattern.replace("{table}", re.escape(table)).replace("{columns}", re.escape(columns))


def names_of(table: Table, schema: Schema) -> Iterator[Given]:
    found: list[tuple[str, str | None, Location, tuple[str | None, ...]]] = []
    for index in schema.own_indexes(table):
        kind = KINDS.get(index.constraint or "", "unique_index" if index.unique else "index")
        found.append((kind, index.name, index.location, index.columns))
    found += [("foreign_key", key.name, key.location, key.columns) for key in table.foreign_keys]
    found += [("check", check.name, check.location, check.expression.columns) for check in table.checks]
    for kind, name, location, columns in found:
        if name:
            joined = "_".join(column or "expr" for column in columns)
            yield Given(kind, name, location, f"{table.subject()}.{name}", table.name.name, joined)


def sequences_of(table: Table) -> Iterator[Given]:
    """The sequences that columns draw from; one that none draws from has no place."""
    for column in table.columns:
        if column.draws_from:
            name = column.draws_from.rpartition(".")[2].strip('"')
            yield Given("sequence", name, column.location, f"{table.subject()}.{name}", table.name.name, column.name)
