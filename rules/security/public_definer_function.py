"""A SECURITY DEFINER function that PUBLIC may execute.

## Why it matters
PostgreSQL lets everybody execute a new function. One that runs as its owner is then a way past privileges and policies for every
role that may connect; on Supabase, where `public` is an API, for whoever knows the project's public key
(`POST /rest/v1/rpc/NAME`).

## When it is fine
The function is the way in that was meant, and checks who calls it. Left alone are functions whose body asks for the caller
(`auth.uid()`, `current_setting(...)`, `session_user`), trigger functions, which cannot be called, functions that a policy, a
default or a check calls, which those who query must execute, and functions in schemas that PUBLIC was not let into. What the
others do cannot be told from here; one that changes nothing is only possible.

## What to do
`REVOKE EXECUTE ... FROM PUBLIC`, and grant it to the roles that call the function; in the transaction that makes it, or nobody is
kept out in between. For functions to come: `ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`. On Supabase `anon`
and `authenticated` get EXECUTE on what is in `public` by name: revoke it there too.

## Sources
- PostgreSQL documentation, "CREATE FUNCTION": "by default, execute privilege is granted to PUBLIC for newly created functions ...
  Frequently you will wish to restrict use of a security definer function to only some users"
  https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
- Supabase's lints: https://supabase.github.io/splinter/0028_anon_security_definer_function_executable/
"""

from collections.abc import Iterator, Set

from advisor.habits import each_or_all
from advisor.model import Database, Function, Schema
from advisor.model.schema import asking_for_caller
from advisor.remedies import RunSql
from advisor.remedies.access import signature_of
from advisor.rule import Confidence, Finding, Severity, rule, sql

from ._access import EVERYBODY, WEB_ROLES, conditions, is_on_the_web, own_functions, policies_on_unseen_tables

CHANGES = frozenset(
    "alter call copy create delete drop execute grant insert merge notify perform refresh revoke truncate update".split()
)
"""Words without one of which a body in SQL or PL/pgSQL changes nothing, unless a function that it calls does."""

BAD = [
    sql("""
        CREATE FUNCTION close_account(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ UPDATE accounts SET closed = true WHERE accounts.id = $1 $$;
    """),
    sql("""
        CREATE SCHEMA billing;
        GRANT USAGE ON SCHEMA billing TO PUBLIC;
        CREATE PROCEDURE billing."payOut"(tenant uuid) LANGUAGE sql SECURITY DEFINER SET search_path = billing, pg_temp
            AS $$ UPDATE payouts SET done = true WHERE tenant_id = tenant $$;
        GRANT EXECUTE ON PROCEDURE billing."payOut"(uuid) TO worker;  -- takes nothing away from PUBLIC
    """),
    sql("""
        CREATE FUNCTION total() RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ SELECT sum(total) FROM invoices $$;
        REVOKE EXECUTE ON FUNCTION total() FROM anon;  -- which has it as a part of PUBLIC
    """),
    sql("""
        CREATE FUNCTION paid(invoice bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ BEGIN RETURN EXISTS (SELECT FROM payments WHERE invoice_id = invoice); END $$;  -- reads, though it is not STABLE
        CREATE FUNCTION paid_at(invoice bigint) RETURNS date LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ SELECT max(at) FROM payments WHERE invoice_id = invoice AND paid(invoice) $$;
        CREATE FUNCTION forget(days int) RETURNS void LANGUAGE sql AS $$ DELETE FROM payments WHERE at < now() - days * '1 day' $$;
        CREATE FUNCTION tidy() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ SELECT forget(30) $$;
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY);
        GRANT SELECT ON posts TO anon;
        CREATE FUNCTION publish(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = ''
            AS $$ UPDATE public.posts SET public = true WHERE posts.id = $1 $$;
        CREATE SCHEMA api;
        GRANT USAGE ON SCHEMA api TO authenticated;
        CREATE FUNCTION api.publish(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = ''
            AS $$ UPDATE public.posts SET public = true WHERE posts.id = $1 $$;
    """),
    sql("""
        CREATE FUNCTION free_bytes() RETURNS bigint LANGUAGE plperl SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ return spi_exec_query('SELECT free FROM disks')->{rows}[0]->{free} $$;
    """),
    sql("""
        CREATE FUNCTION a() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
        CREATE FUNCTION b() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'DELETE FROM x RETURNING 1';
        CREATE FUNCTION c() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
        CREATE FUNCTION d() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
        CREATE FUNCTION e(n int) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
    """),
]
GOOD = [
    sql("""
        CREATE FUNCTION close_account(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ UPDATE accounts SET closed = true WHERE accounts.id = $1 $$;
        REVOKE ALL ON FUNCTION close_account FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION close_account TO support;
    """),
    sql("""
        ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
        CREATE FUNCTION close_account(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ UPDATE accounts SET closed = true WHERE accounts.id = $1 $$;
    """),
    sql("""
        CREATE SCHEMA private;
        CREATE FUNCTION private.close(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ UPDATE accounts SET closed = true WHERE accounts.id = $1 $$;
        CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ BEGIN INSERT INTO changes VALUES (NEW.id); RETURN NEW; END $$;
        CREATE FUNCTION leave(team bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ DELETE FROM members WHERE team_id = team AND user_id = me() $$;
        CREATE FUNCTION me() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT current_setting('app.user_id')::uuid $$;
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, team_id bigint NOT NULL);
        CREATE FUNCTION is_open(team bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ SELECT EXISTS (SELECT FROM open_teams WHERE id = team) $$;
        ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
        CREATE POLICY teams ON posts USING (is_open(team_id));
        CREATE FUNCTION next_number() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ UPDATE counters SET number = number + 1 RETURNING number $$;
        CREATE FUNCTION is_known(code text) RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ INSERT INTO asked VALUES (code) RETURNING true $$;
        CREATE TABLE orders (id bigint PRIMARY KEY DEFAULT next_number(), code text CHECK (is_known(code)));
        CREATE FUNCTION "isShared"(path text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ BEGIN RETURN EXISTS (SELECT FROM shares WHERE shares.path = $1); END $$;
        CREATE FUNCTION may_see(path text) RETURNS boolean LANGUAGE sql AS $$ SELECT "isShared"(path) $$;
        CREATE POLICY shared ON storage.objects FOR SELECT USING (may_see(name));
    """),
    sql("""
        CREATE SCHEMA staff;
        GRANT USAGE ON SCHEMA staff TO support;  -- nobody else gets in
        CREATE FUNCTION staff.close(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ UPDATE accounts SET closed = true WHERE accounts.id = $1 $$;
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        CREATE FUNCTION close(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ UPDATE accounts SET closed = true WHERE accounts.id = $1 $$;
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def public_definer_function(database: Database) -> Iterator[Finding]:
    schema = database.schema
    web = is_on_the_web(schema)
    closed = {grant.object for grant in schema.revoked if grant.kind == "function" and grant.privilege == "EXECUTE"}
    entered = open_schemas(schema)
    needed = called_by_statements(database)
    asking = asking_for_caller(schema.functions)
    definers = [function for function in own_functions(schema) if function.security_definer and is_called(function)]
    found = [
        function
        for function in definers
        if function.signature not in closed
        and function.name.schema in entered
        and function.name.name.lower() not in needed
        and function.signature not in asking
    ]
    changing = CHANGES | {function.name.name.lower() for function in schema.functions if may_change(function, CHANGES)}
    yield from each_or_all(
        [finding(function, web=web, reads=not may_change(function, changing)) for function in found],
        of=len(definers),
        subject="functions that PUBLIC may execute throughout",
        message=f"{len(found)} of {len(definers)} SECURITY DEFINER functions may be executed by {everybody(web=web)}, with their "
        "owner's rights, and do not ask who calls",
        remedy=revoke("the functions that run as their owner", found, web=web),
    )


def open_schemas(schema: Schema) -> set[str]:
    """Those that everybody was let into, or on Supabase the web. `public` is open to all until that is revoked."""
    entered = {grant.object for grant in schema.grants if grant.kind == "schema" and grant.grantee in EVERYBODY}
    shut = {grant.object for grant in schema.revoked if grant.kind == "schema" and grant.privilege == "USAGE"}
    return entered | ({"public"} - shut)


def called_by_statements(database: Database) -> set[str]:
    """The functions that whoever reads or writes a table calls without naming them, by themselves or in others that run as he."""
    tables = database.schema.tables
    policies = [table.policies for table in tables] + list(policies_on_unseen_tables(database).values())
    called = [condition for each in policies for policy in each for condition in conditions(policy)]
    called += [check.expression for table in tables for check in table.checks]
    called += [column.default for table in tables for column in table.columns if column.default]
    found = {name for expression in called for name in expression.functions}
    words = {
        function.name.name.lower(): function.body_words for function in database.schema.functions if not function.security_definer
    }
    while inside := {word for name in found & words.keys() for word in words[name]} - found:
        found |= inside
    return found


def may_change(function: Function, words: Set[str]) -> bool:
    """Whether it does more than read, as far as its volatility and the words of its body tell."""
    told = function.language in ("sql", "plpgsql")
    return function.volatility == "volatile" and not (told and words.isdisjoint(function.body_words))


def is_called(function: Function) -> bool:
    """Triggers call the others by themselves."""
    return function.returns not in ("trigger", "event_trigger")


def finding(function: Function, *, web: bool, reads: bool) -> Finding:
    return Finding(
        at=function.location,
        subject=function.signature,
        message=f"{everybody(web=web)} may execute {function.name} with its owner's rights, and its body does not ask who calls",
        remedy=revoke(str(function.name), [function], web=web),
        confidence=Confidence.POSSIBLE if reads else Confidence.LIKELY,
    )


def everybody(*, web: bool) -> str:
    return "anyone on the web" if web else "every role"


def revoke(what: str, functions: list[Function], *, web: bool) -> RunSql:
    """From the web's roles too where Supabase gives it to them by name: in `public`."""
    names = {
        signature_of(function): ", ".join(("PUBLIC", *WEB_ROLES)) if web and function.name.schema == "public" else "PUBLIC"
        for function in functions
    }
    return RunSql(
        f"Keep PUBLIC from executing {what}; then grant EXECUTE to who calls",
        "\n".join(f"REVOKE EXECUTE ON {name} FROM {roles};" for name, roles in names.items()),
        "\n".join(f"GRANT EXECUTE ON {name} TO {roles};" for name, roles in names.items()),
    )
