"""A name that says nothing, that PostgreSQL keeps for itself, or with signs that no identifier has.

## Why it matters
`a` and `t1` tell nobody what they hold, and a search for them finds everything. Names that begin with `pg_` look like PostgreSQL's
own: tools that leave out the system's tables leave these out too, and for a schema or a role PostgreSQL refuses them. A blank, a
dash or a dot in a name means quotes in every query, and in half of the tools an error.

## When it is fine
The letter is the thing's name: x, y and z of a point, k and v of a pair, n of a count, r, g and b of a colour, i and j of a matrix.
Letters of coordinates and colours are left alone where the table has two of them. Copies of other systems' tables keep their names.

## What to do
Rename what is new; for what is in use, a view with good names may be all that readers need.

## Sources
- PostgreSQL documentation, "Lexical Structure", section "Identifiers and Key Words"
  https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
- PostgreSQL documentation, CREATE SCHEMA: "The name cannot begin with pg_, as such names are reserved for system schemas"
  https://www.postgresql.org/docs/current/sql-createschema.html
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Database
from advisor.rule import Finding, Severity, prisma, project, rule, sql

from ._tables import Named, named_objects

TOGETHER = (frozenset("xyzmtw"), frozenset("kv"), frozenset("rgba"), frozenset("ijk"), frozenset("hsl"), frozenset("hsv"))
"""Letters that say what they are where two of them stand together."""

BAD = [
    sql("CREATE TABLE t (id bigint PRIMARY KEY, c text);"),
    sql("CREATE TABLE pg_orders (id bigint PRIMARY KEY);"),
    sql("""
        CREATE TABLE orders (id bigint PRIMARY KEY, "zip code" text, "2nd_name" text);
        CREATE VIEW "open-orders" AS SELECT id FROM orders;
    """),
    prisma("""
        model Order {
          id Int    @id
          q  String
        }
    """),
    project({"migrations/002.sql": 'ALTER TABLE orders ADD COLUMN "e-mail" text;'}),
]
GOOD = [
    sql("""
        CREATE TABLE places (id bigint PRIMARY KEY, x real, y real, größe int, price_$ numeric, _old text);
        CREATE TABLE tags (node_id bigint, k text, v text);
        CREATE TABLE pages (id bigint PRIMARY KEY, pg text, pgp_key text, "createdAt" timestamptz);
        CREATE TABLE "_PostToTag" ("A" integer NOT NULL, "B" integer NOT NULL);  -- Prisma's
    """),
    prisma("""
        model Order {
          id    Int    @id
          query String @map("query")
        }
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def cryptic_name(database: Database) -> Iterator[Finding]:
    letters = {table.subject(): {column.name for column in table.columns} for table in database.schema.tables}
    names = list(named_objects(database))
    found = [
        (name, reason) for name in names if (reason := reason_against(name, letters.get(name.subject.rpartition(".")[0], set())))
    ]
    findings = [Finding(at=name.location, subject=name.subject, message=f"{name.shown} {reason}") for name, reason in found]
    message = f"{len(findings)} of {len(names)} names say nothing, begin with pg_ or have signs that no identifier has"
    yield from each_or_all(findings, of=len(names), subject="cryptic names throughout", message=message)


def reason_against(name: Named, beside: set[str]) -> str | None:
    """What is wrong with a name; `beside` are those of all columns of its table."""
    if name.text.lower().startswith("pg_"):
        return "begins with pg_, as PostgreSQL's own names do"
    if not name.is_plain:
        return "has signs that no identifier has: SQL must quote it"
    if len(name.text) == 1 and not any(name.text.lower() in group and len(group & beside) > 1 for group in TOGETHER):
        return "is one letter: it says nothing"
    return None
