"""Triggers are those that PostgreSQL ends up with."""

from __future__ import annotations

from advisor.model import Name, SourceText
from advisor.sources.sql import read_sql
from tests.sources.sql.objects_oracle import assert_same

BEGIN = """
CREATE SCHEMA app;
CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE t (a int PRIMARY KEY, b text, c int);
CREATE TABLE u (a int);
"""

FORMS = """
CREATE TRIGGER one BEFORE INSERT OR UPDATE OF b, c OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION app.f();
CREATE TRIGGER two AFTER UPDATE ON t FOR EACH ROW WHEN (OLD.b IS DISTINCT FROM NEW.b AND NEW.c > 1) EXECUTE FUNCTION g('x', 2);
CREATE TRIGGER three AFTER TRUNCATE ON t EXECUTE PROCEDURE g();
CREATE TRIGGER four AFTER UPDATE ON t REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION g();
CREATE CONSTRAINT TRIGGER five AFTER INSERT ON t FROM u DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION g();
CREATE OR REPLACE TRIGGER one AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION g();
CREATE VIEW v AS SELECT a FROM t;
CREATE TRIGGER six INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION app.f();
CREATE TRIGGER seven BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
ALTER TRIGGER two ON t RENAME TO second;
COMMENT ON TRIGGER second ON t IS 'the second';
ALTER TABLE t DISABLE TRIGGER second, ENABLE REPLICA TRIGGER one, ENABLE ALWAYS TRIGGER three;
ALTER TABLE t RENAME COLUMN b TO body;
ALTER TABLE t RENAME TO tt;
ALTER FUNCTION app.f() RENAME TO ff;
ALTER TABLE tt SET SCHEMA app;
"""

GONE = """
CREATE TRIGGER one BEFORE UPDATE OF b ON t FOR EACH ROW EXECUTE FUNCTION app.f();
CREATE TRIGGER two AFTER UPDATE ON t FOR EACH ROW WHEN (NEW.b > 'x') EXECUTE FUNCTION g();
CREATE TRIGGER three AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION g();
CREATE TRIGGER four AFTER UPDATE ON u FOR EACH ROW EXECUTE FUNCTION app.f();
COMMENT ON TRIGGER one ON t IS 'goes';
ALTER TABLE t DROP COLUMN b CASCADE;
ALTER TABLE u DISABLE TRIGGER USER;
DROP TRIGGER IF EXISTS nothing ON t;
DROP FUNCTION g CASCADE;
"""

PARTITIONS = """
CREATE TABLE p (a int, b text) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (a);
CREATE TABLE p11 PARTITION OF p1 FOR VALUES FROM (0) TO (5);
CREATE TRIGGER rows AFTER INSERT ON p FOR EACH ROW WHEN (NEW.a > 1) EXECUTE FUNCTION g();
CREATE TRIGGER more BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION app.f();
CREATE TRIGGER gone AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION g();
CREATE TRIGGER statements AFTER INSERT ON p EXECUTE FUNCTION g();
ALTER TABLE p DISABLE TRIGGER rows;
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE p3 (a int, b text);
CREATE TRIGGER own AFTER INSERT ON p3 FOR EACH ROW EXECUTE FUNCTION g();
ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (20) TO (30);
ALTER TRIGGER more ON p RENAME TO renamed;
DROP TRIGGER gone ON p;
ALTER TABLE p ENABLE ALWAYS TRIGGER rows;
ALTER TABLE ONLY p DISABLE TRIGGER renamed;
ALTER TABLE p DETACH PARTITION p1;
"""


def test_all_forms(throwaway_postgres: str) -> None:
    assert_same(BEGIN + FORMS, throwaway_postgres)


def test_triggers_go_with_their_columns_and_functions(throwaway_postgres: str) -> None:
    assert_same(BEGIN + GONE, throwaway_postgres)


def test_partitions_have_the_row_triggers_of_their_parent(throwaway_postgres: str) -> None:
    schema = assert_same(BEGIN + PARTITIONS, throwaway_postgres)
    table = schema.table(Name("public", "p2"))
    assert table is not None
    assert [(trigger.name, trigger.inherited) for trigger in table.triggers] == [("rows", True), ("renamed", True)]


def test_a_trigger_of_the_parent_cannot_be_dropped_from_a_partition() -> None:
    text = BEGIN + PARTITIONS + "DROP TRIGGER rows ON p2; CREATE TRIGGER rows AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION g();"
    dropped, made = read_sql([SourceText("a.sql", text)]).problems
    assert "it is its parent's" in dropped.reason
    assert made.reason == 'trigger "rows" for relation "p" already exists'
