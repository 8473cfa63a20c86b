"""A required field that the client does not know.

## Why it matters
`@ignore` takes the field out of Prisma Client, while the column stays NOT NULL: `create`, `createMany` and `upsert` of the model
are gone from the client, or, where an older one has them still, fail with P2011, a null constraint violation. A default that only
the client makes, `uuid()` and `cuid()`, is not made for a field that it does not know.

## When it is fine
Rows are only read, or written by something else.

## What to do
Make the field optional, or give the column a default of the database's own: `@default(dbgenerated("gen_random_uuid()"))`, a
constant, `now()`. On the way to dropping a column, the optional field comes first, with its migration.

## Sources
- Prisma schema reference, `@ignore` https://www.prisma.io/docs/orm/reference/prisma-schema-reference#ignore;
  https://github.com/prisma/prisma/issues/11283
- a client-side default that is not made: https://github.com/prisma/orm/issues/23726
"""

from collections.abc import Iterator

from advisor.model import Column, PrismaSchema, Table
from advisor.remedies import RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Finding, Severity, prisma, rule

BAD = [
    prisma("""
        model User {
          id     Int    @id
          legacy String @ignore
        }
    """),
    prisma("""
        model User {
          id    Int    @id @default(autoincrement())
          token String @default(uuid()) @ignore
        }
    """),
]
GOOD = [
    prisma("""
        model User {
          id      Int      @id
          legacy  String?  @ignore
          tags    String[] @ignore
          counted Int      @default(0) @ignore
          made    DateTime @default(now()) @ignore
          token   String   @default(dbgenerated("gen_random_uuid()")) @ignore
        }
    """),
    prisma("""
        model User {
          id     Int    @id
          legacy String

          @@ignore
        }
    """),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def required_ignored_field(column: Column, table: Table, schema: PrismaSchema) -> Iterator[Finding]:
    if column.ignored and not column.nullable and not column.default and not column.identity and schema.speaks_postgresql:
        alter = f"ALTER TABLE {quote_name(table.name)} ALTER COLUMN {quote(column.name)}"
        yield Finding(
            at=column.location,
            subject=table.subject(column.name),
            message=f"{table.model}.{column.field} is ignored, required and without a default: the client cannot create a"
            f" {table.model}",
            remedy=RunSql(
                f"Let {table.name}.{column.name} be NULL, as ? behind its type says in the schema",
                f"{alter} DROP NOT NULL;",
                f"{alter} SET NOT NULL;",
            ),
        )
