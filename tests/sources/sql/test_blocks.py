"""DO blocks: what they define is read, at its own place."""

from __future__ import annotations

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


def test_statements_below_conditions_are_read_and_those_of_handlers_and_strings_are_not() -> None:
    assert tables_after("""
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
    """) == ["first", "third", "fifth"]


def test_what_speaks_of_the_blocks_variables_is_passed_over() -> None:
    assert tables_after("DO $$ DECLARE r record; BEGIN FOR r IN SELECT 1 LOOP DROP TABLE r.name.x.y; END LOOP; END $$;") == []


def test_a_block_in_plain_quotes_is_left_alone() -> None:
    assert tables_after("DO 'BEGIN CREATE TABLE a (id int); END';") == []
