"""A random UUID as the primary key of a table that grows.

## Why it matters
Each row goes to another page of the key's index. Once the index is larger than the cache each insert reads a page, and the first
change of each page after a checkpoint writes the whole page to the WAL. Measured on two million rows: 10,000 more rows behind a
checkpoint write 39 MB of WAL with `gen_random_uuid()` and 1.7 MB with `uuidv7()`; the index takes 80 MB against 63, and filling the
table takes twice as long.

`uuid(7)`, `ulid()` and Prisma's `cuid()` begin with the time, so that new rows stand together at the end of the index. `uuid()`,
`cuid(2)` and `nanoid()` are random.

## When it is fine
Small tables, and tables that get few rows: nothing is said of one that refers to none and holds no time, nor below 100,000 rows in
`[assumptions.rows]`; what is not assumed to be large is only possible. Ids from outside, which somebody else draws. Where an id
must not tell when its row was made, or serves as a secret: a UUID of version 7 shows its millisecond.

## What to do
PostgreSQL 18: `DEFAULT uuidv7()`; before it, let the application make them. Rows that are there keep their ids: both kinds are
UUIDs. Prisma, from 5.18 on: `@default(uuid(7))`. An identity column is smaller still, where ids need not be made before the row.

## Sources
- PostgreSQL documentation, "UUID Functions" https://www.postgresql.org/docs/current/functions-uuid.html
- RFC 9562, section 5.7, and section 2.1, on why time-ordered ones: "poor database-index locality"
  https://www.rfc-editor.org/rfc/rfc9562#section-5.7
- Prisma 5.18: https://github.com/prisma/prisma/releases/tag/5.18.0; cuid: https://github.com/paralleldrive/cuid, "Broken down"
- the measurement: benchmarks/keys.py
"""

from collections.abc import Iterator

from advisor.model import Column, Database, Project, Table, Target
from advisor.remedies import EditPrisma, RunSql
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

from ._alike import all_at_once, unsure_once
from ._growth import is_kept_by_hand

BY_THE_DATABASE = frozenset({"gen_random_uuid", "uuid_generate_v4", "uuidv4"})
BY_THE_CLIENT = {("uuid", 4): "uuid()", ("cuid", 2): "cuid(2)", ("nanoid", None): "nanoid()"}
FEW, MANY = 100_000, 1_000_000
KNOWS_UUIDV7 = (5, 18)
"""The first version of Prisma with uuid(7)."""

BAD = [
    sql("CREATE TABLE events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamptz NOT NULL);"),
    sql("""
        CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), placed_at timestamptz NOT NULL);
        CREATE TABLE lines (id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL, order_id uuid NOT NULL REFERENCES orders);
        ALTER TABLE ONLY lines ADD CONSTRAINT lines_pkey PRIMARY KEY (id);
        CREATE TABLE bills (id uuid PRIMARY KEY DEFAULT uuidv4(), order_id uuid NOT NULL REFERENCES orders);
    """),
    sql("""
        CREATE TABLE a (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at date);
        CREATE TABLE b (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at date);
        CREATE TABLE c (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at date);
        CREATE TABLE d (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at date);
        CREATE TABLE e (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at date);
    """),
    prisma("""
        model Event {
          id String   @id @default(uuid())
          at DateTime @default(now())
        }
    """),
    prisma("""
        model Event {
          id String   @id @default(cuid(2))
          at DateTime @default(now())
        }
        model Hit {
          id String   @id @default(dbgenerated("uuid_generate_v4()")) @db.Uuid
          at DateTime @default(now())
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE events (id uuid PRIMARY KEY DEFAULT uuidv7(), at timestamptz, token uuid UNIQUE DEFAULT gen_random_uuid());
        CREATE TABLE imports (id uuid PRIMARY KEY, at timestamptz);  -- ids from outside
    """),
    prisma("""
        model Event {
          id    String   @id @default(uuid(7))
          token String   @unique @default(uuid())
          at    DateTime @default(now())
        }
        model Hit {
          id String   @id @default(cuid())
          at DateTime @default(now())
        }
        model Visit {
          id String   @id @default(ulid())
          at DateTime @default(now())
        }
    """),
    sql("""
        CREATE TABLE plans (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text);  -- kept by hand
        CREATE TABLE teams (id bigint PRIMARY KEY, plan_id uuid REFERENCES plans);
    """),
    project(
        {
            "advisor.toml": "[assumptions.rows]\ncoupons = 2_000\n",
            "schema.sql": "CREATE TABLE coupons (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamptz);",
        }
    ),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def random_uuid_key(database: Database, target: Target, project: Project) -> Iterator[Finding]:
    keys = [(table, column) for table, column in database.columns() if leads_primary_key(column, table)]
    found = [
        (table, column, drawn_by)
        for table, column in keys
        if (drawn_by := random_source(column)) and may_grow(table, database, target)
    ]
    changes = [change(table, column, target, project) for table, column, _ in found]
    findings = [
        Finding(
            at=column.location,
            subject=table.subject(column.name),
            message=f"{table.name}.{column.name} is random ({drawn_by}): each insert goes to another page of the key's index",
            remedy=how,
            confidence=Confidence.LIKELY if (target.rows_of(table.name) or 0) >= MANY else Confidence.POSSIBLE,
        )
        for (table, column, drawn_by), how in zip(found, changes, strict=True)
    ]
    yield from unsure_once(
        findings,
        of=len(keys),
        subject="random keys",
        message=lambda number: (
            f"{number} of {len(keys)} primary keys are random: each insert goes to another page of the key's index"
        ),
        remedy=all_at_once("Draw new keys in order of time", changes),
    )


def leads_primary_key(column: Column, table: Table) -> bool:
    return table.primary_key is not None and table.primary_key.columns[0] == column.name


def random_source(column: Column) -> str | None:
    """The call that draws a column's values at random, in the database or in the ORM's client."""
    if column.default is not None:
        return next((f"{name}()" for name in column.default.functions if name in BY_THE_DATABASE), None)
    drawn = column.client_default
    return BY_THE_CLIENT.get((drawn.function, drawn.version)) if drawn else None


def may_grow(table: Table, database: Database, target: Target) -> bool:
    rows = target.rows_of(table.name)
    return rows >= FEW if rows is not None else not is_kept_by_hand(table, database.schema)


def change(table: Table, column: Column, target: Target, project: Project) -> RunSql | EditPrisma | None:
    """uuidv7() for a default of the database, uuid(7) for Prisma's; other ids look different, and so does what reads them."""
    drawn, what = column.client_default, f"Draw {table.name}.{column.name} in order of time"
    if drawn:
        version = project.version_of("prisma", drawn.location.path) or KNOWS_UUIDV7
        return (
            EditPrisma(what, drawn.location, "uuid(7)", "@default(uuid(7))")
            if drawn.function == "uuid" and version >= KNOWS_UUIDV7
            else None
        )
    if target.postgres_version < 18 or column.type != "uuid" or column.default is None:
        return None
    place = f"ALTER TABLE {quote_name(table.name)} ALTER COLUMN {quote(column.name)} SET DEFAULT"
    return RunSql(what, f"{place} uuidv7();", f"{place} {column.default};")
