"""Views: their columns, and their queries after changes of what they read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from advisor.model import Name, Schema, SourceText, Table
from advisor.sources.sql import read_sql
from advisor.sources.sql.text.quoting import quote_identifier, quote_name
from tests.sources.sql.test_against_postgresql import new_database

TABLES = """
CREATE TABLE people (id serial PRIMARY KEY, name varchar(20), born date, score numeric(8,2), tags text[]);
CREATE TABLE posts (id bigint PRIMARY KEY, person_id int REFERENCES people, title text);
"""

SCRIPT = Path(__file__).parents[3] / "fixtures" / "sql" / "views.sql"


def schema_after(text: str) -> Schema:
    reading = read_sql([SourceText("a.sql", text)])
    assert reading.problems == ()
    return reading.schema


def relation(name: str, text: str) -> Table:
    table = schema_after(TABLES + text).table(Name("public", name))
    assert table is not None
    return table


def columns(query: str) -> list[tuple[str, str]]:
    return [(column.name, column.type) for column in relation("v", f"CREATE VIEW v AS {query};").columns]


def query_of(table: Table | None) -> str:
    assert table is not None
    assert table.view is not None
    return " ".join(table.view.text.split())


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT count(*), max(name), sum(id) FROM people", [("count", "bigint"), ("max", "text"), ("sum", "bigint")]),
        ("SELECT name, coalesce(name, 'none') FROM people", [("name", "character varying(20)"), ("coalesce", "character varying")]),
        ("SELECT score * 2 AS double, score::int FROM people", [("double", "numeric"), ("score", "integer")]),
        ("SELECT born - 1 AS a, born - born AS b FROM people", [("a", "date"), ("b", "integer")]),
        ("SELECT now() - born AS age FROM people", [("age", "interval")]),
        ("SELECT tags[1], array_agg(id) FROM people GROUP BY 1", [("tags", "text"), ("array_agg", "integer[]")]),
        ("SELECT 'x', NULL AS n, 1.5 AS d", [("?column?", "text"), ("n", "text"), ("d", "numeric")]),
        ("SELECT id, name FROM people UNION ALL SELECT id, title FROM posts", [("id", "bigint"), ("name", "character varying")]),
        ("VALUES (1, 'a')", [("column1", "integer"), ("column2", "text")]),
        ("SELECT posts.* FROM people JOIN posts USING (id)", [("id", "bigint"), ("person_id", "integer"), ("title", "text")]),
        ("WITH w(a) AS (SELECT id FROM posts) SELECT *, a + 1 AS b FROM w", [("a", "bigint"), ("b", "bigint")]),
        ("SELECT key, value FROM jsonb_each('{}')", [("key", "text"), ("value", "jsonb")]),
        ("SELECT EXISTS (SELECT 1), CURRENT_DATE", [("exists", "boolean"), ("current_date", "date")]),
        ("SELECT (SELECT title FROM posts)", [("title", "text")]),
    ],
)  # fmt: skip
def test_columns_of_a_view_are_named_and_typed_as_postgresql_does(query: str, expected: list[tuple[str, str]]) -> None:
    assert columns(query) == expected


def test_a_type_that_cannot_be_derived_is_said_to_be_unknown() -> None:
    assert columns("SELECT similarity(name, 'x') AS s, id FROM people") == [("s", "unknown"), ("id", "integer")]


def test_a_star_stands_for_the_columns_that_there_were() -> None:
    schema = schema_after(TABLES + "CREATE VIEW v AS SELECT * FROM posts; ALTER TABLE posts ADD COLUMN later int;")
    view = schema.table(Name("public", "v"))
    assert query_of(view) == "SELECT posts.id, posts.person_id, posts.title FROM posts"


def test_a_star_over_an_unknown_table_leaves_the_columns_open() -> None:
    schema = schema_after("CREATE VIEW v AS SELECT * FROM elsewhere; ALTER VIEW v RENAME COLUMN a TO b;")
    view = schema.table(Name("public", "v"))
    assert view is not None
    assert view.columns == ()
    assert query_of(view) == "SELECT * FROM elsewhere"


def test_a_query_is_kept_as_written_without_comments() -> None:
    view = relation(
        "v", "CREATE VIEW v (a) AS -- said\n  SELECT id /* here */ FROM people\n  WHERE name = '--no' WITH CHECK OPTION;"
    )
    assert view.view is not None
    assert view.view.text == "SELECT id  FROM people\n  WHERE name = '--no'"
    assert view.view.check_option == "cascaded"
    assert view.view.reads == (Name("public", "people"),)
    assert [column.name for column in view.columns] == ["a"]


def test_a_renamed_table_is_read_under_its_new_name() -> None:
    text = "CREATE VIEW v AS SELECT people.name FROM people; ALTER TABLE people RENAME TO persons;"
    view = relation("v", text)
    assert query_of(view) == "SELECT persons.name FROM persons"
    assert view.view is not None
    assert view.view.reads == (Name("public", "persons"),)


def test_a_renamed_column_keeps_its_name_in_the_view() -> None:
    view = relation("v", "CREATE VIEW v AS SELECT name FROM people ORDER BY name; ALTER TABLE people RENAME name TO full_name;")
    assert query_of(view) == "SELECT full_name AS name FROM people ORDER BY name"
    assert [column.name for column in view.columns] == ["name"]


def test_views_that_need_a_dropped_column_go_with_it_and_others_stay() -> None:
    views = "CREATE VIEW a AS SELECT name FROM people; CREATE VIEW b AS SELECT * FROM a; CREATE VIEW c AS SELECT id FROM people;"
    schema = schema_after(TABLES + views + "ALTER TABLE people DROP COLUMN name CASCADE;")
    assert [table.name.name for table in schema.tables if table.kind == "view"] == ["c"]


def test_a_table_made_from_a_query_can_be_altered_like_any_other() -> None:
    table = relation("t", "CREATE TABLE t AS SELECT id, name FROM people; ALTER TABLE t ADD PRIMARY KEY (id), DROP COLUMN name;")
    assert [(column.name, column.type, column.nullable) for column in table.columns] == [("id", "integer", False)]


def test_select_into_makes_a_table() -> None:
    table = relation("copy", "SELECT id, score INTO copy FROM people;")
    assert [(column.name, column.type) for column in table.columns] == [("id", "integer"), ("score", "numeric(8,2)")]


def test_create_or_replace_may_add_columns_but_not_rename_them() -> None:
    text = TABLES + "CREATE VIEW v AS SELECT id FROM people; CREATE OR REPLACE VIEW v AS SELECT id AS other FROM people;"
    reading = read_sql([SourceText("a.sql", text)])
    assert [problem.reason for problem in reading.problems] == ['the columns of view "v" would change their names or go']


def test_a_refreshed_materialized_view_holds_rows() -> None:
    text = "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a WITH NO DATA;"
    before, after = relation("m", text).view, relation("m", text + "REFRESH MATERIALIZED VIEW m;").view
    assert before is not None
    assert after is not None
    assert (before.populated, after.populated) == (False, True)


def test_queries_of_views_mean_to_postgresql_what_they_meant_there(throwaway_postgres: str) -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    schema = schema_after(text)
    with new_database(throwaway_postgres, "view_queries") as connection:
        connection.execute(text)
        views = [table for table in schema.tables if table.view is not None]
        assert len(views) > 5
        for view in views:
            assert definition_of(connection, view) == printed(connection, quote_name(view.name)), view.name


def definition_of(connection: Any, view: Table) -> str:
    """How PostgreSQL prints a view that is made anew from our query."""
    assert view.view is not None
    names = ", ".join(quote_identifier(column.name) for column in view.columns)
    connection.execute(f"CREATE VIEW made_anew ({names}) AS {view.view.text}")
    try:
        return printed(connection, "made_anew")
    finally:
        connection.execute("DROP VIEW made_anew")


def printed(connection: Any, name: str) -> str:
    return str(connection.execute("SELECT pg_get_viewdef(%s::regclass)", [name]).fetchone()[0])


def test_a_function_dropped_with_cascade_takes_the_views_that_call_it() -> None:
    text = "CREATE FUNCTION f(a int) RETURNS bigint LANGUAGE sql AS 'SELECT 1'; CREATE VIEW v AS SELECT f(id) AS x FROM people;"
    view = schema_after(TABLES + text).table(Name("public", "v"))
    assert view is not None
    assert [column.type for column in view.columns] == ["bigint"]
    assert schema_after(TABLES + text + "DROP FUNCTION f CASCADE;").table(Name("public", "v")) is None


def test_a_label_has_its_new_name_in_the_queries_of_views() -> None:
    text = """CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (m mood, n text);
        CREATE VIEW v AS SELECT x.m FROM t x WHERE x.m = 'sad' AND n = 'sad' OR 'sad'::mood = x.m;
        ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';"""
    query = " ".join(query_of(schema_after(text).table(Name("public", "v"))).split())
    assert query == "SELECT x.m FROM t AS x WHERE (x.m = 'blue' AND n = 'sad') OR CAST('blue' AS mood) = x.m"


@pytest.mark.parametrize(
    ("reader", "refusal"),
    [
        ("CREATE VIEW v AS SELECT a FROM t", "used by a view or rule"),
        ("CREATE TRIGGER x BEFORE UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()", "used in a trigger definition"),
        ("CREATE POLICY p ON t USING (a = 1)", "used in a policy definition"),
        ("ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) STORED", "used by a generated column"),
    ],
)
def test_a_column_that_is_read_keeps_its_type(reader: str, refusal: str) -> None:
    before = f"CREATE TABLE t (a int, b int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS ''; {reader}; "
    reading = read_sql([SourceText("a.sql", before + "ALTER TABLE t ALTER b TYPE bigint; ALTER TABLE t ALTER a TYPE bigint;")])
    assert [problem.reason for problem in reading.problems] == [f"cannot alter type of a column {refusal}"]
    table = reading.schema.table(Name("public", "t"))
    assert table is not None
    assert [column.type for column in table.columns][:2] == ["integer", "bigint"]
