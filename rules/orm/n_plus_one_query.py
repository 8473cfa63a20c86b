"""A query for each element of a collection, where one query would read them all.

## Why it matters
The code reads a list, then asks the database once more for every element of it: one query and n more. Each is quick
by itself and costs a round trip, and n grows with the data: 1,000 users at 1 ms a round trip wait a second before any
work is done. Run at once by `Promise.all`, the queries queue for the pool's few connections instead, and every other
request waits behind them. Where the filter has no index, each round trip is a scan of the table as well: measured on
one million rows, 156 ms against 0.06 ms.

## When it is fine
The collection can only ever be small, and the code says so (a literal list, `slice(0, 25)`). A loop that drains
batches, or hands on whole chunks, is no such loop and is not reported. Nor is `findUnique` inside
`Promise.all(ids.map(...))`: Prisma joins the `findUnique` calls of one tick into a single `IN` query, so long as they
compare scalar fields by equality. Awaited one by one, it cannot. Tests, seeds and scripts are left alone.

## What to do
Fetch the rows along with their parents (`include`, or a nested `select`), or read them all by one `in` filter and
group them in a Map. Count with `_count` or `groupBy`. In SQL, join, or compare with `= ANY($1)`. The first n rows of
each parent (`take` inside the loop) are `include: { posts: { take: 5 } }`, or a LATERAL join.

## Sources
- Prisma documentation, "Query optimization", section "Solving the n+1 problem" (and, for `findUnique`, the section on
  its dataloader)
- PostgreSQL documentation, "Row and Array Comparisons" (`= ANY`), "Table Expressions", section "LATERAL Subqueries"
"""

from collections.abc import Iterator
from textwrap import dedent

from advisor.model import Loop, Predicate, Query, Schema, Table
from advisor.remedies import CreateIndex, RewriteCode
from advisor.remedies.batched_reads import read_at_once
from advisor.rule import Confidence, Example, Finding, Related, Severity, prisma, rule, typescript

SCHEMA = prisma("""
    model User {
      id    Int    @id
      email String @unique
      posts Post[]
    }
    model Post {
      id       Int     @id
      title    String
      published Boolean @default(false)
      authorId Int
      author   User    @relation(fields: [authorId], references: [id])
      @@index([authorId])
    }
""")
CLIENT = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\n"


def code(text: str, path: str = "src/app.ts") -> Example:
    """TypeScript that uses the schema above through a Prisma client."""
    return SCHEMA + typescript(CLIENT + dedent(text), path)


BAD = [
    code("""
        export async function digest() {
          const users = await prisma.user.findMany({ take: 500 });
          for (const user of users) {
            const posts = await prisma.post.findMany({ where: { authorId: user.id, published: true }, take: 5 });
            console.log(user.email, posts.length);
          }
        }
    """),
    code("""
        export async function withAuthors(posts: { authorId: number }[]) {
          return Promise.all(
            posts.map(async (post) => ({
              ...post,
              author: await prisma.user.findFirst({ where: { id: post.authorId } }),
            })),
          );
        }
    """),
    code("""
        export async function names(ids: number[]) {
          const found = [];
          for (const id of ids) {
            const user = await prisma.user.findUnique({ where: { id } }); // awaited one by one: not batched
            found.push(user?.email);
          }
          return found;
        }
    """),
    code("""
        const authorOf = (id: number) => prisma.user.findUnique({ where: { id } });
        export async function feed(posts: { authorId: number }[]) {
          const authors = [];
          for (const post of posts) authors.push(await authorOf(post.authorId)); // the query is in the function
          return authors;
        }
    """),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export async function totals(customers: { id: number }[]) {
          for (const customer of customers) {
            const { rows } = await pool.query('SELECT sum(total) FROM orders WHERE customer_id = $1', [customer.id]);
            console.log(customer.id, rows[0]);
          }
        }
    """),
]
GOOD = [
    code("""
        export async function drain() {
          let cursor = 0;
          while (true) {
            const posts = await prisma.post.findMany({ where: { id: { gt: cursor } }, orderBy: { id: 'asc' }, take: 100 });
            if (posts.length === 0) return;
            cursor = posts[posts.length - 1].id;
          }
        }
    """),
    code("""
        export async function inChunks(ids: number[]) {
          for (let start = 0; start < ids.length; start += 100) {
            const chunk = ids.slice(start, start + 100);
            await prisma.post.findMany({ where: { id: { in: chunk } } });
          }
        }
    """),
    code("""
        export const load = (ids: number[]) => Promise.all(ids.map((id) => prisma.user.findUnique({ where: { id } })));
    """),
    code("""
        const authorOf = (id: number) => prisma.user.findUnique({ where: { id } });
        export const feed = (posts: { authorId: number }[]) => Promise.all(posts.map((post) => authorOf(post.authorId)));
        export async function freeEmail(email: string) {
          while (await prisma.user.findUnique({ where: { email } })) email = `x${email}`; // until one is free
          return email;
        }
    """),
    code("""
        export async function checkRoles() {
          for (const email of ['admin@example.com', 'support@example.com']) {
            console.log(await prisma.user.findFirst({ where: { email } }));
          }
        }
    """),
    code(
        """
        for (const user of await prisma.user.findMany()) {
          console.log(await prisma.post.count({ where: { authorId: user.id } }));
        }
    """,
        path="scripts/report.ts",
    ),
    code("""
        import { redis } from './redis';
        export async function cached(users: { id: number }[]) {
          for (const user of users) await redis.get(`user:${user.id}`); // not the database
        }
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def n_plus_one_query(query: Query, table: Table | None, schema: Schema | None) -> Iterator[Finding]:
    for one in (query, *query.repeated) if query.reads else ():
        if one.scope.role == "application" and one.uses_element_of and runs_per_element(one, one.uses_element_of):
            behind = query if one is not query else None
            yield finding(one, one.uses_element_of, table, schema, behind)


def finding(query: Query, loop: Loop, table: Table | None, schema: Schema | None, behind: Query | None) -> Finding:
    """What to say of a query in a loop; `behind` is the query itself where the loop calls a function that sends it.

    How a function is to be rewritten that reads for one, and now must read for all, is more than the query tells.
    """
    rewritten = read_at_once(query, table, schema) if behind is None else None
    name = ".".join(dict.fromkeys(part for part in (query.model or query.client, query.method) if part))
    called = f" in {behind.scope.function}" if behind and behind.scope.function else ""
    sent = (Related(behind.location, "the query"),) if behind else ()
    fetched = (Related(loop.fetched_at, f"{loop.collection} is read here"),) if loop.fetched_at else ()
    return Finding(
        at=query.location,
        subject=f"{query.scope.function or query.location.path}: {name} for each of {shortened(loop.collection)}",
        message=f"{name}{called} runs {once(loop)}{how(query, loop)}: {advice(query, behind)}",
        remedy=RewriteCode(rewritten.what, query.location, rewritten.code) if rewritten else None,
        also=(CreateIndex(table.name, columns),) if table and (columns := unindexed_key(query, table)) else (),
        confidence=confidence(loop, query, behind),
        related=(*sent, Related(loop.location, "the loop"), *fetched),
    )


def advice(query: Query, behind: Query | None) -> str:
    if behind and query.scope.function_location == behind.scope.function_location:
        return "it calls itself, a query for each node; one a level will do, or one for the tree (WITH RECURSIVE)"
    return "one query can read them all"


def once(loop: Loop) -> str:
    text = shortened(loop.collection)
    return f"in every round of while ({text})" if loop.kind == "while" else f"once for each of {text}"


def runs_per_element(query: Query, loop: Loop) -> bool:
    """Whether the loop sends a query for every single element, and for many of them."""
    pages = loop.kind == "for" and (query.offset is not None or query.cursor is not None)
    whole_batch = any(predicate.operator == "in" and predicate.value_text in loop.element for predicate in tying(query))
    same_rows = query.origin == "prisma" and query.complete and bool(query.predicates) and not tying(query)
    few = loop.drains or loop.chunks or loop.bounded or pages or whole_batch
    return not (few or same_rows or batched_by_prisma(query, loop))


def batched_by_prisma(query: Query, loop: Loop) -> bool:
    """`findUnique` calls of one tick become one query, if they compare the model's own scalar fields by equality."""
    unique = query.origin == "prisma" and query.verb == "find unique"
    plain = all(predicate.operator == "=" and not (predicate.path or predicate.under_or) for predicate in query.predicates)
    return unique and plain and loop.concurrent and not query.batched_in_transaction


def tying(query: Query) -> list[Predicate]:
    return [predicate for predicate in query.predicates if predicate.value == "element"]


def unindexed_key(query: Query, table: Table) -> tuple[str, ...]:
    """The columns that tie the query to the element, if no index helps to find their rows, alone or with the query's others."""
    tied = tuple(predicate.column for predicate in tying(query) if predicate.column in query.fixed_columns)
    known = all(table.column(column) for column in tied)
    helped = any(index.narrows_lookup_by(query.fixed_columns) for index in table.indexes)
    return tied if known and not helped else ()


def confidence(loop: Loop, query: Query, behind: Query | None) -> Confidence:
    """Rows of a table can be any number; a list from elsewhere is likely to be long; the keys of an object are often few.

    Where no condition is tied to the element, what hides in the rest (`...scope`) or in the fields selected may be.
    """
    few = loop.kind == "for in" or loop.collection.startswith("Object.")
    if few or (query.origin == "prisma" and not tying(query)):
        return Confidence.POSSIBLE
    certain = loop.fetched_model is not None and query.complete and behind is None
    return Confidence.CERTAIN if certain else Confidence.LIKELY


def how(query: Query, loop: Loop) -> str:
    if query.batched_in_transaction:
        return ", one after the other in one transaction"
    return ", all at once on the pool's few connections" if loop.concurrent else ""


def shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"
