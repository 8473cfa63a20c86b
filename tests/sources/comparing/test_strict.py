"""The strict comparison sees every field of the model."""

from __future__ import annotations

from msgspec.structs import replace

from advisor.model import Column, Difference, Expression, Location, Name, Schema, SequenceObject, SourceText, Table
from advisor.sources.comparing.strict import LEFT_OUT, strict_differences
from advisor.sources.sql import read_sql

HERE = Location("schema.sql", 1, 1, 1, 1)
CHANGED = {
    "type": "text", "nullable": False, "default": Expression("1"), "identity": "always", "generated": Expression("a"),
    "comment": "said", "collation": "C",
    "virtual": True, "identity_options": ("CYCLE",), "storage": "plain", "compression": "lz4", "statistics_target": 5,
    "options": ("n_distinct=5",), "enum": Name("public", "mood"),
}  # fmt: skip


def schema_of(text: str) -> Schema:
    return read_sql([SourceText("schema.sql", text)]).schema


def test_a_schema_is_equal_to_itself_wherever_it_was_written() -> None:
    text = "CREATE TABLE t (id serial PRIMARY KEY, a int DEFAULT 1 CHECK (a > 0)); CREATE INDEX ON t (lower(a::text)) WHERE a > 1;"
    assert strict_differences(schema_of(text), schema_of(f"-- elsewhere\n\n{text}")) == ()


def test_every_field_of_a_column_counts() -> None:
    compared = set(Column.__struct_fields__) - LEFT_OUT - {"name", "identity_options"}
    assert compared <= set(CHANGED)
    plain = Column("a", "integer", HERE)
    for field in compared:
        other = replace(plain, **{field: CHANGED[field]})
        left, right = (Schema((Table(Name("public", "t"), (column,), HERE),)) for column in (plain, other))
        assert field in {found.attribute for found in strict_differences(left, right)}


def test_what_only_one_side_has_is_told_by_name() -> None:
    left, right = schema_of("CREATE TABLE t (a int)"), schema_of("CREATE TABLE t (a int, b int)")
    assert strict_differences(left, right) == (
        Difference("column", "public.t.b", None, None, "there", sides=("built", "live")),
        Difference("table", "public.t", "columns", "('a',)", "('a', 'b')", sides=("built", "live")),
    )


def test_a_serial_column_and_its_parts_are_one() -> None:
    parts = """
        CREATE SEQUENCE t_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
        CREATE TABLE t (id integer DEFAULT nextval('t_id_seq'::regclass) NOT NULL);
        ALTER SEQUENCE t_id_seq OWNED BY t.id;
    """
    assert strict_differences(schema_of("CREATE TABLE t (id serial)"), schema_of(parts)) == ()


def test_options_of_a_sequence_are_compared_with_their_defaults() -> None:
    one = Schema(sequences=(SequenceObject(Name("public", "s"), ("START WITH 1", "INCREMENT BY 1")),))
    same = Schema(sequences=(SequenceObject(Name("public", "s")),))
    other = Schema(sequences=(SequenceObject(Name("public", "s"), ("INCREMENT BY -1",)),))
    assert strict_differences(one, same) == ()
    assert [found.attribute for found in strict_differences(one, other)] == ["options"]
