"""Pages read by an OFFSET (`skip`) that grows with the page number.

## Why it matters
OFFSET has no short cut: PostgreSQL reads every row before the page, in order, and throws it away. Page 1 is quick,
page 5,000 reads 100,000 rows to show 20. Measured on one million rows: OFFSET 0 takes 0.05 ms, OFFSET 100,000 takes
59 ms, OFFSET 500,000 takes 222 ms; the same page by keyset takes 0.06 ms wherever it is. A job that walks a whole
table by OFFSET does quadratic work. And rows that arrive or leave meanwhile shift the pages, so that readers miss
some and see others twice.

## When it is fine
The set is small and stays small, or people must jump to page n of a list that few page through deeply (an admin's
table). A query bound to one parent's rows, or over a table that looks kept by hand, is reported as a possibility
only: its depth ends soon. A constant offset, `skip: 1` beside a cursor, tests and scripts are not reported.

## What to do
Go on after the last row seen (keyset pagination): compare the order's columns, ended by a unique one, with the values
of that row, and let an index begin with those columns. Prisma's own `cursor` does it well only where the order is a
single unique field. With two keys it writes `(a = .. AND b <= ..) OR a < ..`, which no index can start from. At row
100,000, all rows in cache, that took 11 ms and OFFSET 12 ms, but 0.02 ms with the leading column bounded on its own
as well (`a <= ..`), as the remedy does. A timestamp must come back with all its digits: a JavaScript Date holds
milliseconds, `timestamptz` microseconds (Prisma's default `timestamp(3)` is safe).

## Sources
- PostgreSQL documentation, "LIMIT and OFFSET" ("the rows skipped by an OFFSET clause still have to be computed inside
  the server")
- Prisma documentation, "Pagination", sections "Offset pagination" and "Cursor-based pagination"
- Markus Winand, "Use The Index, Luke", chapter "Partial Results", section "Fetching The Next Page"
- prisma-engines, `cursor_condition.rs` (the condition that a cursor becomes)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

from advisor.model import IndexKey, Plan, Query, Schema, Table
from advisor.model.plan.offsets import Skip, page_order, skips_of
from advisor.remedies import CreateIndex, RewriteCode
from advisor.remedies.keyset import after_in_sql, finer_than_a_date, optional_in, order_in_sql, page_in_prisma, total_order
from advisor.remedies.next_page import next_page
from advisor.remedies.prisma_calls import own_keys
from advisor.rule import Confidence, Example, Finding, Options, Saving, Severity, plan, prisma, rule, typescript

SCHEMA = prisma("""
    model Post {
      id        Int      @id
      title     String
      authorId  Int
      pinned    Boolean  @default(false)
      createdAt DateTime @default(now())
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
        export async function list(page: number) {
          const skip = (page - 1) * 20;
          return prisma.post.findMany({ skip, take: 20, orderBy: { id: 'asc' } });
        }
    """),
    code("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export const list = (page: number) =>
          pool.query('SELECT id, title FROM "Post" ORDER BY id LIMIT 20 OFFSET $1', [page * 20]);
    """),
    code("""
        export const list = (page: number) => // no keyset page by Prisma: a Boolean has no `lt`
          prisma.post.findMany({ skip: page * 20, take: 20, orderBy: [{ pinned: 'desc' }, { id: 'desc' }] });
    """),
    # a plan that was not run
    plan("""
        Limit  (cost=5045.19..5046.20 rows=20 width=23)
          ->  Index Scan Backward using posts_created_at_idx on posts  (cost=0.42..15118.64 rows=299681 width=23)
    """),
]
GOOD = [
    plan("""
        Limit  (cost=0.42..1.43 rows=20 width=23)
          ->  Index Scan Backward using posts_created_at_idx on posts  (cost=0.42..15118.64 rows=299681 width=23)
    """),
    # a hundred pages of twenty
    plan("""
        Limit  (cost=101.31..102.32 rows=20 width=23)
          ->  Index Scan Backward using posts_created_at_idx on posts  (cost=0.42..15118.64 rows=299681 width=23)
    """),
    code("""
        export const after = (last: { id: number }) =>
          prisma.post.findMany({ where: { id: { gt: last.id } }, orderBy: { id: 'asc' }, take: 20 });
    """),
    code("""
        export const after = (id: number) =>
          prisma.post.findMany({ cursor: { id }, skip: 1, take: 20, orderBy: { id: 'asc' } });
    """),
    code("export const second = () => prisma.post.findMany({ skip: 1, take: 1, orderBy: { id: 'desc' } });\n"),
    code(
        "for (let page = 0; page < 10; page++) await prisma.post.findMany({ skip: page * 100, take: 100 });\n",
        path="scripts/export.ts",
    ),
]


@dataclass(frozen=True)
class PaginationOptions(Options):
    """When the OFFSET of a plan that was not run is worth a word."""

    min_skipped: int = 10_000
    """Rows before the page, by the planner's costs."""
    ratio: float = 10.0
    """How many rows are skipped for each that is returned."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def offset_pagination(
    found: Query | Plan, table: Table | None, schema: Schema | None, options: PaginationOptions
) -> Iterator[Finding]:
    """A plan that was run says more, and is left to offset-discards-rows."""
    if isinstance(found, Query):
        yield from of_query(found, table, schema)
    elif not found.root.analyzed:
        for skip in skips_of(found):
            if skip.rows >= max(options.min_skipped, options.ratio * skip.returned):
                yield of_plan(skip, schema)


def of_plan(skip: Skip, schema: Schema | None) -> Finding:
    scan, order = page_order(skip, schema)
    return Finding(
        at=skip.limit.location,
        subject=f"Limit over {scan.name.qualified if scan else 'the result'}",
        message=f"OFFSET is to read about {skip.rows:,.0f} rows and throw them away, for a page of {skip.returned:,.0f}",
        remedy=next_page(skip, scan, order) if scan and order else None,
        confidence=Confidence.LIKELY,
        saving=Saving(rows=round(skip.rows)),
    )


def of_query(query: Query, table: Table | None, schema: Schema | None) -> Iterator[Finding]:
    offset = query.offset
    if offset is None or not offset.grows_with_page or offset.constant is not None or query.cursor:
        return
    if not query.reads or query.scope.role != "application":
        return
    order = total_order(query, table) if table else None
    walks_all = bool(query.loops)
    deep = walks_all or not is_shallow(query, table, schema)
    missing = missing_index(query, table, order) if deep and table and order else ()
    what = f"{table.name if table else query.model or 'the result'}"
    given = " ".join(offset.text.split())
    given = f" ({given})" if len(given) <= 40 else ""
    yield Finding(
        at=offset.location,
        subject=f"{what} in {query.scope.function or query.location.path}",
        message=f"{'skip' if query.origin == 'prisma' else 'OFFSET'} grows with the page{given}: the rows of {what} before it are "
        f"read and thrown away, {'quadratic work over all pages' if walks_all else 'so that far pages are slow'}",
        remedy=keyset(query, table, order) if table and order else None,
        also=(CreateIndex(table.name, missing),) if table and missing else (),
        confidence=Confidence.LIKELY if deep else Confidence.POSSIBLE,
    )


def is_shallow(query: Query, table: Table | None, schema: Schema | None) -> bool:
    """Whether the pages probably end soon: with one parent's rows, in a table of settings, or because only admins see them."""
    of_one_parent = not query.complete or any(
        predicate.value != "constant" and predicate.operator == "=" and not (predicate.path or predicate.negated)
        for predicate in query.predicates
    )
    curated = table is not None and schema is not None and schema.looks_curated(table)
    return of_one_parent or curated or "admin" in query.location.path.lower()


def missing_index(query: Query, table: Table, order: tuple[IndexKey, ...]) -> tuple[str | IndexKey, ...]:
    """The keys of the index that would serve the page, empty where one does (a tie-breaker that it lacks is sorted in passing)."""
    fixed = tuple(column for column in dict.fromkeys(query.fixed_columns) if table.column(column))
    asked = own_keys(query.order_by) or order
    if table.serves_order(order, fixed) or table.serves_order(asked, fixed):
        return ()
    return (*fixed, *(key if key.descending else key.column or "" for key in order))


def keyset(query: Query, table: Table, order: tuple[IndexKey, ...]) -> RewriteCode | None:
    title = f"Go on after the last row, by {', '.join(key.column or '' for key in order)}"
    if query.origin == "sql":
        return RewriteCode(title, query.location, keyset_in_sql(query, table, order), "sql")
    written = page_in_prisma(query, table, order, query.limit.text if query.limit else "")
    return RewriteCode(title, query.location, written) if written else None


def keyset_in_sql(query: Query, table: Table, order: tuple[IndexKey, ...]) -> str:
    parameters = [f"${number}" for number in range(1, len(order) + 1)]
    limit = query.limit.text if query.limit and query.limit.constant is not None else f"${len(order) + 1}"
    columns = ", ".join(key.column or "" for key in order)
    optional = optional_in(order, table)
    said = [f"rows whose {' or '.join(optional)} is NULL are not reached: make it NOT NULL first"] if optional else []
    said += [f"a JavaScript Date drops the microseconds of {name}: read {name}::text" for name in finer_than_a_date(order, table)]
    return (
        "".join(f"-- {line}\n" for line in said)
        + f"-- {', '.join(parameters)}: {columns} of the last row of the page before; the first page has no such condition\n"
        f"WHERE {after_in_sql(order, parameters)}\nORDER BY {order_in_sql(order)}\nLIMIT {limit}"
    )
