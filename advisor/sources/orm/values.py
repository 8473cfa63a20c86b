"""What an expression of a schema file stands for, without the ORM being there: plain values, and calls that are only written down.

`text("name").notNull()` becomes a `Call` of a `Member` of a `Call` of an `External`: each ORM reads from that what it would build.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tree_sitter import Node

from advisor.model import Location

if TYPE_CHECKING:
    from advisor.sources.orm.modules import Module


@dataclass(frozen=True, slots=True)
class Place:
    """A node of a module."""

    module: Module
    node: Node

    @property
    def location(self) -> Location:
        return self.module.tree.location(self.node)


@dataclass(frozen=True, slots=True)
class Undefined:
    """JavaScript's `undefined`; `null` is None."""


UNDEFINED = Undefined()


@dataclass(frozen=True, slots=True, eq=False)
class Unknown:
    """A value that the code alone does not tell."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class External:
    """A name that is not the project's own: an import of a package, a global (`module` is empty), a parameter nobody gave."""

    module: str
    name: str
    """`*` for all that a package exports."""


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """`owner.name`, where the owner is only written down."""

    owner: Value
    name: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """`callee(arguments)`, or with `new`. Two calls are never the same one: each makes a thing of its own."""

    callee: Value
    arguments: tuple[Value, ...]
    place: Place

    def argument(self, position: int) -> Value:
        return self.arguments[position] if position < len(self.arguments) else UNDEFINED


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """``tag`text ${value} text` ``; `texts` has one more element than `values`. `tag` is UNDEFINED for a template without one."""

    tag: Value
    texts: tuple[str, ...]
    values: tuple[Value, ...]
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What the parameters and local names of a running function stand for, by the node that declares them."""

    names: dict[int, Value] = field(default_factory=dict)
    outer: Frame | None = None

    def get(self, declaration: int) -> Value | None:
        frame: Frame | None = self
        while frame is not None:
            if declaration in frame.names:
                return frame.names[declaration]
            frame = frame.outer
        return None

    def has(self, declaration: int) -> bool:
        return declaration in self.names or (self.outer is not None and self.outer.has(declaration))


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function of the project, with the names around it."""

    place: Place
    frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class ClassValue:
    """A class of the project."""

    name: str
    place: Place
    frame: Frame


@dataclass(frozen=True, slots=True, eq=False)
class Namespace:
    """All exports of a module of the project: `import * as schema`."""

    module: Module


@dataclass(frozen=True, slots=True, eq=False)
class ObjectValue:
    """An object literal. `complete` is False where something unknown is spread into it."""

    entries: dict[str, Value]
    places: dict[str, Place]
    place: Place
    complete: bool = True

    def get(self, key: str) -> Value:
        return self.entries.get(key, UNDEFINED)


@dataclass(frozen=True, slots=True, eq=False)
class ArrayValue:
    items: tuple[Value, ...]
    place: Place
    complete: bool = True


Value: TypeAlias = (
    "str | int | float | bool | Undefined | Unknown | External | Member | Call | Template | Closure | ClassValue"
    " | Namespace | ObjectValue | ArrayValue | None"
)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One `.name(arguments)` of a chain."""

    name: str
    call: Call

    @property
    def location(self) -> Location:
        """From the method's name to the closing parenthesis."""
        place = self.call.place
        called = place.node.child_by_field_name("function")
        name = called.child_by_field_name("property") if called is not None else None
        return place.module.tree.stretch(name, place.node) if name is not None else place.location


def unroll(value: Value) -> tuple[Value, list[Step]]:
    """A chain `root.first().second()`: its root, and its steps in order."""
    steps: list[Step] = []
    while isinstance(value, Call) and isinstance(value.callee, Member):
        steps.append(Step(value.callee.name, value))
        value = value.callee.owner
    return value, steps[::-1]


def called_name(value: Value) -> str:
    """The name of the package's function that a call calls; empty for anything else."""
    return value.callee.name if isinstance(value, Call) and isinstance(value.callee, External) else ""


def place_of(value: Value) -> Place | None:
    return (
        value.place if isinstance(value, (Unknown, Member, Call, Template, Closure, ClassValue, ObjectValue, ArrayValue)) else None
    )


def entry(value: Value, key: str) -> Value:
    """A property of an options object; UNDEFINED where it has none or there is no object."""
    return value.get(key) if isinstance(value, ObjectValue) else UNDEFINED


def text_entry(value: Value, key: str) -> str | None:
    found = entry(value, key)
    return found if isinstance(found, str) else None


def integer_entry(value: Value, key: str) -> int | None:
    found = entry(value, key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def is_given(value: Value) -> bool:
    return value is not None and not isinstance(value, Undefined)


def items_of(value: Value) -> tuple[Value, ...]:
    """The values of an array or object literal; none of anything else."""
    if isinstance(value, ArrayValue):
        return value.items
    return tuple(value.entries.values()) if isinstance(value, ObjectValue) else ()
