"""A table of the API without row level security.

## Why it matters
On Supabase and PostgREST every table of `public` is a part of the API, and row level security is all that stands between its rows
and whoever has the page's public key. Without it, `anon` reads and writes what it was granted; on Supabase that is
everything, by default.

## When it is fine
The database is not reached from the web: an application that connects as the owner and checks rights by itself needs no policies.
So this rule runs only where a project selects it, and then speaks of every table of the schemas in question.

## What to do
`ALTER TABLE ... ENABLE ROW LEVEL SECURITY`, and write policies for who shall get in: without one nobody does but the owner and
roles with BYPASSRLS, such as Supabase's `service_role`. Tables that only the server uses need no policy, or move to a schema that
is no part of the API.

## Options
- `schemas` (`["public"]`): the schemas that are reached from the web.

## Sources
- PostgreSQL documentation, "Row Security Policies" https://www.postgresql.org/docs/current/ddl-rowsecurity.html
- Supabase's lint: https://supabase.github.io/splinter/0013_rls_disabled_in_public/
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advisor.habits import each_or_all
from advisor.model import Schema, Table
from advisor.remedies import RunSql
from advisor.remedies.access import switch_row_security_on
from advisor.rule import Confidence, Finding, Options, Severity, prisma, rule, sql

from ._access import own_tables, switches_itself_on

BAD = [
    sql("CREATE TABLE posts (id bigint PRIMARY KEY, title text);"),
    prisma("""
        model Post {
          id    Int    @id
          title String
        }
    """),
    sql("""
        CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int); CREATE TABLE d (id int); CREATE TABLE e (id int);
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, title text);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE SCHEMA private;
        CREATE TABLE private.jobs (id bigint PRIMARY KEY);
        CREATE TABLE schema_migrations (version text PRIMARY KEY);
        CREATE VIEW titles AS SELECT title FROM posts;
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, title text);
        CREATE POLICY everybody_reads ON posts FOR SELECT USING (true);  -- policy-without-rls speaks of it
    """),
    sql("""
        CREATE FUNCTION lock_new_tables() RETURNS event_trigger LANGUAGE plpgsql AS $$
        DECLARE made record;
        BEGIN
            FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE' LOOP
                EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', made.object_identity);
            END LOOP;
        END $$;
        CREATE EVENT TRIGGER lock_new_tables ON ddl_command_end EXECUTE FUNCTION lock_new_tables();
        CREATE TABLE posts (id bigint PRIMARY KEY, author text);
    """),
]


@dataclass(frozen=True)
class ExposedOptions(Options):
    schemas: tuple[str, ...] = ("public",)


@rule(severity=Severity.OFF, bad=BAD, good=GOOD)
def rls_disabled(schema: Schema, options: ExposedOptions) -> Iterator[Finding]:
    exposed = [table for table in own_tables(schema) if table.name.schema in options.schemas]
    bare = [table for table in exposed if not (table.row_security or table.policies or switches_itself_on(schema))]
    remedies = [switch_row_security_on(table) for table in bare]
    yield from each_or_all(
        [finding(table, remedy) for table, remedy in zip(bare, remedies, strict=True)],
        of=len(exposed),
        subject="row level security off throughout",
        message=f"row level security is off on {len(bare)} of {len(exposed)} tables: privileges alone decide who gets at them",
        remedy=RunSql(
            "Switch row level security on",
            "\n".join(remedy.sql for remedy in remedies),
            "\n".join(str(remedy.back) for remedy in remedies),
        ),
    )


def finding(table: Table, remedy: RunSql) -> Finding:
    return Finding(
        at=table.location,
        subject=table.subject(),
        message=f"row level security of {table.name} is off: privileges alone decide who reads and writes its rows",
        remedy=remedy,
        confidence=Confidence.LIKELY,
    )
