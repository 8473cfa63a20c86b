"""A policy that calls a function for every row, though no row changes the answer.

## Why it matters
The condition of a policy is a part of every query's WHERE clause. `auth.uid() = user_id` finds out anew for each row who is
asking; `(SELECT auth.uid()) = user_id` finds it out once, before the first row (an InitPlan). Measured on a million rows,
`SELECT count(*)`: with Supabase's `auth.uid()` 650 ms and 46 ms, with `current_setting(...)::uuid` 270 ms and 44 ms, with a
PL/pgSQL function that looks a role up 12 s and 74 ms.

STABLE alone does not help: it allows PostgreSQL to call a function once for an index scan, and does not make it remember the
answer in a filter.

## When it is fine
The table is small; or every query has a WHERE clause whose index leaves few rows for the policy. Where the column that is compared
has an index itself, and the planner uses it, the call is made once: 1.3 ms against 0.4 ms for 1,000 of a million rows.

Left alone are: conditions WITH CHECK, which are for rows that are written (100,000 rows inserted took as long either way); calls
in a subquery of the policy's, which PostgreSQL mostly runs once; functions of PostgreSQL's own that cost nothing (`now()`); and
calls that the row does change (`is_member(team_id)`), which need another condition: `team_id IN (SELECT my_teams())`.

## What to do
Wrap the call: `(SELECT auth.uid()) = user_id`. The answer stays the same, as long as the function gives one answer all through a
statement. ALTER POLICY changes the condition at once, and locks the table for a moment.

## Sources
- Supabase documentation, "RLS Performance and Best Practices", "Call functions with select"
  https://supabase.com/docs/guides/database/postgres/row-level-security#call-functions-with-select and the lint
  https://supabase.github.io/splinter/0003_auth_rls_initplan/
- PostgreSQL documentation, "Function Volatility Categories" https://www.postgresql.org/docs/current/xfunc-volatility.html
- the measurement: benchmarks/policy_calls.py
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Call, Database, Policy, Table
from advisor.remedies import RunSql
from advisor.remedies.access import alter_policy, called_once
from advisor.remedies.wording import listed
from advisor.rule import Confidence, Finding, Severity, project, rule, sql

from ._access import guarded_tables

ASKS_FOR_CALLER = frozenset("auth.email auth.jwt auth.role auth.uid current_setting".split())
"""What the session says of itself, and what Supabase makes of it."""

BAD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY "Authors read" ON posts FOR SELECT TO authenticated USING (auth.uid() = author_id);
    """),
    sql("""
        CREATE TABLE invoices (id bigint PRIMARY KEY, tenant_id uuid NOT NULL);
        ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
        CREATE POLICY tenants ON invoices USING (tenant_id = current_setting('app.tenant_id')::uuid);
    """),
    sql("""
        CREATE TABLE members (user_name text PRIMARY KEY, role text NOT NULL);
        CREATE FUNCTION is_admin() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ SELECT EXISTS (SELECT FROM members WHERE user_name = session_user AND role = 'admin') $$;
        CREATE TABLE reports (id bigint PRIMARY KEY, author text NOT NULL, "Public" boolean NOT NULL);
        ALTER TABLE reports ENABLE ROW LEVEL SECURITY;
        CREATE POLICY staff ON reports USING ("Public" OR author = session_user OR is_admin());
    """),
    project(
        {
            "migrations/001.sql": """
                CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
                ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
                CREATE POLICY own ON posts USING ((SELECT auth.uid()) = author_id OR author_id = auth.uid());
            """,
            "migrations/002.sql": "ALTER POLICY own ON posts TO authenticated;",
        }
    ),
    sql("""
        CREATE TABLE a (id uuid, b uuid);
        ALTER TABLE a ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON a FOR SELECT USING (id = auth.uid()); CREATE POLICY q ON a FOR UPDATE USING (b = auth.uid());
        CREATE POLICY r ON a FOR DELETE USING (id = auth.uid()); CREATE POLICY s ON a FOR INSERT WITH CHECK (b = auth.uid());
        CREATE POLICY t ON a AS RESTRICTIVE USING (b = auth.uid() OR id = auth.uid()); CREATE POLICY u ON a USING (b <> auth.uid());
    """),
    sql("""
        CREATE SCHEMA storage;
        CREATE TABLE storage.objects (id uuid PRIMARY KEY, owner_id uuid);
        ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON storage.objects FOR SELECT TO authenticated USING (owner_id = auth.uid());
    """),
]
GOOD = [
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL, team_id bigint, ends_at timestamptz);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON posts USING ((SELECT auth.uid()) = author_id);
        CREATE POLICY teams ON posts USING (team_id IN (SELECT team_id FROM members WHERE user_id = auth.uid()));
        CREATE POLICY written ON posts FOR INSERT WITH CHECK (auth.uid() = author_id);  -- a row or two
        CREATE POLICY current ON posts FOR SELECT USING (ends_at > now() AND lower(current_user) <> 'guest');
    """),
    sql("""
        CREATE FUNCTION may_read() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'posts.read' $$;
        CREATE FUNCTION allowed(action text, team bigint) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true $$;
        CREATE TABLE posts (id bigint PRIMARY KEY, team_id bigint NOT NULL);
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY members ON posts USING (allowed(may_read(), team_id));  -- the row decides; may_read() is a constant
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        CREATE POLICY own ON posts USING (auth.uid() = author_id);  -- is off, which is another matter
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def policy_evaluated_per_row(database: Database) -> Iterator[Finding]:
    known = [function.name for function in database.schema.functions if function.volatility != "immutable"]
    volatile = {text for name in known for text in (str(name), name.qualified)}
    policies = [(policy, table) for table in guarded_tables(database) for policy in table.policies]
    calls = [(policy, table, called) for policy, table in policies if (called := costly_calls(policy, volatile))]
    mended = "\n".join(remedy_sql(*found) for found in calls)
    restored = "\n".join(alter_policy(policy, table, str(policy.using)) for policy, table, _ in calls)
    yield from each_or_all(
        [finding(*found) for found in calls],
        of=sum(policy.using is not None for policy, _ in policies),
        subject="calls for each row in policies throughout",
        message=f"{len(calls)} policies call {listed({called[0].text: None for _, _, called in calls})} for every row that a query "
        "reads, where once for the query would do",
        remedy=RunSql("Call once for the query", mended, restored),
    )


def costly_calls(policy: Policy, volatile: set[str]) -> list[Call]:
    """The calls that are made for each row read and that are worth sparing, whole."""
    calls = policy.using.rowless_calls if policy.using else ()
    return [call for call in calls if any(name in ASKS_FOR_CALLER or name in volatile for name in call.functions)]


def finding(policy: Policy, table: Table, calls: list[Call]) -> Finding:
    back = alter_policy(policy, table, str(policy.using))
    return Finding(
        at=policy.location,
        subject=f"{table.subject()} policy {policy.name}",
        message=f"policy {policy.name} on {table.name} calls {listed(call.text for call in calls)} for every row that a query "
        "reads, where once for the query would do",
        remedy=RunSql(f"Call once for the query in policy {policy.name} on {table.name}", remedy_sql(policy, table, calls), back),
        confidence=Confidence.LIKELY,
    )


def remedy_sql(policy: Policy, table: Table, calls: list[Call]) -> str:
    using = called_once(policy.using, (call.text for call in calls)) if policy.using else ""
    return alter_policy(policy, table, using)
