"""One call while it happens. In: a node that runs. Out: where it stands, and a way to keep what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.model import Location
from advisor.sources.evaluation.values import HostObject, NotSeen, Unknown, Value
from advisor.sources.typescript.syntax import field

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator
    from advisor.sources.evaluation.modules import Module

MAX_TEXT = 80


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of the code that is followed."""

    run: Evaluator
    module: Module
    node: Node

    @property
    def text(self) -> str:
        called = field(self.node, "function") or field(self.node, "constructor") or self.node
        return short(self.module.tree.text(called))

    @property
    def location(self) -> Location:
        """Where the call stands; of one in another file, where the file that is followed leads to it."""
        return self.run.location(self.module, self.node)

    @property
    def if_exists(self) -> bool:
        """Whether the call stands behind a question whether something is there."""
        return any(guard.holds for guard in self.run.guards)

    @property
    def if_not_exists(self) -> bool:
        return any(not guard.holds for guard in self.run.guards)

    def write(self, sql: str) -> None:
        """SQL that the tool makes of the call."""
        self.run.effects.add(sql, self.location)

    def leave(self, reason: str) -> None:
        self.run.effects.leave(reason, self.location)

    def leave_rows(self) -> None:
        self.run.effects.leave_rows(self.location)

    def invoke(self, owner: HostObject, name: str, arguments: list[Value]) -> Value:
        """Call a method of a tool's object; what it cannot be told is reported."""
        try:
            return owner.invoke(name, arguments, self)
        except NotSeen as reason:
            self.leave(f"`{self.text}` is not examined: {reason}")
            return Unknown(self.text)

    def callback(self, function: Value, arguments: list[Value]) -> Value:
        """Call a function that was handed to a tool."""
        return self.run.call(function, arguments, self)


def short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_TEXT else line[:MAX_TEXT] + "..."
