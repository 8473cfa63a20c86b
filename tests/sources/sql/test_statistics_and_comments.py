"""Extended statistics, comments, schemas, extensions, and what is kept as it is written."""

from __future__ import annotations

import pytest

from tests.sources.sql.objects_oracle import assert_same

STATISTICS = """
CREATE SCHEMA app;
CREATE TABLE t (a int, b text, c int, d int);
CREATE STATISTICS ON b, a FROM t;
CREATE STATISTICS ON b, a FROM t;
CREATE STATISTICS (mcv, ndistinct) ON c, lower(b) FROM t;
CREATE STATISTICS one ON (a + c) FROM t;
CREATE STATISTICS app.two (dependencies) ON a, d FROM t;
CREATE STATISTICS IF NOT EXISTS one ON a, b FROM t;
ALTER STATISTICS one SET STATISTICS 50;
ALTER STATISTICS app.two RENAME TO second;
COMMENT ON STATISTICS app.second IS 'two columns';
COMMENT ON STATISTICS t_b_a_stat IS 'the first';
CREATE TABLE u (LIKE t INCLUDING STATISTICS);
ALTER TABLE t RENAME COLUMN b TO body;
ALTER TABLE t DROP COLUMN d;
ALTER TABLE u RENAME TO uu;
DROP STATISTICS t_b_a_stat1;
ALTER STATISTICS one SET SCHEMA app;
"""

COMMENTS = """
CREATE SCHEMA app;
CREATE TABLE t (id int CONSTRAINT t_key PRIMARY KEY, "Odd" int CHECK ("Odd" > 0), CONSTRAINT odd_unique UNIQUE ("Odd"));
CREATE INDEX "An Index" ON t (id, "Odd");
CREATE INDEX gone ON t ("Odd", id);
CREATE SEQUENCE s;
CREATE TYPE mood AS ENUM ('sad');
CREATE DOMAIN positive AS int CONSTRAINT above CHECK (VALUE > 0);
CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE RULE nothing AS ON DELETE TO t DO INSTEAD NOTHING;
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
CREATE OPERATOR app.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE TEXT SEARCH CONFIGURATION app.words (COPY = english);
COMMENT ON TABLE t IS 'rows';
COMMENT ON INDEX "An Index" IS 'helps';
COMMENT ON INDEX gone IS 'goes';
COMMENT ON CONSTRAINT t_key ON t IS 'the key';
COMMENT ON CONSTRAINT odd_unique ON t IS 'odd';
COMMENT ON SEQUENCE s IS 'counts';
COMMENT ON TYPE mood IS 'how';
COMMENT ON DOMAIN positive IS 'more than none';
COMMENT ON CONSTRAINT above ON DOMAIN positive IS 'above';
COMMENT ON FUNCTION f(int, text) IS 'does';
COMMENT ON RULE nothing ON t IS 'never';
COMMENT ON AGGREGATE total(int) IS 'sums';
COMMENT ON OPERATOR app.=== (int, int) IS 'equal';
COMMENT ON TEXT SEARCH CONFIGURATION app.words IS 'English';
COMMENT ON SCHEMA app IS 'ours';
COMMENT ON COLUMN t."Odd" IS 'odd';
"""

FOLLOWING = """
ALTER TABLE t RENAME CONSTRAINT t_key TO t_primary;
ALTER INDEX "An Index" RENAME TO renamed;
ALTER TABLE t RENAME TO "T 4";
DROP INDEX gone;
ALTER TABLE "T 4" SET SCHEMA app;
ALTER TYPE mood RENAME TO feeling;
ALTER DOMAIN positive RENAME TO natural_number;
ALTER DOMAIN natural_number RENAME CONSTRAINT above TO over;
ALTER SEQUENCE s RENAME TO ss;
COMMENT ON SCHEMA app IS '';
COMMENT ON FUNCTION f IS NULL;
ALTER SCHEMA app RENAME TO core;
ALTER TABLE core."T 4" DROP CONSTRAINT odd_unique;
"""

KEPT = """
CREATE SCHEMA app;
CREATE TABLE t (id int);
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION on_ddl();
ALTER EVENT TRIGGER watch DISABLE;
ALTER EVENT TRIGGER watch RENAME TO watches;
CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING;
ALTER RULE r ON t RENAME TO rr;
CREATE RULE s AS ON UPDATE TO t DO ALSO NOTIFY changed;
DROP RULE s ON t;
ALTER TABLE t SET SCHEMA app;
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER remote FOREIGN DATA WRAPPER w;
CREATE SERVER other FOREIGN DATA WRAPPER w;
ALTER SERVER other RENAME TO third;
DROP SERVER third;
CREATE USER MAPPING FOR alice SERVER remote;
GRANT USAGE ON FOREIGN SERVER remote TO bob;
CREATE CAST (app.t AS text) WITH INOUT;
CREATE PUBLICATION everything FOR ALL TABLES;
ALTER PUBLICATION everything SET (publish = 'insert');
CREATE TEXT SEARCH DICTIONARY app.words (TEMPLATE = simple);
ALTER TEXT SEARCH DICTIONARY app.words RENAME TO terms;
CREATE TEXT SEARCH CONFIGURATION search (COPY = english);
ALTER TEXT SEARCH CONFIGURATION search SET SCHEMA app;
CREATE OPERATOR app.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE OPERATOR app.@@@ (RIGHTARG = int, FUNCTION = int4up);
DROP OPERATOR app.@@@ (NONE, int);
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int);
CREATE AGGREGATE app.sum_all(int) (SFUNC = int4pl, STYPE = int);
DROP AGGREGATE app.sum_all(int);
"""

SCHEMAS = """
CREATE SCHEMA a CREATE TABLE t (id int PRIMARY KEY) CREATE VIEW v AS SELECT id FROM t;
CREATE SCHEMA IF NOT EXISTS a;
CREATE SCHEMA AUTHORIZATION alice;
CREATE SCHEMA c AUTHORIZATION bob;
CREATE FUNCTION a.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE INSERT ON a.t FOR EACH ROW EXECUTE FUNCTION a.f();
CREATE SEQUENCE a.s;
CREATE TYPE a.mood AS ENUM ('sad');
CREATE FUNCTION felt(a.mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON SEQUENCE a.s IS 'counts';
ALTER SCHEMA a RENAME TO b;
CREATE EXTENSION citext SCHEMA b;
CREATE EXTENSION IF NOT EXISTS earthdistance CASCADE;
ALTER EXTENSION citext SET SCHEMA public;
CREATE EXTENSION pg_trgm;
DROP EXTENSION pg_trgm;
CREATE TABLE c.t (id int);
CREATE FUNCTION c.f() RETURNS c.t LANGUAGE sql AS 'SELECT NULL::c.t';
DROP SCHEMA c CASCADE;
"""


@pytest.mark.parametrize(
    "script",
    [STATISTICS, COMMENTS, COMMENTS + FOLLOWING, KEPT, SCHEMAS],
    ids=["statistics", "comments", "comments that follow", "kept", "schemas"],
)
def test_a_script_leaves_what_it_leaves_in_postgresql(script: str, throwaway_postgres: str) -> None:
    assert_same(script, throwaway_postgres)
