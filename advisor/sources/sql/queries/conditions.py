"""Conditions. In: the tree of a WHERE or ON. Out: comparisons of columns, what stands around the columns, and what ties relations.

A comparison that is none of one column with a value or another column is not told; the part is not complete then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Around, Predicate, QualifiedColumn, Wrapping
from advisor.sources.sql.queries.reader import Reader
from advisor.sources.sql.queries.values import is_constant, value_type
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.spelling.types import format_type
from advisor.sources.sql.text.tree import Node, string, strings, unwrap

AGGREGATES = frozenset("array_agg avg bool_and bool_or count every json_agg jsonb_agg max min string_agg sum".split())

FLIPPED = {"=": "=", "<>": "<>", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""Comparisons, and what they become with their sides exchanged."""

PATTERN_OPERATORS = {"~~": ("like", False), "!~~": ("like", True), "~~*": ("ilike", False), "!~~*": ("ilike", True)}
JSON_OPERATORS = frozenset(("->", "->>", "#>", "#>>"))


NAMED: Mapping[str, tuple[Around, Callable[[Node], str]]] = {
    "TypeCast": ("cast", lambda fields: format_type(fields["typeName"])),
    "FuncCall": ("function", lambda fields: string(fields["funcname"][-1])),
    "CoalesceExpr": ("function", lambda _: "coalesce"),
    "MinMaxExpr": ("function", lambda fields: "least" if fields["op"] == "IS_LEAST" else "greatest"),
    "CaseExpr": ("function", lambda _: "case"),
    "A_Expr": ("arithmetic", lambda fields: strings(fields["name"][-1:])[0]),
    "CollateClause": ("collation", lambda fields: ".".join(strings(fields["collname"]))),
}
"""What may stand around a column, and what it is called."""


class Side(Struct, frozen=True):
    """One side of a comparison: the one column in it, and what stands around that."""

    column: QualifiedColumn | None = None
    around: Wrapping | None = None


class Conditions:
    """Reads the conditions of one part. `qualify` gives a column without a relation that of the part, where it has one only."""

    def __init__(self, reader: Reader, qualify: Callable[[QualifiedColumn], QualifiedColumn]) -> None:
        self.reader = reader
        self.qualify = qualify
        self.complete = True

    def read(self, node: Node, *, negated: bool = False, under_or: bool = False) -> Iterator[Predicate]:
        """The comparisons that a condition consists of; `complete` becomes False at the first that is not simple."""
        pending = [(node, negated, under_or)]
        while pending:
            node, negated, under_or = pending.pop()
            kind, fields = unwrap(node)
            if kind == "BoolExpr":
                turned = negated != (fields["boolop"] == "NOT_EXPR")
                # NOT (a AND b) is NOT a OR NOT b: neither narrows the result alone.
                either = fields["boolop"] == ("AND_EXPR" if negated else "OR_EXPR")
                pending.extend((argument, turned, under_or or either) for argument in reversed(fields["args"]))
                continue
            found = list(self._comparison(kind, fields, negated=negated, under_or=under_or))
            self.complete = self.complete and bool(found)
            yield from found

    def side(self, node: Node) -> Side:
        kind, fields = unwrap(node)
        if kind == "ColumnRef":
            return Side(self.column(fields))
        columns = {self.column(inner) for inner_kind, inner in walk_here(node) if inner_kind == "ColumnRef"}
        around = wrapping(kind, fields, node) if len(columns) == 1 else None
        return Side(columns.pop(), around) if around is not None else Side()

    def column(self, fields: Node) -> QualifiedColumn | None:
        """The column that a reference names; None for whole rows and stars."""
        *qualifier, name = strings(fields["fields"])
        return self.qualify(QualifiedColumn(name, qualifier[-1] if qualifier else "")) if name else None

    def star(self, fields: Node) -> QualifiedColumn | None:
        """`t.*` as a column without a name; None for `*`."""
        *qualifier, _ = strings(fields["fields"])
        return QualifiedColumn("", qualifier[-1]) if qualifier else None

    def _comparison(self, kind: str, fields: Node, *, negated: bool, under_or: bool) -> Iterator[Predicate]:
        plain = Predicate("", "=", self.reader.locate(fields), "constant", negated=negated, under_or=under_or)
        if kind == "NullTest":
            turned = negated != (fields["nulltesttype"] == "IS_NOT_NULL")
            yield from on(self.side(fields["arg"]), replace(plain, operator="is null", negated=turned))
        elif kind == "ColumnRef":
            yield from on(self.side({kind: fields}), replace(plain, value_text="true"))
        elif kind == "A_Expr" and "lexpr" in fields:
            for operator, turned, side, value in self._comparisons(fields):
                other = self.side(value)
                compared = replace(
                    plain,
                    operator=operator,
                    value="constant" if is_constant(value) else "variable",
                    negated=negated != turned,
                    value_text=self.reader.text_of(value),
                    value_type=value_type(value),
                    other=other.column if other.around is None else None,
                )
                yield from on(side, compared)

    def _comparisons(self, fields: Node) -> Iterator[tuple[str, bool, Side, Node]]:
        """Operator, whether it is turned round by NOT, the column's side and the other; BETWEEN is two, a join both ways round."""
        kind, (name,) = fields["kind"], strings(fields["name"][-1:])
        left, right = self.side(fields["lexpr"]), self.side(fields["rexpr"])
        written = fields["rexpr"]
        if kind == "AEXPR_OP" and name in FLIPPED and right.column is not None and self.may_stand_beside(fields["lexpr"], left):
            yield operator_called(FLIPPED[name]), False, right, fields["lexpr"]
        if left.column is None or not self.may_stand_beside(written, right):
            return
        if kind == "AEXPR_OP":
            yield operator_called(name), False, left, written
        elif kind == "AEXPR_IN":
            yield ("in" if name == "=" else "not in"), False, left, written
        elif kind == "AEXPR_OP_ANY" and name == "=":
            yield "in", False, left, written
        elif kind == "AEXPR_OP_ALL" and name == "<>":
            yield "not in", False, left, written
        elif kind in ("AEXPR_LIKE", "AEXPR_ILIKE") and name in PATTERN_OPERATORS:
            operator, turned = PATTERN_OPERATORS[name]
            yield operator, turned, left, written
        elif kind == "AEXPR_BETWEEN":
            low, high = written["List"]["items"]
            yield ">=", False, left, low
            yield "<=", False, left, high

    def may_stand_beside(self, node: Node, side: Side) -> bool:
        """Whether a side is one column or none: what is made of several is no value that a column could be looked up by."""
        return side.column is not None or not any(kind == "ColumnRef" for kind, _ in walk_here(node))


def on(side: Side, predicate: Predicate) -> Iterator[Predicate]:
    """A comparison as one of a side's column, where there is one."""
    if side.column is not None:
        yield replace(predicate, column=side.column.column, relation=side.column.relation, around=side.around)


def operator_called(name: str) -> str:
    return "!=" if name == "<>" else name


def wrapping(kind: str, fields: Node, node: Node) -> Wrapping | None:
    """What an expression does to the one column in it; None for aggregates, windows, and what is no plain expression."""
    inner = list(walk_here(node))
    if any(called == "SubLink" or (called == "FuncCall" and is_aggregate(call)) for called, call in inner):
        return None
    text = print_expression(without_relations(node))
    json = next((name for name in map(operator_of, inner) if name in JSON_OPERATORS), None)
    if json is not None:
        return Wrapping("json", json, text)
    named = NAMED.get(kind)
    return Wrapping(named[0], named[1](fields), text) if named is not None else None


def operator_of(node: tuple[str, Node]) -> str:
    kind, fields = node
    return strings(fields["name"][-1:])[0] if kind == "A_Expr" and fields["kind"] == "AEXPR_OP" else ""


def is_aggregate(call: Node) -> bool:
    return string(call["funcname"][-1]) in AGGREGATES or "over" in call or "agg_star" in call


def without_relations(node: Node) -> Node:
    """An expression as indexes on the one relation in it are written."""
    copied = deepcopy(node)
    for kind, fields in walk_here(copied):
        if kind == "ColumnRef":
            fields["fields"] = fields["fields"][-1:]
    return copied


def walk_here(value: object) -> Iterator[tuple[str, Node]]:
    """Every node of an expression as kind and fields, without what is inside of its subqueries."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(reversed(value))
        elif isinstance(value, dict):
            children: list[object] = []
            for name, child in value.items():
                if name[0].isupper() and isinstance(child, dict):
                    yield name, child
                if name not in ("subselect", "subquery") and isinstance(child, (dict, list)):
                    children.append(child)
            pending.extend(reversed(children))


def conjuncts(node: Node) -> Iterable[Node]:
    """The conditions that must all hold."""
    pending = [node]
    while pending:
        node = pending.pop()
        kind, fields = unwrap(node)
        if kind == "BoolExpr" and fields["boolop"] == "AND_EXPR":
            pending.extend(reversed(fields["args"]))
        else:
            yield node
