"""Default operator classes. In: an index method and a column's type. Out: the class that is used where none is named.

Source: `pg_opclass` of PostgreSQL 18, where `opcdefault`. Extensions' classes are not listed, so that naming one is never thought
needless.
"""

from __future__ import annotations

import re
from functools import cache

SHORT_NAMES = {
    '"char"': "char",
    "bigint": "int8",
    "bit": "bit",
    "bit varying": "varbit",
    "boolean": "bool",
    "bpchar": "bpchar",
    "character": "bpchar",
    "character varying": "text",
    "cidr": "inet",
    "double precision": "float8",
    "integer": "int4",
    "real": "float4",
    "smallint": "int2",
    "time with time zone": "timetz",
    "time without time zone": "time",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
}
"""How operator classes call the types that they do not call by name."""

ONE_FOR_ALL = {
    "gin": {"[]": "array_ops", "jsonb": "jsonb_ops", "tsvector": "tsvector_ops"},
    "gist": {
        "tsvector": "tsvector_ops",
        "tsquery": "tsquery_ops",
        "point": "point_ops",
        "polygon": "poly_ops",
        "box": "box_ops",
        "circle": "circle_ops",
    },
    "spgist": {"text": "text_ops", "inet": "inet_ops", "point": "quad_point_ops", "polygon": "poly_ops", "box": "box_ops"},
}
"""The methods with few classes, by the short name of the type."""

_TYPMOD = re.compile(r"\([^)]*\)")


def default_operator_class(method: str, type_name: str, *, is_enum: bool = False) -> str | None:
    """The operator class that an index of this method uses for a type; None where it is not known."""
    plain = _TYPMOD.sub("", type_name)
    short = "[]" if plain.endswith("[]") else SHORT_NAMES.get(plain, plain)
    if short.endswith("range") and method in ("btree", "hash", "gist", "spgist"):
        return "multirange_ops" if short.endswith("multirange") else "range_ops"
    if method in ONE_FOR_ALL:
        return ONE_FOR_ALL[method].get(short)
    if method in ("btree", "hash"):
        return "enum_ops" if is_enum else "array_ops" if short == "[]" else f"{short}_ops"
    if method == "brin":
        return f"{short}_inclusion_ops" if short in ("inet", "box") or short.endswith("range") else f"{short}_minmax_ops"
    return None


@cache
def default_classes(method: str) -> frozenset[str | None]:
    """The classes of a method that are the default of the types that expressions mostly have."""
    types = (
        *SHORT_NAMES,
        "date",
        "inet",
        "interval",
        "jsonb",
        "numeric",
        "text",
        "text[]",
        "tsvector",
        "uuid",
        "int4range",
        "point",
    )
    return frozenset(default_operator_class(method, name) for name in types)
