"""A policy that lets everybody write every row.

## Why it matters
`USING (true)` and `WITH CHECK (true)` in a policy for writing are the same as no row level security for that command, while the
table looks protected. Permissive policies are joined by OR: beside one that is always true no narrower one restricts anything. On
Supabase `anon` is whoever has the page's public key, and `authenticated` whoever has signed up.

## When it is fine
Anyone may write there on purpose: a guest book, a form. INSERT alone is mostly that, and so only a possible finding. Left alone
are policies for reading, policies for a role of one's own (that role is trusted then), policies of a table whose restrictive
policies narrow them for the same command, and `false`.

## What to do
Say whose rows they are: `USING ((SELECT auth.uid()) = owner_id)`. Where only the server writes, drop the policy: the service role
and the owner need none.

A policy without any USING or CHECK, which Supabase's lint takes for an open one, is closed: on PostgreSQL 18, UPDATE and DELETE
under one find no row, and INSERT is refused.

## Sources
- PostgreSQL documentation, "Row Security Policies": permissive policies "are combined using OR"
  https://www.postgresql.org/docs/current/ddl-rowsecurity.html; a policy without conditions: `add_security_quals` and
  `add_with_check_options` in src/backend/rewrite/rowsecurity.c
- Supabase's lint of the same: https://supabase.github.io/splinter/0024_permissive_rls_policy/
- Supabase's roles: https://supabase.com/docs/guides/database/postgres/roles
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Database, Expression, Policy, Table
from advisor.remedies import RunSql
from advisor.remedies.access import create_policy, drop_policy
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Severity, project, rule, sql

from ._access import EVERYBODY, guarded_tables

BAD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY "Enable update" ON posts FOR UPDATE TO authenticated USING (true);
        CREATE POLICY "Enable delete" ON posts FOR DELETE USING (1 = 1);
    """),
    sql("""
        CREATE TABLE todos (id bigint PRIMARY KEY);
        ALTER TABLE todos ENABLE ROW LEVEL SECURITY;
        CREATE POLICY open ON todos TO anon, authenticated USING (true) WITH CHECK (true);
    """),
    project(
        {
            "migrations/001.sql": """
                CREATE POLICY uploads ON storage.objects FOR INSERT TO authenticated WITH CHECK (bucket_id = 'files');
                CREATE POLICY anyone_deletes ON storage.objects FOR DELETE TO anon USING (true);
                CREATE POLICY anyone_changes ON storage.objects FOR UPDATE USING (true);
                CREATE POLICY gone ON storage.objects FOR UPDATE USING (true);
                CREATE POLICY mended ON storage.objects FOR UPDATE USING (true);
                CREATE POLICY anyone_writes ON realtime.messages FOR UPDATE TO authenticated USING (true);
            """,
            "migrations/002.sql": """
                DROP POLICY gone ON storage.objects;
                ALTER POLICY mended ON storage.objects USING (owner_id = (SELECT auth.uid()::text));
            """,
        }
    ),
    sql("""
        CREATE TABLE messages (id bigint PRIMARY KEY, text text);
        ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
        CREATE POLICY form ON messages FOR INSERT TO anon WITH CHECK (true);
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY take ON posts FOR UPDATE TO authenticated USING (true) WITH CHECK ((SELECT auth.uid()) = author_id);
        CREATE POLICY give ON posts TO authenticated USING ((SELECT auth.uid()) = author_id) WITH CHECK (true);
    """),
    sql("""
        CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (id int); CREATE TABLE d (id int); CREATE TABLE e (id int);
        ALTER TABLE a ENABLE ROW LEVEL SECURITY; ALTER TABLE b ENABLE ROW LEVEL SECURITY; ALTER TABLE c ENABLE ROW LEVEL SECURITY;
        ALTER TABLE d ENABLE ROW LEVEL SECURITY; ALTER TABLE e ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON a USING (true); CREATE POLICY p ON b USING (true); CREATE POLICY p ON c USING (true);
        CREATE POLICY p ON d USING (true); CREATE POLICY p ON e USING (true);
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY everybody_reads ON posts FOR SELECT USING (true);
        CREATE POLICY own ON posts FOR UPDATE USING (true AND (SELECT auth.uid()) = author_id);
        CREATE POLICY server ON posts TO service_role USING (true);
        CREATE POLICY nothing ON posts FOR DELETE USING (false);
        CREATE POLICY blank ON posts FOR INSERT;  -- lets nobody in
        CREATE POLICY elsewhere ON jobs FOR UPDATE USING (true);  -- whether that table is protected is not known
    """),
    sql("""
        CREATE ROLE worker;
        CREATE TABLE jobs (id bigint PRIMARY KEY, tenant text NOT NULL);
        ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
        CREATE POLICY worker ON jobs TO worker USING (true);  -- the role decides
        CREATE POLICY base ON jobs USING (true) WITH CHECK (true);
        CREATE POLICY tenants ON jobs AS RESTRICTIVE USING (tenant = (SELECT current_setting('app.tenant')));
    """),
]
WRITES = ("insert", "update", "delete")


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def policy_always_true(database: Database) -> Iterator[Finding]:
    protected = list(guarded_tables(database))
    policies = [(policy, table) for table in protected for policy in table.policies]
    findings = [found for policy, table in policies if (found := finding(policy, table))]
    for confidence in (Confidence.LIKELY, Confidence.POSSIBLE):
        alike = [found for found in findings if found.confidence is confidence]
        message = f"{len(alike)} policies are true for every row: row level security restricts no write there"
        yield from each_or_all(alike, of=len(policies), subject="policies that are always true throughout", message=message)


def finding(policy: Policy, table: Table) -> Finding | None:
    commands = open_commands(policy, table)
    roles = [role for role in policy.roles if role in EVERYBODY]
    if not commands or not roles or not policy.permissive:
        return None
    whoever = "whoever has privileges on it" if "public" in roles else listed(roles)
    rows = {("insert",): "any row", ("insert", "update"): "rows of any kind"}.get(commands, "every row")
    what = f"policy {policy.name} on {table.name}"
    drop = RunSql(f"Drop {what}, or say whose rows they are", drop_policy(policy, table), create_policy(policy, table))
    return Finding(
        at=policy.location,
        subject=f"{table.subject()} policy {policy.name}",
        message=f"{open_part(policy)}{what} is always true: {whoever} may {listed(commands)} {rows}",
        remedy=None if commands == ("insert",) else drop,
        confidence=Confidence.POSSIBLE if commands == ("insert",) else Confidence.LIKELY,
    )


def open_part(policy: Policy) -> str:
    if not is_open(policy.using):
        return "" if policy.using is None else "WITH CHECK of "
    return "USING of " if policy.check and not is_open(policy.check) else ""


def open_commands(policy: Policy, table: Table) -> tuple[str, ...]:
    """The writes that it lets through for every row: old ones by USING, new ones by CHECK, or by USING where that is left out."""
    restricted = {command for other in table.policies if not other.permissive for command in other.commands}
    old, new = is_open(policy.using), is_open(policy.check or policy.using)
    open_for = {"insert": new, "update": old or new, "delete": old}
    return tuple(command for command in WRITES if command in policy.commands and open_for[command] and command not in restricted)


def is_open(condition: Expression | None) -> bool:
    return condition is not None and condition.is_true
