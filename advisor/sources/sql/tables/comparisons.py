"""Comparisons of a column with constants when the column gets another type. In: a table before. Out: its expressions after.

A constant beside a column of fractions was made one when the expression was stored (`a > 10` is `a > 10::numeric`); the expression
is printed and parsed again for the column's new type, and then the column is made what the constant is
(`ATPostAlterTypeCleanup`, tablecmds.c; "Operator Type Resolution", documentation, section 10.2).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec.structs import replace

from advisor.model import Expression, Table
from advisor.sources.sql.spelling.expressions import column_of, rewritten
from advisor.sources.sql.text.tree import Node
from advisor.sources.sql.views.builtins import plain

WHOLE = frozenset({"smallint", "integer", "bigint"})
FRACTIONS = {"numeric": "numeric", "real": "float8", "double precision": "float8"}
"""What a constant becomes beside a column of fractions."""


def with_comparisons_kept(table: Table, column: str, before: str, after: str) -> Table:
    """The table's checks and the conditions of its indexes, with the column in its old kind of number where it must be."""
    constant, new = FRACTIONS.get(plain(before)), plain(after)
    if constant is None or not (new in WHOLE or (new == "numeric" and constant == "float8")):
        return table
    change = partial(with_casts, column=column, to_type=constant)
    return replace(
        table,
        checks=tuple(replace(check, expression=change(check.expression)) for check in table.checks),
        indexes=tuple(
            replace(index, predicate=change(index.predicate)) if index.predicate is not None else index for index in table.indexes
        ),
    )


def with_casts(given: Expression, column: str, to_type: str) -> Expression:
    if column not in given.columns:
        return given

    def change(kind: str, fields: Node) -> None:
        left, right = fields.get("lexpr", {}), fields.get("rexpr", {})
        if kind == "A_Expr" and fields["kind"] == "AEXPR_OP" and is_pair(left, right, column):
            fields["lexpr"], fields["rexpr"] = cast(left, to_type), cast(right, to_type)

    return rewritten(given, change)


def is_pair(left: Any, right: Any, column: str) -> bool:
    """Whether one is the column and the other a number."""
    pairs = ((left, right), (right, left))
    return any("ColumnRef" in one and column_of(one["ColumnRef"]) == column and is_number(other) for one, other in pairs)


def is_number(node: Any) -> bool:
    return "ival" in node.get("A_Const", {}) or "fval" in node.get("A_Const", {})


def cast(node: Node, to_type: str) -> Node:
    names = [{"String": {"sval": "pg_catalog"}}, {"String": {"sval": to_type}}]
    return {"TypeCast": {"arg": node, "typeName": {"names": names, "typemod": -1}}}
