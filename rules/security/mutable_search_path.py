"""A SECURITY DEFINER function that looks names up where its caller says.

## Why it matters
The function runs with its owner's rights and its caller's `search_path`. A caller who may create anything in some schema puts that
one first, with a table, a function or an operator of the name that the body uses, and the owner runs it. Temporary tables are
found before all others unless `pg_temp` is named last; everybody may make those who may connect, until TEMPORARY is revoked.

## When it is fine
Every name in the body has its schema, operators too, `OPERATOR(pg_catalog.=)`, which nobody writes. Left alone are functions with
a body in standard SQL (`RETURN`, `BEGIN ATOMIC`), whose names were looked up when they were made, and those in C.

A path that is set but does not end in `pg_temp` is a note, and only possible: it is harmless where every table has its schema. On
Supabase it is left alone, as nobody makes temporary tables through its API. An empty path is fine.

## What to do
`ALTER FUNCTION ... SET search_path = public, pg_temp`, with the schemas whose tables and functions the body uses, and none in which
others may create. Or `SET search_path = ''`, and every name with its schema.

## Sources
- PostgreSQL documentation, "CREATE FUNCTION", section "Writing SECURITY DEFINER Functions Safely": "search_path should be set to
  exclude any schemas writable by untrusted users"; "the temporary-table schema ... is searched first by default"
  https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
- CVE-2018-1058: https://wiki.postgresql.org/wiki/A_Guide_to_CVE-2018-1058:_Protect_Your_Search_Path
- pgspot's PS003 and PS004: https://github.com/timescale/pgspot; Supabase's lint:
  https://supabase.github.io/splinter/0011_function_search_path_mutable/
"""

from collections.abc import Iterator, Sequence

from advisor.habits import each_or_all
from advisor.model import Function, Schema
from advisor.remedies import RunSql
from advisor.remedies.access import signature_of
from advisor.remedies.sql import quote
from advisor.rule import Confidence, Finding, Severity, rule, sql

from ._access import is_on_the_web, own_functions

COMPILED = ("c", "internal")

BAD = [
    sql("""
        CREATE FUNCTION close_account(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
            AS $$ UPDATE accounts SET closed = true WHERE accounts.id = $1 $$;
    """),
    sql("""
        CREATE SCHEMA billing;
        CREATE FUNCTION billing."totalOf"(tenant uuid, since date DEFAULT now()) RETURNS numeric LANGUAGE plpgsql
            SECURITY DEFINER STABLE SET work_mem = '64MB'
            AS $$ BEGIN RETURN (SELECT sum(total) FROM invoices WHERE tenant_id = tenant AND at >= since); END $$;
    """),
    sql("""
        CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
            AS $$ BEGIN INSERT INTO changes VALUES (NEW.id); RETURN NEW; END $$;
    """),
    sql("""
        CREATE PROCEDURE clean_up(days integer) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_temp, public
            AS $$ BEGIN DELETE FROM sessions WHERE at < now() - make_interval(days => days); END $$;
        CREATE FUNCTION seen() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT
            AS $$ SELECT count(*) FROM sessions $$;
    """),
    sql("""
        CREATE FUNCTION a() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
        CREATE FUNCTION b() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
        CREATE FUNCTION c() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
        CREATE FUNCTION d() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
        CREATE FUNCTION e(n int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    """),
    sql("""
        CREATE FUNCTION a() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT 1';
        CREATE FUNCTION b() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT 1';
        CREATE FUNCTION c() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT 1';
        CREATE FUNCTION d() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT 1';
        CREATE FUNCTION e() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT 1';
    """),
]
GOOD = [
    sql("""
        CREATE FUNCTION close_account(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
            AS $$ UPDATE accounts SET closed = true WHERE accounts.id = $1 $$;
        CREATE FUNCTION open_account(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = ''
            AS $$ UPDATE public.accounts SET closed = false WHERE accounts.id = $1 $$;
    """),
    sql("""
        CREATE FUNCTION total(tenant uuid) RETURNS numeric LANGUAGE sql
            AS $$ SELECT sum(total) FROM invoices WHERE tenant_id = tenant $$;  -- with its caller's rights
    """),
    sql("""
        CREATE FUNCTION add(a integer, b integer) RETURNS integer LANGUAGE sql SECURITY DEFINER RETURN a + b;
        CREATE FUNCTION late() RETURNS integer LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$;
        ALTER FUNCTION late() SET search_path TO pg_catalog, pg_temp;
        CREATE FUNCTION no_more() RETURNS integer LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$;
        ALTER FUNCTION no_more() SECURITY INVOKER;
        CREATE FUNCTION distance(cstring) RETURNS real LANGUAGE c SECURITY DEFINER AS '$libdir/metric', 'distance';
    """),
    sql("""
        CREATE TABLE posts (id bigint PRIMARY KEY, author_id uuid NOT NULL);
        GRANT SELECT ON posts TO service_role;
        CREATE FUNCTION seen() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public
            AS $$ SELECT count(*) FROM posts $$;
        CREATE FUNCTION auth.email_of(id uuid) RETURNS text LANGUAGE sql SECURITY DEFINER
            AS $$ SELECT email FROM users WHERE users.id = $1 $$;  -- the host's
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def mutable_search_path(schema: Schema) -> Iterator[Finding]:
    web = is_on_the_web(schema)
    definers = [
        function
        for function in own_functions(schema)
        if function.security_definer and function.sql_body is None and function.language not in COMPILED
    ]
    unset = [function for function in definers if function.set_path is None]
    loose = [function for function in definers if is_loose(function.set_path) and not web]
    yield from each_or_all(
        [without_path(function, schema) for function in unset],
        of=len(definers),
        subject="functions without search_path throughout",
        message=f"{len(unset)} of {len(definers)} SECURITY DEFINER functions look names up where their caller says, with their "
        "owner's rights",
        remedy=fix("Set the path of the functions that run as their owner", unset, schema),
    )
    yield from each_or_all(
        [temporary_first(function, schema) for function in loose],
        of=len(definers),
        subject="paths without pg_temp throughout",
        message=f"{len(loose)} of {len(definers)} SECURITY DEFINER functions find their caller's temporary tables first: their "
        "search_path does not end in pg_temp",
        remedy=fix("Let temporary tables be found last", loose, schema),
    )


def is_loose(path: tuple[str, ...] | None) -> bool:
    return bool(path) and path is not None and path[-1] != "pg_temp"


def without_path(function: Function, schema: Schema) -> Finding:
    return Finding(
        at=function.location,
        subject=function.signature,
        message=f"{function.name} runs with its owner's rights and looks names up where its caller says: it sets no search_path",
        remedy=fix(f"Set the search_path of {function.name}", [function], schema),
        confidence=Confidence.LIKELY,
    )


def temporary_first(function: Function, schema: Schema) -> Finding:
    return Finding(
        at=function.location,
        subject=function.signature,
        message=f"{function.name} runs with its owner's rights and finds its caller's temporary tables first: its search_path does "
        "not end in pg_temp",
        remedy=fix(f"Let {function.name} find temporary tables last", [function], schema),
        confidence=Confidence.POSSIBLE,
        severity=Severity.INFO,
    )


def fix(what: str, functions: Sequence[Function], schema: Schema) -> RunSql:
    """Its own path or, where it has none, the one under which it was made, with pg_temp at the end."""
    extensions = [place for _, place in schema.extension_schemas if place == "extensions"]
    up, down = [], []
    for function in functions:
        old = function.set_path
        own = old if old is not None else (*function.search_path, function.name.schema, *extensions)
        path = [name for name in dict.fromkeys(own) if name not in ("pg_temp", "$user")]
        alter = f"ALTER {signature_of(function)}"
        up.append(f"{alter} SET search_path = {', '.join(map(quote, [*path, 'pg_temp']))};")
        down.append(f"{alter} SET search_path = {', '.join(map(quote, old))};" if old else f"{alter} RESET search_path;")
    return RunSql(what, "\n".join(up), "\n".join(down))
