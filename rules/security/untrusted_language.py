"""A function in an untrusted language.

## Why it matters
PL/Python, PL/PerlU and their like run as the operating system's user of the server, outside of every privilege of the database: a
function in them reads the data files, the configuration and the network. Whoever may execute it does what its body does, and a
string that comes from outside and ends up in a command is a way onto the machine. Only a superuser can make such a function, so the
schema cannot move to a host that gives nobody a superuser.

## When it is fine
The work has to be done beside the data, and the server is one's own. Functions in C are left alone: they come with extensions.

## What to do
Move the work into the application, or into SQL, PL/pgSQL or trusted PL/Perl (`plperl`). Where it must stay: take EXECUTE from
PUBLIC and grant it by name.

## Sources
- PostgreSQL documentation, "CREATE LANGUAGE": TRUSTED means "that the language does not grant access to data that the user would
  not otherwise have" https://www.postgresql.org/docs/current/sql-createlanguage.html; "PL/Python": "it does not
  offer any way of restricting what users can do in it" https://www.postgresql.org/docs/current/plpython.html
- pgrubic's ST002: https://bolajiwahab.github.io/pgrubic/rules/security/
"""

from collections.abc import Iterator

from advisor.habits import each_or_all
from advisor.model import Function, Schema
from advisor.remedies import RunSql
from advisor.remedies.access import signature_of
from advisor.rule import Finding, Severity, rule, sql

from ._access import own_functions

UNTRUSTED = frozenset(
    "javau pljavau plluau plperlu plphpu plpython2u plpython3u plpythonu plr plrubyu plsh pltclu plguile plxslt".split()
)

BAD = [
    sql("""
        CREATE FUNCTION download(url text) RETURNS text LANGUAGE plpython3u
            AS $$ import urllib.request; return urllib.request.urlopen(url).read().decode() $$;
    """),
    sql("""
        CREATE SCHEMA ops;
        CREATE FUNCTION ops.disk(path text) RETURNS text AS 'return `df $_[0]`' LANGUAGE 'plperlu' SECURITY DEFINER;
    """),
    sql("""
        CREATE FUNCTION a() RETURNS int LANGUAGE plpython3u AS 'return 1';
        CREATE FUNCTION b() RETURNS int LANGUAGE plpython3u AS 'return 1';
        CREATE FUNCTION c() RETURNS int LANGUAGE plpython3u AS 'return 1';
        CREATE FUNCTION d() RETURNS int LANGUAGE plpython3u AS 'return 1';
        CREATE FUNCTION e() RETURNS int LANGUAGE plpython3u AS 'return 1';
        REVOKE ALL ON FUNCTION a() FROM PUBLIC;
    """),
    sql("""
        CREATE FUNCTION first() RETURNS int LANGUAGE plpython3u AS 'return 1';
        REVOKE ALL ON FUNCTION first() FROM PUBLIC;  -- all is done
        CREATE FUNCTION second() RETURNS int LANGUAGE plpython3u AS 'return 1';
        CREATE SCHEMA first;
        GRANT EXECUTE ON FUNCTION second() TO worker;
    """),
    sql("""
        CREATE FUNCTION a() RETURNS int LANGUAGE pljavau AS 'A.a'; CREATE FUNCTION b() RETURNS int LANGUAGE plxslt AS '<a/>';
        CREATE FUNCTION c() RETURNS int LANGUAGE plsh AS '#!/bin/sh'; CREATE FUNCTION d() RETURNS int LANGUAGE "javaU" AS 'A.d';
    """),
]
GOOD = [
    sql("""
        CREATE FUNCTION shout(t text) RETURNS text LANGUAGE plperl AS $$ return uc($_[0]) $$;
        CREATE FUNCTION total(a int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN a; END $$;
        CREATE FUNCTION triple(a int) RETURNS int LANGUAGE plv8 AS $$ return a * 3 $$;
        CREATE FUNCTION distance(cstring) RETURNS real LANGUAGE c AS '$libdir/metric', 'distance';
    """),
    sql("""
        CREATE FUNCTION download(url text) RETURNS text LANGUAGE plpython3u AS $$ return url $$;
        DROP FUNCTION download(text);
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def untrusted_language(schema: Schema) -> Iterator[Finding]:
    closed = {grant.object for grant in schema.revoked if grant.kind == "function" and grant.privilege == "EXECUTE"}
    found = [function for function in own_functions(schema) if function.language.lower() in UNTRUSTED]
    yield from each_or_all(
        [finding(function, revoked=function.signature in closed) for function in found],
        of=len(schema.functions),
        subject="functions in untrusted languages throughout",
        message=f"{len(found)} functions are in untrusted languages: they run as the server's operating system user, outside of "
        "all privileges",
    )


def finding(function: Function, *, revoked: bool) -> Finding:
    name = signature_of(function)
    revoke = RunSql(
        f"Keep PUBLIC from executing {function.name}; then grant EXECUTE to who calls",
        f"REVOKE EXECUTE ON {name} FROM PUBLIC;",
        f"GRANT EXECUTE ON {name} TO PUBLIC;",
    )
    return Finding(
        at=function.location,
        subject=function.signature,
        message=f"{function.name} is in {function.language}, which is untrusted: it runs as the server's operating system user, "
        "outside of all privileges",
        remedy=None if revoked else revoke,
    )
