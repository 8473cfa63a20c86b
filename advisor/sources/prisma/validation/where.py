"""Conditions of partial indexes. In: the `where:` of a key and the fields of its model. Out: mistakes.

Source: what Prisma 8.1 answers; the check is not in the published sources of prisma/prisma-engines before version 7.
"""

from __future__ import annotations

from advisor.sources.prisma.syntax import Argument, Call, Constant, Expression, NumberValue, ObjectValue, StringValue
from advisor.sources.prisma.validation.arguments import Arguments
from advisor.sources.prisma.validation.resolved import Entity, Scalar

NUMBERS = ("Int", "BigInt", "Float", "Decimal")
STRINGS = ("String", "DateTime")
CONSTANTS = ("true", "false", "null")


def check_where(entity: Entity, arguments: Arguments) -> bool:
    """Whether there is a condition at all."""
    where = arguments.take("where")
    if where is None:
        return False
    reason = reason_against(where, entity)
    if reason is not None:
        arguments.report(reason, where)
    return True


def reason_against(where: Expression, entity: Entity) -> str | None:
    if isinstance(where, ObjectValue):
        if not where.members:
            return "`where: {}` is no condition"
        return next((reason for member in where.members if (reason := reason_against_member(member, entity))), None)
    if isinstance(where, Call) and where.name == "raw":
        first = where.arguments[0].value if where.arguments else None
        return None if isinstance(first, StringValue) and first.value else "`raw(...)` takes a string, the SQL"
    return '`where` is an object such as `{ active: true }`, or `raw("...")`'


def reason_against_member(member: Argument, entity: Entity) -> str | None:
    name = member.name or ""
    if name in entity.sides:
        return f"`{name}` is a relation field and has no column"
    scalar = entity.scalars.get(name)
    if scalar is None:
        return f"{entity.name} has no field `{name}`"
    value = member.value
    if isinstance(value, ObjectValue):
        if len(value.members) != 1 or value.members[0].name != "not":
            return "the one word that such an object knows is `not`, as in `{ not: null }`"
        value = value.members[0].value
    return reason_against_value(value, scalar)


def reason_against_value(value: Expression, scalar: Scalar) -> str | None:
    if isinstance(value, Constant) and value.name == "null":
        return None
    if scalar.kind == "unsupported":
        return f'`{scalar.name}` is `Unsupported`: it is `null`, `{{ not: null }}`, or the condition is `raw("...")`'
    fits: dict[type, bool] = {
        StringValue: scalar.kind == "enum" or scalar.type in STRINGS,
        NumberValue: scalar.type in NUMBERS,
        Constant: scalar.type == "Boolean",
    }
    known = type(value) in fits and not (isinstance(value, Constant) and value.name not in CONSTANTS)
    if not known:
        return "a value of `where` is a string, a number, `true`, `false`, `null`, or `{ not: ... }` around one"
    return None if fits[type(value)] else f"`{scalar.name}` is of type `{scalar.type}`, and this is no value of it"
