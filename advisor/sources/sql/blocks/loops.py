"""Loops over what is known. In: the words between FOR and LOOP, and what variables hold. Out: what each round has in its variables.

Known are arrays, VALUES, unnest() and generate_series() of constants, and ranges of whole numbers. Source: PostgreSQL
documentation, sections 41.6.5 "Simple Loops", 41.6.6 and 41.6.7 (looping through query results and through arrays).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from json import loads
from typing import TypeAlias

from pglast.parser import ParseError, parse_sql_json

from advisor.sources.sql.blocks.constant_text import Value, Values, all_known, parsed_expression, value_of
from advisor.sources.sql.text.tree import Node, fields_of, string, strings, unwrap

MOST_ROUNDS = 1_000
"""A loop of more rounds is not run."""

HEADER = re.compile(r"(?P<variables>\w+(?:\s*,\s*\w+)*)\s+in\s+(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
RANGE = re.compile(r"(?P<reverse>reverse\s)?(?P<first>.+?)\.\.(?P<last>.+?)(?:\sby\s(?P<step>.+))?", re.IGNORECASE | re.DOTALL)
OVER_ARRAY = re.compile(r"array\b(?!\s*\[)", re.IGNORECASE)

Round: TypeAlias = dict[str, Value]
"""Variables, or the columns of a row, by name."""

PLAIN_PARTS = frozenset({"targetList", "fromClause", "valuesLists", "limitOption", "op"})
"""The parts of a query that change neither which rows there are nor their order."""


def rounds_of(kind: str, header: str, values: Values) -> list[Round] | None:
    """The variables that a FOR or FOREACH sets, round by round; None where that is not known."""
    found = HEADER.fullmatch(header.strip())
    if found is None:
        return None
    names = [name.strip().lower() for name in found["variables"].split(",")]
    rest = found["rest"].strip()
    if kind == "foreach":
        return single(names[0], elements_of(OVER_ARRAY.sub("", rest, count=1), values))
    span = RANGE.fullmatch(rest)
    if span is not None:
        return single(names[0], numbers_between(span, values))
    rows = rows_of_query(rest, values)
    return [with_row(names, row, values) for row in rows] if rows is not None and len(rows) <= MOST_ROUNDS else None


def single(name: str, found: Sequence[Value] | None) -> list[Round] | None:
    return [{name: value} for value in found] if found is not None and len(found) <= MOST_ROUNDS else None


def with_row(names: Sequence[str], row: Round, values: Values) -> Round:
    """A row in one variable that holds rows, or its columns in others."""
    if len(names) == 1 and isinstance(values.get(names[0]), dict):
        return {names[0]: dict(row)}
    return dict(zip(names, row.values(), strict=False))


def known_value(text: str, values: Values) -> Value | None:
    node = parsed_expression(text)
    return value_of(node, values) if node is not None else None


def elements_of(text: str, values: Values) -> list[Value] | None:
    found = known_value(text, values)
    return found if isinstance(found, list) and not any(isinstance(element, list) for element in found) else None


def numbers_between(span: re.Match[str], values: Values) -> Sequence[int] | None:
    first, last = known_value(span["first"], values), known_value(span["last"], values)
    step = known_value(span["step"], values) if span["step"] else 1
    if not (isinstance(first, int) and isinstance(last, int) and isinstance(step, int) and step > 0):
        return None
    return range(first, last - 1, -step) if span["reverse"] else range(first, last + 1, step)


# Queries


def rows_of_query(text: str, values: Values) -> list[Round] | None:
    """The rows of a query over constants, by their columns."""
    if "\0" in text:
        return None
    try:
        kind, fields = unwrap(loads(parse_sql_json(text))["stmts"][0]["stmt"])
    except (ParseError, RecursionError, UnicodeEncodeError, IndexError):
        return None
    return rows_of_select(fields, values) if kind == "SelectStmt" else None


def rows_of_select(fields: Node, values: Values) -> list[Round] | None:
    if not fields.keys() <= PLAIN_PARTS or fields.get("op") != "SETOP_NONE":
        return None
    if "valuesLists" in fields:
        rows = [all_known([value_of(cell, values) for cell in row["List"]["items"]]) for row in fields["valuesLists"]]
        return [{f"column{place}": cell for place, cell in enumerate(row or (), 1)} for row in rows] if None not in rows else None
    sources = fields.get("fromClause", [])
    rows_before = rows_of_source(sources[0], values) if len(sources) == 1 else None if sources else [{}]
    targets = [target["ResTarget"] for target in fields.get("targetList", [])]
    if rows_before is None:
        return None
    if len(targets) == 1 and (found := rows_of_function(targets[0].get("val", {}), values)) is not None:
        column = targets[0].get("name") or string(targets[0]["val"]["FuncCall"]["funcname"][-1])
        return [{column: value} for _ in rows_before for value in found]
    made = [row_of(targets, {**values, **row}, row) for row in rows_before]
    known = [row for row in made if row is not None]
    return known if len(known) == len(made) else None


def row_of(targets: Sequence[Node], around: Values, source: Round) -> Round | None:
    row: Round = {}
    for place, target in enumerate(targets):
        names = target["val"].get("ColumnRef", {}).get("fields", [])
        if names and "A_Star" in names[-1]:
            row.update(source)
            continue
        value = value_of(target["val"], {**around, **({} if len(names) < 2 else {string(names[0]): source})})
        if value is None:
            return None
        row[target.get("name") or (string(names[-1]) if names else f"?{place}")] = value
    return row


def rows_of_source(node: Node, values: Values) -> list[Round] | None:
    """What stands in FROM: a list of values with names, or a function that makes rows."""
    kind, fields = unwrap(node)
    alias = fields.get("alias", {})
    columns = strings(alias.get("colnames", ()))
    if kind == "RangeSubselect":
        rows = rows_of_select(fields["subquery"]["SelectStmt"], values)
        return [named_anew(row, columns) for row in rows] if rows is not None else None
    if kind != "RangeFunction" or len(fields["functions"]) != 1 or fields.get("ordinality"):
        return None
    call = fields["functions"][0]["List"]["items"][0]
    found = rows_of_function(call, values)
    name = columns[0] if columns else alias.get("aliasname") or string(fields_of(call)["funcname"][-1])
    return [{name: value} for value in found] if found is not None else None


def named_anew(row: Round, columns: Sequence[str]) -> Round:
    names = [*columns, *list(row)[len(columns) :]]
    return dict(zip(names, row.values(), strict=False))


def rows_of_function(node: Node, values: Values) -> Sequence[Value] | None:
    """`unnest(array)`, `generate_series(1, 3)`."""
    if "FuncCall" not in node:
        return None
    function = string(node["FuncCall"]["funcname"][-1])
    arguments = [value_of(argument, values) for argument in node["FuncCall"].get("args", [])]
    if function == "unnest" and len(arguments) == 1 and isinstance(arguments[0], list):
        return arguments[0] if not any(isinstance(element, list) for element in arguments[0]) else None
    numbers = [argument for argument in arguments if isinstance(argument, int)]
    if function == "generate_series" and len(numbers) == len(arguments) and len(numbers) in (2, 3):
        first, last, step = (*numbers, 1)[:3]
        found = range(first, last + (1 if step > 0 else -1), step) if step else range(0)
        return found if 0 < len(found) <= MOST_ROUNDS else None
    return None
