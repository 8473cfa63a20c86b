"""Names that PostgreSQL makes. (That they are its own is shown by the scripts that run on a server.)"""

from __future__ import annotations

from advisor.sources.sql.spelling.names import index_column_names, joined_columns, make_object_name


def test_a_short_name_is_table_column_and_label() -> None:
    assert make_object_name("posts", "author_id", "idx") == "posts_author_id_idx"
    assert make_object_name("posts", None, "pkey") == "posts_pkey"


def test_the_longer_part_is_shortened_until_the_name_fits() -> None:
    name = make_object_name("t" * 40, "c" * 60, "fkey")
    assert len(name) == 63
    assert name == f"{'t' * 29}_{'c' * 28}_fkey"


def test_no_character_is_cut_in_half() -> None:
    name = make_object_name("ü" * 31, "é" * 31, "idx")
    assert len(name.encode()) <= 63
    assert name.endswith("_idx")
    assert set(name) <= set("üé_idx")


def test_columns_that_come_twice_are_numbered() -> None:
    assert index_column_names(["lower", None, "lower", None, None]) == ["lower", "expr", "lower1", "expr1", "expr2"]
    assert joined_columns(["a", "b"]) == "a_b"
