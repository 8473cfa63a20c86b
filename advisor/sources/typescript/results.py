"""What becomes of a call's result: awaited, bound to a name, cut down to its first element."""

from __future__ import annotations

from msgspec import Struct
from tree_sitter import Node

from advisor.sources.typescript.syntax import WRAPPERS, SyntaxTree, callee_of, content, field, member_of

CHAINED = frozenset(("then", "catch", "finally"))


class Result(Struct, frozen=True):
    """`name` is the variable that a result is bound to; `first_only` where only its first element is used."""

    name: str | None = None
    first_only: bool = False


def is_awaited(tree: SyntaxTree, call: Node) -> bool:
    """Whether a call stands under `await`, through parentheses and what is chained to it (`.then(...)`, `got(url).json()`)."""
    for outer in reversed(tree.ancestors(call)):
        if outer.type == "await_expression":
            return True
        if outer.type not in WRAPPERS and outer.type not in ("call_expression", "member_expression"):
            return False
    return False


def is_given_back(tree: SyntaxTree, call: Node) -> bool:
    """Whether a function returns the promise of a call: `return send(id)`, `(id) => send(id)`, through `.then(...)` too."""
    for outer in reversed(tree.ancestors(call)):
        if outer.type in ("return_statement", "arrow_function"):
            return True
        if outer.type in WRAPPERS or outer.type in ("call_expression", "ternary_expression"):
            continue
        name = field(outer, "property") if outer.type == "member_expression" else None
        if name is None or tree.text(name) not in CHAINED:
            return False
    return False


def is_collected(tree: SyntaxTree, call: Node) -> bool:
    """Whether a promise is pushed to a list as it is (`jobs.push(find(id))`), to be awaited with the others later."""
    for outer in reversed(tree.ancestors(call)):
        if outer.type == "call_expression":
            called = callee_of(outer)
            member = member_of(tree, called) if called is not None else None
            return member is not None and member[1] == "push"
        if outer.type not in WRAPPERS and outer.type != "arguments":
            return False
    return False


def result_of(tree: SyntaxTree, call: Node) -> Result:
    """What the value of a call, awaited or not, is bound to."""
    inner = call
    position: int | None = None
    for outer in reversed(tree.ancestors(call)):
        if outer.type == "variable_declarator":
            return bound_result(tree, outer, position)
        if outer.type == "subscript_expression":
            index = field(outer, "index")
            return Result(first_only=index is not None and tree.text(index) == "0")
        if outer.type == "array":
            position = content(outer).index(inner) if position is None and inner in content(outer) else None
            if position is None:
                return Result()
        elif outer.type == "call_expression":
            called = callee_of(outer)
            if called is None or position is None or not tree.text(called).endswith(("Promise.all", "$transaction")):
                return Result()
        elif outer.type not in WRAPPERS and outer.type not in ("await_expression", "arguments"):
            return Result()
        inner = outer
    return Result()


def bound_result(tree: SyntaxTree, declarator: Node, position: int | None) -> Result:
    """`const posts = ...`, `const [first] = ...`, or the element of `const [posts, total] = await Promise.all([...])`."""
    pattern = field(declarator, "name")
    if pattern is None:
        return Result()
    if position is None:
        if pattern.type == "array_pattern" and [child.type for child in content(pattern)] == ["identifier"]:
            return Result(tree.text(content(pattern)[0]), first_only=True)
        return Result(tree.text(pattern)) if pattern.type == "identifier" else Result()
    elements = content(pattern) if pattern.type == "array_pattern" else []
    if position < len(elements) and elements[position].type == "identifier":
        return Result(tree.text(elements[position]))
    return Result()
