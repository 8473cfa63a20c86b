"""Row level security is on, and no policy lets anyone in.

## Why it matters
Without a policy the answer is no: whoever does not own the table, is no superuser and has no BYPASSRLS reads nothing, without an
error, and is refused when writing. A table that was locked and then forgotten shows itself as lists that stay empty.

## When it is fine
It is how tables are closed on purpose: only the owner uses them, or functions that run as the owner, or on Supabase the service
role, which passes by policies. So it is only possible that the policy was forgotten; likely it is where a role was granted the
table by name, and certain where FORCE binds the owner too. Left alone are partitions and heirs, which are read through their parent
under its policies, and tables in a schema that nobody was let into: those are closed twice.

## What to do
Write a policy for each command that a role needs. If the table is closed on purpose, say so in a comment on it, and take the
privileges away too: then who asks gets an error, and not an empty list.

## Sources
- PostgreSQL documentation, "Row Security Policies": "If no policy exists for the table, a default-deny policy is used, meaning
  that no rows are visible or can be modified" https://www.postgresql.org/docs/current/ddl-rowsecurity.html
- Supabase's lint of the same: https://supabase.github.io/splinter/0008_rls_enabled_no_policy/
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Schema, Table
from advisor.rule import Confidence, Finding, Severity, rule, sql

from ._access import PAST_POLICIES, is_on_the_web, own_tables

BAD = [
    sql("""
        CREATE ROLE app;
        CREATE TABLE posts (id bigint PRIMARY KEY, author text NOT NULL);
        CREATE TABLE notes (id bigint PRIMARY KEY, author text NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        GRANT SELECT, INSERT ON posts, notes TO app;
        CREATE POLICY own_posts ON posts USING (author = current_user);
    """),
    sql("""
        CREATE TABLE audit (id bigint PRIMARY KEY, what text NOT NULL);
        ALTER TABLE audit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        CREATE TABLE comments (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own_posts ON posts TO authenticated USING ((SELECT auth.uid()) = author_id);
        GRANT ALL ON posts, comments TO anon, authenticated, service_role;  -- as Supabase does with every table
    """),
    sql("""
        CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int); CREATE TABLE d (id int); CREATE TABLE e (id int);
        ALTER TABLE a ENABLE ROW LEVEL SECURITY; ALTER TABLE b ENABLE ROW LEVEL SECURITY; ALTER TABLE c ENABLE ROW LEVEL SECURITY;
        ALTER TABLE d ENABLE ROW LEVEL SECURITY; ALTER TABLE e ENABLE ROW LEVEL SECURITY;
        CREATE TABLE f (id int); ALTER TABLE f ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON f USING (id = 1);
    """),
    sql("CREATE TABLE posts (id bigint PRIMARY KEY); ALTER TABLE posts ENABLE ROW LEVEL SECURITY;"),
    sql("""
        CREATE SCHEMA app;
        GRANT USAGE ON SCHEMA app TO worker;
        CREATE TABLE app.posts (id bigint PRIMARY KEY);
        ALTER TABLE app.posts ENABLE ROW LEVEL SECURITY;
        GRANT ALL ON app.posts TO postgres;  -- whom no policy binds
    """),
]
GOOD = [
    sql("""
        CREATE TABLE readings (owner text NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
        CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        ALTER TABLE readings ENABLE ROW LEVEL SECURITY;
        ALTER TABLE readings_2026 ENABLE ROW LEVEL SECURITY;  -- closes the side door
        CREATE POLICY own ON readings USING (owner = current_user);
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author text);
        CREATE TABLE secrets (id bigint PRIMARY KEY);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own_posts ON posts USING (author = current_user);
        COMMENT ON TABLE secrets IS 'No policies: only the functions in this schema read it.';
    """),
    sql("""
        CREATE SCHEMA private;
        GRANT USAGE ON SCHEMA private TO service_role;  -- whom no policy binds
        CREATE TABLE private.sessions (id uuid PRIMARY KEY);
        ALTER TABLE private.sessions ENABLE ROW LEVEL SECURITY;
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def rls_without_policy(schema: Schema) -> Iterator[Finding]:
    protected = [table for table in own_tables(schema) if table.row_security and not schema.parents_of(table)]
    closed = [table for table in protected if not table.policies and not table.comment]
    granted = granted_tables(schema)
    forced = [table for table in closed if table.row_security_forced]
    bound = [table for table in closed if not table.row_security_forced]
    wanted = [table for table in bound if table.name.qualified in granted]
    entered = entered_schemas(schema)
    others = [table for table in bound if table.name.qualified not in granted and table.name.schema in entered]
    yield from told(forced, protected, Confidence.CERTAIN, "not even its owner reads or writes a row")
    yield from told(wanted, protected, Confidence.LIKELY, "roles that were granted it find no row")
    yield from told(others, protected, Confidence.POSSIBLE, "only its owner and roles that pass by policies find a row")


def entered_schemas(schema: Schema) -> set[str]:
    """Those that somebody whom policies bind was let into."""
    return {"public"} | {grant.object for grant in schema.grants if grant.kind == "schema" and grant.grantee not in PAST_POLICIES}


def granted_tables(schema: Schema) -> set[str]:
    """Those granted to roles that policies bind. On Supabase every table is, and that tells nothing."""
    if is_on_the_web(schema):
        return set()
    return {grant.object for grant in schema.grants if grant.kind == "table" and grant.grantee not in PAST_POLICIES}


def told(closed: list[Table], protected: list[Table], confidence: Confidence, cost: str) -> Iterator[Finding]:
    findings = [
        Finding(
            at=table.location,
            subject=table.subject(),
            message=f"row level security of {table.name} is on and no policy lets anyone in: {cost}",
            confidence=confidence,
        )
        for table in closed
    ]
    message = f"{len(closed)} tables have row level security on and no policy: {cost.replace('its owner', 'their owner')}"
    yield from each_or_all(findings, of=len(protected), subject="row level security without policies throughout", message=message)
