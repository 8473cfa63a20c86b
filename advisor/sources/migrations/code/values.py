"""What the expressions of a migration come to.

JavaScript's values are Python's: `str`, `int`, `float`, `bool`, `None` (null), `list`, `dict`. The rest is here: `undefined`, what
cannot be known without running the program, functions and classes of the file, and objects of the tools (`HostObject`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tree_sitter import Node

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Call

Value = object


class NotSeen(Exception):  # noqa: N818 -- a verdict on the input, not a fault of the program
    """Something that decides what a call does is not known. The message is the end of the sentence "... is not examined: ..."."""


class TooMuchError(Exception):
    """The migration runs longer than anybody writes one."""


class Undefined:
    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is not known. `text` is the expression that it comes from, for messages."""

    text: str = ""
    begins: str = ""
    """What a text that is not known begins with."""


class WrittenText(str):
    """A string that stands in the file just as it is: its content begins at a known character."""

    __slots__ = ("start",)
    start: int

    def __new__(cls, text: str, start: int) -> WrittenText:
        made = super().__new__(cls, text)
        made.start = start
        return made


@dataclass(slots=True)
class Environment:
    """The variables of a block, and of those around it."""

    around: Environment | None = None
    names: dict[str, Value] = field(default_factory=dict)
    this: Value = UNDEFINED

    def inside(self, this: Value | None = None) -> Environment:
        return Environment(self, this=self.this if this is None else this)

    def holder(self, name: str) -> Environment | None:
        """The block that declares a name."""
        current: Environment | None = self
        while current is not None and name not in current.names:
            current = current.around
        return current

    def get(self, name: str) -> Value:
        holder = self.holder(name)
        return holder.names[name] if holder is not None else Unknown(name)


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the file, and the variables that it sees."""

    node: Node
    scope: Environment
    this: Value = UNDEFINED


@dataclass(frozen=True, slots=True, eq=False)
class Native:
    """A function of the language or of a tool."""

    run: Callable[[list[Value], Call], Value]


@dataclass(frozen=True, slots=True, eq=False)
class ClassValue:
    """A class of the file."""

    node: Node
    scope: Environment
    name: str
    heritage: str = ""
    """What it extends and implements, as written."""


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a class of the file."""

    made_of: ClassValue
    fields: dict[str, Value] = field(default_factory=dict)


class HostObject:
    """An object of a tool. What a subclass does not know is not known: its results, and what a call of it would do."""

    def get(self, name: str) -> Value:
        """A property; methods that are called are asked for with `invoke`."""
        return Native(lambda arguments, call: self.invoke(name, arguments, call))

    def invoke(self, name: str, _arguments: list[Value], _call: Call) -> Value:
        raise NotSeen(f"`{name}` is not known")

    def apply(self, _arguments: list[Value], _call: Call) -> Value:
        """The object called as a function."""
        raise NotSeen("it is no function that is known")

    def construct(self, _arguments: list[Value], _call: Call) -> Value:
        raise NotSeen("it is no class that is known")

    def settle(self, _call: Call) -> Value:
        """What awaiting it gives."""
        return self


@dataclass(frozen=True, slots=True)
class Existence:
    """Whether a table (or a column of it) is there already: what a migration asks before it makes or drops it."""

    of: str
    holds: bool = True


@dataclass(slots=True)
class MemberCall(HostObject):
    """A property of a host object that is a value and a function at once (`Sequelize.STRING`, `Sequelize.STRING(20)`)."""

    owner: HostObject
    name: str

    def invoke(self, name: str, _arguments: list[Value], _call: Call) -> Value:
        raise NotSeen(f"`{self.name}.{name}` is not known")

    def apply(self, arguments: list[Value], call: Call) -> Value:
        return self.owner.invoke(self.name, arguments, call)


@dataclass(frozen=True, slots=True)
class Signal:
    """A statement that ends more than itself."""

    kind: Literal["return", "break", "continue", "throw"]
    value: Value = UNDEFINED


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where that is not known."""
    if isinstance(value, (Unknown, Existence)):
        return None
    if value is UNDEFINED or value is None:
        return False
    if isinstance(value, (bool, int, float, str)):
        return bool(value)
    return True


def is_known(value: Value, depth: int = 12) -> bool:
    """Whether nothing in a value is unknown."""
    if isinstance(value, (Unknown, Existence)) or depth == 0:
        return False
    if isinstance(value, list):
        return all(is_known(element, depth - 1) for element in value)
    return not isinstance(value, dict) or all(is_known(element, depth - 1) for element in value.values())


def written(value: Value) -> str | None:
    """A value as JavaScript writes it into a template; None where that is not known."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if value is None or value is UNDEFINED:
        return "null" if value is None else "undefined"
    if isinstance(value, list):
        parts = ["" if element is None or element is UNDEFINED else written(element) for element in value]
        return None if None in parts else ",".join(part or "" for part in parts)
    return None


def written_of(value: Value) -> str | None:
    """A value as a template writes it."""
    own = getattr(value, "written", None)
    return own if isinstance(own, str) else written(value)


def text_of(value: Value, what: str) -> str:
    """A string that a call cannot do without."""
    if not isinstance(value, str):
        raise NotSeen(f"{what} is not a constant")
    return value


def texts_of(value: Value, what: str) -> list[str]:
    """A list of strings; one string is a list of one."""
    values = value if isinstance(value, list) else [value]
    return [text_of(element, what) for element in values]


def options_of(value: Value, what: str) -> dict[str, Value]:
    """The entries of an object of options; none where it is left out."""
    if value is UNDEFINED or value is None:
        return {}
    if not isinstance(value, dict):
        raise NotSeen(f"{what} are not constants")
    return value


def flag_of(options: dict[str, Value], name: str, *, default: bool = False) -> bool:
    """An option that is on or off."""
    value = options.get(name, UNDEFINED)
    if value is UNDEFINED:
        return default
    known = truth(value)
    if known is None:
        raise NotSeen(f"`{name}` is not a constant")
    return known


def argument(arguments: list[Value], number: int) -> Value:
    return arguments[number] if number < len(arguments) else UNDEFINED
