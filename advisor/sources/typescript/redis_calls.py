"""Calls on Redis clients in, `RedisCommand` facts out. ioredis and node-redis share the names of commands, apart from case."""

from __future__ import annotations

import re

from msgspec import Struct
from tree_sitter import Node

from advisor.model import RedisCommand
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.prisma_clients import prisma_call
from advisor.sources.typescript.syntax import MAX_DEPTH, arguments_of, callee_of, member_of, unwrap

EXPIRE_COMMANDS = frozenset("expire pexpire expireat pexpireat setex psetex getex hsetex hexpire hpexpire".split())
WRITE_COMMANDS = frozenset(
    "set setnx getset mset msetnx append setrange setbit incr incrby incrbyfloat decr decrby hset hmset hsetnx hincrby "
    "hincrbyfloat lpush rpush lpushx rpushx linsert lset sadd zadd zincrby pfadd geoadd xadd sunionstore sinterstore sdiffstore "
    "zunionstore zinterstore copy rename restore".split()
)
OTHER_COMMANDS = frozenset(
    "get mget getrange getbit strlen hget hmget hgetall hkeys hvals hlen hexists hscan lrange lindex llen lpos smembers sismember "
    "smismember scard sscan srandmember zrange zrangebyscore zrevrange zrevrangebyscore zscore zrank zrevrank zcard zcount zscan "
    "exists type ttl pttl keys scan dbsize xlen xrange xrevrange xread xreadgroup getdel lpop rpop blpop brpop lmove blmove "
    "rpoplpush brpoplpush spop zpopmin zpopmax bzpopmin bzpopmax srem zrem hdel lrem ltrim del unlink persist zremrangebyscore "
    "zremrangebyrank flushall flushdb publish subscribe psubscribe eval evalsha xack xdel xtrim sinter sunion sdiff watch".split()
)
COMMANDS = EXPIRE_COMMANDS | WRITE_COMMANDS | OTHER_COMMANDS
"""Commands that deal with data. Source: Redis documentation, "Commands"."""

DIRECT_METHODS = frozenset(("call", "sendcommand"))
NAMES = COMMANDS | DIRECT_METHODS
QUEUES = frozenset(("multi", "pipeline"))

PACKAGES = re.compile(r"^(ioredis|redis|@redis/client|@upstash/redis|@vercel/kv|iovalkey|@valkey/valkey-glide)$")
OTHER_PACKAGES = re.compile(
    r"^(connect-redis|cache-manager|keyv|@keyv/|bull|redlock|rate-limiter|@nestjs/|express-rate-limit|lru-cache)"
)
REDIS = re.compile(r"redis|valkey", re.IGNORECASE)
QUEUE_TYPES = re.compile(r"ChainableCommander|\bPipeline\b|MultiCommand", re.IGNORECASE)
OTHER_TYPES = re.compile(r"^(Map|Set|WeakMap|WeakSet|URLSearchParams|Headers|FormData|LRUCache|Record)\b")
TIME_WORDS = frozenset(("EX", "PX", "EXAT", "PXAT"))
SERIALISES = re.compile(r"JSON\.stringify|stringify|serialize|serialise|encode|pack$", re.IGNORECASE)
VALUE_POSITION = {"set": 1, "setnx": 1, "getset": 1, "setex": 2, "psetex": 2, "hset": 2, "hsetnx": 2, "lpush": 1, "rpush": 1}


class Queue(Struct, frozen=True):
    """The chain that a command is queued in: `multi` or `pipeline`, and a name for it that is unique in the file.

    The name begins with the variable that holds the queue, where one does.
    """

    kind: str
    name: str


def read_redis_call(context: CodeContext, call: Node) -> RedisCommand | None:
    """The Redis command that a call sends or queues; None where its object is no Redis client."""
    called = callee_of(call)
    member = member_of(context.tree, called) if called is not None else None
    if member is None:
        return None
    owner, method = member
    command, given = method.lower(), arguments_of(call)
    if command in DIRECT_METHODS:
        command, given = direct_command(context, given)
    if command not in COMMANDS:
        return None
    client, queue = queue_of(context, owner)
    if not is_redis_client(context, client, queue):
        return None
    package = context.clients.origin(client).package
    return RedisCommand(
        location=context.location(call),
        scope=context.scope(call),
        command=command,
        key=context.text(given[0]) if given else "",
        expires=sets_expiry(context, command, given),
        in_multi=queue is not None and queue.kind == "multi",
        in_pipeline=queue is not None and queue.kind == "pipeline",
        value_is_serialised=is_serialised(context, command, given),
        queue=queue.name if queue is not None else None,
        client=context.text(client),
        arguments=tuple(context.text(argument) for argument in given),
        client_known=PACKAGES.match(package) is not None,
        package=package,
    )


def direct_command(context: CodeContext, given: list[Node]) -> tuple[str, list[Node]]:
    """`redis.call("SET", key, value)` and `client.sendCommand(["SET", key, value])`."""
    words = given
    if given and (array := context.values.array(given[0])) is not None:
        words = list(array.elements)
    name = context.values.string(words[0]) if words else None
    return (name.lower(), words[1:]) if name is not None else ("", [])


def queue_of(context: CodeContext, owner: Node) -> tuple[Node, Queue | None]:
    """The client at the root of a chain (`redis` of `redis.multi().incr(key)`), and the queue that the chain goes through.

    A variable that holds a queue (`const batch = redis.multi()`) is its own client.
    """
    found = follow_chain(context, owner)
    if found is not None:
        return found
    binding = context.scopes.resolve(owner)
    if binding is None:
        return owner, None
    if binding.annotation and QUEUE_TYPES.search(binding.annotation):
        kind = "multi" if "multi" in (binding.annotation + binding.name).lower() else "pipeline"
        return owner, Queue(kind, f"{binding.name} {position(context, binding.declaration)}")
    value = unwrap(binding.value, awaits=True) if binding.value is not None and not binding.path else None
    made = follow_chain(context, value) if value is not None and value.type == "call_expression" else None
    if made is None or made[1] is None:
        return owner, None
    return owner, Queue(made[1].kind, f"{binding.name} {made[1].name}")


def follow_chain(context: CodeContext, node: Node) -> tuple[Node, Queue | None] | None:
    """The root and the queue of `redis.multi().set(...).expire(...)`; None where the node is no chain through a queue."""
    for _ in range(MAX_DEPTH):
        called = callee_of(node) if node.type == "call_expression" else None
        member = member_of(context.tree, called) if called is not None else None
        if member is None:
            return None
        if member[1] in QUEUES:
            return member[0], Queue(member[1], f"{member[1]} {position(context, node)}")
        node = member[0]
    return None


def position(context: CodeContext, node: Node) -> str:
    place = context.location(node)
    return f"{place.line}:{place.column}"


def is_redis_client(context: CodeContext, client: Node, queue: Queue | None) -> bool:
    """Whether an object is a Redis client, by its definition, its type or its name."""
    origin = context.clients.origin(client)
    if PACKAGES.match(origin.package):
        return True
    if OTHER_PACKAGES.match(origin.package) or (origin.decided and origin.names and OTHER_TYPES.match(origin.names[0])):
        return False
    if queue is not None and origin.says(QUEUE_TYPES):
        return True
    return origin.says(REDIS)


def sets_expiry(context: CodeContext, command: str, given: list[Node]) -> bool | None:
    """Whether a command that writes sets a time to live; None for the others, and where its options are not to be seen."""
    if command in EXPIRE_COMMANDS:
        return True
    if command not in WRITE_COMMANDS:
        return None
    if command != "set":
        return False
    if any(argument.type == "spread_element" for argument in given):
        return None
    verdicts = [expiry_of_option(context, option) for option in given[2:]]
    if True in verdicts:
        return True
    return None if None in verdicts else False


def expiry_of_option(context: CodeContext, option: Node) -> bool | None:
    """What one option of SET says: `"EX"` and `{ EX: 60 }` set a time, `KEEPTTL` leaves it (None), `"NX"` says nothing (False)."""
    word = context.values.string(option)
    if word is not None:
        return None if word.upper() == "KEEPTTL" else word.upper() in TIME_WORDS
    if context.values.integer(option) is not None:
        return False
    value = context.values.object(option)
    names = {entry.key.upper() for entry in value}
    if names & TIME_WORDS:
        return True
    expiration = value.get("expiration")
    if expiration is not None:
        return None if "KEEPTTL" in context.text(expiration.value) else True
    if "KEEPTTL" in names or not value.complete:
        return None if "KEEPTTL" in names or option.type in ("identifier", "member_expression", "object") else False
    return False


def is_serialised(context: CodeContext, command: str, given: list[Node]) -> bool:
    """Whether the value written is text made of an object, or the result of a query."""
    at = VALUE_POSITION.get(command)
    if at is None or at >= len(given):
        return False
    node = unwrap(context.values.follow(given[at]), awaits=True)
    called = callee_of(node) if node.type == "call_expression" else None
    if called is None:
        return False
    if SERIALISES.search(context.text(called)):
        return True
    return prisma_call(context.tree, context.scopes, context.clients, node) is not None
