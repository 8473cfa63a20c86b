"""Bytes to text: everything that a file can be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.model import Skipped
from advisor.sources import files
from advisor.sources.files import decode, read_bytes


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    decoded = decode(b"\xef\xbb\xbfSELECT 1;", "a.sql")
    assert decoded.source is not None
    assert decoded.source.text == "SELECT 1;"
    assert decoded.problems == ()


def test_utf_16_is_read_where_its_mark_says_so() -> None:
    decoded = decode("\ufeffSELECT 1;".encode("utf-16-le"), "a.sql")
    assert decoded.source is not None
    assert decoded.source.text == "SELECT 1;"


def test_binary_files_are_refused() -> None:
    assert decode(b"\x7fELF\0\0\0", "a.sql").problems == (Skipped("a.sql", "a binary file"),)


def test_utf_16_without_a_mark_is_named() -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        (problem,) = decode("CREATE TABLE a (id int);\n".encode(encoding), "a.sql").problems
        assert problem.reason == "UTF-16 without a byte order mark, which is not read: save it as UTF-8"


def test_a_wrong_byte_is_reported_with_its_place_and_the_rest_is_read() -> None:
    decoded = decode(b"-- caf\xe9\nSELECT 'a long enough text around the byte';", "a.sql")
    assert decoded.source is not None
    assert decoded.source.text.startswith("-- caf\ufffd\nSELECT")
    (problem,) = decoded.problems
    assert problem.location is not None
    assert (problem.location.line, problem.location.column) == (1, 7)
    assert "0xe9" in problem.reason


def test_a_nul_character_in_text_is_reported_with_its_place_and_the_rest_is_read() -> None:
    decoded = decode(b"SELECT 1;\nSEL\0ECT 2; -- a text, and not a binary file", "a.sql")
    assert decoded.source is not None
    (problem,) = decoded.problems
    assert problem.location is not None
    assert (problem.location.line, problem.location.column, problem.reason) == (2, 4, "a NUL character (1 such place)")


def test_a_file_that_vanished_is_a_problem_and_no_error(tmp_path: Path) -> None:
    assert read_bytes(tmp_path / "gone.sql", "gone.sql") == Skipped("gone.sql", "no such file")


def test_a_folder_named_like_a_file_is_a_problem(tmp_path: Path) -> None:
    assert read_bytes(tmp_path, "x.sql") == Skipped("x.sql", "not a regular file")


def test_a_file_over_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "big.sql"
    file.write_bytes(b"x" * 100)
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    found = read_bytes(file, "big.sql")
    assert isinstance(found, Skipped)
    assert "over the limit" in found.reason


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_a_problem(data: bytes) -> None:
    decoded = decode(data, "x")
    assert decoded.source is not None or decoded.problems
    for problem in decoded.problems:
        assert problem.reason
        assert decoded.source is None or problem.location is not None
