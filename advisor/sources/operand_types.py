"""What PostgreSQL makes of a column that is compared with a value of another type.

Source: "Operator Type Resolution" in PostgreSQL's documentation. A cast between types that are stored alike (varchar to text) costs
nothing and keeps indexes in use: `pg_cast.castmethod` is `b`.
"""

from __future__ import annotations

from functools import lru_cache

from advisor.model import Schema

ALIKE = frozenset({("character varying", "text"), ("name", "text"), ("text", "character varying")})
SYMBOLS = {"!=": "<>", "in": "=", "not in": "<>", "like": "~~", "ilike": "~~*"}
NO_OPERATORS = frozenset({"is null", "has"})
TYPES_OF_VALUES_ONLY = frozenset({"null", "unknown"})


class BuiltIn:
    """What choosing operators asks of a schema, of one that has built-in types only."""

    def base_of(self, type_name: str) -> str:
        return type_name

    def category_of(self, type_name: str) -> str | None:  # noqa: ARG002 (the protocol's)
        return None

    def subtype_of(self, type_name: str) -> str | None:  # noqa: ARG002
        return None


def cast_of_column(column_type: str, operator: str, value_type: str, schema: Schema) -> str | None:
    """The type that a column is turned into; None where it stays as it is, or the operator is not known."""
    if value_type in TYPES_OF_VALUES_ONLY or operator in NO_OPERATORS:
        return None
    domain = next((one for one in schema.domains if one.name.name == column_type), None)
    return cast_of_type(domain.type if domain is not None else column_type, SYMBOLS.get(operator, operator), value_type)


@lru_cache(maxsize=2_000)
def cast_of_type(column_type: str, operator: str, value_type: str) -> str | None:
    from advisor.sources.sql.views.builtins import built_in_operators, built_in_type, plain
    from advisor.sources.sql.views.coercion import choose

    own, theirs = plain(column_type), plain(value_type)
    theirs = theirs.removesuffix("[]") if operator == "=" and not own.endswith("[]") else theirs
    if own == theirs or built_in_type(own) is None or built_in_type(theirs) is None:
        return "text" if own == "citext" and theirs in ("text", "character varying") else None
    chosen = choose(BuiltIn(), built_in_operators(operator), (own, theirs))
    if chosen is None:
        return None
    wanted = chosen.candidate.arguments[0]
    return wanted if wanted != own and (own, wanted) not in ALIKE and not wanted.startswith("any") else None
