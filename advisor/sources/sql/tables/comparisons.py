"""Comparisons of a column with constants when the column gets another type. In: a table before. Out: its expressions after.

A constant beside a column of fractions or of text was made one when the expression was stored (`a > 10` is `a > 10::numeric`); the
expression is printed and parsed again for the column's new type, and then the column is made what the constant is
(`ATPostAlterTypeCleanup`, tablecmds.c; "Operator Type Resolution", documentation, section 10.2).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec.structs import replace

from advisor.model import Expression, Table
from advisor.sources.sql.spelling.expressions import column_of, rewritten
from advisor.sources.sql.text.tree import Node, strings
from advisor.sources.sql.views.builtins import plain

WHOLE = frozenset({"smallint", "integer", "bigint"})
FRACTIONS = {"numeric": "numeric", "real": "float8", "double precision": "float8"}
"""What a constant becomes beside a column of fractions."""
COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
OF_LISTS = frozenset({"AEXPR_IN", "AEXPR_OP_ALL", "AEXPR_OP_ANY"})


def with_comparisons_kept(table: Table, column: str, before: str, after: str) -> Table:
    """The table's checks and the conditions of its indexes, with the column in its old kind of value where it must be."""
    constant = becomes(plain(before), plain(after))
    if constant is None:
        return table
    change = partial(with_casts, column=column, to_type=constant)
    return replace(
        table,
        checks=tuple(replace(check, expression=change(check.expression)) for check in table.checks),
        indexes=tuple(
            replace(index, predicate=change(index.predicate)) if index.predicate is not None else index for index in table.indexes
        ),
    )


def becomes(before: str, after: str) -> str | None:
    """What a column must be made beside the constants of its type before; None where it is that already."""
    if before in ("text", "character varying"):
        return "text" if after == "character" else None
    constant = FRACTIONS.get(before)
    return constant if after in WHOLE or (after == "numeric" and constant == "float8") else None


def with_casts(given: Expression, column: str, to_type: str) -> Expression:
    if column not in given.columns:
        return given

    def change(kind: str, fields: Node) -> None:
        left, right = fields.get("lexpr", {}), fields.get("rexpr", {})
        # `character` has patterns (LIKE, ~) of its own.
        if kind != "A_Expr" or (to_type == "text" and strings(fields["name"])[-1] not in COMPARISONS):
            return
        if fields["kind"] == "AEXPR_OP" and is_pair(left, right, column, to_type):
            fields["lexpr"], fields["rexpr"] = cast(left, to_type), cast(right, to_type)
        elif fields["kind"] in OF_LISTS and is_column(left, column):
            fields["lexpr"] = cast(left, to_type)

    return rewritten(given, change)


def is_pair(left: Any, right: Any, column: str, to_type: str) -> bool:
    """Whether one is the column and the other a number or, for a column of text, a string."""
    values = {"sval"} if to_type == "text" else {"ival", "fval"}
    pairs = ((left, right), (right, left))
    return any(is_column(one, column) and not values.isdisjoint(other.get("A_Const", {})) for one, other in pairs)


def is_column(node: Any, column: str) -> bool:
    return "ColumnRef" in node and column_of(node["ColumnRef"]) == column


def cast(node: Node, to_type: str) -> Node:
    names = [{"String": {"sval": "pg_catalog"}}, {"String": {"sval": to_type}}]
    return {"TypeCast": {"arg": node, "typeName": {"names": names, "typemod": -1}}}
