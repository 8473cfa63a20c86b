"""Values that are known without running anything. In: an expression of PL/pgSQL, and what its variables hold. Out: its value.

Understood are constants, arrays of them, `||`, sums, and the functions that texts are put together with. Source: PostgreSQL
documentation, section 9.4 "String Functions and Operators" and 9.4.1 "format".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from json import loads
from typing import TypeAlias

from pglast.parser import ParseError, parse_sql_json

from advisor.sources.sql.text.quoting import quote_identifier, quote_string
from advisor.sources.sql.text.tree import Node, constant, fields_of, string, strings, unwrap

Value: TypeAlias = str | int | list["Value"] | dict[str, "Value"]
"""A text (of booleans and times too), a whole number, an array, or a row by its columns. NULL is not among them."""

Values: TypeAlias = Mapping[str, Value]
"""The variables whose values are known."""

PLACEHOLDER = re.compile(r"%(?:(?P<place>\d+)\$)?(?P<kind>[sIL%])")
ELEMENT = re.compile(r'"(?:[^"\\]|\\.)*"|[^,{}"\\\s][^,{}"\\]*')
"""An element of a simple array in its text form; what is nested or NULL is not understood."""
LENGTHS = frozenset({"array_length", "array_upper", "cardinality"})


def parsed_expression(text: str) -> Node | None:
    if "\0" in text:
        return None
    try:
        target = loads(parse_sql_json(f"SELECT {text}"))["stmts"][0]["stmt"]["SelectStmt"]["targetList"][0]
    except (ParseError, RecursionError, UnicodeEncodeError, KeyError):
        return None
    node: Node = fields_of(target)["val"]
    return node


def constant_text(text: str, values: Values) -> str | None:
    """The value of an expression as text; None where it is not known."""
    node = parsed_expression(text)
    return text_of(value_of(node, values)) if node is not None else None


def text_of(value: Value | None) -> str | None:
    return str(value) if isinstance(value, (str, int)) else None


def value_of(node: Node, values: Values) -> Value | None:
    """What an expression is; None where that is not known."""
    kind, fields = unwrap(node)
    if kind == "A_Const":
        literal = constant(node)
        return literal if isinstance(literal, (str, int)) and not isinstance(literal, bool) else None
    if kind == "TypeCast":
        value = value_of(fields["arg"], values)
        is_array = "arrayBounds" in fields["typeName"]
        return array_of(value) if is_array and isinstance(value, str) else value
    if kind in ("ColumnRef", "ParamRef"):
        return variable(strings(fields["fields"]) if kind == "ColumnRef" else [f"${fields.get('number', 0)}"], values)
    if kind == "A_ArrayExpr":
        return all_known([value_of(element, values) for element in fields.get("elements", [])])
    if kind == "A_Indirection":
        return part_of(value_of(fields["arg"], values), fields["indirection"], values)
    if kind == "A_Expr" and "lexpr" in fields and fields["kind"] == "AEXPR_OP":
        return combined(string(fields["name"][-1]), value_of(fields["lexpr"], values), value_of(fields["rexpr"], values))
    if kind == "FuncCall":
        return called(string(fields["funcname"][-1]), [value_of(argument, values) for argument in fields.get("args", [])])
    return None


def all_known(found: Sequence[Value | None]) -> list[Value] | None:
    known = [value for value in found if value is not None]
    return known if len(known) == len(found) else None


def variable(names: Sequence[str], values: Values) -> Value | None:
    """A variable, or a field of one that holds a row."""
    found = values.get(names[0])
    for name in names[1:]:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def part_of(value: Value | None, indirection: Sequence[Node], values: Values) -> Value | None:
    """`names[2]`: arrays begin with 1."""
    for step in indirection:
        fields = step.get("A_Indices", {})
        place = value_of(fields["uidx"], values) if "uidx" in fields and "lidx" not in fields else None
        inside = isinstance(value, list) and isinstance(place, int) and 1 <= place <= len(value)
        value = value[place - 1] if inside and isinstance(value, list) and isinstance(place, int) else None
    return value


def array_of(text: str) -> Value | None:
    """`'{a,b}'` as an array."""
    inner = text.strip()
    if not (inner.startswith("{") and inner.endswith("}")) or re.sub(r"[,\s]", "", ELEMENT.sub("", inner[1:-1])):
        return None
    elements = [match.group().strip() for match in ELEMENT.finditer(inner[1:-1])]
    if any(element.upper() == "NULL" for element in elements):
        return None
    return [re.sub(r"\\(.)", r"\1", element[1:-1]) if element.startswith('"') else element for element in elements]


def combined(operator: str, left: Value | None, right: Value | None) -> Value | None:
    """`||` of texts or arrays, and whole numbers added."""
    if isinstance(left, int) and isinstance(right, int) and operator in "+-":
        return left + right if operator == "+" else left - right
    if operator != "||" or left is None or right is None:
        return None
    if isinstance(left, list) or isinstance(right, list):
        return [*(left if isinstance(left, list) else [left]), *(right if isinstance(right, list) else [right])]
    before, after = text_of(left), text_of(right)
    return before + after if before is not None and after is not None else None


def called(function: str, arguments: Sequence[Value | None]) -> Value | None:
    """The functions that texts and lists of names are made with."""
    if function in LENGTHS and arguments and isinstance(arguments[0], list):
        return len(arguments[0])
    texts = [text for text in map(text_of, arguments) if text is not None]
    if not texts or len(texts) < len(arguments):
        return None
    if function == "string_to_array" and len(texts) == 2 and texts[1]:
        return [*texts[0].split(texts[1])]
    made = MAKERS.get(function)
    return made(texts) if made is not None else None


def formatted(texts: Sequence[str]) -> str | None:
    """`format(template, ...)`; widths are not understood. `%2$s` says which argument is meant, and `%s` goes on behind it."""
    template, *arguments = texts
    if PLACEHOLDER.sub("", template).count("%"):
        return None
    written: dict[str, Callable[[str], str]] = {"s": str, "I": quote_identifier, "L": quote_string}
    parts, position, place = [], 0, 0
    for match in PLACEHOLDER.finditer(template):
        parts.append(template[position : match.start()])
        position = match.end()
        if match["kind"] == "%":
            parts.append("%")
            continue
        place = int(match["place"]) if match["place"] else place + 1
        if not 1 <= place <= len(arguments):
            return None
        parts.append(written[match["kind"]](arguments[place - 1]))
    return "".join(parts) + template[position:]


MAKERS: dict[str, Callable[[Sequence[str]], str | None]] = {
    "format": formatted,
    "concat": "".join,
    "lower": lambda texts: texts[0].lower(),
    "quote_ident": lambda texts: quote_identifier(texts[0]),
    "quote_literal": lambda texts: quote_string(texts[0]),
    "replace": lambda texts: texts[0].replace(texts[1], texts[2]) if len(texts) == 3 and texts[1] else None,
    "upper": lambda texts: texts[0].upper(),
}
"""Functions of texts."""


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
