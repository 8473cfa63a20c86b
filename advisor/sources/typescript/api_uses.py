"""Uses of Prisma APIs that newer versions removed in, `ApiUse` facts out; which version removed them is for a rule to know."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from advisor.model import ApiUse
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.prisma_clients import PRISMA, PrismaCall
from advisor.sources.typescript.syntax import arguments_of, callee_of, member_of

LIBRARY = "@prisma/client"
METHODS = frozenset(("$use", "$on"))
METRICS_METHODS = frozenset(("json", "prometheus"))
CLIENT = re.compile(r"^(db|database|client|orm)$", re.IGNORECASE)
"""Names that a client of Prisma goes by where another file makes it."""


def read_client_api(context: CodeContext, call: Node) -> ApiUse | None:
    """`prisma.$use(...)`, `prisma.$on("beforeExit", ...)`, `prisma.$metrics.json()`. Vue and AngularJS have `$on` as well."""
    called = callee_of(call)
    member = member_of(context.tree, called) if called is not None else None
    if called is None or member is None:
        return None
    owner, method = member
    if method == "$use":
        return use(context, called, "$use") if may_be_prisma(context, owner) else None
    if method == "$on":
        given = arguments_of(call)
        before_exit = bool(given) and context.values.string(given[0]) == "beforeExit"
        return use(context, called, "$on('beforeExit')") if before_exit and is_prisma(context, owner) else None
    inner = member_of(context.tree, owner)
    return use(context, owner, "$metrics") if inner is not None and inner[1] == "$metrics" else None


def is_prisma(context: CodeContext, owner: Node) -> bool:
    """Whether an object is a Prisma client by its definition or its name."""
    origin = context.clients.origin(owner)
    return origin.says(PRISMA) or bool(PRISMA.search(origin.package)) or (not origin.decided and origin.says(CLIENT))


def may_be_prisma(context: CodeContext, owner: Node) -> bool:
    """The same for a method that hardly anything else has: an object of which nothing is known may be a client."""
    unknown = not context.clients.origin(owner).decided and context.values.follow(owner).type != "object"
    return unknown or is_prisma(context, owner)


def read_reject_option(context: CodeContext, call: Node, found: PrismaCall | None) -> Iterator[ApiUse]:
    """`rejectOnNotFound` among the arguments of a Prisma call, or of `new PrismaClient(...)`."""
    called = callee_of(call)
    made = call.type == "new_expression" and called is not None and PRISMA.search(context.text(called))
    if found is None and not made:
        return
    for argument in arguments_of(call)[:1]:
        entry = context.values.object(argument).get("rejectOnNotFound")
        if entry is not None:
            yield use(context, entry.at, "rejectOnNotFound")


def use(context: CodeContext, at: Node, name: str) -> ApiUse:
    return ApiUse(context.location(at), context.scope(at), LIBRARY, name)
