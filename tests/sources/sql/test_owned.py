"""DROP OWNED and REASSIGN OWNED: what a role is known to own goes, or is another's."""

from __future__ import annotations

from tests.sources.sql.objects_oracle import assert_same

MADE_BY_ALICE = """
GRANT ALL ON SCHEMA public TO alice, bob;
SET ROLE alice;
CREATE TABLE made (a serial, b int);
CREATE TYPE mood AS ENUM ('a');
CREATE VIEW v AS SELECT a FROM made;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SEQUENCE numbers;
CREATE TABLE granted (a int);
GRANT SELECT ON granted TO bob;
RESET ROLE;
CREATE TABLE given (a int);
ALTER TABLE given OWNER TO alice;
CREATE TABLE dependent (a mood, b int DEFAULT f(), c int DEFAULT nextval('numbers'));
GRANT SELECT ON dependent TO alice;
ALTER DEFAULT PRIVILEGES FOR ROLE alice GRANT SELECT ON TABLES TO alice, bob;
"""


def test_what_a_role_owns_goes_with_drop_owned(throwaway_postgres: str) -> None:
    schema = assert_same(f"{MADE_BY_ALICE} DROP OWNED BY alice CASCADE;", throwaway_postgres)
    assert [(table.name.name, [column.name for column in table.columns]) for table in schema.tables] == [("dependent", ["b", "c"])]
    assert schema.functions == ()


def test_what_is_reassigned_goes_with_its_new_owner(throwaway_postgres: str) -> None:
    kept = assert_same(f"{MADE_BY_ALICE} REASSIGN OWNED BY alice TO bob; DROP OWNED BY alice;", throwaway_postgres)
    assert [table.name.name for table in kept.tables] == ["made", "v", "granted", "given", "dependent"]
    assert [(grant.object, grant.grantee) for grant in kept.grants if grant.kind == "table"] == []
    gone = assert_same(f"{MADE_BY_ALICE} REASSIGN OWNED BY alice TO bob; DROP OWNED BY bob CASCADE;", throwaway_postgres)
    assert [table.name.name for table in gone.tables] == ["dependent"]


def test_what_is_the_sessions_own_is_not_in_the_schema(throwaway_postgres: str) -> None:
    schema = assert_same(
        "CREATE FUNCTION pg_temp.who() RETURNS text LANGUAGE sql AS 'SELECT 1::text';"
        "CREATE DOMAIN pg_temp.filled AS text CHECK (VALUE <> '');",
        throwaway_postgres,
    )
    assert (schema.functions, schema.domains) == ((), ())


def test_a_policy_for_nobody_else_goes_and_others_lose_the_role(throwaway_postgres: str) -> None:
    policies = "CREATE POLICY one ON given TO alice; CREATE POLICY two ON given TO alice, bob; CREATE POLICY all_of ON given;"
    schema = assert_same(f"CREATE TABLE given (a int); {policies} DROP OWNED BY alice;", throwaway_postgres)
    assert [(policy.name, policy.roles) for policy in schema.tables[0].policies] == [("two", ("bob",)), ("all_of", ("public",))]
