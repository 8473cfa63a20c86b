"""Texts that are known without running anything. In: an expression of PL/pgSQL. Out: its value, or the beginning of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from json import loads

from pglast.parser import ParseError, parse_sql_json

from advisor.sources.sql.text.quoting import quote_identifier, quote_string
from advisor.sources.sql.text.tree import Node, constant, fields_of, string, unwrap

PLACEHOLDER = re.compile(r"%(?P<kind>[sIL%])")


def parsed_expression(text: str) -> Node | None:
    if "\0" in text:
        return None
    try:
        target = loads(parse_sql_json(f"SELECT {text}"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]
    except (ParseError, RecursionError, UnicodeEncodeError, KeyError):
        return None
    node: Node = fields_of(target)["val"]
    return node


def constant_text(text: str) -> str | None:
    """The value of an expression of string constants, `||` and format(); None for any other."""
    node = parsed_expression(text)
    return value_of(node) if node is not None else None


def value_of(node: Node) -> str | None:
    kind, fields = unwrap(node)
    if kind == "A_Const":
        value = constant(node)
        return value if isinstance(value, str) else None
    if kind == "TypeCast":
        return value_of(fields["arg"])
    if kind == "A_Expr" and string(fields["name"][-1]) == "||" and "lexpr" in fields:
        parts = [value_of(fields["lexpr"]), value_of(fields["rexpr"])]
        return None if None in parts else "".join(part for part in parts if part is not None)
    if kind == "FuncCall" and string(fields["funcname"][-1]) == "format" and fields.get("args"):
        return formatted([value_of(argument) for argument in fields["args"]])
    return None


def formatted(values: list[str | None]) -> str | None:
    """`format(template, ...)` over constants; positions (`%1$s`) and widths are not understood."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    template, *arguments = known
    left = iter(arguments)
    written: dict[str, Callable[[str], str]] = {"s": str, "I": quote_identifier, "L": quote_string}
    if PLACEHOLDER.sub("", template).count("%"):
        return None
    kinds = [match["kind"] for match in PLACEHOLDER.finditer(template) if match["kind"] != "%"]
    if len(kinds) > len(arguments):
        return None
    return PLACEHOLDER.sub(lambda match: "%" if match["kind"] == "%" else written[match["kind"]](next(left)), template)


def leading_text(text: str) -> str:
    """The constant that the text of an expression surely begins with; empty where there is none."""
    node = parsed_expression(text)
    while node is not None:
        kind, fields = unwrap(node)
        if kind == "A_Const":
            value = constant(node)
            return value if isinstance(value, str) else ""
        if kind == "A_Expr" and "lexpr" in fields:
            node = fields["lexpr"]
        elif kind == "FuncCall" and fields.get("args"):
            node = fields["args"][0]
        else:
            return ""
    return ""
