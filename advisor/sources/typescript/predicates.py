"""A comparison as the readers of all ORMs find it: a column, an operator, and an expression that it is compared with."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from advisor.model import Predicate
from advisor.model.query import ValueKind
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.loops import FoundLoop

MAX_VALUE_TEXT = 300
"""Characters of a value that a remedy could still write anew."""


def predicate(
    context: CodeContext,
    loops: Sequence[FoundLoop],
    column: str,
    operator: str,
    at: Node,
    value: Node,
    *,
    path: tuple[str, ...] = (),
    negated: bool = False,
    under_or: bool = False,
    optional: bool = False,
) -> Predicate:
    """The comparison written at a node. `loops` are those around the query: they decide whether the value is an element's."""
    text = context.text(value)
    kind = kind_of(context, loops, value)
    return Predicate(
        column=column,
        operator=operator,
        location=context.location(at),
        value=kind,
        path=path,
        negated=negated,
        under_or=under_or,
        optional=optional,
        value_text=text if len(text) <= MAX_VALUE_TEXT else None,
        parameters=() if kind == "constant" else context.parameters.of(value),
    )


def kind_of(context: CodeContext, loops: Sequence[FoundLoop], value: Node) -> ValueKind:
    if context.values.is_constant(value):
        return "constant"
    return "element" if any(context.elements.mentions(value, loop) for loop in loops) else "variable"
