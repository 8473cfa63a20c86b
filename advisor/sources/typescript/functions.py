"""Functions: which of them run where they are written, which are called later, and what they are called.

In: a function's node. Out: the call that it is an argument of, whether it runs in place (`ids.map(...)`, `$transaction(...)`, an
immediately invoked function) or later (a route's handler, a declared function), and its name for people.
"""

from __future__ import annotations

import re

from msgspec import Struct
from tree_sitter import Node

from advisor.model import Role, Scope
from advisor.sources.typescript.syntax import (
    FUNCTIONS,
    WRAPPERS,
    SyntaxTree,
    arguments_of,
    callee_of,
    content,
    field,
    member_of,
    unwrap,
)

DEFERRED_METHODS = frozenset(
    "on once addListener addEventListener subscribe get post put patch delete all use route options head setInterval schedule "
    "process handle handler query mutation subscription".split()
)
"""Functions that keep their callback for later; a loop around the registration is no loop around the call."""

ROUTE_METHODS = frozenset("get post put patch delete head options".split())
"""Methods that keep a handler of two parameters (`(request, reply) => ...`) for later, whatever the path is written as."""

TEST_FUNCTIONS = frozenset("test it describe beforeEach beforeAll before afterEach afterAll after setInterval".split())


class Callback(Struct, frozen=True):
    """A function that is written as an argument: the call, and the argument's position."""

    call: Node
    position: int


def callback_of(tree: SyntaxTree, function: Node) -> Callback | None:
    """The call or `new` that a function is an argument of."""
    around = tree.ancestors(function)
    inner = function
    for number in range(len(around) - 1, 0, -1):
        node = around[number]
        if node.type in WRAPPERS:
            inner = node
        elif node.type == "arguments":
            call = around[number - 1]
            given = arguments_of(call)
            return Callback(call, given.index(inner)) if inner in given else None
        else:
            return None
    return None


def is_invoked_at_once(tree: SyntaxTree, function: Node) -> bool:
    """`(async () => { ... })()`."""
    for node in reversed(tree.ancestors(function)):
        if node.type == "call_expression":
            called = field(node, "function")
            return called is not None and called.start_byte <= function.start_byte and function.end_byte <= called.end_byte
        if node.type not in WRAPPERS:
            return False
    return False


def runs_in_place(tree: SyntaxTree, function: Node) -> bool:
    """Whether a function runs as part of the code around it, and not when somebody calls it later."""
    if is_invoked_at_once(tree, function):
        return True
    callback = callback_of(tree, function)
    if callback is None:
        return False
    if callback.call.type == "new_expression":
        made = callee_of(callback.call)
        return made is not None and tree.text(made) == "Promise"
    return not keeps_its_callback(tree, callback)


def keeps_its_callback(tree: SyntaxTree, callback: Callback) -> bool:
    called = callee_of(callback.call)
    if called is None:
        return False
    if called.type == "identifier":
        return tree.text(called) in TEST_FUNCTIONS
    member = member_of(tree, called)
    if member is None or member[1] not in DEFERRED_METHODS:
        return False
    given = arguments_of(callback.call)
    first, function = given[0], unwrap(given[callback.position])
    handles = member[1] in ROUTE_METHODS and callback.position > 0 and len(content(field(function, "parameters") or function)) > 1
    registers = (
        handles
        or first.type in ("string", "template_string")
        or member[1]
        in (
            "use",
            "all",
            "process",
            "handle",
            "handler",
            "subscribe",
        )
    )
    return registers or member[1] in ("query", "mutation", "subscription", "setInterval", "schedule")


def enclosing_function(tree: SyntaxTree, node: Node) -> Node | None:
    """The nearest function around a node that is called by itself; None at the top of a module.

    There, a callback that a call makes a function of is one, too (`export const load = cache(async () => ...)`).
    """
    nearest = next((outer for outer in reversed(tree.ancestors(node)) if outer.type in FUNCTIONS), None)
    if nearest is not None and nearest.id not in tree.enclosing:
        tree.enclosing[nearest.id] = called_by_itself(tree, nearest)
    return tree.enclosing[nearest.id] if nearest is not None else None


def called_by_itself(tree: SyntaxTree, function: Node) -> Node | None:
    """A function, or the nearest around it, that does not run as part of the code around it."""
    if not runs_in_place(tree, function):
        return function
    if any(outer.type in FUNCTIONS for outer in tree.ancestors(function)):
        return enclosing_function(tree, function)
    return function if is_made_into_function(tree, function) else None


def is_made_into_function(tree: SyntaxTree, function: Node) -> bool:
    """Whether a callback's call is stored as it is, without `await`: what is stored is likely to be called later."""
    awaited = any(outer.type == "await_expression" for outer in tree.ancestors(function))
    return not awaited and name_of(tree, function) is not None


def scope_of(tree: SyntaxTree, node: Node, role: Role) -> Scope:
    function = enclosing_function(tree, node)
    if function is None:
        return Scope(role)
    return Scope(role, name_around(tree, function), tree.location(function))


def name_around(tree: SyntaxTree, function: Node) -> str | None:
    """The function's own name, or that of the nearest function around it that has one."""
    around = (outer for outer in reversed(tree.ancestors(function)) if outer.type in FUNCTIONS)
    names = (name_of(tree, candidate) for candidate in (function, *around))
    return next((name for name in names if name is not None), None)


def name_of(tree: SyntaxTree, function: Node) -> str | None:
    """What a function is called: by itself, by the variable, property or field that holds it, by the route it handles."""
    name = field(function, "name")
    if name is not None:
        own = tree.text(name)
        return (
            f"{class_name}.{own}" if (class_name := class_around(tree, function)) and function.type == "method_definition" else own
        )
    inner = function
    for node in reversed(tree.ancestors(function)):
        if node.type in WRAPPERS or node.type in ("arguments", "call_expression", "await_expression"):
            inner = node
            continue
        return name_from_holder(tree, node, inner)
    return None


def name_from_holder(tree: SyntaxTree, holder: Node, value: Node) -> str | None:
    """The name of what a function is stored in, directly or wrapped in calls (`const load = cache(async () => ...)`)."""
    if holder.type == "variable_declarator":
        target = field(holder, "name")
        return tree.text(target) if target is not None and target.type == "identifier" else None
    if holder.type == "pair":
        key = field(holder, "key")
        return re.sub(r"""^['"]|['"]$""", "", tree.text(key)) if key is not None else None
    if holder.type in ("public_field_definition", "field_definition"):
        key = field(holder, "name") or field(holder, "property")
        owner = class_around(tree, holder)
        return f"{owner}.{tree.text(key)}" if key is not None and owner else None
    if holder.type == "assignment_expression" and field(holder, "right") == value:
        target = field(holder, "left")
        return tree.text(target).removeprefix("module.").removeprefix("exports.") if target is not None else None
    return None


def class_around(tree: SyntaxTree, node: Node) -> str | None:
    """The name of the class whose body a node stands in directly."""
    around = tree.ancestors(node)
    if len(around) < 2 or around[-1].type != "class_body":
        return None
    name = field(around[-2], "name")
    return tree.text(name) if name is not None else None
