"""An UNLOGGED table, which a crash empties.

## Why it matters
What is written to an unlogged table does not go through the write-ahead log. After a crash or an immediate shutdown PostgreSQL
truncates it, whole, whatever was in it and for how long. It is not on any standby, so that a failover loses it too, and a backup by
`pg_basebackup` has it empty. Nothing says so when it happens.

## When it is fine
Caches, sessions, staging tables for imports, queues that are filled again: what can be made anew. Such tables, by their names, are
only possible findings.

## What to do
`ALTER TABLE ... SET LOGGED`, which writes the whole table anew, and into the log.

## Sources
- PostgreSQL documentation, CREATE TABLE: "Data written to unlogged tables is not written to the write-ahead log, which makes them
  considerably faster than ordinary tables. However, they are not crash-safe: an unlogged table is automatically truncated after a
  crash or unclean shutdown" https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED
"""

from collections.abc import Iterator

from advisor.model import Schema, Table
from advisor.model.schema import words_of
from advisor.remedies import RunSql
from advisor.remedies.sql import quote_name
from advisor.rule import Confidence, Finding, Severity, project, rule, sql

CAN_BE_MADE_ANEW = frozenset(
    """active cache caches cached session sessions staging stage stg tmp temp temporary import imports imported load loads buffer
    queue queues lock locks lease leases presence heartbeat heartbeats scratch work pending inflight rate limit limits
    throttle nonce nonces notification notifications ephemeral transient worker workers client clients producer producers
    leader""".split()
)

BAD = [
    sql("CREATE UNLOGGED TABLE orders (id bigint PRIMARY KEY, total numeric);"),
    sql("CREATE TABLE orders (id bigint PRIMARY KEY); ALTER TABLE orders SET UNLOGGED;"),
    project({"migrations/001.sql": "CREATE UNLOGGED TABLE users (id bigint PRIMARY KEY);"}),
    sql("CREATE UNLOGGED TABLE http_cache (key text PRIMARY KEY, body text);"),
]
GOOD = [
    sql("CREATE TABLE orders (id bigint PRIMARY KEY); CREATE TEMPORARY TABLE found (id bigint);"),
    sql("CREATE UNLOGGED TABLE orders (id bigint PRIMARY KEY); ALTER TABLE orders SET LOGGED;"),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def unlogged_table(table: Table, schema: Schema) -> Iterator[Finding]:
    parent = schema.parent_of(table)
    if not table.unlogged or (parent is not None and parent.unlogged):
        return
    name = quote_name(table.name)
    yield Finding(
        at=table.name_location or table.location,
        subject=table.subject(),
        message=f"{table.name} is unlogged: a crash or a failover empties it",
        remedy=RunSql(f"Write {table.name} to the log", f"ALTER TABLE {name} SET LOGGED;", f"ALTER TABLE {name} SET UNLOGGED;"),
        confidence=Confidence.LIKELY if CAN_BE_MADE_ANEW.isdisjoint(words_of(table.name.name)) else Confidence.POSSIBLE,
    )
