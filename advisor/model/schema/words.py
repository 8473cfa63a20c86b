"""The words of identifiers. Rules that go by a name match whole words of it, never a part of one."""

from __future__ import annotations

import re

WORD = re.compile(r"[A-Z]{2,}s(?![^\W\d_A-Z])|[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|\d+")
"""`IDs`, `HTTP` before `Server`, `Customer` or `customer`, `42`."""


def words_of(identifier: str) -> tuple[str, ...]:
    """An identifier's words in lower case: those of `customer_id`, `customerId` and `CustomerID` are `customer` and `id`."""
    return tuple([word.lower() for word in WORD.findall(identifier)])
