"""A timestamp without a time zone.

## Why it matters
`timestamp` holds the face of a clock and a calendar, not a moment. PostgreSQL throws the offset of what is written away, `now()`
goes in as the session's local time, and each reader takes the value for its own: the same row means another moment in another
session, a comparison with a `timestamptz` gives another answer under another `TimeZone`, and the hour that the clock is set back
comes twice. node-postgres writes and reads a Date in the local zone of the Node process. `timestamptz` holds the moment, in the
same 8 bytes; it stores no zone either, it converts on the way in and out.

## When it is fine
Local time is meant: opening hours, an appointment that stays at nine o'clock whatever the law does to summer time. Then the zone
belongs beside it. Nothing is said of a column called local, nor of a start or an end in a table that has a time zone column.

Prisma, Drizzle and Rails write UTC whatever the zones are, and read it back so: as long as nobody else writes, nothing goes wrong.
Where a schema does it throughout, that is told once, with its number, and is only possible; Prisma's fields are a note.

## What to do
Change the type while the session's TimeZone is the one that the values are in. If that is UTC, PostgreSQL touches no row, it only
builds the indexes over the column anew: measured on a million rows, 0.3 ms, with an index 200 ms, where another zone or a `USING`
clause takes 500 to 700 ms. That goes for a type without precision or with 6 digits: `timestamptz(3)` always writes the table anew.

Prisma: `@db.Timestamptz(6)`. What `prisma migrate` writes converts in the server's TimeZone: add `SET LOCAL TimeZone = 'UTC'` to
the migration. And pin the zone of the client's sessions to UTC first (`?options=-c%20TimeZone%3DUTC`): @prisma/adapter-pg, which
Prisma 7 needs, sends dates without their offset.

## Sources
- PostgreSQL documentation, "Date/Time Types", section "Time Stamps": "PostgreSQL never examines the content of a literal string
  before determining its type, and therefore will treat" one with an offset as timestamp without time zone
  https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-DATETIME-INPUT-TIME-STAMPS
- PostgreSQL wiki, "Don't use timestamp (without time zone)"
  https://wiki.postgresql.org/wiki/Don%27t_Do_This#Don.27t_use_timestamp_.28without_time_zone.29
- what is spared: `TimestampTimestampTzRequiresRewrite` in timestamp.c; the measurement: benchmarks/column_types.py
- node-postgres: https://github.com/brianc/node-postgres/issues/993
- Prisma writes UTC: https://github.com/prisma/prisma/issues/7825; the adapter: https://github.com/prisma/prisma/issues/28629
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.habits import each_or_all, is_habit
from advisor.model import Column, Database, Name, Table
from advisor.remedies import ChangeColumnType, ChangeColumnTypes
from advisor.rule import Confidence, Finding, Severity, prisma, project, rule, sql

BARE, ZONED = "timestamp without time zone", "timestamp with time zone"
LOCAL = frozenset("local wall naive".split())
BIRTH = frozenset("birth birthday birthdate dob".split())
ZONE = frozenset({("time", "zone"), ("timezone",), ("tz",), ("tzid",)})
PLANNED = frozenset("start starts end ends begin begins due scheduled from until departure arrival check opens closes".split())

UTC_ASSUMED = (
    "The values are taken for UTC. Where they are local time: TYPE timestamptz USING name AT TIME ZONE 'Europe/Berlin', "
    "without SET LOCAL TimeZone."
)
KEPT_BY_RAILS = Name("public", "ar_internal_metadata")

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, created_at timestamp NOT NULL DEFAULT now());"),
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, seen timestamp(0)[]);"),
    prisma("""
        model Post {
          id        Int      @id
          createdAt DateTime @default(now())
          updatedAt DateTime @updatedAt @db.Timestamptz(3)
        }
    """),
    project({"migrations/007_sent.sql": "ALTER TABLE mails ADD COLUMN sent_at timestamp without time zone;"}),
    sql("""
        CREATE TABLE users (id bigint PRIMARY KEY, time_zone text, created_at timestamp);  -- the zone is the user's
    """),
    sql("""
        CREATE TABLE ar_internal_metadata (key varchar NOT NULL PRIMARY KEY, value varchar, created_at timestamp(6) NOT NULL);
        CREATE TABLE posts (id bigint PRIMARY KEY, sent_at timestamp(6));  -- by Rails
    """),
    project(
        {
            "drizzle.config.ts": """
                import { defineConfig } from "drizzle-kit";
                export default defineConfig({ dialect: "postgresql", schema: "./src/schema.ts", out: "./drizzle" });
            """,
            "src/schema.ts": """
                import { integer, pgTable, timestamp } from "drizzle-orm/pg-core";
                export const posts = pgTable("posts", { id: integer("id").primaryKey(), sentAt: timestamp("sent_at") });
            """,
        }
    ),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), on_day date, at_time time);
    """),
    sql("""
        CREATE TABLE appointments (id bigint PRIMARY KEY, starts_at timestamp NOT NULL, ends_at timestamp, time_zone text NOT NULL);
        CREATE TABLE flights (id bigint PRIMARY KEY, departure timestamp NOT NULL, timezone text NOT NULL);
        CREATE TABLE shifts (id bigint PRIMARY KEY, begins_local timestamp NOT NULL);
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, created_at timestamptz);
        CREATE VIEW mine AS SELECT id, created_at::timestamp AS created_at FROM posts;
        CREATE TABLE schema_migrations (version text PRIMARY KEY, inserted_at timestamp);  -- a tool's own
    """),
    sql("""
        CREATE SCHEMA auth; CREATE SCHEMA extensions; CREATE SCHEMA storage;
        CREATE TABLE auth.sessions (id uuid PRIMARY KEY, refreshed_at timestamp);  -- Supabase's
    """),
    project(
        {
            "migrations/001.sql": "ALTER TABLE mails ADD COLUMN sent_at timestamp;",
            "migrations/002.sql": "ALTER TABLE mails ALTER COLUMN sent_at TYPE timestamptz USING sent_at AT TIME ZONE 'UTC';",
        }
    ),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def timestamp_without_time_zone(database: Database) -> Iterator[Finding]:
    stamps = [(table, column) for table, column in database.columns() if column.base_type in (BARE, ZONED)]
    for client in ("Prisma", "Drizzle", "Rails", None):
        own = [(table, column) for table, column in stamps if written_by(column, database) == client]
        bare = [(table, column) for table, column in own if column.base_type == BARE and not means_local_time(column, table)]
        changes = [change(table, column, client, database) for table, column in bare]
        findings = [finding(table, column, how, client) for (table, column), how in zip(bare, changes, strict=True)]
        if client and is_habit(len(bare), len(own)):
            findings = [replace(each, confidence=Confidence.POSSIBLE) for each in findings]
        yield from each_or_all(
            findings,
            of=len(own),
            subject=f"{BARE} throughout",
            message=f"{len(bare)} of {len(own)} timestamps have no time zone: {cost(client)}",
            remedy=ChangeColumnTypes("Give the timestamps a time zone", tuple(how for how in changes if how)),
        )


def written_by(column: Column, database: Database) -> str | None:
    """The library that writes a column in UTC, whatever the zones of its process and of the server are."""
    if column.field is not None and database.orm in ("prisma", "drizzle"):
        return database.orm.capitalize()
    return "Rails" if database.schema.table(KEPT_BY_RAILS) else None


def finding(table: Table, column: Column, how: ChangeColumnType | None, client: str | None) -> Finding:
    name = f"{table.model}.{column.field}" if client == "Prisma" else f"{table.name}.{column.name}"
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{name} has no time zone: {cost(client)}",
        remedy=how,
        confidence=Confidence.LIKELY,
        severity=Severity.INFO if client == "Prisma" else None,
    )


def cost(client: str | None) -> str:
    if client:
        return f"{client} writes UTC, but SQL's now() and other clients write the time of their session's zone"
    return "which moment is meant depends on the zone of the session that wrote and of the one that reads"


def means_local_time(column: Column, table: Table) -> bool:
    """Whether it is no moment: what a clock on a wall shows, by its name or by being planned in a table that names the zone, or a
    date in the wrong type."""
    words = frozenset(column.words)
    planned = words & PLANNED and any(other.words[-2:] in ZONE or other.words[-1:] in ZONE for other in table.columns)
    return bool(words & LOCAL or words & BIRTH or planned)


def change(table: Table, column: Column, client: str | None, database: Database) -> ChangeColumnType | None:
    how = ChangeColumnType.of(table, column, column.type.replace(column.type.rstrip("[]"), ZONED), database.schema)
    note = f"{client} writes UTC." if client else UTC_ASSUMED
    return replace(how, rewrites=False, time_zone="UTC", native_type=None, note=note) if how else None
