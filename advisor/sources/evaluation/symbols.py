"""What is known by how it is made alone: names, members, calls and templates of packages, which are written down and not followed.

`text("name").notNull()` becomes a `Call` of a `Member` of a `Call` of an `External`: each ORM reads from that what it would build.
"""

from __future__ import annotations

from dataclasses import dataclass

from advisor.model import Location
from advisor.sources.evaluation.values import UNDEFINED, Opaque, Place, Value


@dataclass(frozen=True, slots=True)
class External(Opaque):
    """A name that is not the project's own: an import of a package, a global (`module` is empty), a parameter nobody gave."""

    module: str
    name: str
    """`*` for all that a package exports."""


@dataclass(frozen=True, slots=True, eq=False)
class Member(Opaque):
    """`owner.name`, where the owner is only written down."""

    owner: Value
    name: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Call(Opaque):
    """`callee(arguments)`, or with `new`. Two calls are never the same one: each makes a thing of its own."""

    callee: Value
    arguments: tuple[Value, ...]
    place: Place

    def argument(self, position: int) -> Value:
        return self.arguments[position] if position < len(self.arguments) else UNDEFINED


@dataclass(frozen=True, slots=True, eq=False)
class Template(Opaque):
    """``tag`text ${value} text` ``; `texts` has one more element than `values`. `tag` is UNDEFINED for a template without one."""

    tag: Value
    texts: tuple[str, ...]
    values: tuple[Value, ...]
    place: Place
    begins: str = ""


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
