"""A find that reads a whole table, with nothing to bound it.

## Why it matters
`findMany` without `where` and without `take` returns every row. It works on the day it is written; with the table it
grows to seconds, then to the memory of the process, and every caller pays for rows that nobody looks at.

## When it is fine
The table stays small by its nature: settings, plans, countries. No tool can see that from the call, so this is said
as a possibility only. Nothing is said about tables that look kept by hand (they belong to no other table, and none
belongs to them or they do not record when a row was made), about finds that a condition narrows, or about tests,
seeds and scripts. An export may want every row, but then in batches.

## What to do
Page: `take` with an order that ends in the primary key, going on after the last row seen. To work through all rows,
read such pages in a loop until one is empty: a `take` alone would leave the rest out. To count or to sum, let the
database do it (`count`, `aggregate`, `groupBy`).

## Sources
- Prisma documentation, "Pagination"; "Aggregation, grouping, and summarizing"
"""

from collections.abc import Iterator
from textwrap import dedent

from advisor.model import LinkedQuery, Predicate, Query, Schema
from advisor.remedies import RewriteCode
from advisor.remedies.keyset import page_in_prisma, total_order
from advisor.rule import Confidence, Example, Finding, Severity, prisma, rule, typescript

SCHEMA = prisma("""
    model User {
      id        Int      @id
      email     String   @unique
      createdAt DateTime @default(now())
      posts     Post[]
    }
    model Post {
      id         Int        @id
      title      String
      published  Boolean    @default(false)
      deletedAt  DateTime?
      authorId   Int
      author     User       @relation(fields: [authorId], references: [id])
      categories Category[]
      @@index([authorId])
    }
    model Category {
      id       Int    @id
      name     String
      position Int
      posts    Post[]
    }
    model Setting {
      key   String @id
      value String
    }
""")
CLIENT = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\n"


def code(text: str, path: str = "src/app.ts") -> Example:
    """TypeScript that uses the schema above through a Prisma client."""
    return SCHEMA + typescript(CLIENT + dedent(text), path)


BAD = [
    code("export const everything = () => prisma.post.findMany();\n"),
    code("export const emails = () => prisma.user.findMany({ select: { email: true } });\n"),
    code("export const live = () => prisma.post.findMany({ where: { deletedAt: null }, orderBy: { id: 'desc' } });\n"),
]
GOOD = [
    code("export const settings = () => prisma.setting.findMany();  // stands alone: curated\n"),
    code("export const categories = () => prisma.category.findMany({ orderBy: { position: 'asc' } });  // kept by hand\n"),
    code("export const some = (authorId: number) => prisma.post.findMany({ where: { authorId } });\n"),
    code("export const named = (ids: number[]) => prisma.post.findMany({ where: { id: { in: ids } } });\n"),
    code("export const drafts = () => prisma.post.findMany({ where: { published: false } });  // few or many: nobody can tell\n"),
    code("export const page = () => prisma.post.findMany({ take: 20, orderBy: { id: 'desc' } });\n"),
    code("export const any = (options: object) => prisma.post.findMany({ ...options });\n"),
    code("await prisma.post.findMany();\n", path="prisma/seed.ts"),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def unbounded_find(linked: LinkedQuery, schema: Schema) -> Iterator[Finding]:
    query, table = linked.query, linked.table
    if query.origin != "prisma" or query.verb != "find many" or query.scope.role != "application" or not query.complete:
        return
    if is_bounded(query) or schema.looks_curated(table):
        return
    order = total_order(query, table)
    page = page_in_prisma(query, table, order, "100") if order else None
    yield Finding(
        at=query.location,
        subject=f"{table.subject()} in {query.scope.function or query.location.path}",
        message=f"{query.model}.{query.method} has no take: it reads "
        f"{'most' if query.predicates else 'every row'} of {table.name}, and the answer grows with the table",
        remedy=RewriteCode(f"Read {table.name} by pages", query.location, page) if page else None,
        confidence=Confidence.POSSIBLE,
    )


def is_bounded(query: Query) -> bool:
    paged = query.limit or query.cursor or query.distinct or query.result_first_only or any(loop.drains for loop in query.loops)
    return bool(paged) or any(narrows(predicate) for predicate in query.predicates)


def narrows(predicate: Predicate) -> bool:
    """Whether a condition leaves a part only: one that excludes values, or wants a NULL (a soft delete), leaves most rows."""
    excludes = predicate.operator in ("is null", "!=", "not in") or predicate.negated
    return predicate.value != "constant" or not excludes or predicate.under_or
