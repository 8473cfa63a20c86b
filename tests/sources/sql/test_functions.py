"""Functions and procedures are those that PostgreSQL ends up with."""

from __future__ import annotations

import pytest

from advisor.model import Schema, SourceText
from advisor.sources.sql import read_sql
from tests.sources.sql.objects_oracle import assert_same

FORMS = """
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE TABLE posts (id bigint PRIMARY KEY, title varchar(80), mood app.mood, at timestamp(3));
CREATE FUNCTION add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT a + b';
CREATE FUNCTION add(a text, b text) RETURNS text LANGUAGE sql RETURN a || b;
CREATE FUNCTION lengths(varchar(10), char(3), bit(2), numeric(8,2)[], bpchar, timestamptz(2)) RETURNS varchar(5)
  LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION of_table(t posts, ids bigint[], title posts.title%TYPE, at posts.at%TYPE) RETURNS SETOF posts
  LANGUAGE sql STABLE ROWS 10 AS 'SELECT * FROM posts';
CREATE FUNCTION moods(VARIADIC m app.mood[]) RETURNS app.mood LANGUAGE sql AS 'SELECT m[1]';
CREATE FUNCTION one_out(a int, OUT b text) LANGUAGE sql AS 'SELECT ''x''';
CREATE FUNCTION outs(INOUT a int, OUT b text) LANGUAGE sql COST 5 AS 'SELECT 1, ''x''';
CREATE FUNCTION as_table(a int) RETURNS TABLE (b int, c text) LANGUAGE sql COST 0.5 AS 'SELECT 1, ''x''';
CREATE FUNCTION as_one(a int) RETURNS TABLE (b int) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE app.act(a int, INOUT b int DEFAULT 3) LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = app, "Odd One", '' SET timezone TO 'UTC' SET work_mem = 64000 AS $$ BEGIN b := a; END $$;
CREATE FUNCTION app.atomic(a int) RETURNS int LEAKPROOF BEGIN ATOMIC SELECT 1; SELECT a; END;
CREATE FUNCTION app.at_once() RETURNS timestamptz LANGUAGE sql SET search_path FROM CURRENT COST 100 AS $$ SELECT now() $$;
CREATE FUNCTION anything(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION ends(internal) RETURNS internal LANGUAGE internal STRICT AS 'pg_ndistinct_in';
"""

CHANGES = """
CREATE SCHEMA app;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql SET work_mem = '1MB' SET search_path = public AS 'SELECT 1';
CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p(a int) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION gone(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION gone(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON FUNCTION f(int) IS 'first';
COMMENT ON PROCEDURE p(int) IS 'acts';
GRANT EXECUTE ON FUNCTION f(int) TO alice;
ALTER FUNCTION f(int) STABLE STRICT SECURITY DEFINER SET search_path = app RESET work_mem COST 3;
ALTER FUNCTION f(int) RENAME TO g;
ALTER FUNCTION g(int) SET SCHEMA app;
ALTER ROUTINE p RENAME TO q;
ALTER PROCEDURE q(int) SECURITY DEFINER;
CREATE OR REPLACE FUNCTION f(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 2; END';
DROP FUNCTION gone(int);
DROP FUNCTION IF EXISTS gone(text), nothing;
DROP FUNCTION gone;
DROP PROCEDURE IF EXISTS nobody(int);
CREATE TYPE mood AS ENUM ('sad');
CREATE FUNCTION felt(mood, mood[]) RETURNS mood LANGUAGE sql AS 'SELECT $1';
COMMENT ON FUNCTION felt IS 'feels';
ALTER TYPE mood RENAME TO feeling;
CREATE TABLE posts (id int);
CREATE FUNCTION first_post() RETURNS posts LANGUAGE sql AS 'SELECT NULL::posts';
ALTER TABLE posts RENAME TO articles;
CREATE TABLE doomed (id int);
CREATE FUNCTION of_doomed(doomed) RETURNS int LANGUAGE sql AS 'SELECT 1';
DROP TABLE doomed CASCADE;
"""


@pytest.mark.parametrize("script", [FORMS, CHANGES], ids=["forms", "changes"])
def test_functions_are_those_of_postgresql(script: str, throwaway_postgres: str) -> None:
    schema = assert_same(script, throwaway_postgres)
    assert schema.functions


def schema_after(text: str) -> Schema:
    return read_sql([SourceText("a.sql", text)]).schema


def test_the_body_without_quotes_is_kept_as_written() -> None:
    schema = schema_after("CREATE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT 1; SELECT a /* it */ + 1; END;")
    assert schema.functions[0].sql_body == "BEGIN ATOMIC SELECT 1; SELECT a /* it */ + 1; END"
    assert schema_after("CREATE FUNCTION f(a int) RETURNS int RETURN a + 1").functions[0].sql_body == "RETURN a + 1"


@pytest.mark.parametrize(
    ("again", "reason"),
    [
        ("CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'", "already exists with same argument types"),
        ("CREATE OR REPLACE FUNCTION f(a int) RETURNS text LANGUAGE sql AS 'SELECT 1'", "cannot change return type"),
        ("CREATE OR REPLACE FUNCTION f(b int) RETURNS int LANGUAGE sql AS 'SELECT 1'", 'cannot change name of input parameter "a"'),
        ("CREATE OR REPLACE PROCEDURE f(a int) LANGUAGE sql AS 'SELECT 1'", "cannot change routine kind"),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION f", 'function name "f" is not unique'),
    ],
)
def test_what_postgresql_refuses_is_refused(again: str, reason: str) -> None:
    text = f"CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; {again};"
    (problem,) = read_sql([SourceText("a.sql", text)]).problems
    assert reason in problem.reason


def test_a_function_of_an_object_file_has_its_symbol() -> None:
    schema = schema_after(
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE c AS 'lib', 'sym'; CREATE FUNCTION g() RETURNS int LANGUAGE c AS 'lib'"
    )
    assert [(found.body, found.symbol) for found in schema.functions] == [("lib", "sym"), ("lib", "g")]
