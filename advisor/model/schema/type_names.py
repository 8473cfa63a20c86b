"""Names of types as people write them in a configuration. In: `varchar(20)`. Out: as PostgreSQL prints it."""

from __future__ import annotations

ALIASES = {
    "bool": "boolean",
    "char": "character",
    "dec": "numeric",
    "decimal": "numeric",
    "float": "double precision",
    "float4": "real",
    "float8": "double precision",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "varbit": "bit varying",
    "varchar": "character varying",
}
"""PostgreSQL's other names for its types: https://www.postgresql.org/docs/current/datatype.html"""


def printed_type(name: str) -> str:
    """As PostgreSQL prints it: `timestamptz(3)` is `timestamp(3) with time zone`, `varchar(9)[]` `character varying(9)[]`."""
    words = " ".join(name.lower().split())
    base, bracket, rest = words.partition("(")
    length, _, behind = rest.partition(")")
    brackets = "[]" if words.endswith("[]") else ""
    base, behind = base.removesuffix("[]").strip(), behind.removesuffix("[]").strip()
    printed = ALIASES.get(base, base)
    if not bracket:
        return printed + brackets
    first, _, zone = printed.partition(" ")
    if first in ("time", "timestamp"):
        return f"{first}({length}) {behind or zone}{brackets}"
    return f"{printed}({length.replace(' ', '')}){brackets}"
