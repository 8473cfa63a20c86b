"""What PostgreSQL 18 has built in: types, implicit casts, functions, operators, relations. In: names. Out: facts about them.

The facts are those of `builtin_catalog.json`, which `scripts/builtin_catalog.py` reads from a server's catalogs. It is loaded when
a query is first looked into.
"""

from __future__ import annotations

import re
from functools import lru_cache
from json import loads
from pathlib import Path
from typing import Any

from msgspec import Struct

FACTS = Path(__file__).with_name("builtin_catalog.json")

TYPMOD = re.compile(r"\([^)]*\)")


class BuiltInType(Struct, frozen=True):
    """A type of pg_catalog; `category` and `preferred` are what resolving functions goes by (`pg_type`)."""

    name: str
    category: str
    preferred: bool
    storage: str
    collation: str | None = None
    element: str | None = None
    range_of: str | None = None
    multirange_of: str | None = None
    multirange: str | None = None


class Candidate(Struct, frozen=True):
    """A function or operator as far as choosing one needs it. `outputs` are the columns that its OUT arguments make."""

    arguments: tuple[str, ...]
    result: str
    returns_set: bool = False
    kind: str = "f"
    variadic: str | None = None
    defaults: int = 0
    outputs: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=1)
def facts() -> dict[str, Any]:
    loaded: dict[str, Any] = loads(FACTS.read_text(encoding="utf-8"))
    return loaded


def plain(type_name: str) -> str:
    """A type without its modifier: `numeric(8,2)` is `numeric`."""
    return TYPMOD.sub("", type_name) if "(" in type_name else type_name


@lru_cache(maxsize=1_000)
def built_in_type(type_name: str) -> BuiltInType | None:
    found = facts()["types"].get(plain(type_name))
    return BuiltInType(*found) if found is not None else None


@lru_cache(maxsize=1_000)
def built_in_functions(name: str) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(tuple(arguments), result, is_set, kind, variadic, defaults, tuple(map(tuple, outputs)))
        for arguments, result, is_set, kind, variadic, defaults, outputs in facts()["functions"].get(name, ())
    )


@lru_cache(maxsize=1_000)
def built_in_operators(name: str) -> tuple[Candidate, ...]:
    return tuple(
        Candidate((left, right) if left is not None else (right,), result)
        for left, right, result in facts()["operators"].get(name, ())
    )


def has_implicit_cast(source: str, target: str) -> bool:
    return [target] in facts()["implicit_casts"].get(source, ())


def built_in_relation(schema: str, name: str) -> list[tuple[str, str]] | None:
    """The columns of a system catalog or view."""
    found = facts()["relations"].get(f"{schema}.{name}")
    return [(column, type_name) for column, type_name in found] if found is not None else None
