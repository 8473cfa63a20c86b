"""DO blocks: what they define is read, at its own place."""

from __future__ import annotations

import pytest

from advisor.model import AddForeignKey, Name, SourceText
from advisor.sources.sql import read_sql

DRIZZLE = """CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a int);
DO $$ BEGIN
 ALTER TABLE "b" ADD CONSTRAINT "b_a_fk" FOREIGN KEY ("a") REFERENCES "a"("id");
EXCEPTION
 WHEN duplicate_object THEN null;
END $$;
"""


def tables_after(text: str) -> list[str]:
    reading = read_sql([SourceText("a.sql", text)])
    assert reading.problems == ()
    return [str(table.name) for table in reading.schema.tables]


def test_a_foreign_key_in_a_block_has_its_own_place() -> None:
    reading = read_sql([SourceText("a.sql", DRIZZLE)], migrations="sql")
    table = reading.schema.table(Name("public", "b"))
    assert table is not None
    (key,) = table.foreign_keys
    assert (key.location.line, key.location.column) == (4, 22)
    (added,) = [step for step in reading.migrations[0].operations if isinstance(step, AddForeignKey)]
    assert added.location.line == 4


def test_a_block_may_try_what_is_there_already() -> None:
    block = "DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad'); EXCEPTION WHEN duplicate_object THEN null; END $$;\n"
    assert len(read_sql([SourceText("a.sql", block + block)]).schema.enums) == 1


def test_a_foreign_key_that_is_there_already_is_not_added_again() -> None:
    block = DRIZZLE.partition("DO $$")[2]
    reading = read_sql([SourceText("a.sql", f"{DRIZZLE}DO $${block}")])
    table = reading.schema.table(Name("public", "b"))
    assert table is not None
    assert [key.name for key in table.foreign_keys] == ["b_a_fk"]
    assert reading.problems == ()


@pytest.mark.parametrize("constraint", ["CHECK (id > 0)", "UNIQUE (id)", "FOREIGN KEY (a) REFERENCES a (id)"])
@pytest.mark.parametrize("other", ["CHECK (id > 1)", "UNIQUE (a)", "FOREIGN KEY (id) REFERENCES a (id)"])
def test_no_two_constraints_of_a_table_have_one_name(constraint: str, other: str) -> None:
    tables = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int, a int);\n"
    text = f"{tables}ALTER TABLE b ADD CONSTRAINT same {constraint};\nALTER TABLE b ADD CONSTRAINT same {other};\n"
    (problem,) = read_sql([SourceText("a.sql", text)]).problems
    both_indexes = constraint[0] == other[0] == "U"
    assert problem.reason == (
        'relation "same" already exists' if both_indexes else 'constraint "same" for relation "b" already exists'
    )


def after(text: str) -> tuple[list[str], list[str]]:
    """The tables after a script, and what was not examined."""
    reading = read_sql([SourceText("a.sql", text)])
    assert {problem.kind for problem in reading.problems} <= {"left alone"}
    return [str(table.name) for table in reading.schema.tables], [problem.reason for problem in reading.problems]


def test_statements_in_conditions_handlers_and_strings_are_told_apart() -> None:
    assert after("""
        DO $body$
        DECLARE n int := 3;
        BEGIN
          IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'THEN CREATE TABLE x') THEN
            -- begin create table y (id int);
            CREATE TABLE first (id int DEFAULT 1);
          ELSIF n > 2 THEN
            EXECUTE 'CREATE TABLE second (id int)';
          END IF;
          BEGIN
            CREATE TABLE third (note text DEFAULT '; begin');
          EXCEPTION WHEN others THEN
            DROP TABLE first;
            CREATE TABLE fourth (id int);
          END;
          CREATE TABLE fifth (id int);
        END $body$;
    """) == (["first", "third", "fifth"], [])


def test_the_branch_that_runs_keeps_the_others_from_running() -> None:
    text = """CREATE TABLE a (id int); DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'a') THEN CREATE TABLE a (id int);
      ELSIF n > 2 THEN EXECUTE 'CREATE TABLE b (id int)';
      ELSE ALTER TABLE a ADD COLUMN n int; END IF; END $$;"""
    assert after(text) == (
        ["a"],
        [
            "EXECUTE 'CREATE TABLE b (id int)' is not examined: it runs only if n > 2",
            "ALTER TABLE a ADD COLUMN n int is not examined: it runs only if not (n > 2)",
        ],
    )


def test_what_is_in_the_way_undoes_the_inner_block_and_runs_the_handler() -> None:
    text = "CREATE TABLE a (id int); DO $$ BEGIN CREATE TABLE b (id int); CREATE TABLE a (id int); EXCEPTION WHEN {} END $$;"
    assert after(text.format("duplicate_table THEN NULL;")) == (["a"], [])
    assert after(text.format("duplicate_table THEN CREATE TABLE c (id int);")) == (["a", "c"], [])
    assert after(text.format("others THEN RAISE NOTICE 'x';")) == (["a"], [])
    assert after(text.format("others THEN RAISE;")) == (["a"], ['relation "a" already exists'])


def test_a_block_that_is_refused_leaves_nothing() -> None:
    text = "CREATE TABLE a (id int); DO $$ BEGIN CREATE TABLE b (id int); CREATE TABLE a (id int); END $$;"
    assert after(text) == (["a"], ['relation "a" already exists'])


def test_what_is_asked_to_be_there_is_looked_for() -> None:
    text = """CREATE TABLE a (id int); CREATE TABLE b (id int); DO $$ BEGIN
      IF EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'a') THEN ALTER TABLE a RENAME TO aa; END IF;
      IF to_regclass('c') IS NOT NULL THEN ALTER TABLE c RENAME TO cc; END IF;
      IF to_regclass('d') IS NULL THEN CREATE TABLE d (id int); ELSE DROP TABLE d; END IF;
      IF (SELECT count(*) FROM pg_catalog.pg_tables WHERE tablename = 'b') > 0 THEN DROP TABLE b; END IF;
    END $$;"""
    assert after(text) == (["aa", "d"], [])


def test_what_only_roles_or_rows_decide_is_not_examined() -> None:
    text = """CREATE TABLE a (id int); DO $$ BEGIN
      IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'x') THEN GRANT SELECT ON a TO x; UPDATE a SET id = 1; END IF;
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'x') THEN CREATE ROLE x; END IF;
      IF (SELECT max(id) FROM a) > 3 THEN DROP TABLE a; END IF;
      IF EXISTS (SELECT FROM pg_class WHERE relname = 'a') THEN CREATE INDEX ON a (id); END IF;
    END $$;"""
    tables, reasons = after(text)
    assert tables == ["a"]
    assert reasons == [
        "GRANT SELECT ON a TO x is not examined: it runs only if EXISTS (SELECT FROM pg_roles WHERE rolname = 'x')",
        "DROP TABLE a is not examined: it runs only if (SELECT max(id) FROM a) > 3",
        "CREATE INDEX ON a (id) is not examined: it runs only if something is there",
    ]


def test_return_under_a_condition_is_the_opposite_condition_for_the_rest() -> None:
    text = "DO $$ BEGIN IF {} THEN RETURN; END IF; CREATE TABLE a (id int); RETURN; CREATE TABLE b (id int); END $$;"
    tables, reasons = after(text.format("EXISTS (SELECT FROM pg_class WHERE relname = 'a')"))
    assert (tables, reasons) == (["a"], [])
    assert after(text.format("current_user = 'x'")) == (
        [],
        ["CREATE TABLE a (id int) is not examined: it runs only if not (current_user = 'x')"],
    )


def test_constant_texts_are_executed_and_others_reported() -> None:
    text = """DO $$ DECLARE r record; BEGIN
      EXECUTE 'CREATE TABLE a (note text DEFAULT ''it''''s''); CREATE TABLE b (id int)';
      EXECUTE format('CREATE TABLE %I (' || 'id int)', 'C d') ;
      EXECUTE format('DROP TABLE %I', name);
      EXECUTE 'SELECT ' || name INTO r;
      EXECUTE $q$ ALTER TABLE b ADD COLUMN n int $q$ USING 1;
    END $$;"""
    text = text.replace("DO $$", "DO $body$").replace("END $$;", "END $body$;")
    tables, reasons = after(text)
    assert tables == ["a", "b", "C d"]
    assert reasons == ["EXECUTE format('DROP TABLE %I', name) is not examined: its text is put together when it runs"]


def test_loops_over_what_only_the_server_knows_are_not_examined() -> None:
    text = "DO $$ DECLARE r record; BEGIN FOR r IN SELECT n FROM l LOOP DROP TABLE r.name.x.y; PERFORM 1; END LOOP; END $$;"
    assert after(text) == ([], ["DROP TABLE r.name.x.y is not examined: it runs in a loop"])
    text = (
        "DO $$ BEGIN FOR i IN 1..n LOOP EXECUTE 'CREATE TABLE t' || i; END LOOP; WHILE x LOOP CREATE TABLE a (); END LOOP; END $$;"
    )
    assert after(text) == (
        [],
        [
            "EXECUTE 'CREATE TABLE t' || i is not examined: it runs in a loop",
            "CREATE TABLE a () is not examined: it runs in a loop",
        ],
    )
    text = "DO $$ BEGIN FOR i IN 1..3 LOOP EXIT WHEN now() > '2020-01-01'; EXECUTE 'CREATE TABLE t' || i; END LOOP; END $$;"
    assert after(text) == ([], ["EXECUTE 'CREATE TABLE t' || i is not examined: it runs in a loop"])
    text = "DO $$ BEGIN FOR i IN 1..1000000000 LOOP EXECUTE 'CREATE TABLE t' || i || '()'; END LOOP; END $$;"
    assert after(text) == ([], ["EXECUTE 'CREATE TABLE t' || i || '()' is not examined: it runs in a loop"])


MADE = "EXECUTE format('CREATE TABLE %I ()', {}); END LOOP; END $$;"


@pytest.mark.parametrize(
    ("declared", "header", "name"),
    [
        ("t text", "FOREACH t IN ARRAY ARRAY['a', 'b']", "t"),
        ("t text; l text[] := '{a,b}'", "FOREACH t IN ARRAY l", "t"),
        ("l CONSTANT text[] DEFAULT ARRAY['a'] || ARRAY['b']", "FOR i IN 1..array_length(l, 1)", "l[i]"),
        ("n int := 2; l text[] := string_to_array('a,b', ',')", "FOR i IN REVERSE n..n - 1", "l[3 - i]"),
        ("t text", "FOR t IN SELECT unnest(ARRAY['a', 'b'])", "t"),
        ("r record", "FOR r IN SELECT unnest(ARRAY['a', 'b']) AS t", "r.t"),
        ("r record", "FOR r IN SELECT * FROM (VALUES ('a', 1), ('b', 2)) AS v(x, y)", "r.x"),
        ("r record", "FOR r IN SELECT v.x AS z FROM (VALUES ('a'), ('b')) AS v(x)", "r.z"),
        ("x text; y int", "FOR x, y IN VALUES ('a', 1), ('b', 2)", "x"),
        ("t text", "FOR t IN SELECT * FROM unnest(ARRAY['a', 'b']) AS u(x)", "t"),
        ("r record", "FOR r IN SELECT chr, 'a' AS a FROM generate_series(1, 1) chr", "r.a"),
    ],
)
def test_loops_over_constants_are_run(declared: str, header: str, name: str) -> None:
    tables, reasons = after(f"DO $$ DECLARE {declared}; BEGIN {header} LOOP {MADE.format(name)}")
    assert (tables, reasons) == ((["a"] if "chr" in header else ["a", "b"]), [])


def test_a_variable_holds_what_it_was_given_last_where_that_is_sure() -> None:
    text = """DO $$ DECLARE t text := 'a'; q text; BEGIN
      q := format('CREATE TABLE %1$I (%1$s_id int, note text DEFAULT %2$L)', t, 'it''s'); EXECUTE q;
      DECLARE t text := 'b'; BEGIN EXECUTE 'CREATE TABLE ' || quote_ident(t) || '()'; END;
      t := lower('C'); EXECUTE 'CREATE TABLE ' || t || '()';
      IF random() < 0.5 THEN t := 'd'; END IF;
      EXECUTE 'CREATE TABLE ' || t || '()';
      SELECT 'e' INTO t; EXECUTE 'CREATE TABLE ' || t || '()';
    END $$;"""
    reason = "EXECUTE 'CREATE TABLE ' || t || '()' is not examined: its text is put together when it runs"
    tables, reasons = after(text)
    assert (tables, set(reasons)) == (["a", "b", "c"], {reason})


def test_a_condition_may_ask_what_was_put_into_a_variable() -> None:
    text = """DO $$ DECLARE there boolean; n int; missing boolean := to_regclass('c') IS NULL; BEGIN
      SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = 'a') INTO there;
      IF NOT there THEN CREATE TABLE a (id int); END IF;
      SELECT count(*) INTO n FROM pg_class WHERE relname = 'b';
      IF n = 0 THEN CREATE TABLE b (id int); END IF;
      IF missing THEN CREATE TABLE c (id int); END IF;
      SELECT EXISTS (SELECT 1 FROM settings) INTO there;
      IF NOT there THEN CREATE TABLE d (id int); END IF;
    END $$;"""
    assert after(text) == (["a", "b", "c"], ["CREATE TABLE d (id int) is not examined: it runs only if NOT there"])


def test_a_block_in_plain_quotes_and_in_other_languages() -> None:
    assert after("DO 'BEGIN CREATE TABLE a (id int); END';") == (["a"], [])
    assert after("DO 'BEGIN CREATE TABLE a (n text DEFAULT ''x''); END';") == (
        [],
        ["a block whose text has quotes in quotes is not examined"],
    )
    assert after("DO LANGUAGE plpython3u $$ x = 1 $$;") == ([], ["a block in plpython3u is not examined"])


def test_the_language_may_stand_in_quotes_before_the_block() -> None:
    assert after("DO LANGUAGE 'plpgsql' $$ BEGIN CREATE TABLE a (id int); END $$;") == (["a"], [])


def test_found_is_what_the_last_perform_asked() -> None:
    text = """DO $$ BEGIN PERFORM 1 FROM pg_class WHERE relname = 'a';
      IF NOT FOUND THEN CREATE TABLE a (id int); END IF;
      PERFORM 1 FROM settings; IF NOT FOUND THEN CREATE TABLE b (id int); END IF; END $$;"""
    tables, reasons = after(text)
    assert tables == ["a"]
    assert reasons == ["CREATE TABLE b (id int) is not examined: it runs only if NOT FOUND"]


def test_what_a_procedure_or_a_function_in_plpgsql_surely_does_is_done_where_it_is_called() -> None:
    text = (
        "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE a (id int); END $$; CALL p();\n"
        "CREATE FUNCTION make(n text) RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE 'CREATE TABLE ' || n || ' (i int)'; END$$;\n"
        "SELECT make('b'); SELECT * FROM make(n => 'c'); DO $$ DECLARE x text := 'd'; BEGIN PERFORM make(x); END $$;\n"
    )
    assert after(text) == (["a", "b", "c", "d"], [])


def test_what_is_not_known_of_a_body_is_said_where_it_is_called() -> None:
    text = (
        "CREATE FUNCTION make(n text) RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE 'CREATE TABLE ' || n || ' (i int)'; END$$;\n"
        "SELECT make(now()::text); SELECT make(name) FROM pg_class; DO $$ BEGIN IF x THEN PERFORM make('a'); END IF; END $$;\n"
    )
    assert after(text) == (
        [],
        [
            "EXECUTE 'CREATE TABLE ' || n || ' (i int)' is not examined: its text is put together when it runs",
            "what make() does to the schema is not examined: it is called for every row",
            "PERFORM make('a') is not examined: it runs only if x",
        ],
    )


@pytest.mark.parametrize(
    ("definition", "why"),
    [
        ("RETURNS void LANGUAGE sql AS 'CREATE TABLE a (id int)'", "functions in sql are not run"),
        ("RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN CREATE TABLE a (id int); END'", "it gives rows"),
        ("RETURNS void LANGUAGE plpgsql AS 'BEGIN CREATE TABLE IF NOT EXISTS a (id int); PERFORM f(); END'", "it calls itself"),
        ("RETURNS void LANGUAGE plpgsql SET search_path = b AS 'BEGIN DROP TABLE a; END'", "it has a search_path of its own"),
    ],
)
def test_a_function_that_is_not_run_is_reported(definition: str, why: str) -> None:
    _, reasons = after(f"CREATE FUNCTION f() {definition}; SELECT f();")
    assert reasons == [f"what f() does to the schema is not examined: {why}"]


def test_a_branch_of_which_a_statement_finds_what_it_changes_is_the_one_that_runs() -> None:
    text = """CREATE TABLE a (id int); DO $$ BEGIN
      IF to_regclass('a') IS NOT NULL THEN ALTER TABLE a RENAME TO b; CREATE TABLE a (n int); DROP TABLE b; END IF;
      IF to_regclass('z') IS NOT NULL THEN ALTER TABLE z RENAME TO y; CREATE TABLE c (n int); END IF; END $$;"""
    assert after(text) == (["a"], ["CREATE TABLE c (n int) is not examined: it runs only if something is there"])
