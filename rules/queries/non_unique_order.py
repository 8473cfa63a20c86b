"""Pagination in an order that leaves ties: rows that agree in every ordering column.

## Why it matters
Among rows that tie, PostgreSQL may return any order, and another one for the next page: the plan, a concurrent update
or a parallel worker decides. Where a page ends between such rows, one is shown twice and another never. Rows made by
one statement or one import often share their `createdAt`. With Prisma's `cursor` it costs more than a row: unless the
order has a unique field, and no nullable one, Prisma sends the query without LIMIT, fetches every row after the
cursor, and cuts the page in memory. Measured on one million rows at row 100,000: 900,002 rows fetched for a page of
20.

## When it is fine
The list is shown once and never paged, or nobody minds a row twice.

## What to do
End the order in the primary key, in the direction of the key before it, so that one index serves both:
`orderBy: [{ createdAt: 'desc' }, { id: 'desc' }]`. Prisma without any `orderBy` pages by the primary key, which is
fine; SQL without ORDER BY pages by chance.

## Sources
- PostgreSQL documentation, "LIMIT and OFFSET" (without an order that makes rows unique the subset is unpredictable)
- Prisma documentation, "Pagination", section "Cursor-based pagination" (the order must be by a sequential, unique
  column)
- prisma/prisma issues 4490 and 27094 (no LIMIT with such a cursor; by design); prisma-engines, `query_arguments.rs`,
  `is_stable_ordering` and `contains_null_cursor`
"""

from collections.abc import Iterator
from textwrap import dedent

from advisor.model import LinkedQuery, Query, Table
from advisor.remedies import RewriteCode
from advisor.remedies.keyset import is_total, order_in_sql, total_order
from advisor.remedies.prisma_calls import field_of, order_by
from advisor.rule import Confidence, Example, Finding, Severity, prisma, rule, typescript

SCHEMA = prisma("""
    model Post {
      id        Int       @id
      slug      String    @unique
      tenantId  Int
      number    Int
      createdAt DateTime  @default(now())
      sentAt    DateTime?
      @@unique([tenantId, number])
    }
""")
CLIENT = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\n"


def code(text: str, path: str = "src/app.ts") -> Example:
    """TypeScript that uses the schema above through a Prisma client."""
    return SCHEMA + typescript(CLIENT + dedent(text), path)


BAD = [
    code("""
        export const list = (page: number, pageSize: number) =>
          prisma.post.findMany({ skip: page * pageSize, take: pageSize, orderBy: { createdAt: 'desc' } });
    """),
    code("""
        export const feed = (last: number) =>
          prisma.post.findMany({ take: 10, skip: 1, cursor: { id: last }, orderBy: { createdAt: 'desc' } });
    """),
    code("""
        export const feed = (last: number) =>
          prisma.post.findMany({ take: 10, skip: 1, cursor: { id: last }, orderBy: [{ sentAt: 'desc' }, { id: 'desc' }] });
    """),
    code("""
        export const feed = (tenantId: number, last: number) => // unique within the tenant, but Prisma looks at the order alone
          prisma.post.findMany({ where: { tenantId }, take: 10, skip: 1, cursor: { id: last }, orderBy: { number: 'asc' } });
    """),
    code("""
        export const list = (page: number, of?: number) => // without a tenant, numbers repeat
          prisma.post.findMany({ where: { tenantId: of ?? undefined }, skip: page * 20, take: 20, orderBy: { number: 'asc' } });
    """),
]
GOOD = [
    code("""
        export const list = (page: number) =>
          prisma.post.findMany({ skip: page * 20, take: 20, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
    """),
    code("export const list = (page: number) => prisma.post.findMany({ skip: page * 20, take: 20, orderBy: { slug: 'asc' } });\n"),
    code("""
        export const list = (tenantId: number, page: number) =>
          prisma.post.findMany({ where: { tenantId }, skip: page * 20, take: 20, orderBy: { number: 'asc' } });
    """),
    code("export const list = (page: number) => prisma.post.findMany({ skip: page * 20, take: 20 }); // by id, implicitly\n"),
    code("export const newest = () => prisma.post.findMany({ take: 5, orderBy: { createdAt: 'desc' } }); // one page only\n"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def non_unique_order(linked: LinkedQuery) -> Iterator[Finding]:
    query, table = linked.query, linked.table
    if query.scope.role != "application" or not (query.cursor or (query.offset and query.offset.grows_with_page)):
        return
    fault = fault_of(query, table)
    if fault is None:
        return
    first, last = (query.order_by[0], query.order_by[-1]) if query.order_by else (None, None)
    yield Finding(
        at=first.location.until(last.location) if first and last else query.location,
        subject=f"{table.subject()} in {query.scope.function or query.location.path}",
        message=f"pages of {table.name} are {fault}",
        remedy=remedy(query, table),
        confidence=Confidence.LIKELY if half_unique(query, table) and not query.cursor else Confidence.CERTAIN,
    )


def fault_of(query: Query, table: Table) -> str | None:
    """What is wrong with the order; None where nothing is, or where it cannot be known (relations, orders made at run time)."""
    columns = [column for key in query.order_by if not key.path and (column := table.column(key.column))]
    optional = [column.name for column in columns if column.nullable]
    names = ", ".join(column.name for column in columns)
    if not query.order_by:
        return "read without ORDER BY, in whatever order the plan yields" if query.origin == "sql" and query.complete else None
    if query.origin == "prisma" and query.cursor and optional:
        return f"ordered by {optional[0]}, which may be NULL: Prisma sends no LIMIT and fetches every row after the cursor"
    if len(columns) < len(query.order_by) or not query.complete or is_total([column.name for column in columns], query, table):
        return None
    if query.origin == "prisma" and query.cursor:
        return f"ordered by {names} alone, not by a unique key: Prisma sends no LIMIT and fetches every row after the cursor"
    return f"ordered by {names} alone, which rows can share: one may be shown twice, another never"


def half_unique(query: Query, table: Table) -> bool:
    """Whether the order's last column takes part in a unique key: what the rest of that key holds may be settled elsewhere."""
    return any(index.unique and query.order_by and query.order_by[-1].column in index.columns for index in table.indexes)


def remedy(query: Query, table: Table) -> RewriteCode | None:
    order = total_order(query, table)
    if order is None:
        return None
    title = "End the order in the primary key"
    if query.origin == "sql":
        return RewriteCode(title, query.location, f"ORDER BY {order_in_sql(order)}", "sql")
    optional = [field_of(key.column, table) for key in query.order_by if (column := table.column(key.column)) and column.nullable]
    note = f" // and make {optional[0]} required, or page by another field" if query.cursor and optional else ""
    written = order_by(order, table)
    return RewriteCode(title, query.location, f"{written},{note}")
