"""Cursor pagination that returns the last row of one page as the first of the next.

## Why it matters
Prisma's `cursor` is inclusive: the page begins with the cursor's own row. Without `skip: 1` every page after the
first repeats the row that ended the one before, and a loop that reads until nothing is left never ends, since there
is always that one row.

## When it is fine
The code takes one row more than it shows, pops it, and uses it as the next cursor (`take: limit + 1`): then the next
page must begin with it. This is recognised and not reported.

## What to do
Give `skip: 1` together with the cursor, and neither on the first page. The order must end in a unique field, or
Prisma cannot bound the query (see non-unique-order).

## Sources
- Prisma documentation, "Pagination", section "Cursor-based pagination" (the second page skips the cursor)
"""

from collections.abc import Iterator
from textwrap import dedent

from advisor.model import Cursor, Query
from advisor.remedies import RewriteCode
from advisor.rule import Confidence, Example, Finding, Severity, rule, typescript

CLIENT = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\n"


def code(text: str, path: str = "src/app.ts") -> Example:
    """TypeScript that uses a Prisma client."""
    return typescript(CLIENT + dedent(text), path)


BAD = [
    code("""
        export const feed = (lastPostId?: string) =>
          prisma.post.findMany({
            take: 10,
            cursor: lastPostId ? { id: lastPostId } : undefined,
            orderBy: { id: 'desc' },
          });
    """),
    code("""
        export async function next(after: number) {
          return prisma.comment.findMany({ cursor: { id: after }, take: 50, orderBy: { id: 'asc' } });
        }
    """),
]
GOOD = [
    code("""
        export const feed = (lastPostId?: string) =>
          prisma.post.findMany({
            take: 10,
            ...(lastPostId ? { cursor: { id: lastPostId }, skip: 1 } : {}),
            orderBy: { id: 'desc' },
          });
    """),
    code("""
        export async function page(limit: number, cursor?: string) {
          const items = await prisma.post.findMany({
            take: limit + 1,
            cursor: cursor ? { id: cursor } : undefined,
            orderBy: { id: 'asc' },
          });
          const next = items.length > limit ? items.pop() : undefined;
          return { items, nextCursor: next?.id };
        }
    """),
    code("""
        export const feed = (last?: string) =>
          prisma.post.findMany({ take: 10, skip: last ? 1 : 0, cursor: last ? { id: last } : undefined, orderBy: { id: 'asc' } });
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def cursor_repeats_row(query: Query) -> Iterator[Finding]:
    cursor = query.cursor
    if cursor is None or query.verb != "find many" or query.scope.role != "application" or not query.complete:
        return
    if cursor.skips_cursor_row or cursor.takes_one_more:
        return
    endless = any(loop.drains for loop in query.loops)
    yield Finding(
        at=cursor.location,
        subject=f"{query.model}.{query.method} in {query.scope.function or query.location.path}",
        message=f"the page of {query.model} begins with the cursor's own row, the last of the page before: add skip: 1"
        + ("; this loop never runs dry" if endless else ""),
        remedy=RewriteCode("Skip the cursor's own row", cursor.location, skipping(cursor)),
        confidence=Confidence.CERTAIN if endless else Confidence.LIKELY,
    )


def skipping(cursor: Cursor) -> str:
    position = cursor.value_text or f"{{ {', '.join(cursor.columns)} }}"
    if cursor.condition:
        return f"...({cursor.condition} ? {{ cursor: {position}, skip: 1 }} : {{}}),"
    return f"cursor: {position},\nskip: 1,"
