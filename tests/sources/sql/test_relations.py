"""What of tables, types and sequences PostgreSQL does and the SQL does not say."""

from __future__ import annotations

from advisor.model import Name, Schema, SourceText, Table
from advisor.sources.sql import read_sql


def schema_after(text: str) -> Schema:
    reading = read_sql([SourceText("a.sql", text)])
    assert reading.problems == ()
    return reading.schema


def table(schema: Schema, name: str) -> Table:
    found = schema.table(Name("public", name))
    assert found is not None
    return found


def not_nulls(schema: Schema, name: str) -> list[tuple[str, str]]:
    return [(found.name, found.column) for found in table(schema, name).not_nulls]


def test_not_null_constraints_have_names_written_or_chosen() -> None:
    schema = schema_after("CREATE TABLE t (id serial PRIMARY KEY, a int CONSTRAINT mine NOT NULL, b int NOT NULL, c int);")
    assert not_nulls(schema, "t") == [("t_id_not_null", "id"), ("mine", "a"), ("t_b_not_null", "b")]


def test_a_taken_name_of_a_not_null_is_numbered() -> None:
    schema = schema_after("CREATE TABLE t (a int, b int CONSTRAINT t_a_not_null NOT NULL); ALTER TABLE t ALTER a SET NOT NULL;")
    assert not_nulls(schema, "t") == [("t_a_not_null", "b"), ("t_a_not_null1", "a")]


def test_children_have_their_parents_not_null_until_it_is_dropped() -> None:
    text = "CREATE TABLE p (a int NOT NULL); CREATE TABLE c (b int) INHERITS (p);"
    assert not_nulls(schema_after(text), "c") == [("p_a_not_null", "a")]
    after = schema_after(text + "ALTER TABLE p DROP CONSTRAINT p_a_not_null;")
    assert not_nulls(after, "c") == []
    assert table(after, "c").columns[0].nullable


def test_a_dropped_primary_key_leaves_its_columns_not_null() -> None:
    schema = schema_after("CREATE TABLE t (a int PRIMARY KEY); ALTER TABLE t DROP CONSTRAINT t_pkey;")
    assert not_nulls(schema, "t") == [("t_a_not_null", "a")]


def test_an_alter_table_that_is_refused_half_way_changes_nothing() -> None:
    before = "CREATE TABLE t (a int, s serial); CREATE VIEW v AS SELECT a FROM t;"
    reading = read_sql(
        [SourceText("a.sql", before + "ALTER TABLE t DROP a CASCADE, ADD b serial NOT NULL, ALTER missing SET NOT NULL;")]
    )
    assert [problem.reason for problem in reading.problems] == ['column "missing" of relation "t" does not exist']
    expected = schema_after(before)
    assert [(found.name, found.columns) for found in reading.schema.tables] == [
        (found.name, found.columns) for found in expected.tables
    ]
    assert reading.schema.sequences == expected.sequences


def test_a_domain_has_its_constraints_under_postgresqls_names() -> None:
    schema = schema_after("CREATE DOMAIN d AS text NOT NULL CHECK (VALUE <> '') CHECK (length(VALUE) < 9);")
    (domain,) = schema.domains
    assert (domain.type, domain.nullable, domain.not_null_name) == ("text", False, "d_not_null")
    assert [(check.name, check.expression.text) for check in domain.checks] == [
        ("d_check", "VALUE <> ''"),
        ("d_check1", "length(VALUE) < 9"),
    ]


def test_a_renamed_type_is_renamed_wherever_it_is_used() -> None:
    text = "CREATE TYPE m AS ENUM ('a'); CREATE DOMAIN d AS m; CREATE TYPE c AS (x m[]); CREATE TABLE t (m m, n m[]);"
    schema = schema_after(text + "ALTER TYPE m RENAME TO mood;")
    assert schema.domains[0].type == "mood"
    assert schema.composites[0].attributes[0].type == "mood[]"
    assert [column.type for column in table(schema, "t").columns] == ["mood", "mood[]"]


def test_a_typed_table_follows_its_type() -> None:
    text = "CREATE TYPE c AS (a int, b text); CREATE TABLE t OF c (PRIMARY KEY (a)); ALTER TYPE c ADD ATTRIBUTE d date CASCADE;"
    found = table(schema_after(text), "t")
    assert [(column.name, column.type, column.nullable) for column in found.columns] == [
        ("a", "integer", False),
        ("b", "text", True),
        ("d", "date", True),
    ]
    assert found.of_type == Name("public", "c")


def test_a_range_brings_its_multirange() -> None:
    (found,) = schema_after("CREATE TYPE daterange9 AS RANGE (subtype = date);").ranges
    assert (found.subtype, found.multirange) == ("date", Name("public", "datemultirange9"))


def test_options_of_a_sequence_are_those_that_are_not_usual() -> None:
    text = "CREATE SEQUENCE s AS integer START 1 MINVALUE 1 NO MAXVALUE CACHE 1; ALTER SEQUENCE s INCREMENT 5 RESTART 7;"
    (sequence,) = schema_after(text).sequences
    assert sequence.options == ("AS integer", "INCREMENT BY 5")


def test_a_serials_sequence_is_listed_once_it_is_no_longer_what_serial_brings() -> None:
    text = "CREATE TABLE t (a serial);"
    assert schema_after(text).sequences == ()
    (sequence,) = schema_after(text + "ALTER TABLE t ALTER a TYPE bigint;").sequences
    assert (sequence.options, sequence.owner) == (("AS integer",), (Name("public", "t"), "a"))


def test_an_identitys_sequence_is_named_where_the_table_was_renamed() -> None:
    schema = schema_after("CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (START 3)); ALTER TABLE t RENAME TO u;")
    assert table(schema, "u").columns[0].identity_options == ("SEQUENCE NAME t_a_seq", "START WITH 3")


def test_an_index_of_the_whole_is_valid_once_every_partition_has_its_part() -> None:
    text = """CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
        CREATE INDEX i ON ONLY p (a); CREATE INDEX i1 ON p1 (a);"""
    assert not table(schema_after(text), "p").indexes[0].valid
    after = schema_after(text + "ALTER INDEX i ATTACH PARTITION i1; ALTER INDEX i RENAME TO j;")
    assert table(after, "p").indexes[0].valid
    assert table(after, "p1").indexes[0].attached_to == "j"


def test_a_changed_type_forgets_how_values_were_kept() -> None:
    schema = schema_after("CREATE TABLE t (a text STORAGE EXTERNAL COMPRESSION lz4); ALTER TABLE t ALTER a TYPE varchar(9);")
    (column,) = table(schema, "t").columns
    assert (column.type, column.storage, column.compression) == ("character varying(9)", None, None)


def test_options_of_tables_and_columns_are_kept_as_set_last() -> None:
    text = "CREATE TABLE t (a text) WITH (fillfactor = 70, toast.autovacuum_enabled = off); ALTER TABLE t SET (fillfactor = 50);"
    found = table(schema_after(text + "ALTER TABLE t ALTER a SET (n_distinct = -0.5), ALTER a SET STATISTICS 9;"), "t")
    assert found.storage == ("toast.autovacuum_enabled=off", "fillfactor=50")
    assert (found.columns[0].options, found.columns[0].statistics_target) == (("n_distinct=-0.5",), 9)


def test_a_key_with_a_period_is_kept_as_one() -> None:
    text = """CREATE TABLE t (id int, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS));
        CREATE TABLE u (id int, at daterange, FOREIGN KEY (id, PERIOD at) REFERENCES t (id, PERIOD at) NOT ENFORCED);"""
    schema = schema_after(text)
    assert (table(schema, "t").indexes[0].method, table(schema, "t").indexes[0].without_overlaps) == ("gist", True)
    (key,) = table(schema, "u").foreign_keys
    assert (key.period, key.enforced, key.validated) == (True, False, False)
