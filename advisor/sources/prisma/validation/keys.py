"""Keys and indexes of blocks. In: `@@id`, `@@unique`, `@@index`, `@@fulltext`. Out: the model's keys, and mistakes.

Source: `attributes.rs`, `attributes/id.rs` and `types/index_fields.rs` in prisma/prisma-engines.
"""

from __future__ import annotations

import re

from msgspec import Struct

from advisor.sources.prisma.syntax import Argument, Call, Constant, Expression, StringValue
from advisor.sources.prisma.validation.arguments import Arguments, Attributes
from advisor.sources.prisma.validation.operators import METHODS, OPERATOR_CLASSES
from advisor.sources.prisma.validation.resolved import Entity, Key, KeyField, KeyKind
from advisor.sources.prisma.validation.where import check_where

CLIENT_NAME = re.compile(r"[_a-zA-Z0-9]*")


class NamedField(Struct, frozen=True):
    """A field as a key names it, not looked up yet."""

    name: str
    sorted: bool = False
    length: bool = False
    operators: str | None = None


def check_id(entity: Entity, arguments: Arguments) -> None:
    """`@@id([a, b])`."""
    value = arguments.take_default("fields")
    if value is None:
        return
    fields = fields_named(value, entity, arguments)
    if fields is None:
        return
    optional = [field.scalar.name for field in fields if field.scalar.arity != "required"]
    if optional and not entity.ignored:
        arguments.report(f"the fields of a primary key are required, but not `{'`, `'.join(optional)}`")
    if entity.id is not None:
        arguments.mistakes.add(entity.model, entity.model.name, "a model has one primary key: `@id` or `@@id`, not both")
    key = Key(arguments.attribute, "id", fields)
    key.mapped = arguments.name_of_constraint()
    key.name = client_name(arguments)
    key.clustered = arguments.boolean(arguments.take("clustered")) is not None
    entity.id = key


def check_index(entity: Entity, arguments: Arguments, kind: KeyKind) -> None:
    """`@@unique`, `@@index` and `@@fulltext`."""
    value = arguments.take_default("fields")
    key = Key(arguments.attribute, kind)
    if value is not None:
        key.fields = fields_named(value, entity, arguments) or ()
    if kind == "unique":
        key.name = client_name(arguments)
        key.mapped = arguments.name_of_constraint()
    elif kind == "index":
        take_index_name(key, arguments)
        key.method = method_of(arguments)
    else:
        key.mapped = arguments.name_of_constraint()
    if kind != "fulltext":
        key.clustered = arguments.boolean(arguments.take("clustered")) is not None
        key.partial = check_where(entity, arguments)
    entity.keys.append(key)


def take_index_name(key: Key, arguments: Arguments) -> None:
    """`map:`, which of old was called `name:`."""
    name, mapped = arguments.name_of_constraint("name"), arguments.name_of_constraint()
    if name and mapped:
        arguments.report("`name` of an index is the old word for `map`: one of them is enough")
    else:
        key.mapped = name or mapped


def method_of(arguments: Arguments) -> str:
    value = arguments.take("type")
    method = arguments.constant(value)
    if method is not None and method not in METHODS:
        arguments.report(f"no index type is called `{method}` ({', '.join(METHODS)})", value)
        return "BTree"
    return method or "BTree"


def client_name(arguments: Arguments) -> str | None:
    """`name:`, by which the client knows a key of several fields."""
    name = arguments.name_of_constraint("name")
    if name is not None and not CLIENT_NAME.fullmatch(name):
        arguments.report("`name` becomes a word of the client: letters, digits and `_` only")
    return name


def fields_named(value: Expression, entity: Entity, arguments: Arguments) -> tuple[KeyField, ...] | None:
    """The fields of a key; None (and a mistake) where one is not there, is a relation, or is named twice."""
    named = arguments.list_of(value, lambda item: field_named(item, arguments))
    if named is None:
        return None
    sound = True
    for number, one in enumerate(named):
        if one.name in entity.sides:
            arguments.report(f"`{one.name}` is a relation field and has no column; name the fields of its key", value)
        elif one.name not in entity.scalars and one.name.partition(".")[0] not in composite_fields(entity):
            arguments.report(f"{entity.name} has no field `{one.name}`", value)
        elif one.name in [other.name for other in named[:number]]:
            arguments.report(f"`{one.name}` is named twice", value)
        else:
            continue
        sound = False
    if not sound:
        return None
    known = [one for one in named if one.name in entity.scalars]
    return tuple(KeyField(entity.scalars[one.name], one.sorted, one.length, one.operators) for one in known)


def composite_fields(entity: Entity) -> set[str]:
    """Fields whose type is a composite type: what is in it may be named with a dot (MongoDB)."""
    return {scalar.name for scalar in entity.scalars.values() if scalar.kind == "composite"}


def field_named(item: Expression, arguments: Arguments) -> NamedField | None:
    if isinstance(item, Constant):
        return NamedField(item.name)
    if not isinstance(item, Call):
        arguments.report("the name of a field is wanted here", item)
        return None
    options = {argument.name: argument for argument in reversed(item.arguments)}
    order, length = options.get("sort"), options.get("length")
    return NamedField(
        item.name,
        sorted=order is not None and sort_of(arguments, order.value) is not None,
        length=length is not None and (arguments.number(length.value) or -1) > 0,
        operators=operators_of(arguments, options.get("ops")),
    )


def sort_of(arguments: Arguments, value: Expression | None) -> str | None:
    order = arguments.constant(value)
    if order is not None and order not in ("Asc", "Desc"):
        arguments.report("`sort` is either `Asc` or `Desc`", value)
        return None
    return order


def operators_of(arguments: Arguments, option: Argument | None) -> str | None:
    """An operator class by Prisma's name, or `raw`."""
    value = option.value if option else None
    if value is None:
        return None
    if isinstance(value, Constant) and value.name in OPERATOR_CLASSES:
        return value.name
    if isinstance(value, Call) and value.name == "raw" and [type(one.value) for one in value.arguments] == [StringValue]:
        return "raw"
    arguments.report('`ops` is one of Prisma\'s operator classes, or `raw("...")`', value)
    return None


def check_keys(entity: Entity, attributes: Attributes) -> None:
    """The attributes of a block that make keys."""
    if arguments := attributes.take("id"):
        check_id(entity, arguments)
        arguments.finish()


def check_indexes(entity: Entity, attributes: Attributes) -> None:
    kinds: tuple[KeyKind, ...] = ("index", "unique", "fulltext")
    for kind in kinds:
        for arguments in attributes.take_each(kind):
            check_index(entity, arguments, kind)
            arguments.finish()
