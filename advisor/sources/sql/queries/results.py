"""What a part gives, and in which order.

In: its tree. Out: results, sort keys and locks; concatenations and comparisons with NULL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from advisor.model import Concatenation, NullComparison, OutputColumn, RowLock, SortKey
from advisor.sources.sql.queries.conditions import Conditions, is_aggregate, walk_here, without_relations
from advisor.sources.sql.queries.values import is_constant
from advisor.sources.sql.spelling.names import expression_name
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.text.tree import Node, constant, fields_of, string, strings, unwrap

STRENGTHS: Mapping[str, Literal["update", "no key update", "share", "key share"]] = {
    "LCS_FORUPDATE": "update",
    "LCS_FORNOKEYUPDATE": "no key update",
    "LCS_FORSHARE": "share",
    "LCS_FORKEYSHARE": "key share",
}
WAITS: Mapping[str, Literal["block", "skip", "fail"]] = {"LockWaitSkip": "skip", "LockWaitError": "fail"}
NULL_SAFE = frozenset("concat concat_ws format".split())
NOT_TEXT = ("jsonb", "[]", "bytea", "tsvector", "tsquery", "bit")
"""Types with a `||` that does not join texts."""


def outputs(fields: Node, conditions: Conditions) -> Iterator[OutputColumn]:
    for node in fields.get("targetList", []):
        target = fields_of(node)
        value: Node = target.get("val", {})
        if value:
            yield output(target, value, conditions)


def output(target: Node, value: Node, conditions: Conditions) -> OutputColumn:
    kind, inner = unwrap(value)
    location = conditions.reader.locate(target)
    if kind == "ColumnRef":
        star = "A_Star" in inner["fields"][-1]
        column = conditions.star(inner) if star else conditions.column(inner)
        return OutputColumn(location, target.get("name") or (None if star or column is None else column.column), column, star=star)
    return OutputColumn(
        location,
        target.get("name") or expression_name(value),
        constant=print_expression(value) if is_constant(value) else None,
        aggregate=any(name == "FuncCall" and "over" not in call and is_aggregate(call) for name, call in walk_here(value)),
        called=string(inner["funcname"][-1]) if kind == "FuncCall" else None,
    )


def sort_key(node: Node, conditions: Conditions) -> SortKey:
    sort = fields_of(node)
    key = sort["node"]
    kind, inner = unwrap(key)
    position = constant(key)
    nulls = sort.get("sortby_nulls", "SORTBY_NULLS_DEFAULT")
    return SortKey(
        print_expression(key),
        conditions.reader.locate(inner),
        conditions.column(inner) if kind == "ColumnRef" else None,
        position=position if isinstance(position, int) and not isinstance(position, bool) else None,
        descending=sort["sortby_dir"] == "SORTBY_DESC",
        nulls_first={"SORTBY_NULLS_FIRST": True, "SORTBY_NULLS_LAST": False}.get(nulls),
    )


def lock(fields: Node, conditions: Conditions) -> RowLock | None:
    for node in fields.get("lockingClause", []):
        clause = fields_of(node)
        strength = STRENGTHS.get(clause.get("strength", ""))
        if strength is not None:
            return RowLock(strength, WAITS.get(clause.get("waitPolicy", ""), "block"), conditions.reader.locate(clause))
    return None


def concatenations(body: Node, conditions: Conditions) -> Iterator[Concatenation]:
    """Each chain of `||` over texts, with the columns that stand in it as they are."""
    inside = {id(inner) for kind, fields in walk_here(body) if minds_null(kind, fields) for _, inner in walk_here(fields)}
    for kind, fields in walk_here(body):
        if kind != "A_Expr" or id(fields) in inside or not concatenates(fields):
            continue
        operands = list(chain(fields, inside))
        columns = (conditions.column(inner) for one in operands if (inner := plain_column(one)) is not None)
        found = tuple(dict.fromkeys(column for column in columns if column is not None))
        if found and not any(is_no_text(one) for one in operands):
            text = print_expression(without_relations({kind: fields}))
            yield Concatenation(conditions.reader.locate(fields), text, found)


def minds_null(kind: str, fields: Node) -> bool:
    """Whether something stands around a value that gives another for NULL."""
    return kind == "CoalesceExpr" or (kind == "FuncCall" and string(fields["funcname"][-1]) in NULL_SAFE)


def concatenates(fields: Node) -> bool:
    return fields["kind"] == "AEXPR_OP" and strings(fields["name"][-1:]) == ("||",) and "lexpr" in fields


def chain(fields: Node, inside: set[int]) -> Iterator[Node]:
    for side in (fields["lexpr"], fields["rexpr"]):
        kind, inner = unwrap(side)
        if kind == "A_Expr" and concatenates(inner):
            inside.add(id(inner))
            yield from chain(inner, inside)
        else:
            yield side


def plain_column(node: Node) -> Node | None:
    """The column that an operand is, as it is or cast to another type."""
    kind, fields = unwrap(node)
    if kind == "TypeCast":
        return plain_column(fields["arg"])
    return fields if kind == "ColumnRef" else None


def is_no_text(node: Node) -> bool:
    kind, fields = unwrap(node)
    name = string(fields["typeName"]["names"][-1]) if kind == "TypeCast" else ""
    return (
        kind in ("A_ArrayExpr", "SubLink")
        or name.startswith(NOT_TEXT)
        or (kind == "TypeCast" and "arrayBounds" in fields["typeName"])
    )


def null_comparisons(nodes: Iterable[tuple[str, Node]], conditions: Conditions) -> Iterator[NullComparison]:
    """`=` and `<>` with NULL as one side."""
    for kind, fields in nodes:
        if kind != "A_Expr" or fields["kind"] != "AEXPR_OP" or "lexpr" not in fields:
            continue
        (operator,) = strings(fields["name"][-1:])
        sides = (fields["lexpr"], fields["rexpr"])
        others = [side for side in sides if not side.get("A_Const", {}).get("isnull")]
        if operator in ("=", "<>", "!=") and len(others) < 2:
            other = print_expression(others[0]) if others else "NULL"
            corrected = f"{other} IS NULL" if operator == "=" else f"{other} IS NOT NULL"
            text = f"{other} {'=' if operator == '=' else '<>'} NULL"
            whole = conditions.reader.between(fields_of(sides[0]), fields_of(sides[1]), 4) if "ColumnRef" in sides[0] else None
            yield NullComparison(whole or conditions.reader.locate(fields), text, corrected, replaceable=whole is not None)
