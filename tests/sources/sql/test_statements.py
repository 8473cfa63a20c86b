"""Files cut into statements: psql's own lines, quotes of every kind, and what a broken statement costs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model import Skipped, SourceText
from advisor.sources.sql.text.statements import Statement, read_statements


def kinds(text: str) -> list[str]:
    """The kind of each statement; a place and a reason for one that cannot be read."""
    return [
        found.kind if isinstance(found, Statement) else f"{found.location.line if found.location else 0}: {found.reason}"
        for found in read_statements(SourceText("a.sql", text))
    ]


def test_a_statement_stretches_from_its_first_word_to_its_semicolon() -> None:
    source = SourceText("a.sql", "-- first\n  /* more */ CREATE TABLE a (\n  id int\n); -- behind\n")
    (statement,) = read_statements(source)
    assert isinstance(statement, Statement)
    assert (statement.location.line, statement.location.column) == (2, 14)
    assert (statement.location.end_line, statement.location.end_column) == (4, 3)


@pytest.mark.parametrize(
    "quoted",
    [
        "';'",
        "E'\\';'",
        "'it''s;'",
        "$$;$$",
        "$body$ ; $$ ; ' $body$",
        '";"',
        "/* ; /* ; */ ; */ 1",
        "1 -- ;\n",
        "U&'\\0041;'",
        "a$b$c",
        "'--'",
        "'/*'",
    ],
)
def test_a_semicolon_in_quotes_or_comments_ends_nothing(quoted: str) -> None:
    assert kinds(f"SELECT {quoted} ; SELECT 2;") == ["SelectStmt", "SelectStmt"]


def test_psql_commands_and_copied_rows_are_passed_over() -> None:
    text = r"""
\restrict abc'def
\connect blog
CREATE TABLE a (id int, t text);
COPY public.a (id, t) FROM stdin;
1	it's; "a" $$ /*
2	CREATE TABLE nothing ();
\.

COPY a FROM STDIN WITH (FORMAT csv);
\.
SELECT 'CREATE TABLE b ()' \gexec
ALTER TABLE a ADD x int; \echo done
\unrestrict abc'def
"""
    assert kinds(text) == ["CreateStmt", "CopyStmt", "CopyStmt", "SelectStmt", "AlterTableStmt"]


def test_the_semicolons_inside_a_routine_or_a_rule_end_nothing() -> None:
    text = """
        CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC
            SELECT 1; SELECT CASE WHEN true THEN 1 END; END;
        CREATE OR REPLACE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT (2););
        CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$;
        SELECT 1;
    """
    assert kinds(text) == ["CreateFunctionStmt", "RuleStmt", "CreateFunctionStmt", "SelectStmt"]


def test_a_syntax_error_costs_its_statement_only() -> None:
    text = "CREATE TABLE a ();\nCREATE TABEL b ();\nCREATE TABLE c ();\n"
    assert kinds(text) == ["CreateStmt", '2: syntax error at or near "TABEL"', "CreateStmt"]


def test_the_place_of_a_syntax_error_counts_characters() -> None:
    (found,) = read_statements(SourceText("a.sql", "-- ü\nSELECT 'ü', é FROM FROM t"))
    assert isinstance(found, Skipped)
    assert found.location is not None
    assert (found.location.line, found.location.column) == (2, 20)


def test_a_forgotten_quote_costs_its_statement_only() -> None:
    text = "INSERT INTO a VALUES ('it's');\n\n-- next\nCREATE TABLE b (c text DEFAULT 'x');\nCREATE TABLE d ();\n"
    assert kinds(text) == ['1: syntax error at or near "s"', "CreateStmt", "CreateStmt"]


def test_a_quote_that_nothing_closes_costs_its_statement_only() -> None:
    text = "CREATE TABLE a ();\nSELECT 'abc;\nCREATE TABLE b ();\n"
    assert kinds(text) == ["CreateStmt", "2: unterminated quoted string", "CreateStmt"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('SELECT "a', "unterminated quoted identifier"),
        ("SELECT $a$ ; ", "unterminated dollar-quoted string"),
        ("SELECT 1; /* ", "unterminated comment"),
        ("SELECT E'\\'", "unterminated quoted string"),
        ("SELECT '\0'", "a NUL character, which SQL cannot hold"),
        ("SELECT '\ud800'", "a character that UTF-8 cannot hold"),
        ("SELECT (", "syntax error at end of input"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, reason: str) -> None:
    assert kinds(text)[-1] == f"1: {reason}"


def test_a_missing_semicolon_costs_one_statement() -> None:
    assert kinds("CREATE TABLE a (id int\n\nCREATE TABLE b (id int);\n") == ['3: syntax error at or near "CREATE"', "CreateStmt"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "CREATE TABLE a (id int)\nCREATE TABLE b (id int);\n",
            ["CreateStmt", '2: syntax error at or near "CREATE": no semicolon ends the statement before it', "CreateStmt"],
        ),
        (
            "UPDATE a SET b = 1\nALTER TABLE a ADD c int;\n",
            ['2: syntax error at or near "ALTER": no semicolon ends the statement before it', "AlterTableStmt"],
        ),
        ("/* a */\n*/\nCREATE TABLE b ();\n", ['2: syntax error at or near "*/"', "CreateStmt"]),
        ("- the rows\nINSERT INTO a VALUES (1);\n", ['1: syntax error at or near "-"', "InsertStmt"]),
        ('-"- Add to "a"\nALTER TABLE a ADD b int;\n', ['1: syntax error at or near "-"', "AlterTableStmt"]),
        ('ALTER TABLE a ADD "b int;\n\nSELECT "c" FROM a;\n', ["1: unterminated quoted identifier", "SelectStmt"]),
        ("\\CREATE TABLE a ();\nDROP TABLE b;\n", ['1: syntax error at or near "\\"', "DropStmt"]),
        ("ALTER TABLE a\nDROP INDEX b;\nDROP TABLE d;\n", ['2: syntax error at or near "b"', "DropStmt"]),
        ("ALTER TABLE a\nDROP TABLE b;\n", ["2: syntax error at end of input", "DropStmt"]),
        ("-- a comment\rCREATE TABLE a ();\r-- another\rDROP TABLE a;\r", ["CreateStmt", "DropStmt"]),
        ("CREATE TABEL a (\n/* once:\nDROP TABLE b;\n*/\n);\nDROP TABLE c;\n", ['1: syntax error at or near "TABEL"', "DropStmt"]),
        ("/* a\n\nDROP TABLE b;\n", ["1: unterminated comment", "DropStmt"]),
        ("CREATE VEW v AS\n\nSELECT 1;\nSELECT 2;\n", ['1: syntax error at or near "VEW"', "SelectStmt"]),
    ],
)
def test_reading_goes_on_at_the_next_line_that_begins_a_statement(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


def test_the_marks_of_a_merge_cost_only_themselves() -> None:
    text = "<<<<<<< HEAD\nDROP TABLE a;\n=======\nDROP TABLE b;\n>>>>>>> branch\nDROP TABLE c;\n"
    assert kinds(text) == [
        '1: syntax error at or near "<<<<<<<"',
        "DropStmt",
        '3: syntax error at or near "======="',
        "DropStmt",
        '5: syntax error at or near ">>>>>>>"',
        "DropStmt",
    ]


def test_a_body_that_is_not_closed_ends_where_the_next_one_is_opened() -> None:
    text = (
        "DO $$ BEGIN\n  CREATE TYPE a AS ENUM ();\nEND;\n\n"
        "CREATE FUNCTION f() RETURNS int AS $$\nBEGIN\nUPDATE b SET c = 1;\nEND; $$ LANGUAGE plpgsql;\nSELECT 1;\n"
    )
    assert kinds(text) == ["1: unterminated dollar-quoted string", "CreateFunctionStmt", "SelectStmt"]


@pytest.mark.parametrize("rest", ["", "COPY b FROM stdin;\n3\t4\n\\.\n"])
def test_rows_that_nothing_ends_reach_to_the_next_statement(rest: str) -> None:
    text = f"COPY a FROM stdin;\n1\tit's\ncreate\t2\n\nALTER TABLE a ADD b int;\n{rest}DROP TABLE c;\n"
    between = ["CopyStmt"] if rest else []
    assert kinds(text) == ["1: no line with \\. ends the rows of this COPY", "CopyStmt", "AlterTableStmt", *between, "DropStmt"]


def test_rows_of_a_copy_that_cannot_be_read_end_where_rows_do() -> None:
    assert kinds("COPPY a FROM stdin;\n1\tit's\n\\.\n\nDROP TABLE a;\n") == [
        '1: syntax error at or near "COPPY"',
        '2: syntax error at or near "1"',
        "DropStmt",
    ]


def test_the_body_of_a_broken_function_is_not_read_as_statements() -> None:
    text = "CREATE FUNCTION f() AS $$ BEGIN x;\nUPDATE a SET b = 1;\n$$ LANGUAGE plpgsql WRONG;\nSELECT 1;"
    assert kinds(text) == ['3: syntax error at or near "WRONG"', "SelectStmt"]


@pytest.mark.parametrize("deep", ["(" * 20_000, "1 + " * 900 + "1", "1 + " * 50_000 + "1", "NOT " * 20_000 + "true"])
def test_deep_nesting_is_a_clear_refusal(deep: str) -> None:
    refusal, following = kinds(f"SELECT {deep}; SELECT 2;")
    assert refusal.startswith("1: ")
    assert following == "SelectStmt"


def test_an_empty_file_has_no_statements() -> None:
    assert kinds("") == kinds(" \n;;\n-- nothing\n/* at all */\n\\q") == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*";'\"$\\-/*()\nabE \0é", "BEGIN ATOMIC ", "CREATE RULE ", "SELECT "]), max_size=80).map("".join))
def test_any_text_is_read_to_its_end(text: str) -> None:
    for found in read_statements(SourceText("a.sql", text)):
        if isinstance(found, Statement):
            assert found.text.strip() in text or "\\" in text
        else:
            assert found.reason
            assert found.location is not None
