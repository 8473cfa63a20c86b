"""Queries in SQL. In: the text of one statement with placeholders, or its tree. Out: the model's `Query`.

Simple comparisons of a single table's columns become predicates. Whatever else narrows the result (joins, subqueries, functions
around a column) is not looked into; `complete` is False then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from json import loads

from pglast.parser import ParseError, parse_sql_json

from advisor.model import Bound, Location, Name, OrderKey, Predicate, Query, Scope
from advisor.model.query import Verb
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.text.split import masked, next_piece
from advisor.sources.sql.text.tree import Node, constant, fields_of, string, strings, unwrap, walk

METHODS = {"SelectStmt": "select", "InsertStmt": "insert", "UpdateStmt": "update", "DeleteStmt": "delete"}

AGGREGATES = frozenset("array_agg avg bool_and bool_or count every json_agg jsonb_agg max min string_agg sum".split())

FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""Comparisons, and what they become with their sides exchanged."""

PATTERN_OPERATORS = {"~~": ("like", False), "!~~": ("like", True), "~~*": ("ilike", False), "!~~*": ("ilike", True)}

_NUMBERED = re.compile(r"\$(\d+)")
_MULTIPLIES = re.compile(r"\*|offset|skip", re.IGNORECASE)

_QUESTION_MARK = re.compile(r"\?(?!\s*[#|&])")
"""A placeholder: not jsonb's `?|` and `?&`, nor its `?` before a string (which is masked)."""

MAX_PARAMETER = 60_000
"""PostgreSQL numbers parameters with 16 bits."""


@dataclass
class Reader:
    """One statement while it is read: how nodes become places, what parameters stand for, and whether all was understood."""

    locate: Callable[[Node], Location]
    parameters: Mapping[int, str] = field(default_factory=dict)
    relation: frozenset[str] = frozenset()
    complete: bool = True

    def text_of(self, node: Node) -> str:
        """The source of a value: what stands behind a placeholder, or the SQL."""
        kind, fields = unwrap(node)
        if kind == "ParamRef":
            return self.parameters.get(fields.get("number", 0), f"${fields.get('number', 0)}")
        if kind == "List":
            return f"({', '.join(self.text_of(item) for item in fields['items'])})"
        return print_expression(node)

    def column_of(self, node: Node) -> str | None:
        """The column of the queried table that a node is; casts of it do not count."""
        kind, fields = unwrap(node)
        if kind != "ColumnRef" or not self.relation:
            return None
        *qualifier, name = strings(fields["fields"])
        return name or None if not qualifier or qualifier[-1] in self.relation else None


def read_query(text: str, location: Location, scope: Scope) -> Query | None:
    """The query of a SQL text found in code; None where it is no query or cannot be parsed. Its places are all `location`."""
    try:
        sql, parameters = numbered(text)
        found = loads(parse_sql_json(sql))["stmts"]
        if len(found) != 1 or "\0" in sql:
            return None
        kind, fields = unwrap(found[0]["stmt"])
        return query_of(kind, fields, text, location, scope, Reader(lambda _node: location, parameters))
    except (ParseError, RecursionError, UnicodeEncodeError):
        return None


def numbered(text: str) -> tuple[str, dict[int, str]]:
    """The text with `$n` for every placeholder, and what each new number stands for.

    `?` is a placeholder only where the text is no SQL with it: it is an operator of jsonb too.
    """
    first = max((int(match[1]) for match in _NUMBERED.finditer(text) if int(match[1]) < MAX_PARAMETER), default=0) + 1
    parameters: dict[int, str] = {}
    parts, position = [], 0
    for start, end in template_expressions(text):
        number = first + len(parameters)
        parameters[number] = text[start + 2 : end - 1].strip()
        parts += [text[position:start], f"${number}"]
        position = end
    sql = "".join([*parts, text[position:]])
    return (sql if parses(sql) else with_question_marks_numbered(sql, first + len(parameters))), parameters


def template_expressions(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of `${...}`, braces inside counted."""
    position = text.find("${")
    while position >= 0:
        depth, end = 0, position + 1
        for end in range(position + 1, len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if depth == 0:
                break
        if depth:
            return
        yield position, end + 1
        position = text.find("${", end)


def parses(sql: str) -> bool:
    try:
        parse_sql_json(sql)
    except (ParseError, UnicodeEncodeError):
        return False
    return True


def with_question_marks_numbered(sql: str, number: int) -> str:
    piece = next_piece(sql, 0)
    if piece is None:
        return sql
    visible, parts, position = masked(sql, piece), [sql[: piece.start]], 0
    for match in _QUESTION_MARK.finditer(visible):
        parts += [sql[piece.start + position : piece.start + match.start()], f"${number}"]
        number, position = number + 1, match.end()
    return "".join([*parts, sql[piece.start + position :]])


def query_of(kind: str, fields: Node, text: str, location: Location, scope: Scope, reader: Reader) -> Query | None:
    """The query that a statement's tree is; None for a statement of another kind."""
    if kind not in METHODS:
        return None
    table = read_table(fields, reader)
    if "withClause" in fields or fields.get("op", "SETOP_NONE") != "SETOP_NONE":
        reader.complete = False
    predicates = tuple(read_conditions(fields["whereClause"], reader)) if "whereClause" in fields else ()
    order = tuple(key for node in fields.get("sortClause", []) if (key := read_order_key(node, fields, reader)) is not None)
    return Query(
        location=location,
        scope=scope,
        origin="sql",
        verb=verb_of(kind, fields),
        method=METHODS[kind],
        table=table,
        predicates=predicates,
        order_by=order,
        limit=read_bound(fields["limitCount"], reader) if "limitCount" in fields else None,
        offset=read_bound(fields["limitOffset"], reader) if "limitOffset" in fields else None,
        distinct=distinct_columns(fields, reader),
        select=selected_columns(fields, reader) if kind == "SelectStmt" else (),
        complete=reader.complete,
        text=text,
    )


def read_table(fields: Node, reader: Reader) -> Name | None:
    """The one table that the statement is about; None where there are several, or none."""
    nodes = fields.get("fromClause", [])
    relation = fields["relation"] if "relation" in fields else nodes[0].get("RangeVar") if len(nodes) == 1 else None
    extra = "usingClause" in fields or ("relation" in fields and bool(nodes))
    ctes = {fields_of(cte)["ctename"] for cte in fields.get("withClause", {}).get("ctes", [])}
    if relation is None or extra or relation["relname"] in ctes:
        reader.complete = reader.complete and not nodes and not extra
        return None
    alias = relation.get("alias", {}).get("aliasname")
    reader.relation = frozenset({alias or relation["relname"]})
    return Name(relation.get("schemaname", "public"), relation["relname"])


def verb_of(kind: str, fields: Node) -> Verb:
    match kind:
        case "InsertStmt":
            return "upsert" if "onConflictClause" in fields else "create"
        case "UpdateStmt":
            return "update"
        case "DeleteStmt":
            return "delete"
    if "groupClause" in fields:
        return "group by"
    calls = [target["ResTarget"].get("val", {}).get("FuncCall") for target in fields.get("targetList", [])]
    names = [string(call["funcname"][-1]) if call and "over" not in call else "" for call in calls]
    if names == ["count"]:
        return "count"
    return "aggregate" if names and all(name in AGGREGATES for name in names) else "find many"


def read_conditions(node: Node, reader: Reader, *, negated: bool = False, under_or: bool = False) -> Iterator[Predicate]:
    """The comparisons that a WHERE consists of; `reader.complete` becomes False at the first that is not simple."""
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
        found = list(read_comparison(kind, fields, reader, negated=negated, under_or=under_or))
        reader.complete = reader.complete and bool(found)
        yield from found


def read_comparison(kind: str, fields: Node, reader: Reader, *, negated: bool, under_or: bool) -> Iterator[Predicate]:
    location = reader.locate(fields)
    if kind == "NullTest":
        column = reader.column_of(fields["arg"])
        if column is not None:
            is_not = fields["nulltesttype"] == "IS_NOT_NULL"
            yield Predicate(column, "is null", location, "constant", negated=negated != is_not, under_or=under_or)
    elif kind == "ColumnRef" and (column := reader.column_of({kind: fields})) is not None:
        yield Predicate(column, "=", location, "constant", negated=negated, under_or=under_or, value_text="true")
    elif kind == "A_Expr" and "lexpr" in fields:
        for operator, turned, column, value in comparisons(fields, reader):
            yield Predicate(
                column,
                operator,
                location,
                "constant" if is_constant(value) else "variable",
                negated=negated != turned,
                under_or=under_or,
                value_text=reader.text_of(value),
            )


def comparisons(fields: Node, reader: Reader) -> Iterator[tuple[str, bool, str, Node]]:
    """Operator, whether it is turned round by NOT, column and value, of an operation on one column; BETWEEN is two."""
    kind, (name,) = fields["kind"], strings(fields["name"][-1:])
    left, right = fields["lexpr"], fields["rexpr"]
    column = reader.column_of(left)
    if kind == "AEXPR_OP" and column is None and name in FLIPPED:
        column, name, right = reader.column_of(right), FLIPPED[name], left
    if column is None or mentions_columns(right):
        return
    if kind == "AEXPR_OP":
        yield ("!=" if name == "<>" else name), False, column, right
    elif kind == "AEXPR_IN":
        yield ("in" if name == "=" else "not in"), False, column, right
    elif kind == "AEXPR_OP_ANY" and name == "=":
        yield "in", False, column, right
    elif kind == "AEXPR_OP_ALL" and name == "<>":
        yield "not in", False, column, right
    elif kind in ("AEXPR_LIKE", "AEXPR_ILIKE") and name in PATTERN_OPERATORS:
        operator, turned = PATTERN_OPERATORS[name]
        yield operator, turned, column, right
    elif kind == "AEXPR_BETWEEN":
        low, high = right["List"]["items"]
        yield ">=", False, column, low
        yield "<=", False, column, high


def mentions_columns(node: Node) -> bool:
    return any(kind in ("ColumnRef", "SubLink") for kind, _ in walk(node))


def is_constant(node: Node) -> bool:
    return not any(kind in ("ParamRef", "FuncCall", "SQLValueFunction") for kind, _ in walk(node))


def read_order_key(node: Node, fields: Node, reader: Reader) -> OrderKey | None:
    sort = fields_of(node)
    key = sort["node"]
    position = constant(key)
    if isinstance(position, int) and 1 <= position <= len(fields.get("targetList", [])):
        key = fields["targetList"][position - 1]["ResTarget"]["val"]
    column = reader.column_of(key)
    if column is None:
        reader.complete = False
        return None
    return OrderKey(column, reader.locate(fields_of(key)), descending=sort["sortby_dir"] == "SORTBY_DESC")


def read_bound(node: Node, reader: Reader) -> Bound | None:
    """LIMIT or OFFSET; LIMIT ALL is none."""
    kind, fields = unwrap(node)
    if fields.get("isnull"):
        return None
    value = constant(node)
    text = reader.text_of(node)
    return Bound(
        text,
        reader.locate(fields),
        value if isinstance(value, int) and not isinstance(value, bool) else None,
        grows_with_page=kind != "A_Const" and _MULTIPLIES.search(text) is not None,
    )


def distinct_columns(fields: Node, reader: Reader) -> tuple[str, ...]:
    """The columns of DISTINCT ON."""
    columns = (reader.column_of(node) for node in fields.get("distinctClause", []) if node)
    return tuple(column for column in columns if column is not None)


def selected_columns(fields: Node, reader: Reader) -> tuple[str, ...]:
    """The columns in the result, where all of it are plain columns."""
    values = [target["ResTarget"].get("val", {"Null": {}}) for target in fields.get("targetList", [])]
    columns = [reader.column_of(value) for value in values]
    return tuple(column for column in columns if column) if all(columns) else ()
