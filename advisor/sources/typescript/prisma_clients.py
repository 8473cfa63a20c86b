"""Which calls are Prisma client calls.

In: a call's node. Out: a `PrismaCall` (client, model, method) where the object that it is made on is a Prisma client as far as the
file tells: made by `new PrismaClient()`, typed as one, the `tx` of a transaction, or imported or named like one. Whether the model
exists is for the schema to say; so a name that says nothing is believed where the method is Prisma's alone (`findMany`).
"""

from __future__ import annotations

import re

from msgspec import Struct
from tree_sitter import Node

from advisor.model import Location
from advisor.sources.typescript.clients import Clients
from advisor.sources.typescript.scopes import Scopes
from advisor.sources.typescript.syntax import SyntaxTree, arguments_of, callee_of, content, field, member_of, unwrap

METHODS = {
    "findMany": "find many",
    "findFirst": "find first",
    "findFirstOrThrow": "find first",
    "findUnique": "find unique",
    "findUniqueOrThrow": "find unique",
    "count": "count",
    "aggregate": "aggregate",
    "groupBy": "group by",
    "create": "create",
    "createMany": "create",
    "createManyAndReturn": "create",
    "update": "update",
    "updateMany": "update",
    "updateManyAndReturn": "update",
    "upsert": "upsert",
    "delete": "delete",
    "deleteMany": "delete",
}
"""Prisma's model queries and their verbs. Source: Prisma documentation, "Prisma Client API reference", "Model queries"."""

COMMON_METHODS = frozenset(("count", "aggregate", "create", "update", "upsert", "delete"))
"""Words that many libraries use (`stripe.customers.create`): on these, the client must look like one."""

PRISMA = re.compile(r"prisma", re.IGNORECASE)
DATABASE = re.compile(
    r"^(db|database|tx|trx|txn|orm)$|(^|\W)(db|database)(\W|$)|[a-z]D[bB]$|[a-z]Database$|Database(Client|Service)|^transaction|Transaction|[a-z]Tx$"
)
OTHER_PACKAGES = re.compile(
    r"^(mongoose|mongodb|redis|ioredis|axios|stripe|openai|typeorm|sequelize|knex|drizzle-orm|kysely|pg|postgres|mysql2?|sqlite3|"
    r"better-sqlite3|@clickhouse/|@aws-sdk/|@google-cloud/|@anthropic-ai/|@octokit/|@supabase/|@trpc/|bullmq?|langfuse|@tanstack/|"
    r"@payloadcms/|@strapi/|objection|@mikro-orm/|firebase|@sendgrid/|twilio|resend|algoliasearch|@elastic/)"
)
OTHER_TYPES = re.compile(r"redis|mongo|mongoose|clickhouse|axios|http|stripe|typeorm|Repository\b|Knex|Sequelize", re.IGNORECASE)
OTHER_NAMES = re.compile(r"caller$|trpc|api$|service$|repo(sitory)?$|builder$|request$|redis|mongo|axios|stripe", re.IGNORECASE)
"""What the names of clients of other things end in."""
MAX_STEPS = 8


class PrismaCall(Struct, frozen=True):
    """`client.model.method(...)`. `model` is None where it is computed (`prisma[name].count()`)."""

    client: Node
    model: str | None
    method: str


def prisma_call(tree: SyntaxTree, scopes: Scopes, clients: Clients, call: Node) -> PrismaCall | None:
    """The Prisma call that a call expression is, or None."""
    called = callee_of(call)
    member = member_of(tree, called) if called is not None and call.type == "call_expression" else None
    if member is None or member[1] not in METHODS:
        return None
    delegate, method = member
    found = delegate_of(tree, scopes, delegate)
    if found is None or not is_prisma_client(tree, clients, found[0], method):
        return None
    return PrismaCall(found[0], found[1], method)


def delegate_of(tree: SyntaxTree, scopes: Scopes, node: Node, steps: int = 4) -> tuple[Node, str | None] | None:
    """Client and model of `prisma.post`, and of a constant bound to it (`const posts = prisma.post`, `const { post } = prisma`)."""
    member = member_of(tree, node)
    if member is not None:
        return member
    if node.type == "subscript_expression":
        owner = field(node, "object")
        return (unwrap(owner, awaits=True), None) if owner is not None else None
    binding = scopes.resolve(node)
    if binding is None or steps <= 0 or binding.kind != "const" or binding.value is None:
        return None
    value = unwrap(binding.value, awaits=True)
    if len(binding.path) == 1 and value.type in ("identifier", "member_expression"):
        return value, binding.path[0]
    return delegate_of(tree, scopes, value, steps - 1) if not binding.path else None


def is_prisma_client(tree: SyntaxTree, clients: Clients, node: Node, method: str) -> bool:
    """Whether an object is a Prisma client, judged by its definition in this file, else by its name."""
    text = tree.text(node)
    if text.endswith((".query", "Promise")):  # drizzle's relational queries: db.query.users.findMany()
        return False
    origin = clients.origin(node)
    if OTHER_PACKAGES.match(origin.package):
        return False
    if origin.says(PRISMA) or PRISMA.search(origin.package):
        return True
    if origin.decided and origin.names and OTHER_TYPES.search(origin.names[0]):
        return False
    if origin.says(DATABASE):
        return True
    return not origin.decided and bool(origin.names) and method not in COMMON_METHODS and not origin.says(OTHER_NAMES)


def fetched_collection(tree: SyntaxTree, scopes: Scopes, clients: Clients, collection: Node) -> tuple[str, Location] | None:
    """The model and place of the `findMany` that filled a collection, where the file shows it."""
    node: Node | None = collection
    for _ in range(MAX_STEPS):
        if node is None:
            return None
        node = unwrap(node, awaits=True)
        if node.type == "call_expression":
            found = prisma_call(tree, scopes, clients, node)
            if found is not None:
                return (found.model, tree.location(node)) if found.method == "findMany" and found.model else None
        node = source_of(tree, scopes, node)
    return None


def source_of(tree: SyntaxTree, scopes: Scopes, node: Node) -> Node | None:
    """What a collection is made from: a constant's value, the owner of `.filter(...)`, the left of `?? []`."""
    if node.type == "identifier":
        binding = scopes.resolve(node)
        if binding is None or binding.kind not in ("const", "variable") or binding.value is None:
            return None
        return awaited_together(tree, binding.value, binding.path[0]) if binding.path else binding.value
    if node.type == "binary_expression":
        return field(node, "left")
    called = callee_of(node) if node.type == "call_expression" else None
    member = member_of(tree, called) if called is not None else None
    return member[0] if member is not None and member[1] in ("filter", "map", "slice", "sort", "reverse", "toSorted") else None


def awaited_together(tree: SyntaxTree, value: Node, step: str) -> Node | None:
    """The element of `await Promise.all([...])` or `$transaction([...])` that an array pattern takes."""
    call = unwrap(value, awaits=True)
    called = callee_of(call) if call.type == "call_expression" else None
    given = arguments_of(call) if called is not None else []
    if called is None or not given or given[0].type != "array" or not tree.text(called).endswith(("Promise.all", "$transaction")):
        return None
    elements = content(given[0])
    position = int(step[1:-1]) if re.fullmatch(r"\[\d{1,4}\]", step) else len(elements)
    return elements[position] if position < len(elements) else None
