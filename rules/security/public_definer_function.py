"""A SECURITY DEFINER function that PUBLIC may execute.

## Why it matters
PostgreSQL lets everybody execute a new function. One that runs as its owner is then a way past privileges and policies for every
role that may connect; on Supabase, where `public` is an API, for whoever knows the project's public key
(`POST /rest/v1/rpc/NAME`).

## When it is fine
The function is the way in that was meant, and checks who calls it. Left alone are functions whose body asks for the caller
(`auth.uid()`, `current_setting(...)`, `session_user`), trigger functions, which cannot be called, functions that a policy calls,
which those who query must execute, and functions in schemas that PUBLIC was not let into. What the others do cannot be told from
here; one that changes nothing is only possible.

## What to do
`REVOKE EXECUTE ... FROM PUBLIC`, and grant it to the roles that call the function; in the transaction that makes it, or nobody is
kept out in between. For functions to come: `ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`. On Supabase `anon`
and `authenticated` get EXECUTE by name: revoke it there too.

## Sources
- PostgreSQL documentation, "CREATE FUNCTION": "by default, execute privilege is granted to PUBLIC for newly created functions ...
  Frequently you will wish to restrict use of a security definer function to only some users"
  https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
- Supabase's lints: https://supabase.github.io/splinter/0028_anon_security_definer_function_executable/
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Function, Schema
from advisor.model.schema import asking_for_caller
from advisor.remedies import RunSql
from advisor.remedies.access import signature_of
from advisor.rule import Confidence, Finding, Severity, rule, sql

from ._access import PAST_POLICIES, WEB_ROLES, conditions, is_on_the_web, own_functions

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
        CREATE FUNCTION a() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
        CREATE FUNCTION b() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
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
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def public_definer_function(schema: Schema) -> Iterator[Finding]:
    web = is_on_the_web(schema)
    closed = {grant.object for grant in schema.revoked if grant.kind == "function" and grant.privilege == "EXECUTE"}
    open_schemas = {grant.object for grant in schema.grants if grant.kind == "schema" and grant.grantee not in PAST_POLICIES}
    in_policies = called_by_policies(schema)
    asking = asking_for_caller(schema.functions)
    definers = [function for function in own_functions(schema) if function.security_definer and is_called(function)]
    found = [
        function
        for function in definers
        if function.signature not in closed
        and function.name.schema in {"public", *open_schemas}
        and function.name.name not in in_policies
        and function.signature not in asking
    ]
    yield from each_or_all(
        [finding(function, web=web) for function in found],
        of=len(definers),
        subject="functions that PUBLIC may execute throughout",
        message=f"{len(found)} of {len(definers)} SECURITY DEFINER functions may be executed by {everybody(web=web)}, with their "
        "owner's rights, and do not ask who calls",
        remedy=revoke("the functions that run as their owner", found, web=web),
    )


def called_by_policies(schema: Schema) -> set[str]:
    policies = [policy for table in schema.tables for policy in table.policies]
    return {name for policy in policies for condition in conditions(policy) for name in condition.functions}


def is_called(function: Function) -> bool:
    """Triggers call the others by themselves."""
    return function.returns not in ("trigger", "event_trigger")


def finding(function: Function, *, web: bool) -> Finding:
    return Finding(
        at=function.location,
        subject=function.signature,
        message=f"{everybody(web=web)} may execute {function.name} with its owner's rights, and its body does not ask who calls",
        remedy=revoke(str(function.name), [function], web=web),
        confidence=Confidence.LIKELY if function.volatility == "volatile" else Confidence.POSSIBLE,
    )


def everybody(*, web: bool) -> str:
    return "anyone on the web" if web else "every role"


def revoke(what: str, functions: list[Function], *, web: bool) -> RunSql:
    roles = ", ".join(("PUBLIC", *WEB_ROLES)) if web else "PUBLIC"
    names = [signature_of(function) for function in functions]
    return RunSql(
        f"Keep PUBLIC from executing {what}; then grant EXECUTE to who calls",
        "\n".join(f"REVOKE EXECUTE ON {name} FROM {roles};" for name in names),
        "\n".join(f"GRANT EXECUTE ON {name} TO {roles};" for name in names),
    )
