"""Types as written: what they say of a property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.sources.typescript.types import members_of, property_type


@pytest.mark.parametrize(
    ("annotation", "name", "expected"),
    [
        ("{ page: number; sort?: 'asc' | 'desc' }", "sort", "'asc' | 'desc'"),
        ("{ readonly page: number, sort: string }", "page", "number"),
        ("{\n  page: number\n  sort: string\n}", "sort", "string"),
        ("{ options: { page: number }; load: (id: string) => Promise<void>; page: bigint }", "page", "bigint"),
        ("{ page: number }", "size", ""),
        ("Options", "page", ""),
    ],
)
def test_a_property_has_the_type_that_is_written_for_it(annotation: str, name: str, expected: str) -> None:
    assert property_type(annotation, name) == expected


@given(st.text(alphabet="{}[]()<>;:,=> \na", max_size=80))
def test_any_text_is_taken_apart(text: str) -> None:
    assert all(part in text for part in members_of("{" + text))
