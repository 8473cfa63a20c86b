"""A table or a column with a reserved word for its name.

## Why it matters
Without quotes SQL means the key word: `SELECT * FROM order` is a syntax error. A dozen words are worse, since they are values too:
`SELECT * FROM user` and `SELECT user FROM sessions` raise no error, they answer with the name of the session's role. Whoever writes
a query by hand, a report or a dump's filter meets it; so does every tool that puts names into SQL as they are.

Reserved is what `pg_get_keywords()` calls so, and the words that only functions and types may have for names (`left`, `like`,
`verbose`). `name`, `type`, `value`, `key`, `date`, `position` and the like need no quotes, and nothing does behind a dot
(`app.user`, `o.order`). A name with capitals (`"Order"`) needs
them whatever it says: that is the subject of identifier-case.

## When it is fine
An ORM or a query builder writes all the SQL, and the quotes with it (Rails, Django and Ecto too, told by the table in which they
note their migrations), or most names need quotes as it is, having capitals. Then this is told once, and is only possible. So is a
table outside `public`, which queries mostly name with its schema.

## What to do
Pick a name that says more: `orders`, `users`, `sort_order`, `starts_at` and `ends_at`. In a table in use a new name breaks the code
that is running: with Prisma `@map` and `@@map` keep the old one for the database.

## Sources
- PostgreSQL documentation, "SQL Key Words" https://www.postgresql.org/docs/current/sql-keywords-appendix.html
- tried on PostgreSQL 18: each of the words as the name of a table, of a column, as an expression and behind FROM
"""

from collections.abc import Iterator

from advisor.habits import said_once
from advisor.model import Column, Database, Table
from advisor.model.schema import RESERVED
from advisor.rule import Confidence, Finding, Severity, prisma, rule, sql

VALUES = {
    "user": "the name of the session's role",
    "current_user": "the name of the session's role",
    "current_role": "the name of the session's role",
    "session_user": "the name of the role that logged in",
    "system_user": "how the session logged in",
    "current_catalog": "the name of the database",
    "current_schema": "the name of a schema",
    "current_date": "today's date",
    "current_time": "the time of day",
    "current_timestamp": "the time",
    "localtime": "the time of day",
    "localtimestamp": "the time",
}
"""Words that are values by themselves, and behind FROM a table of one row."""
CONSTANTS = {"true": "the constant", "false": "the constant", "null": "the constant", "all": "the rows without any column"}
"""Those that are so only where a column may stand."""
QUOTING_TOOLS = frozenset({"knex", "kysely", "sequelize", "typeorm"})
QUOTING_TABLES = frozenset({"ar_internal_metadata", "django_migrations"})
MANY, SHOWN = 4, 6

BAD = [
    sql("""CREATE TABLE "order" (id bigint PRIMARY KEY, "desc" text NOT NULL);"""),
    sql("""CREATE TABLE sessions (id bigint PRIMARY KEY, "user" text NOT NULL);"""),
    sql("""CREATE TABLE slots (id bigint PRIMARY KEY); CREATE VIEW "left" AS SELECT id FROM slots;"""),
    sql("""CREATE TABLE traces (id bigint PRIMARY KEY, "session_user" text, "current_schema" text, "localtime" time);"""),
    sql("""CREATE SCHEMA app; CREATE TABLE app.user (id bigint PRIMARY KEY, "group" text);"""),
    sql("""CREATE TABLE flags (id bigint PRIMARY KEY, "all" boolean, "true" text, "localtimestamp" timestamp);"""),
    sql("""
        CREATE TABLE schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp(0));  -- Ecto's
        CREATE TABLE emails (id bigint PRIMARY KEY, "primary" boolean NOT NULL);
    """),
    sql("""
        CREATE TABLE django_migrations (id bigint PRIMARY KEY, app varchar(255), name varchar(255));
        CREATE TABLE steps (id bigint PRIMARY KEY, "order" integer NOT NULL);
    """),
    prisma("""
        model Step {
          id    Int @id
          order Int

          @@map("steps")
        }
    """),
]
GOOD = [
    sql("""
        CREATE TABLE orders (
            id bigint PRIMARY KEY, order_id bigint, name text, type text, value text, key text, date date, time time, position int,
            "Group" text, year int, level int, role text, comment text, row int, user_id bigint, start date, index int
        );
    """),
    prisma("""
        model Order {
          id    Int @id
          order Int @map("sort_order")

          @@map("orders")
        }
    """),
]


@rule(severity=Severity.INFO, bad=BAD, good=GOOD)
def reserved_word(database: Database) -> Iterator[Finding]:
    quoted_anyway = is_quoted(database) or mostly_capitals(database)
    confidence = Confidence.POSSIBLE if quoted_anyway else Confidence.LIKELY
    findings = [
        finding(table, column, confidence if column or table.name.schema == "public" else Confidence.POSSIBLE)
        for table, column in names(database)
        if (column or table.name).name in RESERVED
    ]
    words = sorted({word_of(each) for each in findings})
    message = f"{len(findings)} tables and columns are called by reserved words ({', '.join(words[:SHOWN])}): SQL must quote them"
    if len(findings) >= MANY or (quoted_anyway and len(findings) > 1):
        yield said_once(findings, "reserved words throughout", message)
    else:
        yield from findings


def is_quoted(database: Database) -> bool:
    """Whether a library writes the SQL, which quotes all names."""
    kept = any(table.name.name in QUOTING_TABLES or is_of_ecto(table) for table in database.schema.tables)
    return kept or database.orm is not None or any(step.tool in QUOTING_TOOLS for step in database.migrations)


def is_of_ecto(table: Table) -> bool:
    return table.name.name == "schema_migrations" and table.column("inserted_at") is not None


def mostly_capitals(database: Database) -> bool:
    """Whether most tables need quotes as it is."""
    names = [table.name.name for table in database.schema.tables if not table.of_tool]
    return 2 * sum(name != name.lower() for name in names) > len(names)


def names(database: Database) -> Iterator[tuple[Table, Column | None]]:
    """Tables and views, and columns where they are declared."""
    for table in database.schema.tables:
        if not table.implicit and not table.of_tool and table.kind != "partition":
            yield table, None
    yield from database.columns()


def finding(table: Table, column: Column | None, confidence: Confidence) -> Finding:
    word = (column or table.name).name
    thing = f"column {word} of {table.name}" if column else f"{table.kind} {word}"
    use = f"SELECT {word}" if column else f"FROM {word}"
    meaning = VALUES.get(word) or (CONSTANTS.get(word) if column else None)
    cost = f"without quotes {use} is no error but {meaning}" if meaning else f"without quotes {use} is a syntax error"
    return Finding(
        at=column.location if column else table.name_location or table.location,
        subject=table.subject(column.name) if column else table.subject(),
        message=f"{thing} is called by a reserved word: {cost}",
        confidence=confidence,
    )


def word_of(finding: Finding) -> str:
    return finding.subject.rpartition(".")[2]
