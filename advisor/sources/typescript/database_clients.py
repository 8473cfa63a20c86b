"""Clients and pools that code makes in, `ClientConfig` facts out: their options, and whether they verify certificates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from advisor.model import ClientConfig
from advisor.sources.typescript.conditions import only_in_development
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.scopes import IDENTIFIERS
from advisor.sources.typescript.syntax import arguments_of, callee_of, field, member_of, unwrap
from advisor.sources.typescript.values import ObjectValue, key_text

Library = Literal["pg", "prisma", "ioredis", "redis", "postgres", "node"]

CLASSES: dict[str, tuple[str, Library]] = {
    "Pool": (r"^(pg|pg-pool|@neondatabase/serverless|@vercel/postgres)$", "pg"),
    "Client": (r"^(pg|@neondatabase/serverless|@vercel/postgres)$", "pg"),
    "PrismaPg": (r"^@prisma/adapter-pg$", "pg"),
    "PrismaClient": (r"", "prisma"),
    "Redis": (r"^ioredis$", "ioredis"),
    "IORedis": (r"^ioredis$", "ioredis"),
    "Cluster": (r"^ioredis$", "ioredis"),
    "Sequelize": (r"^sequelize(-typescript)?$", "pg"),
    "DataSource": (r"^typeorm$", "pg"),
}
"""Constructors, the packages that they come from, and the library that they stand for."""

FUNCTIONS: dict[str, tuple[str, Library]] = {
    "postgres": (r"^postgres$", "postgres"),
    "createClient": (r"^(redis|@redis/client)$", "redis"),
    "createCluster": (r"^(redis|@redis/client)$", "redis"),
    "knex": (r"^knex$", "pg"),
    "createConnection": (r"^typeorm$", "pg"),
}
DEFAULT_EXPORTS = {"ioredis": "Redis", "postgres": "postgres", "knex": "knex", "pg-pool": "Pool"}
"""What modules export by default, which may be imported under any name."""

FACTORY_PACKAGES = re.compile(rb"""['"](postgres|redis|@redis/client|knex|typeorm)['"]""")
TLS_OPTIONS = ("ssl", "tls")
NESTED_OPTIONS = ("dialectOptions", "connection", "extra", "socket", "redisOptions")
"""Options that hold the options of the connection: Sequelize, Knex, TypeORM, node-redis, ioredis clusters."""

SSL_MODE = re.compile(r"[?&]sslmode=([a-z-]+)")
TLS_VARIABLE = re.compile(r"^process\.env(\.|\[['\"])NODE_TLS_REJECT_UNAUTHORIZED\b")


class Verification(Struct, frozen=True):
    """`rejectUnauthorized` as written somewhere, and its place."""

    rejects: bool | None
    at: Node
    development: bool


def may_make_clients(data: bytes) -> bool:
    """Whether a file imports a package whose clients are made by a plain function, which may have any name."""
    return FACTORY_PACKAGES.search(data) is not None


def read_client(context: CodeContext, call: Node) -> ClientConfig | None:
    """The client that a constructor or factory makes; None where it is neither."""
    made = constructed(context, call)
    if made is None:
        return None
    constructor, library = made
    given = arguments_of(call)
    objects = [(argument, context.values.object(argument)) for argument in given if not is_text(context, argument)]
    options = [entry.key for _, value in objects for entry in value]
    verification = choose([found for argument, value in objects for found in verifications(context, argument, value)])
    return ClientConfig(
        location=context.location(call),
        scope=context.scope(call),
        library=library,
        constructor=constructor,
        rejects_unauthorized=verification.rejects if verification else None,
        rejects_unauthorized_location=context.location(verification.at) if verification else None,
        only_in_development=verification.development if verification else only_in_development(context, call),
        options=tuple(dict.fromkeys(options)),
        complete=all(value.complete for _, value in objects),
        ssl_mode=ssl_mode(context, given, [value for _, value in objects]),
    )


def constructed(context: CodeContext, call: Node) -> tuple[str, Library] | None:
    """The constructor's own name and its library."""
    called = callee_of(call)
    if called is None or called.type not in ("identifier", "member_expression"):
        return None
    table = CLASSES if call.type == "new_expression" else FUNCTIONS
    member = member_of(context.tree, called)
    written = member[1] if member is not None else context.text(called)
    binding = context.scopes.resolve(member[0] if member is not None else called)
    package = context.clients.origin(member[0] if member is not None else called).package
    imported = binding.imported if binding is not None and binding.kind == "import" and member is None else written
    candidates = (DEFAULT_EXPORTS.get(package, "") if imported in ("default", "*") else "", imported, written)
    for name in candidates:
        if name in table and re.search(table[name][0], package):
            return (name, table[name][1])
    return None


def is_text(context: CodeContext, argument: Node) -> bool:
    """A connection string, or a value that is no object: a URL from the environment, a port."""
    node = context.values.follow(argument)
    if node.type in IDENTIFIERS:
        binding = context.scopes.resolve(node)
        return binding is not None and binding.annotation.startswith(("string", "number"))
    return node.type in ("string", "template_string", "number", "new_expression", "member_expression", "subscript_expression") or (
        node.type == "binary_expression" and not context.values.object(node).entries
    )


def verifications(context: CodeContext, argument: Node, options: ObjectValue, depth: int = 0) -> Iterator[Verification]:
    """Every `rejectUnauthorized` that the options of a client hold."""
    for entry in options:
        if entry.key in TLS_OPTIONS:
            yield from within(context, entry.value)
        elif entry.key == "rejectUnauthorized":
            yield verification(context, entry.value, entry.at)
        elif entry.key in NESTED_OPTIONS and depth < 3:
            yield from verifications(context, entry.value, context.values.object(entry.value), depth + 1)
    binding = context.scopes.resolve(unwrap(argument))
    for change in context.scopes.assigned_later(binding) if binding is not None else ():
        target, right = field(change, "left"), field(change, "right")
        if target is not None and right is not None and context.text(target).endswith((".ssl", ".tls")):
            yield from within(context, right)


def within(context: CodeContext, value: Node) -> Iterator[Verification]:
    """The pairs `rejectUnauthorized: ...` inside an `ssl` option, whatever conditions they stand under."""
    node = context.values.follow(value)
    captured = context.tree.captures("(pair) @p (shorthand_property_identifier) @p", node).get("p", [])
    for pair in captured:
        key, setting = (field(pair, "key"), field(pair, "value")) if pair.type == "pair" else (pair, pair)
        if key is not None and setting is not None and key_text(context.tree, key) == "rejectUnauthorized":
            yield verification(context, setting, pair)
    for name in ("consequence", "alternative", "right", "left"):
        branch = field(node, name) if node.type in ("ternary_expression", "binary_expression") else None
        followed = context.values.follow(branch) if branch is not None else None
        if branch is not None and followed is not None and followed != unwrap(branch) and followed.type == "object":
            development = only_in_development(context, branch)
            yield from (replace(found, development=found.development or development) for found in within(context, followed))


def verification(context: CodeContext, setting: Node, pair: Node) -> Verification:
    node = context.values.follow(setting)
    development = only_in_development(context, pair)
    if node.type in ("true", "false"):
        return Verification(node.type == "true", pair, development)
    if node.type == "ternary_expression":
        for name in ("consequence", "alternative"):
            branch = field(node, name)
            if branch is not None and unwrap(branch).type == "false":
                return Verification(False, pair, development or only_in_development(context, branch))
    return Verification(None, pair, development)


def choose(found: list[Verification]) -> Verification | None:
    """The one that matters: what production does not verify, then what development does not, then anything."""
    ranked = sorted(found, key=lambda one: (one.rejects is not False, one.development))
    return ranked[0] if ranked else None


def ssl_mode(context: CodeContext, given: list[Node], options: list[ObjectValue]) -> str | None:
    """`sslmode` of a connection string that is written in the code, at least in part."""
    strings = [argument for argument in given if is_text(context, argument)]
    strings.extend(entry.value for value in options for entry in value if entry.key in ("connectionString", "connection", "url"))
    for node in strings:
        mode = SSL_MODE.search(context.text(context.values.follow(node)))
        if mode is not None:
            return mode.group(1)
    return None


def read_tls_variable(context: CodeContext, assignment: Node) -> ClientConfig | None:
    """`process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"`: no client of the process verifies certificates any more."""
    target, value = field(assignment, "left"), field(assignment, "right")
    if target is None or value is None or not TLS_VARIABLE.match(context.text(target)):
        return None
    if context.values.string(value) != "0" and context.values.integer(value) != 0:
        return None
    return ClientConfig(
        location=context.location(assignment),
        scope=context.scope(assignment),
        library="node",
        constructor="NODE_TLS_REJECT_UNAUTHORIZED",
        rejects_unauthorized=False,
        rejects_unauthorized_location=context.location(assignment),
        only_in_development=only_in_development(context, assignment),
    )
