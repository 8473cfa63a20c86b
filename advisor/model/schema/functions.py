"""Functions and procedures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema.names import Expression, Name

SAYS_WHO_CALLS = frozenset("auth.uid auth.jwt auth.role auth.email current_setting session_user".split())
"""Supabase's functions, settings of the session, and its user. `current_user` is no such word: where it matters it is the owner."""
WORD = re.compile(r"\w+(?:\.\w+)?")


class Argument(Struct, frozen=True):
    """An argument, or a column of RETURNS TABLE."""

    type: str
    name: str | None = None
    mode: Literal["in", "out", "inout", "variadic", "table"] = "in"
    default: Expression | None = None


class Function(Struct, frozen=True):
    """A function or procedure: its signature, how it may be used, and its body as written."""

    name: Name
    arguments: tuple[Argument, ...]
    location: Location
    language: str
    returns: str | None = None
    """The type as `format_type` prints it; None for a procedure."""
    returns_set: bool = False
    kind: Literal["function", "procedure", "window"] = "function"
    volatility: Literal["immutable", "stable", "volatile"] = "volatile"
    strict: bool = False
    leakproof: bool = False
    security_definer: bool = False
    parallel: Literal["safe", "restricted", "unsafe"] = "unsafe"
    settings: tuple[str, ...] = ()
    """Its own configuration: `search_path=pg_catalog, public`."""
    cost: str | None = None
    rows: str | None = None
    support: str | None = None
    body: str = ""
    """The text between the quotes; of a C function, the object file."""
    symbol: str | None = None
    """Of a C function: the symbol in its object file."""
    sql_body: str | None = None
    """The body that stands without quotes: `RETURN a + b`, `BEGIN ATOMIC ... END`."""
    search_path: tuple[str, ...] = ("public",)
    """Where names in `sql_body` and in defaults were looked up when it was made."""

    @property
    def set_path(self) -> tuple[str, ...] | None:
        """The schemas of the `search_path` that it sets for itself, none for an empty one; None where it takes its caller's."""
        found = next((setting for setting in self.settings if setting.startswith("search_path=")), None)
        if found is None:
            return None
        return tuple(filter(None, [part.strip().strip("\"'") for part in found.partition("=")[2].split(",")]))

    @property
    def body_words(self) -> frozenset[str]:
        """The words of its body in lower case, those with a schema before them with it and without."""
        words = WORD.findall(f"{self.body} {self.sql_body or ''}".lower())
        return frozenset(part for word in words for part in (word, word.rpartition(".")[2]))

    @property
    def signature(self) -> str:
        """How SQL names it: `public.add(integer, integer)`."""
        return f"{self.name.qualified}({', '.join(self.input_types)})"

    @property
    def input_types(self) -> tuple[str, ...]:
        return tuple(argument.type for argument in self.arguments if argument.mode in ("in", "inout", "variadic"))


def asking_for_caller(functions: Sequence[Function]) -> frozenset[str]:
    """The signatures of those whose body speaks of who calls, itself or through another of them. For all that words tell: what they
    do with the answer is another matter."""
    words = {function.signature: function.body_words for function in functions}
    names = {function.signature: function.name.name.lower() for function in functions}
    asking: set[str] = set()
    new = {signature for signature, found in words.items() if not found.isdisjoint(SAYS_WHO_CALLS)}
    while new:
        asking |= new
        called = {names[signature] for signature in new}
        new = {signature for signature, found in words.items() if signature not in asking and not found.isdisjoint(called)}
    return frozenset(asking)
