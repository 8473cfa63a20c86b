"""Writing expressions in one spelling, so that equal ones have equal texts. In: a node. Out: SQL.

The spelling is that of `pg_get_expr(..., pretty)`: `BETWEEN`, `IN` and `LIKE` become the operators that PostgreSQL stores, types
are written as `format_type` writes them. It differs in two ways: parentheses stand only where the reading needs them, and no casts
are added (PostgreSQL stores `'draft'` as `'draft'::text`, which takes the types of all columns to know).
pglast's own printer costs ten times as much for each expression; it writes the kinds of nodes that are not listed here.
"""

from __future__ import annotations

from collections.abc import Callable

from advisor.model import Name
from advisor.sources.sql.spelling.types import format_type, names_of_type
from advisor.sources.sql.text.quoting import name_written, quote_identifier, quote_name, quote_string
from advisor.sources.sql.text.tree import Node, constant, deparse, fields_of, string, strings, unwrap

COMPOUND = frozenset({"A_Expr", "BoolExpr", "NullTest", "BooleanTest", "CollateClause"})
"""Kinds that need parentheses as the operand of another."""

SQL_VALUES = {
    "SVFOP_CURRENT_DATE": "CURRENT_DATE",
    "SVFOP_CURRENT_TIME": "CURRENT_TIME",
    "SVFOP_CURRENT_TIMESTAMP": "CURRENT_TIMESTAMP",
    "SVFOP_LOCALTIME": "LOCALTIME",
    "SVFOP_LOCALTIMESTAMP": "LOCALTIMESTAMP",
    "SVFOP_CURRENT_ROLE": "CURRENT_ROLE",
    "SVFOP_CURRENT_USER": "CURRENT_USER",
    "SVFOP_USER": "USER",
    "SVFOP_SESSION_USER": "SESSION_USER",
    "SVFOP_CURRENT_CATALOG": "CURRENT_CATALOG",
    "SVFOP_CURRENT_SCHEMA": "CURRENT_SCHEMA",
}

SEQUENCE_FUNCTIONS = frozenset({"nextval", "currval", "setval"})
"""Functions that take a relation: PostgreSQL stores their string as `'...'::regclass`."""

TRIMS = {"btrim": "BOTH", "ltrim": "LEADING", "rtrim": "TRAILING"}

IN_BOTH = frozenset({"gen_random_uuid"})
"""Functions that an extension brings (pgcrypto) and PostgreSQL has too: bare, the name means PostgreSQL's own."""
BOOLEAN_TESTS = {
    "IS_TRUE": "IS TRUE",
    "IS_NOT_TRUE": "IS NOT TRUE",
    "IS_FALSE": "IS FALSE",
    "IS_NOT_FALSE": "IS NOT FALSE",
    "IS_UNKNOWN": "IS UNKNOWN",
    "IS_NOT_UNKNOWN": "IS NOT UNKNOWN",
}


def print_expression(node: Node) -> str:
    """The expression in the one spelling, without parentheses around the whole."""
    kind, fields = unwrap(node)
    printer = PRINTERS.get(kind)
    return printer(fields) if printer is not None else deparse(node)


def operand(node: Node) -> str:
    """The expression as part of another: in parentheses unless it holds together by itself."""
    text = print_expression(node)
    kind, fields = unwrap(node)
    at_time_zone = (
        kind == "FuncCall" and fields.get("funcformat") == "COERCE_SQL_SYNTAX" and string(fields["funcname"][-1]) == "timezone"
    )
    return f"({text})" if kind in COMPOUND or at_time_zone or text.startswith("-") else text


def comma_separated(nodes: list[Node]) -> str:
    return ", ".join(print_expression(node) for node in nodes)


def print_constant(fields: Node) -> str:
    if fields.get("isnull"):
        return "NULL"
    value = constant({"A_Const": fields})
    if "fval" in fields:
        return str(fields["fval"]["fval"])
    if "bsval" in fields:
        digits = fields["bsval"].get("bsval", "b")
        return f"{digits[0].upper()}'{digits[1:]}'"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote_string(value) if isinstance(value, str) else str(value)


def print_column(fields: Node) -> str:
    return ".".join("*" if "A_Star" in part else quote_identifier(string(part)) for part in fields["fields"])


def print_call(fields: Node) -> str:
    if any(name in fields for name in ("agg_order", "agg_filter", "over", "agg_within_group", "func_variadic")):
        return deparse({"FuncCall": fields})
    *schema, name = strings(fields["funcname"])
    arguments = fields.get("args", [])
    if fields.get("funcformat") == "COERCE_SQL_SYNTAX":
        if name == "timezone" and len(arguments) == 2:
            return f"{operand(arguments[1])} AT TIME ZONE {operand(arguments[0])}"
        if name == "extract" and len(arguments) == 2:
            return f"EXTRACT({constant(arguments[0])} FROM {print_expression(arguments[1])})"
        if (spelled := print_syntax_of_its_own(name, arguments)) is not None:
            return spelled
    if name in SEQUENCE_FUNCTIONS and arguments and isinstance(constant(arguments[0]), str):
        arguments = [{"TypeCast": {"arg": arguments[0], "typeName": {"names": [{"String": {"sval": "regclass"}}]}}}, *arguments[1:]]
    distinct = "DISTINCT " if fields.get("agg_distinct") else ""
    inner = "*" if fields.get("agg_star") else distinct + comma_separated(arguments)
    return f"{print_function_name(tuple(schema), name)}({inner})"


def print_syntax_of_its_own(name: str, arguments: list[Node]) -> str | None:
    """Functions that SQL calls in words, where they were called so (`get_func_sql_syntax`, ruleutils.c)."""
    if name in TRIMS and len(arguments) in (1, 2):
        what = f"{print_expression(arguments[1])} " if len(arguments) == 2 else ""
        return f"TRIM({TRIMS[name]} {what}FROM {print_expression(arguments[0])})"
    if name == "normalize" and len(arguments) in (1, 2):
        form = f", {constant(arguments[1])}" if len(arguments) == 2 else ""
        return f"NORMALIZE({print_expression(arguments[0])}{form})"
    return None


def print_function_name(schema: tuple[str, ...], name: str) -> str:
    searched = schema == ("pg_catalog",) or (schema == ("public",) and name not in IN_BOTH)
    parts = () if searched else schema
    return ".".join(quote_identifier(part) for part in (*parts, name))


def print_cast(fields: Node) -> str:
    schema, name = names_of_type(fields["typeName"])
    user_type = Name(schema, name) if schema not in (None, "pg_catalog") else None
    type_text = format_type(fields["typeName"], user_type)
    value = constant(fields["arg"])
    if type_text == "regclass" and isinstance(value, str):
        return f"{quote_string(quote_name(name_written(value)))}::regclass"
    if type_text == "boolean" and value in ("t", "f"):
        return "true" if value == "t" else "false"
    return f"{operand(fields['arg'])}::{type_text}"


def print_operation(fields: Node) -> str:
    printer = OPERATIONS.get(fields["kind"])
    return printer(fields) if printer is not None else deparse({"A_Expr": fields})


def operator_text(fields: Node) -> str:
    *schema, name = strings(fields["name"])
    return f"OPERATOR({'.'.join((*schema, name))})" if schema and schema != ["pg_catalog"] else name


def print_operator(fields: Node) -> str:
    name, right = operator_text(fields), operand(fields["rexpr"])
    if "lexpr" not in fields:
        return f"{name} {right}" if right.startswith(("-", "+")) else f"{name}{right}"
    left = fields["lexpr"]
    kind, inner = unwrap(left)
    # `a || b || c` is read from the left anyway, and long ones are common in text search.
    joins = (
        kind == "A_Expr" and inner["kind"] == "AEXPR_OP" and "lexpr" in inner and operator_text(inner) == name and name in "||+*"
    )
    return f"{print_expression(left) if joins else operand(left)} {name} {right}"


def print_in(fields: Node) -> str:
    items = fields["rexpr"]["List"]["items"] if "List" in fields["rexpr"] else [fields["rexpr"]]
    if len(items) == 1:
        return f"{operand(fields['lexpr'])} {operator_text(fields)} {operand(items[0])}"
    # Not as the array that PostgreSQL makes of it, whose elements have the type of what is on the left: bare ones would be text.
    return f"{operand(fields['lexpr'])} {'IN' if operator_text(fields) == '=' else 'NOT IN'} ({comma_separated(items)})"


def print_between(fields: Node) -> str:
    value, (low, high) = operand(fields["lexpr"]), fields["rexpr"]["List"]["items"]
    if fields["kind"] == "AEXPR_BETWEEN":
        return f"{value} >= {operand(low)} AND {value} <= {operand(high)}"
    return f"{value} < {operand(low)} OR {value} > {operand(high)}"


def print_quantified(word: str) -> Callable[[Node], str]:
    def printer(fields: Node) -> str:
        return f"{operand(fields['lexpr'])} {operator_text(fields)} {word} ({print_expression(fields['rexpr'])})"

    return printer


def print_distinct(words: str) -> Callable[[Node], str]:
    def printer(fields: Node) -> str:
        return f"{operand(fields['lexpr'])} {words} {operand(fields['rexpr'])}"

    return printer


OPERATIONS: dict[str, Callable[[Node], str]] = {
    "AEXPR_OP": print_operator,
    "AEXPR_LIKE": print_operator,
    "AEXPR_ILIKE": print_operator,
    "AEXPR_SIMILAR": print_operator,
    "AEXPR_IN": print_in,
    "AEXPR_BETWEEN": print_between,
    "AEXPR_NOT_BETWEEN": print_between,
    "AEXPR_OP_ANY": print_quantified("ANY"),
    "AEXPR_OP_ALL": print_quantified("ALL"),
    "AEXPR_DISTINCT": print_distinct("IS DISTINCT FROM"),
    "AEXPR_NOT_DISTINCT": print_distinct("IS NOT DISTINCT FROM"),
    "AEXPR_NULLIF": lambda fields: f"NULLIF({print_expression(fields['lexpr'])}, {print_expression(fields['rexpr'])})",
}


def print_boolean(fields: Node) -> str:
    arguments = fields["args"]
    if fields["boolop"] == "NOT_EXPR":
        return f"NOT {operand(arguments[0])}"
    word = " AND " if fields["boolop"] == "AND_EXPR" else " OR "
    return word.join(boolean_operand(argument) for argument in arguments)


def boolean_operand(node: Node) -> str:
    """Comparisons bind tighter than AND and OR; those that print as several comparisons do not."""
    kind, fields = unwrap(node)
    several = kind == "BoolExpr" or (kind == "A_Expr" and "BETWEEN" in fields["kind"])
    return f"({print_expression(node)})" if several else print_expression(node)


def print_case(fields: Node) -> str:
    words = ["CASE"]
    if "arg" in fields:
        words.append(print_expression(fields["arg"]))
    for when in map(fields_of, fields["args"]):
        words += ["WHEN", print_expression(when["expr"]), "THEN", print_expression(when["result"])]
    if "defresult" in fields:
        words += ["ELSE", print_expression(fields["defresult"])]
    return " ".join([*words, "END"])


def print_sql_value(fields: Node) -> str:
    word = SQL_VALUES.get(fields["op"])
    return word if word is not None else deparse({"SQLValueFunction": fields})


def print_indirection(fields: Node) -> str:
    if any("A_Star" in part for part in fields["indirection"]):
        return deparse({"A_Indirection": fields})
    text = print_expression(fields["arg"])
    text = text if "ColumnRef" in fields["arg"] and "A_Indices" in fields["indirection"][0] else f"({text})"
    for part in fields["indirection"]:
        kind, inner = unwrap(part)
        text += f".{quote_identifier(string(part))}" if kind == "String" else f"[{print_subscript(inner)}]"
    return text


def print_subscript(fields: Node) -> str:
    lower, upper = (print_expression(fields[side]) if side in fields else "" for side in ("lidx", "uidx"))
    return f"{lower}:{upper}" if fields.get("is_slice") else upper


PRINTERS: dict[str, Callable[[Node], str]] = {
    "A_ArrayExpr": lambda fields: f"ARRAY[{comma_separated(fields.get('elements', []))}]",
    "A_Const": print_constant,
    "A_Expr": print_operation,
    "A_Indirection": print_indirection,
    "BoolExpr": print_boolean,
    "BooleanTest": lambda fields: f"{operand(fields['arg'])} {BOOLEAN_TESTS[fields['booltesttype']]}",
    "CaseExpr": print_case,
    "CoalesceExpr": lambda fields: f"COALESCE({comma_separated(fields['args'])})",
    "CoerceToDomainValue": lambda _: "VALUE",
    "CollateClause": lambda fields: (
        f"{operand(fields['arg'])} COLLATE {'.'.join(map(quote_identifier, strings(fields['collname'])))}"
    ),
    "ColumnRef": print_column,
    "FuncCall": print_call,
    "MinMaxExpr": lambda fields: f"{fields['op'].removeprefix('IS_')}({comma_separated(fields['args'])})",
    "NullTest": lambda fields: f"{operand(fields['arg'])} {fields['nulltesttype'].replace('_', ' ')}",
    "ParamRef": lambda fields: f"${fields.get('number', 0)}",
    "RowExpr": lambda fields: f"ROW({comma_separated(fields.get('args', []))})",
    "SQLValueFunction": print_sql_value,
    "TypeCast": print_cast,
}
"""How each kind of expression is written."""
