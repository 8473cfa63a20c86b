"""A timestamp whose name does not say that it is one, or a date whose name does not.

## Why it matters
`created_at` is a moment and `created_on` a day, as everybody reads it; `created` may be either, or a flag, or a person. Who
compares a day with a moment gets midnight, in whichever zone the session has.

## When it is fine
The name has become a term: `birthday`, `expires`, `deadline`. A schema that has another habit throughout is told once.

## What to do
The options `timestamps` (default `at`) and `dates` (default `date`, `on`, `day`) list the last words of names, whichever way these
are written: `created_at`, `createdAt`. Rename what is new; in a table in use, a new name breaks the code that is running.

## Sources
- the convention of Rails: https://guides.rubyonrails.org/active_record_basics.html#schema-conventions
- PostgreSQL documentation, "Date/Time Types" https://www.postgresql.org/docs/current/datatype-datetime.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Column, Database, Table
from advisor.rule import Finding, Options, Severity, prisma, project, rule, sql

MOMENTS = frozenset({"timestamp without time zone", "timestamp with time zone"})

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, created timestamptz, published_date timestamptz, expires_at date);"),
    prisma("""
        model Post {
          id      Int      @id
          created DateTime
        }
    """),
    project(
        {
            "advisor.toml": "[rules.timestamp-suffix]\ntimestamps = ['ts']\ndates = ['dt']\n",
            "schema.sql": "CREATE TABLE posts (id bigint PRIMARY KEY, created_at timestamptz, seen_ts timestamp, due_date date);",
        }
    ),
]
GOOD = [
    sql("""
        CREATE TABLE posts (
            id bigint PRIMARY KEY, created_at timestamptz, "seenAt" timestamp(3), born_on date, due_date date, day date, opens time
        );
        CREATE TABLE schema_migrations (version text PRIMARY KEY, inserted timestamp);
        CREATE VIEW shown AS SELECT created_at AS created FROM posts;
    """),
    prisma("""
        model Post {
          id      Int      @id
          created DateTime @map("created_at")
        }
    """),
]


@dataclass(frozen=True)
class Endings(Options):
    timestamps: tuple[str, ...] = ("at",)
    dates: tuple[str, ...] = ("date", "on", "day")


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def timestamp_suffix(database: Database, options: Endings) -> Iterator[Finding]:
    for what, types, endings in (("timestamp", MOMENTS, options.timestamps), ("date", {"date"}, options.dates)):
        columns = [(table, column) for table, column in database.columns() if column.base_type in types and not column.is_array]
        findings = [finding(table, column, what, endings) for table, column in columns if column.words[-1:] not in ends(endings)]
        message = f"{len(findings)} of {len(columns)} {what}s do not end in {' or '.join(endings)}"
        yield from each_or_all(findings, of=len(columns), subject=f"names of {what}s throughout", message=message)


def ends(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [(word.strip("_").lower(),) for word in words]


def finding(table: Table, column: Column, what: str, endings: tuple[str, ...]) -> Finding:
    return Finding(
        at=column.location,
        subject=table.subject(column.name),
        message=f"{table.name}.{column.name} is a {what}, which its name does not say: it should end in {' or '.join(endings)}",
    )
