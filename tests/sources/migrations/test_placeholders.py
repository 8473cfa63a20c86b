"""What stands where a placeholder stood, and that nothing moves."""

from __future__ import annotations

import pytest

from advisor.model import SourceText
from advisor.sources.migrations.placeholders import with_stand_ins
from advisor.sources.sql.text.statements import Statement, read_statements


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('ALTER TABLE {{ index .Options "Namespace" }}.users ADD a int;', "ALTER TABLE auth .users ADD a int;"),
        ('ALTER TABLE {{index .Options "Namespace" }}."users" ADD a int;', 'ALTER TABLE auth ."users" ADD a int;'),
        ("SELECT '{{ index .Options \"Namespace\" }}.users'::regclass;", "SELECT 'auth.users' ::regclass;"),
        ("CREATE TABLE ${flyway:defaultSchema}.${table} (id int);", "CREATE TABLE public .table (id int);"),
        ("GRANT SELECT ON a TO ${READ_ONLY};", "GRANT SELECT ON a TO read_only ;"),
        ("SET search_path TO :schema; COMMENT ON TABLE a IS :'note';", "SET search_path TO schema; COMMENT ON TABLE a IS 'note';"),
        ("CREATE INDEX ${table}_name ON ${table} (a);", "CREATE INDEX table____name ON table (a);"),
        ('CREATE SCHEMA :"name";', 'CREATE SCHEMA "name";'),
        ("{{ if .X }}SELECT {{ .Y }};{{ end }}", "SELECT y ;"),
    ],
)
def test_a_placeholder_is_read_as_a_name(text: str, words: str) -> None:
    ready, told = with_stand_ins(SourceText("a.sql", text))
    assert " ".join(ready.text.split()) == words
    assert len(ready.text) == len(text)
    assert told is not None
    assert told.reason.startswith("placeholders are read as names of their own: ")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a::text, b[1:2], b[1 :n], ':x', $$ :y $$, \"a:b\" FROM t; -- :z",
        "SELECT 'a' :: text;",
        "DO $$ BEGIN x := 1; END $$;",
        "-- ${NOTHING} {{ here }}\nSELECT 1;",
        "SELECT '{}'::jsonb, '{a}'::text[];",
        "SELECT now() AT TIME ZONE 'UTC', '12:30:00'::time;",
    ],
)
def test_what_is_sql_stays_as_it_is(text: str) -> None:
    source = SourceText("a.sql", text)
    assert with_stand_ins(source) == (source, None)


def test_a_file_full_of_placeholders_is_reported_once_and_can_be_read() -> None:
    text = "\n".join(f'ALTER TABLE {{{{ index .Options "Namespace" }}}}.users ADD a{number} int;' for number in range(9))
    ready, told = with_stand_ins(SourceText("a.sql", text))
    assert told is not None
    assert (told.reason, told.location and told.location.line) == ("placeholders are read as names of their own: auth", 1)
    statements = list(read_statements(ready))
    assert [type(statement) for statement in statements] == [Statement] * 9
    assert [statement.location.line for statement in statements if isinstance(statement, Statement)] == list(range(1, 10))
