"""A column of a reg type that pg_upgrade cannot carry over.

## Why it matters
A `regproc`, `regconfig` or the like holds the OID of an object in the system catalogs, which has another one in the new cluster.
`pg_upgrade` looks for such columns in every table of every database, and refuses the whole upgrade where it finds one ("Your
installation contains one of the reg* data types in user tables"). Who did not try `pg_upgrade --check` learns it in the downtime.

`regclass`, `regrole` and `regtype` are carried over and are fine.

## When it is fine
Major versions are changed by dump and restore or by logical replication. A `regconfig` column that a generated `tsvector` or an
index needs has no equal: a text would have to be cast, which is not immutable. Plan the upgrade that way then.

## What to do
Keep the name as text, and cast where it is used. For an upgrade that is due, change the type before and back after it.

## Sources
- PostgreSQL documentation, pg_upgrade, "Notes": "pg_upgrade does not support upgrading of databases containing table columns using
  these reg* OID-referencing system data types: regcollation, regconfig, regdictionary, regnamespace, regoper, regoperator, regproc,
  regprocedure" https://www.postgresql.org/docs/current/pgupgrade.html
"""

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Column, Database, Schema, Table
from advisor.remedies import ChangeColumnType
from advisor.remedies.sql import quote, quote_name
from advisor.rule import Finding, Severity, project, rule, sql

LEFT_BEHIND = frozenset("regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure".split())

BAD = [
    sql("CREATE TABLE jobs (id bigint PRIMARY KEY, handler regproc NOT NULL, hooks regprocedure[]);"),
    sql("CREATE TABLE pages (id bigint PRIMARY KEY, body text, language regconfig DEFAULT 'english');"),
    sql("""
        CREATE TABLE pages (body text, language regconfig NOT NULL, words tsvector, kind regdictionary);
        CREATE INDEX pages_words ON pages USING gin (to_tsvector(language, body));  -- a text would not do
        ALTER TABLE pages ADD COLUMN found tsvector GENERATED ALWAYS AS (to_tsvector(language, body)) STORED;
    """),
    sql("""
        CREATE DOMAIN handler AS regproc;
        CREATE DOMAIN handlers AS regproc[];
        CREATE TYPE hook AS (name text, run regprocedure);
        CREATE TABLE jobs (id bigint PRIMARY KEY, run handler, rest handlers, before hook);
    """),
    project({"migrations/002.sql": "ALTER TABLE jobs ADD COLUMN handler regproc;"}),
]
GOOD = [
    sql("CREATE TABLE audits (id bigint PRIMARY KEY, relation regclass, owner regrole, kind regtype, handler text);"),
    sql("""
        CREATE TABLE jobs (id bigint PRIMARY KEY, handler text);
        CREATE VIEW handlers AS SELECT handler::regproc AS handler FROM jobs;
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def reg_type(database: Database) -> Iterator[Finding]:
    left_behind = types_left_behind(database.schema)
    for table, column in database.columns():
        kind = left_behind.get(column.base_type)
        if kind:
            of_type = column.base_type if kind == column.base_type else f"{column.base_type}, which holds a {kind}"
            yield Finding(
                at=column.location,
                subject=table.subject(column.name),
                message=f"{table.name}.{column.name} is of type {of_type}: pg_upgrade refuses a cluster with such a column",
                remedy=as_text(table, column, database.schema),
            )


def types_left_behind(schema: Schema) -> dict[str, str]:
    """The types, and domains and composite types made of them, each with the reg type that is in the way."""
    found = {name: name for name in LEFT_BEHIND}
    for domain in schema.domains:
        if domain.type.removesuffix("[]") in found:
            found[quote_name(domain.name)] = found[domain.type.removesuffix("[]")]
    for composite in schema.composites:
        inside = next((found[part.base_type] for part in composite.attributes if part.base_type in found), None)
        if inside:
            found[quote_name(composite.name)] = inside
    return found


def as_text(table: Table, column: Column, schema: Schema) -> ChangeColumnType | None:
    indexed = any(key.expression and column.name in key.expression.columns for index in table.indexes for key in index.keys)
    if column.base_type not in LEFT_BEHIND or indexed:
        return None
    how = ChangeColumnType.of(table, column, column.type.replace(column.base_type, "text"), schema)
    return replace(how, back_using=f"{quote(column.name)}::{column.type}") if how else None
