"""Transactions and settings of the session: what is rolled back is gone, what is local ends."""

from __future__ import annotations

import pytest

from advisor.model import SourceText
from advisor.sources.sql import read_sql
from tests.sources.sql.objects_oracle import assert_same, facts_of

ROLLED_BACK = """
CREATE TABLE a (id int);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
GRANT SELECT ON a TO alice;
COMMENT ON FUNCTION f() IS 'stays';
BEGIN;
CREATE TABLE b (id serial);
GRANT ALL ON a TO bob;
REVOKE SELECT ON a FROM alice;
DROP FUNCTION f();
CREATE SCHEMA s;
ALTER TABLE a RENAME TO c;
ROLLBACK;
START TRANSACTION;
CREATE TABLE d (id int);
SAVEPOINT one;
CREATE TABLE e (id int);
SAVEPOINT two;
DROP TABLE d;
ROLLBACK TO SAVEPOINT one;
CREATE TABLE e (id int, other int);
RELEASE one;
COMMIT AND CHAIN;
CREATE TABLE f (id int);
ROLLBACK;
"""

SETTINGS = """
CREATE SCHEMA one;
CREATE SCHEMA two;
SET search_path TO one, public;
BEGIN;
SET LOCAL search_path = two;
CREATE FUNCTION in_two() RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMIT;
CREATE FUNCTION in_one() RETURNS int LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1';
SELECT pg_catalog.set_config('search_path', 'two, public', false);
CREATE TYPE mood AS ENUM ('sad');
RESET search_path;
CREATE FUNCTION in_public() RETURNS int LANGUAGE sql AS 'SELECT 1';
SET SCHEMA 'one';
CREATE SEQUENCE s;
BEGIN;
SET search_path TO two;
ROLLBACK;
CREATE FUNCTION also_in_one() RETURNS int LANGUAGE sql AS 'SELECT 1';
DISCARD ALL;
CREATE FUNCTION last_in_public() RETURNS int LANGUAGE sql AS 'SELECT 1';
BEGIN;
CREATE TEMP TABLE passing (id int) ON COMMIT DROP;
COMMIT;
CREATE TEMP TABLE passing (id int);
"""


@pytest.mark.parametrize("script", [ROLLED_BACK, SETTINGS], ids=["rolled back", "settings"])
def test_a_session_leaves_what_it_leaves_in_postgresql(script: str, throwaway_postgres: str) -> None:
    assert_same(script, throwaway_postgres)


def test_each_file_is_a_session() -> None:
    first = SourceText("1.sql", "SET search_path TO app; BEGIN; SET LOCAL search_path TO other;")
    second = SourceText("2.sql", "CREATE TABLE a (id int);")
    (table,) = read_sql([first, second]).schema.tables
    assert table.name.qualified == "public.a"


def test_what_a_schema_has_is_taken_over() -> None:
    text = """CREATE SCHEMA s; CREATE TABLE t (id int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    GRANT SELECT ON t TO alice; REVOKE ALL ON FUNCTION f FROM PUBLIC; COMMENT ON FUNCTION f IS 'x';
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob; CREATE STATISTICS st ON id, id FROM t;"""
    schema = read_sql([SourceText("a.sql", text)]).schema
    again = read_sql([SourceText("b.sql", "SELECT 1;")], before=schema).schema
    assert facts_of(again) == facts_of(schema)
    more = read_sql([SourceText("b.sql", "CREATE TABLE u (id int);")], before=schema).schema
    assert [(grant.object, grant.grantee) for grant in more.grants] == [("public.t", "alice"), ("public.u", "bob")]
