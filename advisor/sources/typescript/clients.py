"""What an object is, as far as the file tells: a Prisma client, a Redis client, a pool of `pg`, or something else.

In: the node of an object that a method is called on. Out: its `Origin`: the library or class that its definition names, or only its
own name where the definition is in another file.
"""

from __future__ import annotations

import re

from msgspec import Struct
from tree_sitter import Node

from advisor.sources.typescript.functions import callback_of
from advisor.sources.typescript.scopes import Binding
from advisor.sources.typescript.syntax import callee_of, field, member_of, unwrap
from advisor.sources.typescript.values import Values

MAX_STEPS = 10
MAX_NAME = 80
"""Characters of an expression that still reads as a name."""


class Origin(Struct, frozen=True):
    """What is known of an object.

    `names` are the words that tell what it is, the surest first: the class or function that made it, its type, its own name.
    `package` is the npm package that it comes from, where the file imports it from one (`ioredis`); empty for the project's own.
    `decided` is False where only its own name is known.
    """

    names: tuple[str, ...] = ()
    package: str = ""
    decided: bool = False

    def says(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(name) for name in self.names)


class Clients:
    """Finds out where objects come from; remembers it by declaration."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.tree = values.tree
        self.scopes = values.scopes
        self._origins: dict[int, Origin] = {}

    def origin(self, node: Node, steps: int = MAX_STEPS) -> Origin:
        """Where an object comes from."""
        node = unwrap(node, awaits=True)
        if steps <= 0:
            return Origin()
        if node.type in ("identifier", "shorthand_property_identifier"):
            return self._of_identifier(node, steps)
        if node.type == "this":
            return Origin((self.scopes.class_parent(node),), decided=True)
        if node.type in ("new_expression", "call_expression"):
            return self._of_call(node, steps)
        if node.type in ("member_expression", "subscript_expression"):
            return self._of_member(node, steps)
        if node.type in ("binary_expression", "ternary_expression", "assignment_expression"):
            return self._of_branches(node, steps)
        return Origin()

    def _of_identifier(self, node: Node, steps: int) -> Origin:
        binding = self.scopes.resolve(node)
        if binding is None:
            return Origin((self.tree.text(node),))
        key = binding.declaration.id
        if key not in self._origins:
            self._origins[key] = Origin((binding.name,))  # what a variable made of itself finds
            self._origins[key] = self._of_binding(binding, steps)
        return self._origins[key]

    def _of_binding(self, binding: Binding, steps: int) -> Origin:
        own = Origin((binding.name,))
        if binding.kind == "import":
            name = binding.imported if binding.imported not in ("default", "*") else binding.name
            package = package_of(binding.module)
            file = () if package else (binding.module.rpartition("/")[2],)
            return Origin((name, binding.name, *file), package, decided=bool(package))
        if binding.kind == "class":
            return Origin((self._heritage(binding), binding.name), decided=True)
        if binding.annotation and binding.annotation not in ("any", "unknown"):
            return Origin((binding.annotation, binding.name), self._package_of_type(binding.annotation, binding.declaration), True)
        if binding.kind == "parameter":
            return self._of_parameter(binding)
        if binding.value is None or binding.kind == "element":
            return self._of_assignments(binding, steps)
        if binding.path:
            made = self.tree.text(binding.value)
            return Origin((binding.path[-1], *((f"{made}.{binding.path[-1]}",) if len(made) < MAX_NAME else ()), binding.name))
        found = self.origin(binding.value, steps - 1)
        return Origin((*found.names, *own.names), found.package, found.decided)

    def _of_assignments(self, binding: Binding, steps: int) -> Origin:
        """`let client; ... client = await pool.connect()`."""
        for node in self.scopes.assigned_later(binding):
            right = field(node, "right")
            if right is not None and self.values.replaces(node):
                found = self.origin(right, steps - 1)
                if found.decided:
                    return Origin((*found.names, binding.name), found.package, True)
        return Origin((binding.name,))

    def _of_parameter(self, binding: Binding) -> Origin:
        """A parameter without a type: a property taken from it, or what the call gives to its callback (`tx` of `$transaction`)."""
        if binding.path:
            return Origin((*binding.path[-1:], binding.name))
        callback = callback_of(self.tree, binding.function) if binding.function is not None else None
        called = callee_of(callback.call) if callback is not None else None
        if called is not None and self.tree.text(called).endswith("$transaction"):
            return Origin(("Prisma.TransactionClient", binding.name), decided=True)
        return Origin((binding.name,))

    def _of_call(self, node: Node, steps: int) -> Origin:
        called = callee_of(node)
        if called is None:
            return Origin()
        member = member_of(self.tree, called)
        if node.type == "new_expression":
            maker = self.origin(member[0] if member else called, steps - 1)
            return Origin((member[1] if member else self.tree.text(called), *maker.names), maker.package, decided=True)
        if member is None:
            found = self.origin(called, steps - 1)
            return Origin((self.tree.text(called), *found.names), found.package, found.decided and bool(found.package))
        owner = self.origin(member[0], steps - 1)
        if member[1] in PASSES_ITSELF_ON:
            return owner
        return Origin((member[1], *owner.names), owner.package, owner.decided)

    def _of_member(self, node: Node, steps: int) -> Origin:
        member = member_of(self.tree, node)
        if member is None:
            return Origin()
        owner, name = member
        if owner.type == "this":
            found = self.scopes.member(owner, name)
            if found is None:
                return Origin((name,))
            if found.annotation:
                return Origin((found.annotation, name), self._package_of_type(found.annotation, node), decided=True)
            made = self.origin(found.value, steps - 1) if found.value is not None else Origin()
            return Origin((*made.names, name), made.package, made.decided)
        around = self.origin(owner, steps - 1)
        return Origin(
            (name, self.tree.text(node)), around.package if around.decided else "", around.decided and bool(around.package)
        )

    def _of_branches(self, node: Node, steps: int) -> Origin:
        """`globalThis.prisma ?? new PrismaClient()`: the surer of the two."""
        sides = [side for name in ("left", "right", "consequence", "alternative") if (side := field(node, name)) is not None]
        found = [self.origin(side, steps - 1) for side in sides]
        names = tuple(name for origin in sorted(found, key=lambda origin: not origin.decided) for name in origin.names)
        sure = next((origin for origin in found if origin.decided), Origin())
        return Origin(names, sure.package, sure.decided)

    def _heritage(self, binding: Binding) -> str:
        """What a class of this file extends, as written."""
        children = binding.value.children if binding.value is not None else []
        return next((self.tree.text(child) for child in children if child.type == "class_heritage"), "")

    def _package_of_type(self, annotation: str, at: Node) -> str:
        """The npm package that a type is imported from."""
        name = re.match(r"(?:typeof\s+)?([A-Za-z_$][\w$]*)", annotation)
        if name is None:
            return ""
        for scope in reversed(self.tree.ancestors(at)):
            if scope.type == "program" and (binding := self.scopes.declared_in(scope).get(name.group(1))):
                return package_of(binding.module)
        return ""


PASSES_ITSELF_ON = frozenset(("$extends", "$on", "$replica", "$primary", "connect", "duplicate", "bind", "on", "debug", "child"))
"""Methods that give back an object of the same kind."""


def package_of(module: str) -> str:
    """The npm package of an import's source; empty for files of the project (relative paths, and aliases such as `@/` and `~/`)."""
    if not module or module.startswith((".", "/", "@/", "~", "#", "$", "src/", "app/", "lib/", "server/")):
        return ""
    module = module.removeprefix("node:")
    parts = module.split("/")
    return "/".join(parts[:2]) if module.startswith("@") else parts[0]
