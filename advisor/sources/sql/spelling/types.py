"""Type names. In: a `TypeName` node. Out: the type as `format_type` prints it.

Source: PostgreSQL's `format_type_extended` (src/backend/utils/adt/format_type.c) and the types' own typmod output functions.
"""

from __future__ import annotations

import re

from advisor.model import Name
from advisor.sources.sql.text.quoting import quote_identifier, quote_name
from advisor.sources.sql.text.tree import Node, constant, string, strings, unwrap

BUILT_IN = {
    "bit": "bit",
    "bool": "boolean",
    "bpchar": "character",
    "char": '"char"',
    "float4": "real",
    "float8": "double precision",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "interval": "interval",
    "numeric": "numeric",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "varbit": "bit varying",
    "varchar": "character varying",
}
"""Types whose printed name is a keyword of SQL, by their catalog name."""

PLAIN = frozenset(
    """box bytea cid cidr circle date daterange datemultirange inet int4multirange int4range int8multirange int8range json jsonb
    jsonpath line lseg macaddr macaddr8 money name nummultirange numrange oid oidvector path pg_lsn point polygon regclass regconfig
    regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype text tid tsmultirange tsquery tsrange
    tstzmultirange tstzrange tsvector uuid xid xid8 xml anyarray refcursor record void trigger int2vector aclitem""".split()
)
"""Types of pg_catalog that are printed as they are named."""

SERIAL = {
    "bigserial": "bigint",
    "serial": "integer",
    "serial2": "smallint",
    "serial4": "integer",
    "serial8": "bigint",
    "smallserial": "smallint",
}

GEOMETRY_KINDS = {
    kind.lower(): kind
    for kind in """Geometry GeometryCollection Point MultiPoint LineString MultiLineString Polygon MultiPolygon CircularString
    CompoundCurve CurvePolygon MultiCurve MultiSurface PolyhedralSurface Triangle Tin""".split()
}
GEOMETRY_KIND = re.compile(rf"(?<=\()({'|'.join(GEOMETRY_KINDS)})(z?m?)(?=[,)])")
"""What PostGIS prints behind `geometry(`: `Point`, `MultiPolygonZM`. Source: its `gserialized_typmod.c` and `lwutil.c`."""

INTERVAL_BITS = {1 << 1: "month", 1 << 2: "year", 1 << 3: "day", 1 << 10: "hour", 1 << 11: "minute", 1 << 12: "second"}
"""`INTERVAL_MASK(field)` of src/include/utils/timestamp.h, with the field numbers of src/include/utils/datetime.h."""

INTERVAL_ORDER = ("year", "month", "day", "hour", "minute", "second")
INTERVAL_FULL_RANGE = 0x7FFF


def is_serial(type_name: Node) -> bool:
    names = type_name.get("names", [])
    return len(names) == 1 and string(names[0]) in SERIAL


def names_of_type(type_name: Node) -> tuple[str | None, str]:
    """The schema (None where it is not written) and the name of a type."""
    *schema, name = strings(type_name["names"])
    return (schema[-1] if schema else None), name


def array_element(type_name: str) -> str:
    """The type without its brackets."""
    return type_name.removesuffix("[]")


def format_type(type_name: Node, user_type: Name | None = None) -> str:
    """The type as PostgreSQL prints it. `user_type` is what the name stands for, where it is a type of the user's own."""
    schema, name = names_of_type(type_name)
    modifiers = [modifier_text(modifier) for modifier in type_name.get("typmods", [])]
    if user_type is not None:
        base = quote_name(user_type) + in_parentheses(modifiers)
    elif schema in (None, "pg_catalog") and name in SERIAL:
        base = SERIAL[name]
    elif schema in (None, "pg_catalog") and (name in BUILT_IN or name in PLAIN):
        base = format_built_in(name, modifiers)
    elif schema in (None, "pg_catalog") and name[:1] == "_" and (name[1:] in BUILT_IN or name[1:] in PLAIN):
        # The name that `pg_type` has for an array (`makeArrayTypeName`, pg_type.c).
        return f"{format_built_in(name[1:], modifiers)}[]"
    else:
        base = quote_name(Name(schema or "public", name)) + in_parentheses(modifiers)
    if name in ("geometry", "geography"):
        base = GEOMETRY_KIND.sub(lambda match: GEOMETRY_KINDS[match[1]] + match[2].upper(), base, count=1)
    return f"{base}[]" if "arrayBounds" in type_name else base


def format_built_in(name: str, modifiers: list[str]) -> str:
    printed = BUILT_IN.get(name, name)
    if name == "bpchar" and not modifiers:
        return "bpchar"
    if name == "bit" and not modifiers:
        return '"bit"'
    if name == "numeric" and len(modifiers) == 1:
        return f"numeric({modifiers[0]},0)"
    if name == "interval" and modifiers:
        return format_interval(modifiers)
    word, _, rest = printed.partition(" ")
    if rest and word in ("time", "timestamp"):
        return f"{word}{in_parentheses(modifiers)} {rest}"
    return printed + in_parentheses(modifiers)


def format_interval(modifiers: list[str]) -> str:
    """`interval day to second(3)`: the first modifier is a mask of fields, the second the precision."""
    mask = int(modifiers[0]) if modifiers[0].isdecimal() else INTERVAL_FULL_RANGE
    precision = in_parentheses(modifiers[1:])
    if mask == INTERVAL_FULL_RANGE:
        return f"interval{precision}"
    fields = {name for bit, name in INTERVAL_BITS.items() if mask & bit}
    ends = [name for name in INTERVAL_ORDER if name in fields]
    return f"interval {' to '.join(dict.fromkeys((ends[0], ends[-1])))}{precision}" if ends else f"interval{precision}"


def in_parentheses(modifiers: list[str]) -> str:
    return f"({','.join(modifiers)})" if modifiers else ""


def modifier_text(node: Node) -> str:
    kind, fields = unwrap(node)
    if kind == "ColumnRef":
        return ".".join(quote_identifier(name) for name in strings(fields["fields"]))
    return str(constant(node))
