"""What a Prisma schema says, as a tree. Every node knows its stretch of text; blocks know their file too.

Names are as written: what they refer to is found out later (see `lower`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from advisor.model import Location, SourceText, Span


class Identifier(Struct, frozen=True):
    text: str
    span: Span


class StringValue(Struct, frozen=True):
    """A string, its escapes resolved."""

    value: str
    span: Span


class NumberValue(Struct, frozen=True):
    """A number as written: `1.50` is not `1.5` in the DDL either."""

    text: str
    span: Span


class Constant(Struct, frozen=True):
    """A bare word: `true`, an enum value, a field, `Cascade`."""

    name: str
    span: Span


class Call(Struct, frozen=True):
    """`now()`, `dbgenerated("...")`, or a field with options: `title(sort: Desc)`."""

    name: str
    arguments: tuple[Argument, ...]
    span: Span


class ArrayValue(Struct, frozen=True):
    items: tuple[Expression, ...]
    span: Span


class ObjectValue(Struct, frozen=True):
    """`{ deletedAt: null }`, as `where:` of an index takes it."""

    members: tuple[Argument, ...]
    span: Span


Expression: TypeAlias = StringValue | NumberValue | Constant | Call | ArrayValue | ObjectValue


class Argument(Struct, frozen=True):
    """`value`, or `name: value`."""

    name: str | None
    value: Expression
    span: Span


class Attribute(Struct, frozen=True):
    """`@unique`, `@db.VarChar(20)`, `@@index([title])`; the name comes without its signs."""

    name: str
    arguments: tuple[Argument, ...]
    span: Span


class FieldType(Struct, frozen=True):
    """`String`, `Post[]`, `Int?`; for `Unsupported("tsvector")` the name is what the quotes hold."""

    name: str
    arity: Literal["required", "optional", "list"]
    span: Span
    unsupported: bool = False


class Field(Struct, frozen=True):
    """A line of a model. The span ends with its last attribute: a comment behind it is not the field's."""

    name: Identifier
    type: FieldType
    attributes: tuple[Attribute, ...]
    span: Span


class Model(Struct, frozen=True):
    """`model`, `view`, or `type` (a composite type). The span runs from the keyword to the closing brace."""

    keyword: Literal["model", "view", "type"]
    name: Identifier
    fields: tuple[Field, ...]
    attributes: tuple[Attribute, ...]
    span: Span
    source: SourceText


class EnumValue(Struct, frozen=True):
    name: Identifier
    attributes: tuple[Attribute, ...]
    span: Span


class EnumBlock(Struct, frozen=True):
    name: Identifier
    values: tuple[EnumValue, ...]
    attributes: tuple[Attribute, ...]
    span: Span
    source: SourceText


class Setting(Struct, frozen=True):
    """`provider = "postgresql"`; the value is None where nothing follows the sign."""

    name: Identifier
    value: Expression | None
    span: Span


class Config(Struct, frozen=True):
    """A `datasource` or `generator` block."""

    keyword: Literal["datasource", "generator"]
    name: Identifier
    settings: tuple[Setting, ...]
    span: Span
    source: SourceText


Block: TypeAlias = Model | EnumBlock | Config


def place(block: Block, node: Identifier | Attribute | Field | EnumValue | Setting | FieldType | Argument | Expression) -> Location:
    """Where a part of a block stands."""
    return block.source.location(node.span.start, node.span.end)


def place_of_block(block: Block) -> Location:
    return block.source.location(block.span.start, block.span.end)


def attribute_named(attributes: Sequence[Attribute], name: str) -> Attribute | None:
    """The first attribute of that name."""
    return next((attribute for attribute in attributes if attribute.name == name), None)


def argument(node: Attribute | Call, name: str, *, default: bool = False) -> Expression | None:
    """The argument of that name; with `default`, the one without a name counts too (`@map("x")`, `@@index([title])`)."""
    for candidate in node.arguments:
        if candidate.name == name or (default and candidate.name is None):
            return candidate.value
    return None


def string_argument(node: Attribute | Call, name: str, *, default: bool = False) -> str | None:
    """The argument where it is a string that says something; Prisma takes no empty names."""
    value = argument(node, name, default=default)
    return value.value if isinstance(value, StringValue) and value.value else None


def constant_argument(node: Attribute | Call, name: str) -> str | None:
    value = argument(node, name)
    return value.name if isinstance(value, Constant) else None


def items_of(value: Expression | None) -> tuple[Expression, ...]:
    """The elements of an array; a value alone counts as an array of one, as for Prisma."""
    if value is None:
        return ()
    return value.items if isinstance(value, ArrayValue) else (value,)
