"""What the rules of security propose, on a real server: it runs, it changes who may do what, and the way back restores that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from advisor.engine.registry import all_rules
from advisor.engine.review import review
from advisor.rule import Example, Rule
from tests.rules.spoken import write_example as write

ROLES = ("anon", "authenticated", "service_role", "keeper", "reporting", "worker")
HOST = """
    SET check_function_bodies = off;
    CREATE SCHEMA auth;
    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
        AS $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO anon, authenticated, service_role;
"""
STORAGE = """
    CREATE SCHEMA storage;
    CREATE TABLE storage.objects (id uuid PRIMARY KEY, bucket_id text, owner_id text);
    CREATE SCHEMA realtime;
    CREATE TABLE realtime.messages (id uuid PRIMARY KEY);
"""
"""What it brings too, for policies of the application."""

SHAPE = """
    SELECT 'policy', polrelid::regclass::text, polname::text || polcmd::text || polpermissive::text || polroles::text,
           concat(pg_get_expr(polqual, polrelid), ' / ', pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
    UNION ALL
    SELECT 'relation', oid::regclass::text, concat(relrowsecurity, relforcerowsecurity, reloptions), ''
    FROM pg_class WHERE relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    UNION ALL
    SELECT 'function', oid::regprocedure::text, coalesce(proconfig::text, ''), ''
    FROM pg_proc WHERE pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
    UNION ALL
    SELECT 'extension', extname::text, extnamespace::regnamespace::text, '' FROM pg_extension
    UNION ALL
    SELECT 'privilege', object, grantee::text, privilege_type FROM (
        SELECT oid::regclass::text AS object, (aclexplode(relacl)).* FROM pg_class WHERE relacl IS NOT NULL
        UNION ALL SELECT oid::regprocedure::text, (aclexplode(coalesce(proacl, acldefault('f', proowner)))).*
                  FROM pg_proc WHERE pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
        UNION ALL SELECT nspname, (aclexplode(nspacl)).* FROM pg_namespace WHERE nspacl IS NOT NULL
        UNION ALL SELECT datname, (aclexplode(datacl)).* FROM pg_database WHERE datacl IS NOT NULL
        UNION ALL SELECT srvname, (aclexplode(srvacl)).* FROM pg_foreign_server WHERE srvacl IS NOT NULL
        UNION ALL SELECT parname, (aclexplode(paracl)).* FROM pg_parameter_acl
        UNION ALL SELECT 'later', (aclexplode(defaclacl)).* FROM pg_default_acl
    ) AS granted
    ORDER BY 1, 2, 3, 4
"""


def cases() -> Iterator[object]:
    for rule in all_rules():
        for number, example in enumerate(rule.bad, 1):
            if rule.category == "security" and all(path.endswith(".sql") for path in example.files):
                yield pytest.param(rule, example, id=f"{rule.name}-{number}")


@pytest.fixture
def server(throwaway_postgres: str) -> Iterator[psycopg.Connection]:
    """A database called `shop`, with the roles and functions that Supabase brings."""
    with psycopg.connect(throwaway_postgres, autocommit=True) as admin:
        before = roles(admin)
        for role in set(ROLES) - before:
            admin.execute(f"CREATE ROLE {role}")
        admin.execute("DROP DATABASE IF EXISTS shop")
        admin.execute("CREATE DATABASE shop")
        try:
            with psycopg.connect(throwaway_postgres, dbname="shop", autocommit=True) as connection:
                connection.execute(HOST)
                yield connection
        finally:
            admin.execute("DROP DATABASE shop")
            for role in roles(admin) - before:
                admin.execute(f"DROP ROLE {role}")


def roles(connection: psycopg.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}


def shape(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute(SHAPE).fetchall()


@pytest.mark.parametrize(("rule", "example"), list(cases()))
def test_what_a_rule_proposes_runs_and_can_be_taken_back(
    rule: Rule, example: Example, server: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(example, tmp_path)
    monkeypatch.chdir(tmp_path)
    findings = [finding for finding in review(".", select=[rule.name]).findings if finding.rule == rule.name]
    if not any(finding.remedy for finding in findings):
        pytest.skip("there is nothing to run")
    try:
        if not any("CREATE SCHEMA storage" in text for text in example.files.values()):
            server.execute(STORAGE)
        for _, text in sorted(example.files.items()):
            server.execute(text)
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedObject, psycopg.errors.UndefinedFile) as missing:
        pytest.skip(f"this server lacks it: {missing}")
    for finding in findings:
        if finding.remedy is None:
            continue
        up, down = finding.remedy.up(), finding.remedy.down()
        assert down is not None
        before = shape(server)
        server.execute(up)
        assert shape(server) != before
        server.execute(down)
        assert shape(server) == before
