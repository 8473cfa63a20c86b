"""Expressions of defaults, checks, index keys and predicates. In: a node. Out: the model's `Expression`."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from json import loads
from typing import Any

from pglast.parser import parse_sql_json

from advisor.model import Call, Expression, Name
from advisor.sources.sql.spelling.printing import print_expression
from advisor.sources.sql.spelling.types import format_type
from advisor.sources.sql.text.tree import Node, fields_of, string, strings, unwrap, walk

STRICT_FUNCTIONS = frozenset(
    """abs age array_length ascii bit_length btrim cardinality ceil ceiling char_length character_length chr convert_from
    convert_to date date_bin date_part date_trunc decode encode exp extract floor initcap json_array_length
    json_extract_path json_extract_path_text json_to_tsvector json_typeof jsonb_array_length jsonb_extract_path
    jsonb_extract_path_text jsonb_path_exists jsonb_path_query_array jsonb_path_query_first jsonb_to_tsvector jsonb_typeof
    left length ln log lower lpad ltrim make_date md5 numnode octet_length phraseto_tsquery plainto_tsquery position power
    regexp_match regexp_replace regexp_split_to_array repeat replace reverse right round rpad rtrim setweight sha256
    sha512 sign similarity split_part sqrt starts_with strip strpos substr substring timezone to_char to_date to_hex
    to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector translate trunc unaccent upper websearch_to_tsquery
    word_similarity""".split()
)
"""Functions that give NULL for a NULL argument in all their forms (`pg_proc.proisstrict`), with those of unaccent and pg_trgm."""

NOT_STRICT_OPERATIONS = frozenset({"AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT", "AEXPR_NULLIF", "AEXPR_OP_ALL", "AEXPR_NOT_BETWEEN"})

STRICT_PARTS: dict[str, tuple[str, ...]] = {
    "A_Expr": ("lexpr", "rexpr"),
    "TypeCast": ("arg",),
    "CollateClause": ("arg",),
    "A_Indirection": ("arg",),
    "FuncCall": ("args",),
}
"""The kinds of expressions that may be NULL because a part is, and those parts."""


IN_EXPRESSIONS = ("public",)
"""Where bare names are found: expressions of the model have all others with their schemas (`names_in_full.py`)."""

WITH_CONFIGURATION = frozenset("to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery".split())
"""Functions whose first argument of two is the configuration, and which with one argument take that of a setting."""


def expression(node: Node) -> Expression:
    """The model's view of an expression."""
    columns: dict[str, None] = {}
    functions: dict[str, None] = {}
    parts = list(walk(node))
    leave_out_table(parts)
    unconfigured = None
    for kind, fields in parts:
        if kind == "ColumnRef" and (name := column_of(fields)) is not None:
            columns[name] = None
        elif kind == "FuncCall":
            function = string(fields["funcname"][-1])
            functions[function] = None
            if function in WITH_CONFIGURATION and len(fields.get("args", ())) == 1:
                unconfigured = function
    return Expression(
        text=print_expression(node),
        columns=tuple(columns),
        strict_columns=tuple(dict.fromkeys(strict_columns(node))),
        functions=tuple(functions),
        implied_not_null=columns_only_required(node),
        rowless_calls=tuple(dict.fromkeys(rowless_calls(node))) if functions else (),
        unconfigured=unconfigured,
        cast_to=format_type(node["TypeCast"]["typeName"]) if "TypeCast" in node else None,
    )


def rowless_calls(node: Node) -> Iterator[Call]:
    """The outermost calls whose value no row decides. Not those in subqueries: made once already, or for rows of theirs."""
    pending: list[Any] = [node]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(reversed(value))
        elif isinstance(value, dict) and "FuncCall" in value and not depends_on_row(value):
            yield Call(print_expression(value), tuple(dict.fromkeys(name for name in functions_in(value))))
        elif isinstance(value, dict):
            pending.extend(child for name, child in reversed(value.items()) if name != "subselect")


def depends_on_row(node: Node) -> bool:
    return any(kind in ("ColumnRef", "SubLink") for kind, _ in walk(node))


def functions_in(node: Node) -> Iterator[str]:
    """The functions called, with the schema where it is written."""
    return (".".join(strings(fields["funcname"])) for kind, fields in walk(node) if kind == "FuncCall")


def is_of_row(fields: Node) -> bool:
    """`NEW.title`: of a trigger's condition, which speaks of two rows."""
    return len(fields["fields"]) == 2 and string(fields["fields"][0]) in ("new", "old")


def leave_out_table(parts: Sequence[tuple[str, Node]]) -> None:
    """Write `posts.id` as `id`, in place: without a subquery there is one table, and PostgreSQL prints none (`ruleutils.c`)."""
    if any(kind == "SubLink" for kind, _ in parts):
        return
    for kind, fields in parts:
        if kind == "ColumnRef" and len(fields["fields"]) > 1 and column_of(fields) is not None and not is_of_row(fields):
            del fields["fields"][:-1]


def column_of(fields: Node) -> str | None:
    """The column that a `ColumnRef` names, whatever qualifies it; None for `*`."""
    return string(fields["fields"][-1]) or None


def strict_columns(node: Node) -> Iterator[str]:
    """The columns whose NULL makes the whole NULL."""
    pending = [node]
    while pending:
        kind, fields = unwrap(pending.pop())
        if kind == "ColumnRef":
            name = column_of(fields)
            if name is not None:
                yield name
        elif kind in STRICT_PARTS and passes_null_on(kind, fields):
            parts = (fields[part] for part in STRICT_PARTS[kind] if part in fields)
            children = [child for part in parts for child in (part if isinstance(part, list) else [part])]
            pending.extend(child for child in reversed(children) if "List" not in child)


def passes_null_on(kind: str, fields: Node) -> bool:
    if kind == "A_Expr":
        return fields["kind"] not in NOT_STRICT_OPERATIONS
    if kind == "FuncCall":
        return string(fields["funcname"][-1]).lower() in STRICT_FUNCTIONS
    return True


def columns_only_required(node: Node) -> tuple[str, ...]:
    """The columns of `a IS NOT NULL [AND b IS NOT NULL ...]`; none where the predicate says anything else."""
    kind, fields = unwrap(node)
    if kind == "BoolExpr" and fields["boolop"] == "AND_EXPR":
        parts = [columns_only_required(part) for part in fields["args"]]
        return tuple(dict.fromkeys(column for part in parts for column in part)) if all(parts) else ()
    if kind == "NullTest" and fields["nulltesttype"] == "IS_NOT_NULL" and "ColumnRef" in fields["arg"]:
        column = column_of(fields["arg"]["ColumnRef"])
        return (column,) if column is not None else ()
    return ()


def rewritten(given: Expression, change: Callable[[str, Node], None]) -> Expression:
    """The expression after `change` was called with every node's kind and fields, which it may alter in place."""
    node = tree_of(given)
    for kind, fields in list(walk(node)):
        change(kind, fields)
    return expression(node)


def tree_of(given: Expression) -> Node:
    """The tree of an expression of the model's."""
    target = loads(parse_sql_json(f"SELECT {given.text}"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]
    node: Node = fields_of(target)["val"]
    return node


def calls(given: Expression | None, function: Name) -> bool:
    """Whether an expression calls a function. A bare name is one of `public` there."""
    if given is None or function.name not in given.functions:
        return False
    return any(kind == "FuncCall" and is_call_of(fields, function) for kind, fields in walk(tree_of(given)))


def is_call_of(fields: Node, function: Name, path: Container[str] = IN_EXPRESSIONS) -> bool:
    """Whether a `FuncCall` is of a function, told by its name."""
    return means(strings(fields["funcname"]), function, path)


def means(parts: tuple[str, ...], name: Name, path: Container[str]) -> bool:
    """Whether a name as it is written means an object: with its schema, or bare where the path leads there."""
    return parts == (name.schema, name.name) or (parts == (name.name,) and name.schema in path)


def with_column_renamed(given: Expression, old: str, new: str) -> Expression:
    """The expression of a table one of whose columns has a new name."""
    if old not in given.columns:
        return given

    def change(kind: str, fields: Node) -> None:
        if kind == "ColumnRef" and column_of(fields) == old:
            fields["fields"][-1] = {"String": {"sval": new}}

    return rewritten(given, change)
