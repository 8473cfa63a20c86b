"""What expressions come to.

JavaScript's values are Python's: `str`, `int`, `float`, `bool`, `None` (null), lists and dicts (see `containers`). Here are
the others:
`undefined`, what only running the program would tell, functions and classes of the project, objects of tools (`HostObject`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tree_sitter import Node

from advisor.model import Location

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation
    from advisor.sources.evaluation.modules import Module

Value = object


class NotSeen(Exception):  # noqa: N818 -- a verdict on the input, not a fault of the program
    """Something that decides what a call does is not known. The message is the end of the sentence "... is not examined: ..."."""


class TooMuchError(Exception):
    """The code runs longer than anybody writes such code."""


class TooDeepError(TooMuchError):
    """Functions call each other more deeply than anybody writes them: one of them never comes to an end."""


class Undefined:
    """JavaScript's `undefined`; `null` is None."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED = Undefined()


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a module."""

    module: Module
    node: Node

    @property
    def location(self) -> Location:
        return self.module.tree.location(self.node)


class Opaque:
    """A value that only running the program would tell: not known at all, or known by how it is made alone (see `symbols`)."""

    __slots__ = ()
    begins = ""
    """What a text that is not known begins with."""


@dataclass(frozen=True, slots=True, eq=False)
class Unknown(Opaque):
    """A value that the code alone does not tell. `text` is the expression that it comes from, for messages."""

    text: str = ""
    reason: str = "it is not known beforehand"
    place: Place | None = None


class WrittenText(str):
    """A string that stands in a file just as it is: its content begins at a known character of it."""

    __slots__ = ("path", "start")
    path: str
    start: int

    def __new__(cls, text: str, start: int, path: str) -> WrittenText:
        made = super().__new__(cls, text)
        made.start = start
        made.path = path
        return made


@dataclass(slots=True, eq=False)
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


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the project, and the variables that it sees."""

    place: Place
    scope: Environment
    this: Value = UNDEFINED
    owner: ClassValue | None = None
    """The class that it is a method of: `super` is what that extends."""

    @property
    def node(self) -> Node:
        return self.place.node


@dataclass(frozen=True, slots=True, eq=False)
class Native:
    """A function of a tool."""

    run: Callable[[list[Value], Invocation], Value]


@dataclass(frozen=True, slots=True, eq=False)
class ClassValue:
    """A class of the project."""

    name: str
    place: Place
    scope: Environment

    @property
    def node(self) -> Node:
        return self.place.node


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a class of the project."""

    made_of: ClassValue
    fields: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Parent:
    """`super`: the class that a method's own class extends, for the same object."""

    made_of: ClassValue
    this: Value


@dataclass(frozen=True, slots=True, eq=False)
class Namespace:
    """All exports of a module of the project: `import * as schema`, `require("./schema")`."""

    module: Module


class HostObject:
    """An object of a tool. What a subclass does not know is not known: its results, and what a call of it would do."""

    def get(self, name: str) -> Value:
        """A property; methods that are called are asked for with `invoke`."""
        return Native(lambda arguments, call: self.invoke(name, arguments, call))

    def invoke(self, name: str, _arguments: list[Value], _call: Invocation) -> Value:
        raise NotSeen(f"`{name}` is not known")

    def apply(self, _arguments: list[Value], _call: Invocation) -> Value:
        """The object called as a function."""
        raise NotSeen("it is no function that is known")

    def construct(self, _arguments: list[Value], _call: Invocation) -> Value:
        raise NotSeen("it is no class that is known")

    def settle(self, _call: Invocation) -> Value:
        """What awaiting it gives."""
        return self


@dataclass(slots=True)
class MemberCall(HostObject):
    """A property of a host object that is a value and a function at once (`Sequelize.STRING`, `Sequelize.STRING(20)`)."""

    owner: HostObject
    name: str

    def invoke(self, name: str, _arguments: list[Value], _call: Invocation) -> Value:
        raise NotSeen(f"`{self.name}.{name}` is not known")

    def apply(self, arguments: list[Value], call: Invocation) -> Value:
        return self.owner.invoke(self.name, arguments, call)


@dataclass(frozen=True, slots=True)
class Existence:
    """Whether a table (or a column of it) is there already: what a migration asks before it makes or drops it."""

    of: str
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Signal:
    """A statement that ends more than itself."""

    kind: Literal["return", "break", "continue", "throw"]
    value: Value = UNDEFINED


def argument(arguments: list[Value], number: int) -> Value:
    return arguments[number] if number < len(arguments) else UNDEFINED
