"""Index types and operator classes. In: an index type, a field's type and an operator class. Out: whether they go together.

Source: `types.rs` (`OperatorClass`, `IndexAlgorithm`) and `postgres_datamodel_connector/validations.rs` in prisma/prisma-engines.
"""

from __future__ import annotations

METHODS = ("BTree", "Hash", "Gist", "Gin", "SpGist", "Brin")

MIN_MAX, MULTI, BLOOM = "MinMaxOps", "MinMaxMultiOps", "BloomOps"

BRIN: dict[str, tuple[str, tuple[str, ...]]] = {
    "Bit": ("Bit", (MIN_MAX,)),
    "VarBit": ("VarBit", (MIN_MAX,)),
    "Char": ("Bpchar", (BLOOM, MIN_MAX)),
    "Date": ("Date", (BLOOM, MIN_MAX, MULTI)),
    "Real": ("Float4", (BLOOM, MIN_MAX, MULTI)),
    "DoublePrecision": ("Float8", (BLOOM, MIN_MAX, MULTI)),
    "Inet": ("Inet", ("InclusionOps", BLOOM, MIN_MAX, MULTI)),
    "SmallInt": ("Int2", (BLOOM, MIN_MAX, MULTI)),
    "Integer": ("Int4", (BLOOM, MIN_MAX, MULTI)),
    "BigInt": ("Int8", (BLOOM, MIN_MAX, MULTI)),
    "Decimal": ("Numeric", (BLOOM, MIN_MAX, MULTI)),
    "Oid": ("Oid", (BLOOM, MIN_MAX, MULTI)),
    "ByteA": ("Bytea", (BLOOM, MIN_MAX)),
    "Text": ("Text", (BLOOM, MIN_MAX)),
    "VarChar": ("Text", (BLOOM, MIN_MAX)),
    "Timestamp": ("Timestamp", (BLOOM, MIN_MAX, MULTI)),
    "Timestamptz": ("TimestampTz", (BLOOM, MIN_MAX, MULTI)),
    "Time": ("Time", (BLOOM, MIN_MAX, MULTI)),
    "Timetz": ("TimeTz", (BLOOM, MIN_MAX, MULTI)),
    "Uuid": ("Uuid", (BLOOM, MIN_MAX, MULTI)),
}
"""The `@db.` types that BRIN takes, and the operator classes of each."""

BRIN_SCALARS = {
    "String": "Text",
    "Bytes": "ByteA",
    "DateTime": "Timestamp",
    "Float": "DoublePrecision",
    "Int": "Integer",
    "BigInt": "BigInt",
    "Decimal": "Decimal",
}
"""The type behind a scalar type that no `@db.` attribute changes."""

BRIN_CLASSES = frozenset(prefix + family for prefix, families in BRIN.values() for family in families)
CLASSES_OF_METHOD: dict[str, frozenset[str]] = {
    "BTree": frozenset(),
    "Hash": frozenset(),
    "Gist": frozenset({"InetOps"}),
    "Gin": frozenset({"JsonbOps", "JsonbPathOps", "ArrayOps"}),
    "SpGist": frozenset({"InetOps", "TextOps"}),
    "Brin": BRIN_CLASSES,
}
OPERATOR_CLASSES = frozenset().union(*CLASSES_OF_METHOD.values())
JSON_CLASSES = ("JsonbOps", "JsonbPathOps")
SPGIST_TEXTS = ("Text", "VarChar", "Char")


def goes_with(method: str, scalar: str, native: str | None, operators: str | None, *, is_list: bool) -> bool:
    """Whether a field may be in an index of that type. `scalar` is `Unsupported` for such a field, and empty for an enum."""
    if operators is not None and operators not in CLASSES_OF_METHOD[method]:
        return False
    match method:
        case "Gist":
            return gist_takes(scalar, native, operators)
        case "Gin":
            return gin_takes(scalar, native, operators, is_list=is_list)
        case "SpGist":
            return spgist_takes(scalar, native, operators)
        case "Brin":
            return brin_takes(scalar, native, operators)
    return True


def gist_takes(scalar: str, native: str | None, operators: str | None) -> bool:
    if native is None:
        return operators is None and scalar in ("String", "Unsupported")
    return native == "Inet" and operators == "InetOps"


def gin_takes(scalar: str, native: str | None, operators: str | None, *, is_list: bool) -> bool:
    if operators == "ArrayOps":
        return is_list
    if operators is None and is_list:
        return True
    if native is not None:
        return native == "JsonB"
    return scalar == "Json" or (operators is None and scalar == "Unsupported")


def spgist_takes(scalar: str, native: str | None, operators: str | None) -> bool:
    if native == "Inet":
        return operators in ("InetOps", None)
    if native is not None:
        return native in SPGIST_TEXTS and operators in ("TextOps", None)
    if operators is None:
        return scalar in ("String", "Unsupported")
    return operators == "TextOps" and scalar == "String"


def brin_takes(scalar: str, native: str | None, operators: str | None) -> bool:
    if native is None and operators is None:
        return scalar in BRIN_SCALARS or scalar == "Unsupported"
    prefix, families = BRIN.get(native or BRIN_SCALARS.get(scalar, ""), ("", ()))
    return bool(prefix) and (operators is None or operators in [prefix + family for family in families])
