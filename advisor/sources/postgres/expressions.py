"""Expressions as the server prints them. In: what `pg_get_expr` and its like give. Out: the model's `Expression`."""

from __future__ import annotations

from functools import lru_cache
from json import loads

from advisor.model import Expression
from advisor.sources.sql.text.tree import Node, fields_of


@lru_cache(maxsize=4_096)
def read_expression(text: str) -> Expression:
    """One expression; one that our parser does not know (a newer server's) stays as it is printed."""
    from pglast.parser import ParseError

    from advisor.sources.sql.spelling.expressions import expression

    try:
        (node,) = targets_of(text)
        return expression(node)
    except (ParseError, ValueError, RecursionError):
        return Expression(text)


def read_optional(text: str | None) -> Expression | None:
    return None if text is None else read_expression(text)


def read_list(text: str | None) -> tuple[Expression, ...]:
    """Several, with commas between them: the defaults of a function's arguments."""
    from pglast.parser import ParseError

    from advisor.sources.sql.spelling.expressions import expression

    if not text:
        return ()
    try:
        return tuple(expression(node) for node in targets_of(text))
    except (ParseError, RecursionError):
        return (Expression(text),)


def targets_of(text: str) -> list[Node]:
    from pglast.parser import parse_sql_json

    statement = fields_of(loads(parse_sql_json(f"SELECT {text}"))["stmts"][0]["stmt"])
    return [fields_of(target)["val"] for target in statement["targetList"]]


def statement_of(text: str) -> Node:
    """The fields of a statement that the server printed (`pg_get_triggerdef`), for parts that only stand there."""
    from pglast.parser import parse_sql_json

    return fields_of(loads(parse_sql_json(text))["stmts"][0]["stmt"])
