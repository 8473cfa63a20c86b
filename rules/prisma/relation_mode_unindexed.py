"""A relation that Prisma itself guards, without an index.

## Why it matters
With `relationMode = "prisma"` there are no foreign keys: Prisma looks for the rows that refer to a row whenever that row is
deleted or its key changes, with a query of its own, and joins and `include` do as well. Without an index on the relation's fields
each of these reads the whole table. The migration makes none: `foreignKeys` mode does not either, but there unindexed-foreign-key
says so.

## When it is fine
The table has a few rows, and keeps so.

## What to do
`@@index([authorId])` in the model that holds the field.

## Sources
- Prisma documentation, "Relation mode", "Indexes": "we recommend that you add indexes"
  https://www.prisma.io/docs/orm/prisma-schema/data-model/relations/relation-mode#indexes
"""

from collections.abc import Iterator

from advisor.model import PrismaSchema, Schema, Table
from advisor.remedies import CreateIndex
from advisor.rule import Finding, Severity, project, rule

GENERATED = 'generator client {\n  provider = "prisma-client-js"\n}\n'
DATASOURCE = 'datasource db {\n  provider     = "postgresql"\n  url          = env("DATABASE_URL")\n  relationMode = "prisma"\n}\n'
USER = "model User {\n  id    Int    @id\n  posts Post[]\n}\n"
POST = "model Post {\n  id       Int  @id\n  authorId Int\n  author   User @relation(fields: [authorId], references: [id])\n"
SHOP = """
model Order {
  tenantId Int
  number   Int
  lines    Line[]

  @@id([tenantId, number])
}
model Product {
  id    Int    @id
  lines Line[]
}
model Line {
  id        Int     @id
  productId Int     @unique
  product   Product @relation(fields: [productId], references: [id])
  tenantId  Int
  orderNo   Int
  order     Order   @relation(fields: [tenantId, orderNo], references: [tenantId, number])
}
"""
BAD = [
    project({"schema.prisma": f"{GENERATED}{DATASOURCE}{USER}{POST}}}\n"}),
    project({"schema.prisma": f"{GENERATED}{DATASOURCE}{USER}{POST}\n  @@unique([id, authorId])\n}}\n"}),
    project(
        {
            "schema.prisma": GENERATED
            + DATASOURCE
            + USER.replace("}", '\n  @@map("people")\n}')
            + POST.replace("Int\n", 'Int  @map("author_id")\n')
            + '\n  @@map("articles")\n}\n'
        }
    ),
    project({"schema.prisma": f"{GENERATED}{DATASOURCE}{SHOP}"}),
]
GOOD = [
    project({"schema.prisma": f"{GENERATED}{DATASOURCE}{USER}{POST}\n  @@index([authorId, id])\n}}\n"}),
    # one to one: @unique is an index
    project(
        {
            "schema.prisma": f"{GENERATED}{DATASOURCE}"
            + USER.replace("posts Post[]", "posts Post?").replace("id    Int    @id", "id Int @id")
            + POST.replace("authorId Int\n", "authorId Int @unique\n")
            + "}\n"
        }
    ),
    # foreign keys: another rule's
    project({"schema.prisma": GENERATED + DATASOURCE.replace('  relationMode = "prisma"\n', "") + USER + POST + "}\n"}),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def relation_mode_unindexed(table: Table, schema: Schema, prisma: PrismaSchema) -> Iterator[Finding]:
    if not prisma.speaks_postgresql or prisma.datasource is None or prisma.datasource.relation_mode != "prisma":
        return
    for relation in table.relations:
        if not relation.columns or table.serves_lookup_by(relation.columns):
            continue
        fields = [column.field or column.name for name in relation.columns if (column := table.column(name))]
        target = schema.table(relation.target)
        yield Finding(
            at=relation.location,
            subject=table.subject(*relation.columns),
            message=f"{table.model}.{relation.field} has no index on {', '.join(fields)}: all of {table.model} is read for each"
            f" {(target and target.model) or relation.target} that is deleted or included",
            remedy=CreateIndex.on(table, relation.columns, schema),
        )
