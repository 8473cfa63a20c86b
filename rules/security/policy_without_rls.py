"""Policies on a table whose row level security is off.

## Why it matters
A policy does nothing until the table has `ENABLE ROW LEVEL SECURITY`: CREATE POLICY gives no error and no warning, and whoever has
privileges on the table reads and writes every row of it, as if the policies were not there.

## When it is fine
The policies are written now and switched on by a later release, or by a script that the input does not show. Nothing is said where
an event trigger switches row level security on for each new table.

## What to do
Switch it on, and try as the role that the application connects as. Then a command for which no policy exists (the remedy names
those) finds no rows, or is refused, and nobody is bound who owns the table, is a superuser or has BYPASSRLS: an application that
connects as the owner needs `FORCE ROW LEVEL SECURITY` too, or better a role of its own.

## Sources
- PostgreSQL documentation, "CREATE POLICY": "row-level security must be enabled on the table (using ALTER TABLE ... ENABLE ROW
  LEVEL SECURITY) in order for created policies to be applied" https://www.postgresql.org/docs/current/sql-createpolicy.html
- who is not bound: "Row Security Policies" https://www.postgresql.org/docs/current/ddl-rowsecurity.html
- Supabase's lint of the same: https://supabase.github.io/splinter/0007_policy_exists_rls_disabled/
"""

from collections.abc import Iterator

from advisor.model import Policy, Schema
from advisor.remedies.access import switch_row_security_on
from advisor.rule import Finding, Severity, project, rule, sql

from ._access import own_tables, switches_itself_on

BAD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author text NOT NULL);
        CREATE POLICY own_posts ON posts USING (author = current_user);
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        ALTER TABLE posts FORCE ROW LEVEL SECURITY;  -- says only that the owner is bound too
        CREATE POLICY "Authors read" ON posts FOR SELECT TO authenticated USING ((SELECT auth.uid()) = author_id);
        CREATE POLICY "Authors write" ON posts FOR UPDATE TO authenticated USING ((SELECT auth.uid()) = author_id);
    """),
    project(
        {
            "migrations/001.sql": """
                CREATE TABLE posts (id bigint PRIMARY KEY, author text NOT NULL);
                ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
                CREATE POLICY own_posts ON posts USING (author = current_user);
            """,
            "migrations/002.sql": "ALTER TABLE posts DISABLE ROW LEVEL SECURITY;",
        }
    ),
    sql("""
        CREATE TABLE a (id int); CREATE POLICY p ON a USING (id > 0); CREATE POLICY q ON a FOR UPDATE USING (id > 1);
        CREATE TABLE b (id int); CREATE POLICY p ON b USING (id > 0);
    """),
    sql("""
        CREATE TABLE readings (owner text, at date) PARTITION BY RANGE (at);
        CREATE POLICY own ON readings USING (owner = current_user);
        CREATE POLICY not_late ON readings AS RESTRICTIVE FOR DELETE USING (at > '2026-01-01');
        CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE POLICY own ON readings_2026 FOR SELECT USING (owner = current_user);
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author text NOT NULL);
        CREATE POLICY own_posts ON posts USING (author = current_user);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE TABLE tags (id bigint PRIMARY KEY);  -- no policies, nothing promised
    """),
    project(
        {
            "migrations/001.sql": """
                CREATE TABLE posts (id bigint PRIMARY KEY, author text NOT NULL);
                CREATE POLICY own_posts ON posts USING (author = current_user);
            """,
            "migrations/002.sql": "DROP POLICY own_posts ON posts;",
        }
    ),
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
        CREATE POLICY own ON posts USING (author = current_user);
    """),
]


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def policy_without_rls(schema: Schema) -> Iterator[Finding]:
    for table in own_tables(schema) if not switches_itself_on(schema) else ():
        if table.policies and not table.row_security:
            yield Finding(
                at=min(policy.location for policy in table.policies),
                subject=table.subject(),
                message=f"row level security of {table.name} is off, so {named(table.policies)}: whoever has privileges on it "
                "reads and writes every row",
                remedy=switch_row_security_on(table),
            )


def named(policies: tuple[Policy, ...]) -> str:
    if len(policies) == 1:
        return f"its policy {policies[0].name} does nothing"
    return f"its {len(policies)} policies do nothing"
