"""Partial indexes. In: the `where:` of an index, an object or `raw("...")`. Out: its predicate, spelled as one read from SQL is."""

from __future__ import annotations

import json

from advisor.model import Expression
from advisor.remedies.sql import quote
from advisor.sources.prisma import syntax
from advisor.sources.prisma.defaults import quote_string
from advisor.sources.prisma.errors import MeaningError
from advisor.sources.prisma.fields import ResolvedModel


def predicate_of(where: syntax.Expression, resolved: ResolvedModel) -> Expression:
    """The predicate. Raises MeaningError where Prisma could not make one either."""
    if isinstance(where, syntax.ObjectValue) and where.members:
        return predicate_of_object(where, resolved)
    if isinstance(where, syntax.Call) and where.name == "raw":
        text = syntax.string_argument(where, "value", default=True)
        if text and text.strip():
            return predicate_of_sql(where, text)
    raise MeaningError(where, '`where` is an object such as `{ active: true }`, or `raw("...")`')


def predicate_of_object(where: syntax.ObjectValue, resolved: ResolvedModel) -> Expression:
    """`{ deletedAt: null, state: "open" }`: all of it must hold."""
    columns = [column_of(member, resolved) for member in where.members]
    values = [without_not(member.value) for member in where.members]
    parts = [comparison(column, value, negated=negated) for column, (value, negated) in zip(columns, values, strict=True)]
    only_required = all(negated and is_null(value) for value, negated in values)
    return Expression(
        text=" AND ".join(parts),
        columns=tuple(dict.fromkeys(columns)),
        # NULL in one part of a conjunction does not make the whole NULL: another may be false.
        strict_columns=tuple(columns) if len(values) == 1 and not is_null(values[0][0]) else (),
        implied_not_null=tuple(dict.fromkeys(columns)) if only_required else (),
    )


def column_of(member: syntax.Argument, resolved: ResolvedModel) -> str:
    column = resolved.columns.get(member.name or "")
    if column is None:
        raise MeaningError(member.value, f"{resolved.model.name.text} has no field `{member.name or ''}` with a column")
    return column.name


def without_not(value: syntax.Expression) -> tuple[syntax.Expression, bool]:
    """The value itself, and whether it stood in `{ not: ... }`."""
    if isinstance(value, syntax.ObjectValue) and len(value.members) == 1 and value.members[0].name == "not":
        return value.members[0].value, True
    return value, False


def is_null(value: syntax.Expression) -> bool:
    return isinstance(value, syntax.Constant) and value.name == "null"


def comparison(column: str, value: syntax.Expression, *, negated: bool) -> str:
    if is_null(value):
        return f"{quote(column)} IS {'NOT ' if negated else ''}NULL"
    return f"{quote(column)} {'<>' if negated else '='} {constant(value)}"


def constant(value: syntax.Expression) -> str:
    match value:
        case syntax.StringValue():
            return quote_string(value.value)
        case syntax.NumberValue():
            return value.text
        case syntax.Constant("true" | "false"):
            return value.name
    raise MeaningError(value, "a value of `where` is a string, a number, `true`, `false`, `null`, or `{ not: ... }` around one")


def predicate_of_sql(where: syntax.Expression, text: str) -> Expression:
    """What `raw("...")` holds, read by PostgreSQL's own parser."""
    from pglast.parser import ParseError, parse_sql_json

    from advisor.sources.sql.spelling.expressions import expression

    try:
        statements = json.loads(parse_sql_json(f"SELECT WHERE {text}"))["stmts"]
        if len(statements) == 1:
            return expression(statements[0]["stmt"]["SelectStmt"]["whereClause"])
        reason = "it holds several statements"
    except (ParseError, ValueError) as error:
        reason = str(error.args[0])
    except RecursionError:
        reason = "it is nested too deeply"
    raise MeaningError(where, f"`where` is not SQL that PostgreSQL can read: {reason}")
