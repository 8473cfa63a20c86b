"""What an expression names: a function or object of the file, or one that it imports.

In: an expression (`users.load`, `this.userService.find`, `createUsers(db)`). Out: a `Reference` for what stands at the top of a
module, the function's node for one that is declared inside another function. Definitions are followed: constants, destructuring,
`new`, types of parameters and fields. What a name only looks like is never asked.
"""

from __future__ import annotations

import re

from msgspec.structs import replace
from tree_sitter import Node

from advisor.model import Reference
from advisor.model.calls import RESULT
from advisor.sources.typescript.scopes import Binding, Scopes
from advisor.sources.typescript.syntax import FUNCTIONS, callee_of, member_of, unwrap

MAX_STEPS = 12
"""Constants, members and calls that are followed, one inside the other."""

TYPE = re.compile(
    r"(?:readonly\s+)?(?:Promise|Readonly|Awaited|NonNullable|InstanceType|Partial|Pick|Omit)<\s*(?P<inside>.+)>$", re.DOTALL
)
RETURN_TYPE = re.compile(r"ReturnType<\s*typeof\s+(?P<name>[A-Za-z_$][\w$.]*)\s*>")
TYPE_NAME = re.compile(r"(?:typeof\s+)?(?P<name>[A-Za-z_$][\w$]*)(?P<rest>(?:\.[\w$]+)*)")
BUILT_IN_TYPES = frozenset(
    "string number boolean bigint any unknown never void object null undefined symbol Array Map Set Record Date Buffer Error "
    "RegExp Promise Function Request Response".split()
)


class References:
    """Finds what the expressions of one file name."""

    def __init__(self, scopes: Scopes) -> None:
        self.tree = scopes.tree
        self.scopes = scopes

    def of(self, node: Node, steps: int = MAX_STEPS) -> Reference | Node | None:
        """What an expression names; None for what has no name in the project."""
        node = unwrap(node, awaits=True)
        if steps <= 0:
            return None
        if node.type in FUNCTIONS:
            return node
        if node.type in ("identifier", "shorthand_property_identifier"):
            binding = self.scopes.resolve(node)
            return self._of_binding(binding, steps) if binding is not None else None
        if node.type == "this":
            return self._own_class(node)
        if node.type in ("call_expression", "new_expression"):
            return self._of_made(node, steps)
        member = member_of(self.tree, node)
        return with_members(self.of(member[0], steps - 1), (member[1],)) if member is not None else None

    def of_type(self, annotation: str) -> Reference | None:
        """The class or interface of a type annotation: `UserService`, `Promise<UserService>`, `ReturnType<typeof create>`."""
        written = annotation.strip()
        while (wrapped := TYPE.match(written)) is not None:
            written = wrapped["inside"].strip()
        made = RETURN_TYPE.match(written)
        found = made or TYPE_NAME.match(written)
        if found is None or found["name"] in BUILT_IN_TYPES:
            return None
        head, *rest = (found["name"] + ("" if made else found["rest"])).split(".")
        own = self.scopes.declared_in(self.tree.root).get(head)
        named = self._of_binding(own, MAX_STEPS) if own is not None else Reference("", head)
        if not isinstance(named, Reference):
            return None
        return replace(named, members=(*named.members, *rest, *((RESULT,) if made else ())))

    def _of_binding(self, binding: Binding, steps: int) -> Reference | Node | None:
        if binding.kind == "import":
            return Reference(binding.module, binding.imported)
        if self.is_of_module(binding) and not binding.path:
            return Reference("", binding.name)
        if binding.kind in ("function", "class"):
            return binding.value
        if binding.annotation and (typed := self.of_type(binding.annotation)) is not None:
            return typed
        return self._taken(binding, steps) if binding.kind in ("const", "variable") else None

    def _taken(self, binding: Binding, steps: int) -> Reference | Node | None:
        """What is taken out of a value: `const { load } = users`, `const users = new Users()`."""
        if binding.value is None or any(step.startswith(("[", "...")) for step in binding.path):
            return None
        found = self.of(binding.value, steps - 1)
        return with_members(found, binding.path) if binding.path else found

    def is_of_module(self, binding: Binding) -> bool:
        """Whether a name is declared at the top of the file."""
        return self.scopes.declared_in(self.tree.root).get(binding.name) == binding

    def _own_class(self, node: Node) -> Reference | None:
        """The class around `this`, where it stands at the top of the file."""
        around = self.tree.ancestors(node)
        for number in range(len(around) - 1, 0, -1):
            if around[number].type in ("class_declaration", "abstract_class_declaration", "class"):
                name = around[number].child_by_field_name("name")
                return Reference("", self.tree.text(name)) if name is not None else self._holder(around, number)
            if around[number].type in ("function_declaration", "function_expression"):
                return None
        return None

    def _holder(self, around: tuple[Node, ...], number: int) -> Reference | None:
        """The name that a class without one is given: `export const Users = class { ... }`."""
        holder = around[number - 1]
        name = holder.child_by_field_name("name") if holder.type == "variable_declarator" else None
        return Reference("", self.tree.text(name)) if name is not None else None

    def _of_made(self, node: Node, steps: int) -> Reference | Node | None:
        called = callee_of(node)
        found = self.of(called, steps - 1) if called is not None else None
        if not isinstance(found, Reference):
            return None
        return found if node.type == "new_expression" else replace(found, members=(*found.members, RESULT))


def with_members(found: Reference | Node | None, names: tuple[str, ...]) -> Reference | None:
    """What is taken out of what is named; nothing is known of the inside of a function's node."""
    return replace(found, members=(*found.members, *names)) if isinstance(found, Reference) else None
