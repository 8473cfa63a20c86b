"""A database in the encoding SQL_ASCII.

## Why it matters
SQL_ASCII means no encoding at all: PostgreSQL stores the bytes as they come and checks nothing. Clients that send UTF-8 and others
that send Latin-1 fill the same column, `length()` and `substring()` count bytes, and nobody can
tell afterwards which value was meant in which encoding: there is no conversion out of it. jsonb does not take `\\u00e9` there.

A dump that begins with `SET client_encoding = 'SQL_ASCII'` comes from such a database, unless it was made with `--encoding`.

## When it is fine
Every client is known to send plain ASCII.

## What to do
Make the database anew in UTF8 and load the data into it, converted from what its clients really sent (`iconv`, or `pg_dump
--encoding`); `ALTER DATABASE` cannot change an encoding.

## Sources
- PostgreSQL documentation, "Character Set Support": "It is not recommended to use SQL_ASCII ... In most cases, if you are working
  with any non-ASCII data, it is unwise to use the SQL_ASCII setting because PostgreSQL will be unable to help you by converting or
  validating non-ASCII characters" https://www.postgresql.org/docs/current/multibyte.html
- pg_dump: "By default, the dump is created in the database encoding" https://www.postgresql.org/docs/current/app-pgdump.html
"""

from collections.abc import Iterator

from advisor.model import CreateDatabase, Database, SetSetting
from advisor.rule import Confidence, Finding, Severity, rule, sql

NAMES = frozenset({"SQLASCII", "0"})

BAD = [
    sql("CREATE DATABASE shop TEMPLATE template0 ENCODING 'SQL_ASCII';"),
    sql("""
        -- PostgreSQL database dump
        SET client_encoding = 'SQL_ASCII';
        SELECT pg_catalog.set_config('search_path', '', false);
        CREATE TABLE public.users (id bigint PRIMARY KEY, name text);
        -- PostgreSQL database dump complete
    """),
]
GOOD = [
    sql("CREATE DATABASE shop TEMPLATE template0 ENCODING 'UTF8'; CREATE DATABASE blog;"),
    sql("""
        -- PostgreSQL database dump
        SET client_encoding = 'UTF8';
        SELECT pg_catalog.set_config('search_path', '', false);
        CREATE TABLE public.users (id bigint PRIMARY KEY, name text);
        -- PostgreSQL database dump complete
    """),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def sql_ascii_database(database: Database) -> Iterator[Finding]:
    for migration in database.migrations:
        for step in migration.operations if not migration.applied else ():
            if isinstance(step, CreateDatabase) and is_ascii(step.encoding):
                yield Finding(
                    at=step.location,
                    subject=f"database {step.name}",
                    message=f"database {step.name} has no encoding (SQL_ASCII): whatever bytes clients send are stored unchecked",
                )
            elif (
                isinstance(step, SetSetting)
                and migration.tool == "dump"
                and step.name == "client_encoding"
                and is_ascii(step.value)
            ):
                yield Finding(
                    at=step.location,
                    subject=f"{migration.name}: client_encoding",
                    message="the dump comes from a database without an encoding (SQL_ASCII): its bytes were never checked",
                    confidence=Confidence.LIKELY,
                )


def is_ascii(encoding: str | None) -> bool:
    """PostgreSQL compares names of encodings by their letters and digits."""
    return encoding is not None and "".join(filter(str.isalnum, encoding)).upper() in NAMES
