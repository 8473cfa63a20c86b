"""The inner grammar of one line: attributes, arguments and values. In: the line's tokens. Out: syntax, or one `LineError`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from advisor.model import Span
from advisor.sources.prisma.lexer import Token
from advisor.sources.prisma.syntax import (
    Argument,
    ArrayValue,
    Attribute,
    Call,
    Constant,
    Expression,
    Identifier,
    NumberValue,
    ObjectValue,
    StringValue,
)

MAX_NESTING = 50
"""Values nested deeper are refused: no schema that means something has more than four levels."""

TRAILING_COMMA = "no comma stands before the closing bracket"

Item = TypeVar("Item")


class LineError(Exception):
    """Why a line cannot be read. It never leaves the parser."""


class Cursor:
    """A place in the tokens of one line, which ends with the line."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._index = 0
        self.faults: list[str] = []
        """What Prisma refuses although the line can be read: it keeps the line's field."""

    @property
    def next(self) -> Token | None:
        return self._tokens[self._index] if self._index < len(self._tokens) else None

    @property
    def last_end(self) -> int:
        """Where the token taken last ends."""
        return self._tokens[self._index - 1].end

    def at(self, sign: str) -> bool:
        return self._index < len(self._tokens) and self._tokens[self._index].text == sign

    def take(self, sign: str) -> bool:
        """Step over a sign if it comes next."""
        found = self.at(sign)
        self._index += found
        return found

    def expect(self, sign: str) -> Token:
        if not self.at(sign):
            raise LineError(f"expected `{sign}` {self.here()}")
        return self.advance()

    def advance(self) -> Token:
        token = self.next
        if token is None:
            raise LineError("the line ends too early")
        self._index += 1
        return token

    def here(self) -> str:
        """What comes next, in words, for a message."""
        token = self.next
        if token is None:
            return "at the end of the line"
        return f"before `{token.text if len(token.text) <= 30 else token.text[:30] + '...'}`"

    def finish(self) -> None:
        """Nothing may follow: the grammar has one declaration a line."""
        if self.next is not None:
            raise LineError(f"expected the end of the line {self.here()}")


def parse_identifier(cursor: Cursor, what: str) -> Identifier:
    token = cursor.next
    if token is None or token.kind not in ("name", "number") or "." in token.text:
        raise LineError(f"expected {what} {cursor.here()}")
    cursor.advance()
    return Identifier(token.text, token.span)


def parse_attributes(cursor: Cursor) -> tuple[Attribute, ...]:
    """All `@name(...)` up to the end of the line."""
    attributes = []
    while cursor.at("@"):
        attributes.append(parse_attribute(cursor))
    return tuple(attributes)


def parse_attribute(cursor: Cursor) -> Attribute:
    """`@name`, `@@name`, with arguments or without."""
    sign = cursor.advance()
    name = cursor.next
    if name is None or name.kind != "name":
        raise LineError(f"expected the name of an attribute {cursor.here()}")
    cursor.advance()
    faults = len(cursor.faults)
    arguments = parse_arguments(cursor, 0) if cursor.at("(") else ()
    if "." in name.text:
        # Prisma does not look so closely at the arguments of native types.
        del cursor.faults[faults:]
    return Attribute(name.text, arguments, Span(sign.start, cursor.last_end))


def parse_arguments(cursor: Cursor, depth: int) -> tuple[Argument, ...]:
    cursor.expect("(")
    if cursor.take(","):
        cursor.faults.append(TRAILING_COMMA)
        cursor.expect(")")
        return ()
    found = parse_list(cursor, ")", lambda: parse_argument(cursor, depth), trailing_comma=True)
    return tuple(argument for argument in found if argument is not None)


def parse_list(cursor: Cursor, close: str, parse: Callable[[], Item], *, trailing_comma: bool = False) -> tuple[Item, ...]:
    """Elements with commas between them, up to and with the closing sign. Prisma takes no comma after the last."""
    items: list[Item] = []
    while not cursor.at(close) or items:
        items.append(parse())
        if not cursor.take(","):
            break
        if trailing_comma and cursor.at(close):
            cursor.faults.append(TRAILING_COMMA)
            break
    cursor.expect(close)
    return tuple(items)


def parse_argument(cursor: Cursor, depth: int) -> Argument | None:
    """`value`, or `name: value`; None (and a fault) where nothing follows the name."""
    token = cursor.advance()
    if token.kind in ("name", "number") and cursor.at(":"):
        if "." in token.text or token.text.startswith("-"):
            raise LineError(f"`{token.text}` is no name of an argument")
        cursor.advance()
        if cursor.next is None or cursor.next.text in (",", ")", "}"):
            cursor.faults.append(f"the argument `{token.text}` has no value")
            return None
        value = parse_expression(cursor, cursor.advance(), depth + 1)
        return Argument(token.text, value, Span(token.start, cursor.last_end))
    value = parse_expression(cursor, token, depth + 1)
    return Argument(None, value, value.span)


def parse_member(cursor: Cursor, depth: int) -> Argument:
    """`name: value`, as an object has it."""
    name = parse_identifier(cursor, "the name of a field")
    cursor.expect(":")
    value = parse_expression(cursor, cursor.advance(), depth + 1)
    return Argument(name.text, value, Span(name.span.start, cursor.last_end))


def parse_value(cursor: Cursor) -> Expression:
    """One value, as a setting has it."""
    return parse_expression(cursor, cursor.advance(), 0)


def parse_expression(cursor: Cursor, first: Token, depth: int) -> Expression:
    """The value that begins with `first`, a token already taken."""
    if depth > MAX_NESTING:
        raise LineError(f"values are nested more than {MAX_NESTING} levels deep")
    if first.kind == "string":
        return StringValue(string_value(first), first.span)
    if first.text == "[":
        known = len(cursor.faults)
        items = parse_list(cursor, "]", lambda: parse_expression(cursor, cursor.advance(), depth + 1))
        # In what a list holds, Prisma minds a missing value but no comma too many.
        cursor.faults[known:] = [fault for fault in cursor.faults[known:] if fault != TRAILING_COMMA]
        return ArrayValue(items, Span(first.start, cursor.last_end))
    if first.text == "{":
        members = parse_list(cursor, "}", lambda: parse_member(cursor, depth))
        return ObjectValue(members, Span(first.start, cursor.last_end))
    if first.kind == "name" and cursor.at("("):
        arguments = parse_arguments(cursor, depth)
        return Call(first.text, arguments, Span(first.start, cursor.last_end))
    if first.kind == "number":
        return NumberValue(first.text, first.span)
    if first.kind == "name" and not first.text[0].isdigit():
        return Constant(first.text, first.span)
    raise LineError(f"`{first.text[:30]}` is no value")


def string_value(token: Token) -> str:
    """What a string says. Prisma's strings are JSON's: an unknown escape is an error, and so is half a surrogate pair."""
    try:
        value = str(json.loads(token.text))
        value.encode()
    except ValueError:
        raise LineError(f"{token.text[:30]} holds an escape that is not known") from None
    return value
