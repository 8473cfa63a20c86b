"""A hash index where a btree would do the same and more, or where it can do nothing.

## Why it matters
A hash index answers `=` on one column, and nothing else: no `<`, no BETWEEN, no ORDER BY, no LIKE 'x%', no IS NULL, no
index-only scan, no merge join, no uniqueness, no second column. It keeps one entry for each row and never merges equal ones,
so that repeated values make long chains of overflow pages. Measured on 500,000 rows, btree against hash: a boolean 3.5 MB and
0.2 s to build against 25 MB and 11 s; five statuses 3.5 MB, 0.4 s against 25 MB, 5 s; 1,000 rows a value 4 MB against 23 MB;
bigint 11 MB against 17 MB; uuid 16 MB against 17 MB. Look-ups by `=` took 0.05 to 0.1 ms either way.

## When it is fine
The column holds long and mostly distinct values (URLs, tokens, documents) that are looked up by `=` only: an entry holds 4
bytes of hash whatever the length (150 characters: 106 MB as btree, 17 MB as hash), and a btree refuses entries of more than
2,704 bytes. Where code in view looks such a column up by `=` and never sorts or ranges it, nothing is said; without queries
in view the finding is only possible.

## What to do
Make it a btree, or drop it where a btree leads with the column already. For prefixes (`LIKE 'x%'`, startsWith) the btree
needs `text_pattern_ops` unless the collation is C; for `contains` and ILIKE neither serves: that is a GIN index with
`gin_trgm_ops`. For equality on values beyond the btree limit keep the hash index.

## Sources
- PostgreSQL documentation, "Hash Indexes": single-column, no uniqueness checking, `=` only, all scans lossy; "most suitable
  for unique, nearly unique data or data with a low number of rows per hash bucket"
  https://www.postgresql.org/docs/current/hash-index.html
- "B-Tree Indexes", section "Deduplication" (equal keys are stored once) https://www.postgresql.org/docs/current/btree.html
- "Operator Classes and Operator Families" (text_pattern_ops) https://www.postgresql.org/docs/current/indexes-opclass.html
- the measurements: benchmarks/hash_index.py
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import ColumnUse, Index, Queries, Schema, Table
from advisor.remedies import DropIndex, EditPrisma, Remedy, ReplaceIndex, RewriteStatement
from advisor.remedies.prisma import attribute_of_index
from advisor.remedies.sql import index_sql
from advisor.rule import Confidence, Finding, Related, Severity, prisma, rule, sql, typescript

ASKED = {
    "sorted": "sorted",
    "ranged": "ranged",
    "null": "tested for NULL",
    "prefix": "searched by prefix",
    "pattern": "searched within",
}
FIXED_WIDTH = re.compile(
    r"(smallint|integer|bigint|real|double precision|uuid|date|time|timestamp|interval|oid|money|macaddr)\b|character varying\(\d\)"
)
"""Types of at most 16 bytes: a btree entry of theirs is hardly larger than the hash."""
NO_BTREE = frozenset({"xid", "cid", "aclitem"})
"""Types that can be hashed and have no order."""

BLOG = """
    model Post {
      id        Int      @id
      title     String
      createdAt DateTime

      @@index([title], type: Hash)
    }
"""
BAD = [
    prisma(BLOG)
    + typescript("""
        import { PrismaClient } from '@prisma/client';
        const prisma = new PrismaClient();
        export const byTitle = () => prisma.post.findMany({ orderBy: { title: 'asc' }, take: 20 });
    """),
    prisma(BLOG)
    + typescript("""
        import { PrismaClient } from '@prisma/client';
        const prisma = new PrismaClient();
        export const search = (text: string) => prisma.post.findMany({ where: { title: { startsWith: text } }, take: 20 });
    """),
    prisma(BLOG),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);
        CREATE INDEX users_email_hash ON users USING hash (email);
    """),
    sql("""
        CREATE TYPE status AS ENUM ('new', 'paid', 'sent');
        CREATE TABLE orders (id bigint PRIMARY KEY, status status NOT NULL);
        CREATE INDEX orders_status ON orders USING hash (status);
    """),
    sql("""
        CREATE TABLE events (id bigint PRIMARY KEY, at timestamptz NOT NULL);
        CREATE INDEX events_at ON events USING hash (at);
    """),
    prisma("""
        model Visit {
          id   Int    @id
          host String
          path String

          @@index([host, path], type: Hash)
        }
    """),
]
GOOD = [
    prisma("""
        model Page {
          id  Int    @id
          url String

          @@index([url], type: Hash)
        }
    """)
    + typescript("""
        import { PrismaClient } from '@prisma/client';
        const prisma = new PrismaClient();
        export const page = (url: string) => prisma.page.findFirst({ where: { url } });
    """),
    sql("""
        CREATE TABLE bookings (id bigint PRIMARY KEY, url text, EXCLUDE USING hash (url WITH =));  -- it enforces, a btree cannot
    """),
    sql("""
        CREATE TABLE pages (id bigint PRIMARY KEY, body text);
        CREATE INDEX pages_body ON pages USING hash (md5(body));
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def hash_index_misuse(table: Table, schema: Schema, queries: Queries | None) -> Iterator[Finding]:
    for index in schema.own_indexes(table):
        if index.method != "hash" or index.constraint or table.repeated_by(index):
            continue
        finding = (
            refused(index, table) or beside_btree(index, table) or by_use(index, table, queries) or by_type(index, table, queries)
        )
        if finding:
            yield finding


def refused(index: Index, table: Table) -> Finding | None:
    """PostgreSQL takes no second column and no UNIQUE, though Prisma lets several columns through."""
    if len(index.keys) == 1 and not index.unique:
        return None
    btree = replace(index, method="btree")
    attribute = attribute_of_index(btree, table)
    remedy: Remedy = RewriteStatement("Make it a btree", index.location, index_sql(btree))
    if attribute and index.location.path.endswith(".prisma"):
        remedy = EditPrisma("Make it a btree", index.location, attribute)
    what = "be unique" if index.unique else "have several columns"
    return report(index, table, f"it cannot {what}: PostgreSQL refuses to build it", remedy, severity=Severity.ERROR)


def beside_btree(index: Index, table: Table) -> Finding | None:
    for other in table.indexes:
        key = other.keys[0] if other.method == "btree" and other.keys else None
        same_rows = other.predicate is None or str(other.predicate) == str(index.predicate)
        if key and same_rows and replace(key, descending=False, nulls_first=None).sorts_like(index.keys[0]):
            message = f"the btree {other} leads with the same column and answers = as well"
            sure = Confidence.CERTAIN if len(other.keys) == 1 else Confidence.LIKELY
            return report(index, table, message, DropIndex.of(index, table), sure, (Related(other.location, "the btree"),))
    return None


def by_use(index: Index, table: Table, queries: Queries | None) -> Finding | None:
    """Queries in view ask for what only another index gives; a search within the text counts where `=` is asked nowhere."""
    column, uses = index.keys[0].column, uses_in_view(index, table, queries)
    kinds = {use.kind for use in uses}
    if not kinds - {"equal"} or kinds == {"equal", "pattern"}:
        return None
    wanted = {use.kind: use for use in reversed(uses) if use.kind != "equal"}
    asked = " and ".join(ASKED[kind] for kind in sorted(wanted, key=lambda kind: wanted[kind].location))
    only_within = kinds == {"pattern"}
    takes = "that takes GIN with gin_trgm_ops (extension pg_trgm)" if only_within else "that takes a btree"
    message = f"it answers = only, but {column} is {asked} ({min(use.location for use in wanted.values())}): {takes}"
    opclass = pattern_opclass(column, table) if "prefix" in kinds and not kinds & {"sorted", "ranged"} else None
    sure = Confidence.LIKELY if only_within else Confidence.CERTAIN
    remedy = to_trigrams(index, table) if only_within else to_btree(index, table, opclass)
    related = tuple(Related(use.location, f"{ASKED[kind]} here") for kind, use in wanted.items())
    return report(index, table, message, remedy, sure, related)


def by_type(index: Index, table: Table, queries: Queries | None) -> Finding | None:
    """Nothing in view asks for more than `=`: then the values decide whether a hash is worth having."""
    column = table.column(index.keys[0].column or "")
    if column is None or column.type in NO_BTREE:
        return None
    if column.few_values:
        message = f"{column.name} has few values, which a hash index stores once for each row, and a btree once for each value"
        sure = Confidence.CERTAIN if column.few_values == "by type" else Confidence.LIKELY
    elif FIXED_WIDTH.match(column.type):
        message = f"on {column.type} it is no smaller than a btree, builds slower, and cannot sort or range"
        sure = Confidence.LIKELY
    elif any(column.name in key.columns for key in table.foreign_keys):
        message = f"rows that refer to the same {column.name} fill it once each; a btree stores the value once, and joins in order"
        sure = Confidence.LIKELY
    elif uses_in_view(index, table, queries):
        return None
    else:
        message = f"it answers = only and pays for long values only; unless {column.name} is long, a btree does the same and sorts"
        sure = Confidence.POSSIBLE
    return report(index, table, message, to_btree(index, table), sure)


def uses_in_view(index: Index, table: Table, queries: Queries | None) -> list[ColumnUse]:
    """What the application's own queries ask of the index's column."""
    own = [query for query in (queries.on(table.name) if queries else ()) if query.scope.role in ("application", "script")]
    return [use for query in own for use in query.uses_of(index.keys[0].column or "")]


def to_btree(index: Index, table: Table, opclass: str | None = None) -> ReplaceIndex:
    return ReplaceIndex.of(index, replace(index, method="btree", keys=(replace(index.keys[0], opclass=opclass),)), table)


def to_trigrams(index: Index, table: Table) -> ReplaceIndex:
    gin = replace(index, method="gin", keys=(replace(index.keys[0], opclass="gin_trgm_ops"),))
    return replace(ReplaceIndex.of(index, gin, table), extension="pg_trgm")


def pattern_opclass(column: str | None, table: Table) -> str | None:
    """The operator class under which a btree answers LIKE 'x%' in any collation."""
    found = table.column(column or "")
    return f"{'varchar' if found.type.startswith('character varying') else 'text'}_pattern_ops" if found else None


def report(
    index: Index,
    table: Table,
    message: str,
    remedy: Remedy,
    confidence: Confidence = Confidence.CERTAIN,
    related: tuple[Related, ...] = (),
    severity: Severity | None = None,
) -> Finding:
    subject, text = f"{table.subject()}.{index}", f"hash index {index}: {message}"
    return Finding(index.location, text, subject, remedy, confidence=confidence, related=related, severity=severity)
