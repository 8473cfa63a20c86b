"""An enum type, whose values can be added and renamed, but not taken away.

## Why it matters
`ALTER TYPE ... ADD VALUE` is easy; there is no DROP VALUE. Taking one away, or putting them in another order, means a new type, and
changing every column to it, which writes the tables anew while nobody can read them. A value added inside a transaction cannot be
used before it commits. And a value has nothing but its name: no label, no flag that it is retired.

## When it is fine
The set is closed by its nature: directions, days of the week, states that code knows one by one. An enum takes 4 bytes, sorts in
the order of its values, and types of a client can be made from it, as Prisma does.

## What to do
A CHECK over a text column, which a migration changes by a second one, NOT VALID and then validated. A table of the values and a
foreign key, where values come and go without a deployment, or have more to them than a name.

## Sources
- PostgreSQL documentation, "Enumerated Types": "existing values cannot be removed from an enum type, nor can the sort ordering of
  such values be changed, short of dropping and re-creating the enum type" https://www.postgresql.org/docs/current/datatype-enum.html
- PostgreSQL documentation, ALTER TYPE https://www.postgresql.org/docs/current/sql-altertype.html
"""

from collections import Counter
from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Name, Schema
from advisor.rule import Finding, Severity, prisma, prisma_migrations, rule, sql

BAD = [
    sql("CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE people (id bigint, mood mood NOT NULL, last_mood mood);"),
    sql("CREATE SCHEMA shop; CREATE TYPE shop.status AS ENUM ('open', 'paid', 'sent');"),
    prisma("""
        model Order {
          id     Int    @id
          status Status
        }
        enum Status {
          OPEN
          PAID
        }
    """),
    prisma_migrations("""CREATE TYPE "Status" AS ENUM ('OPEN', 'PAID');"""),
    sql("\n".join(f"CREATE TYPE mood{number} AS ENUM ('ok', 'sad');" for number in range(11))),
]
GOOD = [
    sql("""
        CREATE TABLE statuses (name text PRIMARY KEY);
        CREATE TABLE orders (id bigint PRIMARY KEY, status text REFERENCES statuses, mood text CHECK (mood IN ('sad', 'happy')));
        CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
    """),
    sql("""
        CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE TABLE people (id bigint PRIMARY KEY, mood mood);
        ALTER TABLE people ALTER mood TYPE text;
        DROP TYPE mood;
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def enum_type(schema: Schema) -> Iterator[Finding]:
    used: Counter[Name] = Counter(column.enum for table in schema.tables for column in table.columns if column.enum)
    findings = [
        Finding(
            at=enum.location,
            subject=enum.name.qualified,
            message=f"{enum.name} is an enum of {len(enum.values)} values{users(used[enum.name])}: none of them can be taken away",
        )
        for enum in schema.enums
    ]
    message = f"{len(findings)} types are enums: no value of theirs can be taken away"
    yield from each_or_all(findings, of=2 * len(findings), subject="enums throughout", message=message)


def users(columns: int) -> str:
    return f" in {columns} columns" if columns > 1 else ""
