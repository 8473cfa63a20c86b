"""A foreign key to a table in another schema.

## Why it matters
Where schemas stand for modules, services or tenants, such a key ties them together: neither can be dumped and restored, moved to
another server or dropped without the other, and who deletes over there needs locks and an index over here.

## When it is fine
Schemas only sort the tables of one application, or a host makes one (`auth` on Supabase). The rule is off unless a project asks for
it.

## What to do
Keep the reference as a plain column, and let the module that owns the rows tell when one goes; or put the tables into one schema.

## Sources
- PostgreSQL documentation, "Schemas" https://www.postgresql.org/docs/current/ddl-schemas.html
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Schema
from advisor.model.schema.tools_own import HOSTS_OWN
from advisor.rule import Finding, Severity, prisma, rule, sql

BAD = [
    sql("""
        CREATE SCHEMA billing;
        CREATE TABLE users (id bigint PRIMARY KEY);
        CREATE TABLE billing.invoices (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES public.users);
    """),
    prisma("""
        datasource db {
          provider = "postgresql"
          schemas  = ["base", "shop"]
        }
        model User {
          id     Int     @id
          orders Order[]

          @@schema("base")
        }
        model Order {
          id     Int  @id
          userId Int
          user   User @relation(fields: [userId], references: [id])

          @@schema("shop")
        }
    """),
    sql(
        "CREATE TABLE users (id bigint PRIMARY KEY);\nCREATE SCHEMA app;\n"
        + "\n".join(f"CREATE TABLE app.posts{letter} (user_id bigint REFERENCES users);" for letter in "abcdefghijk")
    ),
]
GOOD = [
    sql("""
        CREATE SCHEMA billing;
        CREATE TABLE billing.accounts (id bigint PRIMARY KEY);
        CREATE TABLE billing.invoices (id bigint PRIMARY KEY, account_id bigint NOT NULL REFERENCES billing.accounts);
    """),
    sql("""
        CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE, name text);  -- Supabase's own
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def foreign_key_across_schemas(schema: Schema) -> Iterator[Finding]:
    keys = [(table, key) for table in schema.tables if schema.parent_of(table) is None for key in table.foreign_keys]
    found = [(table, key) for table, key in keys if key.referenced_table.schema not in (table.name.schema, *HOSTS_OWN)]
    yield from each_or_all(
        [
            Finding(
                at=key.location,
                subject=table.subject(*key.columns),
                message=f"the foreign key of {table.name.qualified} leaves its schema for {key.referenced_table.qualified}",
            )
            for table, key in found
        ],
        of=len(keys),
        subject="foreign keys across schemas",
        message=f"{len(found)} of {len(keys)} foreign keys leave their schema",
    )
