"""Settings that are chosen by the environment.

In: the node of a setting. Out: whether it holds in development only, by the conditions that it stands under
(`isProd ? {...} : { rejectUnauthorized: false }`, `if (NODE_ENV !== "production")`, `local && {...}`).
"""

from __future__ import annotations

import re

from tree_sitter import Node

from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.syntax import FUNCTIONS, field

PRODUCTION = re.compile(r"prod(uction)?\b|isProd|IS_PROD", re.IGNORECASE)
DEVELOPMENT = re.compile(r"\bdev(elopment)?\b|isDev|IS_DEV|isLocal|\blocal\b|localhost|127\.0\.0\.1|\btest\b|isTest", re.IGNORECASE)
NEGATED = re.compile(r"!==?|^\s*\(?\s*!")


def only_in_development(context: CodeContext, node: Node) -> bool:
    """Whether any condition around a node within its function leaves production out."""
    inner = node
    for outer in reversed(context.tree.ancestors(node)):
        if outer.type in FUNCTIONS:
            return False
        condition, taken = condition_of(outer, inner)
        if condition is not None and means_development(context, condition, taken=taken):
            return True
        inner = outer
    return False


def condition_of(outer: Node, inner: Node) -> tuple[Node | None, bool]:
    """The condition under which a part of an expression or statement counts, and whether it must hold (or must not)."""
    if outer.type in ("ternary_expression", "if_statement"):
        condition = field(outer, "condition")
        if inner == field(outer, "consequence"):
            return condition, True
        return (condition, False) if inner == field(outer, "alternative") else (None, True)
    if outer.type == "binary_expression":
        operator = field(outer, "operator")
        if operator is not None and inner == field(outer, "right") and operator.type in ("&&", "||"):
            return field(outer, "left"), operator.type == "&&"
    return None, True


def means_development(context: CodeContext, condition: Node, *, taken: bool) -> bool:
    text = context.text(context.values.follow(condition))
    if text == "false":
        text = context.text(condition)
    holds = taken != bool(NEGATED.search(text))
    if PRODUCTION.search(text):
        return not holds
    return bool(DEVELOPMENT.search(text)) and holds
