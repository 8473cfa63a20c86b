"""One file of code with everything that its readers ask: its tree, its names, its values, its clients and its loops."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from advisor.model import Location, Loop, ParameterUse, Role, Scope
from advisor.sources.typescript.clients import Clients
from advisor.sources.typescript.elements import Elements
from advisor.sources.typescript.functions import scope_of
from advisor.sources.typescript.loops import FoundLoop, Loops
from advisor.sources.typescript.parameters import Parameters
from advisor.sources.typescript.results import is_collected
from advisor.sources.typescript.scopes import Scopes
from advisor.sources.typescript.syntax import SyntaxTree
from advisor.sources.typescript.values import Values


class Surroundings(Struct, frozen=True):
    """The loops around a call, the one whose element decides what it does, and the parameters that do."""

    found: tuple[FoundLoop, ...]
    uses_element_of: Loop | None
    parameters: tuple[ParameterUse, ...] = ()

    @property
    def loops(self) -> tuple[Loop, ...]:
        return tuple(found.loop for found in self.found)


class CodeContext(Struct, frozen=True):
    """What the readers of one file share."""

    tree: SyntaxTree
    role: Role
    scopes: Scopes
    values: Values
    clients: Clients
    loops: Loops
    elements: Elements
    parameters: Parameters

    def text(self, node: Node) -> str:
        return self.tree.text(node)

    def location(self, node: Node) -> Location:
        return self.tree.location(node)

    def scope(self, node: Node) -> Scope:
        return scope_of(self.tree, node, self.role)

    def surroundings(self, call: Node, mentioned: list[Node]) -> Surroundings:
        found = self.loops.around(call)
        deciding = self.elements.deciding_loop(found, mentioned) if found else None
        if deciding is not None and found[-1].loop == deciding and is_collected(self.tree, call):
            deciding = replace(deciding, concurrent=True)
        return Surroundings(found, deciding, self.parameters.of(*mentioned))
