"""Names that PostgreSQL gives to what the text leaves unnamed. In: tables, columns, labels. Out: `posts_author_id_idx`.

Sources: `makeObjectName`, `ChooseIndexNameAddition` and `ChooseIndexColumnNames` (src/backend/commands/indexcmds.c),
`FigureIndexColname` (src/backend/parser/parse_target.c).
"""

from __future__ import annotations

from collections.abc import Iterable

from advisor.sources.sql.text.tree import Node, string, unwrap

MAX_BYTES = 63
"""NAMEDATALEN - 1."""


FIXED_NAMES = {
    "A_ArrayExpr": "array",
    "CoalesceExpr": "coalesce",
    "GroupingFunc": "grouping",
    "JsonArrayAgg": "json_arrayagg",
    "JsonArrayConstructor": "json_array",
    "JsonArrayQueryConstructor": "json_array",
    "JsonObjectAgg": "json_objectagg",
    "JsonObjectConstructor": "json_object",
    "JsonParseExpr": "json",
    "JsonScalarExpr": "json_scalar",
    "JsonSerializeExpr": "json_serialize",
    "MergeSupportFunc": "merge_action",
    "RowExpr": "row",
    "XmlSerialize": "xmlserialize",
}
"""What kinds of expressions are called."""


def make_object_name(first: str, second: str | None, label: str) -> str:
    """`first_second_label`, the longer of the first two shortened until all fits into 63 bytes."""
    one, two = first.encode(), (second or "").encode()
    available = MAX_BYTES - len(label.encode()) - 1 - (1 if second is not None else 0)
    first_length, second_length = len(one), len(two)
    while first_length + second_length > available:
        if first_length > second_length:
            first_length -= 1
        else:
            second_length -= 1
    parts = [clipped(one, first_length)]
    if second is not None:
        parts.append(clipped(two, second_length))
    return "_".join([*parts, label])


def clipped(text: bytes, length: int) -> str:
    """The first bytes of a text, without a character cut in half."""
    return text[:length].decode(errors="ignore")


def joined_columns(columns: Iterable[str]) -> str:
    """The part of a name that stands for columns; it stops growing where nothing more would be kept."""
    joined = ""
    for column in columns:
        joined = f"{joined}_{column}" if joined else column
        if len(joined.encode()) > MAX_BYTES:
            break
    return joined


def index_column_names(names: Iterable[str | None]) -> list[str]:
    """The names of an index's columns: each once, numbered where it comes again; None stands for an expression without a name."""
    chosen: list[str] = []
    for name in names:
        base, number = name or "expr", 0
        candidate = base
        while candidate in chosen:
            number += 1
            candidate = clipped(base.encode(), MAX_BYTES - len(str(number))) + str(number)
        chosen.append(candidate)
    return chosen


def expression_name(node: Node) -> str | None:
    """The name that an index column gets from its expression; None where PostgreSQL calls it `expr`."""
    return named_with_strength(node)[0]


def named_with_strength(node: Node) -> tuple[str | None, int]:
    """The name of an expression, and how good it is: a cast's type (1) yields to the name of what is cast (2)."""
    kind, fields = unwrap(node)
    if kind in ("ColumnRef", "FuncCall"):
        named = [string(part) for part in fields["fields" if kind == "ColumnRef" else "funcname"] if "String" in part]
        return (named[-1], 2) if named else (None, 0)
    if kind == "A_Indirection":
        named = [string(part) for part in fields["indirection"] if "String" in part]
        return (named[-1], 2) if named else named_with_strength(fields["arg"])
    if kind == "CollateClause":
        return named_with_strength(fields["arg"])
    if kind == "TypeCast":
        name, strength = named_with_strength(fields["arg"])
        return (name, strength) if strength > 1 else (string(fields["typeName"]["names"][-1]), 1)
    if kind == "CaseExpr":
        name, strength = named_with_strength(fields["defresult"]) if "defresult" in fields else (None, 0)
        return (name, strength) if strength > 1 else ("case", 1)
    return fixed_name(kind, fields)


def fixed_name(kind: str, fields: Node) -> tuple[str | None, int]:
    """The names that go with a kind of expression."""
    if kind == "A_Expr" and fields["kind"] == "AEXPR_NULLIF":
        return "nullif", 2
    if kind == "MinMaxExpr":
        return ("greatest" if fields["op"] == "IS_GREATEST" else "least"), 2
    if kind == "SQLValueFunction":
        return str(fields["op"]).removeprefix("SVFOP_").lower().removesuffix("_n"), 2
    if kind == "SubLink":
        return name_of_subquery(fields)
    if kind == "XmlExpr":
        word = str(fields["op"]).removeprefix("IS_").lower()
        return (None, 0) if word == "document" else (word, 2)
    if kind == "JsonFuncExpr":
        return str(fields.get("op", "JSON_EXISTS_OP")).removesuffix("_OP").lower(), 2
    name = FIXED_NAMES.get(kind)
    return (name, 2) if name else (None, 0)


def name_of_subquery(fields: Node) -> tuple[str | None, int]:
    """EXISTS and ARRAY are called so; a subquery for a value as its only column is."""
    if fields["subLinkType"] != "EXPR_SUBLINK":
        return {"EXISTS_SUBLINK": ("exists", 2), "ARRAY_SUBLINK": ("array", 2)}.get(fields["subLinkType"], (None, 0))
    query = unwrap(fields["subselect"])[1]
    while "larg" in query:
        query = query["larg"]
    if "targetList" not in query:
        return ("column1", 2) if "valuesLists" in query else (None, 0)
    target = unwrap(query["targetList"][0])[1]
    return (target["name"], 2) if "name" in target else (named_with_strength(target["val"])[0], 2)
