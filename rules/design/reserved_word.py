"""A table or a column with a reserved word for its name.

## Why it matters
Without quotes SQL means the key word: `SELECT * FROM order` is a syntax error. A dozen words are worse, since they are values too:
`SELECT * FROM user` and `SELECT user FROM sessions` raise no error, they answer with the name of the session's role. Whoever writes
a query by hand, a report or a dump's filter meets it; so does every tool that puts names into SQL as they are.

Reserved is what `pg_get_keywords()` calls so, and the words that only functions and types may have for names (`left`, `like`,
`verbose`). `name`, `type`, `value`, `key`, `date`, `position` and the like need no quotes. A name with capitals (`"Order"`) needs
them whatever it says: that is the subject of identifier-case.

## When it is fine
An ORM writes all the SQL, and the quotes with it (Rails too), or most names need quotes as it is, having capitals. Then this is
told once, and is only possible.

## What to do
Pick a name that says more: `orders`, `users`, `sort_order`, `starts_at` and `ends_at`. In a table in use a new name breaks the code
that is running: with Prisma `@map` and `@@map` keep the old one for the database.

## Sources
- PostgreSQL documentation, "SQL Key Words" https://www.postgresql.org/docs/current/sql-keywords-appendix.html
- tried on PostgreSQL 18: each of the words as the name of a table, of a column, as an expression and behind FROM
"""

from collections.abc import Iterator

from advisor.habits import said_once
from advisor.model import Column, Database, Name, Table
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
KEPT_BY_RAILS = Name("public", "ar_internal_metadata")
MANY, SHOWN = 4, 6

BAD = [
    sql("""CREATE TABLE "order" (id bigint PRIMARY KEY, "desc" text NOT NULL);"""),
    sql("""CREATE TABLE sessions (id bigint PRIMARY KEY, "user" text NOT NULL);"""),
    sql("""CREATE TABLE slots (id bigint PRIMARY KEY); CREATE VIEW "left" AS SELECT id FROM slots;"""),
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
    quoted_anyway = database.orm is not None or mostly_capitals(database) or database.schema.table(KEPT_BY_RAILS) is not None
    confidence = Confidence.POSSIBLE if quoted_anyway else Confidence.LIKELY
    findings = [finding(table, column, confidence) for table, column in names(database) if (column or table.name).name in RESERVED]
    words = sorted({word_of(each) for each in findings})
    message = f"{len(findings)} tables and columns are called by reserved words ({', '.join(words[:SHOWN])}): SQL must quote them"
    if len(findings) >= MANY or (quoted_anyway and len(findings) > 1):
        yield said_once(findings, "reserved words throughout", message)
    else:
        yield from findings


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
