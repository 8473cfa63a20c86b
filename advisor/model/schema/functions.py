"""Functions and procedures."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema.names import Expression, Name


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
    def signature(self) -> str:
        """How SQL names it: `public.add(integer, integer)`."""
        return f"{self.name.qualified}({', '.join(self.input_types)})"

    @property
    def input_types(self) -> tuple[str, ...]:
        return tuple(argument.type for argument in self.arguments if argument.mode in ("in", "inout", "variadic"))
