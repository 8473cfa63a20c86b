"""A name with capitals, which SQL must quote.

## Why it matters
PostgreSQL folds what stands without quotes to lower case: `SELECT * FROM Orders` looks for `orders`, and where the table is
`"Orders"` there is none. Every query that is not made by an ORM must quote every such name, and so must reports, dumps' filters and
psql; tools that do not know it fail.

## When it is fine
An ORM makes all the SQL, and quotes. Prisma names tables and columns after models and fields, with their capitals, unless `@@map`
and `@map` say otherwise. A schema that does so throughout is told once, with its number, and is only possible; where most names
are small, a name with capitals stands out.

## What to do
snake_case. With Prisma `@map("created_at")` and `@@map("posts")` name the database's side; names of a database in use stay what
they are until they are renamed there.

## Sources
- PostgreSQL documentation, "Lexical Structure": "Quoting an identifier also makes it case-sensitive, whereas unquoted names are
  always folded to lower case" https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
- PostgreSQL wiki, "Don't use upper case table or column names"
  https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_upper_case_table_or_column_names
"""

from collections.abc import Iterator

from advisor.habits import is_habit, said_once
from advisor.model import Database
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

from ._tables import Named, named_objects

BAD = [
    sql("""CREATE TABLE orders (id bigint PRIMARY KEY, "createdAt" timestamptz); CREATE TYPE "Mood" AS ENUM ('sad');"""),
    sql("""CREATE TABLE "Orders" (id bigint PRIMARY KEY); CREATE VIEW "Open" AS SELECT id FROM "Orders";"""),
    prisma("""
        model Post {
          id        Int      @id
          createdAt DateTime
        }
    """),
    project({"migrations/002.sql": 'ALTER TABLE orders ADD COLUMN "paidAt" timestamptz;'}),
]
GOOD = [
    sql("""
        CREATE TABLE Orders (ID bigint PRIMARY KEY, CreatedAt timestamptz);  -- folded: orders, id, createdat
        CREATE TABLE "order" ("größe" int, "zip code" text, "Zip-Code" text);  -- other rules' subjects
        CREATE TABLE "SequelizeMeta" (name text PRIMARY KEY);
    """),
    prisma("""
        model Post {
          id        Int      @id
          createdAt DateTime @map("created_at")

          @@map("posts")
        }
    """),
]


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def identifier_case(database: Database) -> Iterator[Finding]:
    names = list(named_objects(database))
    mixed = [name for name in names if name.text != name.text.lower() and name.is_plain]
    habit = is_habit(len(mixed), len(names))
    findings = [
        finding(name, Confidence.POSSIBLE if habit and 2 * len(mixed) > len(names) else Confidence.LIKELY) for name in mixed
    ]
    if habit:
        message = f"{len(mixed)} of {len(names)} names of tables, columns and types have capitals: SQL must quote them"
        yield said_once(findings, "capitals throughout", message)
    else:
        yield from findings


def finding(name: Named, confidence: Confidence) -> Finding:
    message = f"{name.shown} has capitals: without quotes SQL looks for {name.text.lower()}"
    return Finding(at=name.location, subject=name.subject, message=message, confidence=confidence)
