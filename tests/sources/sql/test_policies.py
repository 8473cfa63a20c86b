"""Row level security is as PostgreSQL ends up with it."""

from __future__ import annotations

from advisor.model import Name, SourceText
from advisor.sources.sql import read_sql
from tests.sources.sql.objects_oracle import assert_same

SCRIPT = """
CREATE TABLE posts (id int PRIMARY KEY, author text, hidden boolean, team int);
CREATE TABLE plain (id int);
ALTER TABLE posts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON posts USING (author = CURRENT_USER) WITH CHECK (author = CURRENT_USER AND NOT hidden);
CREATE POLICY seen ON posts AS RESTRICTIVE FOR SELECT TO alice, bob USING (NOT hidden);
CREATE POLICY put ON posts FOR INSERT TO PUBLIC WITH CHECK (team > 1);
CREATE POLICY gone ON posts FOR DELETE USING (false);
CREATE POLICY by_team ON posts FOR UPDATE USING (team = 1);
COMMENT ON POLICY mine ON posts IS 'my own';
COMMENT ON POLICY gone ON posts IS 'goes';
ALTER POLICY mine ON posts RENAME TO own;
ALTER POLICY seen ON posts TO app USING (hidden IS NOT TRUE);
ALTER POLICY put ON posts WITH CHECK (team > 2);
DROP POLICY gone ON posts;
DROP POLICY IF EXISTS nothing ON posts;
ALTER TABLE posts RENAME COLUMN author TO writer;
ALTER TABLE posts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE posts DROP COLUMN team CASCADE;
ALTER TABLE plain ENABLE ROW LEVEL SECURITY;
ALTER TABLE plain DISABLE ROW LEVEL SECURITY;
ALTER TABLE posts RENAME TO articles;
"""

OTHERS = """
CREATE TABLE members (team int, name text);
CREATE TABLE posts (id int, team int);
CREATE POLICY by_team ON posts USING (team IN (SELECT m.team FROM members m WHERE m.name = current_user));
CREATE POLICY by_name ON posts USING (EXISTS (SELECT 1 FROM members WHERE members.team = posts.team));
"""


def test_row_level_security_is_that_of_postgresql(throwaway_postgres: str) -> None:
    assert_same(SCRIPT, throwaway_postgres)


def policies_after(text: str) -> dict[str, str]:
    table = read_sql([SourceText("a.sql", text)]).schema.table(Name("public", "posts"))
    assert table is not None
    return {policy.name: str(policy.using) for policy in table.policies}


def test_columns_of_other_tables_are_told_from_the_tables_own() -> None:
    assert policies_after(OTHERS + "ALTER TABLE posts RENAME COLUMN team TO group_id;") == {
        "by_team": "group_id IN (SELECT m.team FROM members AS m WHERE m.name = CURRENT_USER)",
        "by_name": "EXISTS (SELECT 1 FROM members WHERE members.team = posts.group_id)",
    }
    assert policies_after(OTHERS + "ALTER TABLE members RENAME COLUMN team TO group_id;") == {
        "by_team": "team IN (SELECT m.group_id FROM members AS m WHERE m.name = CURRENT_USER)",
        "by_name": "EXISTS (SELECT 1 FROM members WHERE members.group_id = posts.team)",
    }


def test_policies_follow_the_tables_that_they_read() -> None:
    assert policies_after(OTHERS + "ALTER TABLE members RENAME TO people;")["by_name"] == (
        "EXISTS (SELECT 1 FROM people WHERE people.team = posts.team)"
    )
    assert policies_after(OTHERS + "DROP TABLE members CASCADE;") == {}
    assert list(policies_after(OTHERS + "ALTER TABLE members DROP COLUMN name CASCADE;")) == ["by_name"]
