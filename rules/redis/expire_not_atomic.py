"""A key written by one Redis command and given its time to live by another.

## Why it matters
Between the two the process can be killed, the deploy can roll, the connection can drop; then the key has no time to
live. A rate limiter that says `if (current === 1) expire(...)` never tries again: the counter stays above its limit
for ever, and that user is locked out until somebody deletes the key by hand. A lock made by SETNX is held for ever. A
session or a cached value stays until memory is full.

## When it is fine
The expiry is sent every time and only sets what is missing (`EXPIRE key seconds NX`): the next call heals the key.
Commands queued in MULTI run together and are not reported. A pipeline sends both at once, which closes the gap for a
client that dies between them, but it is not atomic: it is reported as information.

## What to do
Let one command do both: `SET key value EX seconds`, with `NX` for a lock. For a counter, create it with its time to
live and then count, in one MULTI: `SET key 0 EX seconds NX`, `INCR key`; INCR leaves the time to live as it is. With
Redis 7, `INCR key`, `EXPIRE key seconds NX` in one MULTI does the same; a Lua script always did.

## Sources
- Redis documentation, "INCR", section "Pattern: Rate limiter 2" (the leaked counter); "SET" (EX, NX); "EXPIRE" (NX
  since 7.0)
- Redis documentation, "Transactions" (commands of a transaction run as one isolated operation); "Redis pipelining"
"""

from collections.abc import Iterator

from advisor.model import CodeFile, Location, Project, RedisCommand
from advisor.remedies import RewriteCode
from advisor.remedies.redis_options import library_of
from advisor.rule import Confidence, Finding, Related, Severity, rule, typescript

BAD = [
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export async function allow(userId: string, limit: number, window: number) {
          const key = `ratelimit:${userId}`;
          const current = await redis.incr(key);
          if (current === 1) await redis.expire(key, window);
          return current <= limit;
        }
    """),
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export async function lock(name: string) {
          const got = await redis.setnx(`lock:${name}`, '1');
          if (got) await redis.expire(`lock:${name}`, 30);
          return got === 1;
        }
    """),
    typescript("""
        import { createClient } from 'redis';
        const client = createClient();
        export async function remember(token: string, user: string) {
          await client.set(token, user);
          await client.expire(token, 3600);
        }
    """),
]
GOOD = [
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export async function allow(userId: string, limit: number, window: number) {
          const key = `ratelimit:${userId}`;
          const results = await redis.multi().set(key, 0, 'EX', window, 'NX').incr(key).exec();
          return Number(results?.[1]?.[1]) <= limit;
        }
    """),
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export const hit = (key: string) => redis.multi().incr(key).expire(key, 60, 'NX').exec();
    """),
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export async function touch(key: string) {
          await redis.set(key, '1', 'EX', 60);
          await redis.expire(key, 120); // it has a time to live already
        }
    """),
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export async function count(key: string, other: string) {
          await redis.incr(key);
          await redis.expire(other, 60); // another key
        }
    """),
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export async function page(key: string) {
          await redis.incr(key);
          await redis.expire(key, 60, 'NX'); // sent every time: the next call heals it
        }
    """),
]

COUNTS = ("incr", "incrby", "incrbyfloat", "decr", "decrby")
WRITES = (*COUNTS, "setnx", "set")
EXPIRES = {"expire": "EX", "pexpire": "PX", "expireat": "EXAT", "pexpireat": "PXAT"}


@rule(severity=Severity.ERROR, bad=BAD, good=GOOD)
def expire_not_atomic(file: CodeFile, project: Project) -> Iterator[Finding]:
    for write, expire in pairs(file) if file.role == "application" else ():
        piped = write.in_pipeline and write.queue == expire.queue is not None
        forever = "the rate or count it holds" if write.command in COUNTS else "what it holds"
        yield Finding(
            at=write.location,
            subject=f"{write.key} in {write.scope.function or file.path}",
            message=f"{write.command.upper()} and {expire.command.upper()} of {write.key} are two commands"
            + (", sent together but not atomic" if piped else f": a crash between them keeps {forever} for ever"),
            remedy=RewriteCode("Write the key and its time to live at once", write.location, at_once(write, expire, project)),
            confidence=Confidence.POSSIBLE if piped else confidence(write),
            related=(Related(expire.location, "the time to live is set here"),),
            severity=Severity.INFO if piped else None,
        )


def confidence(write: RedisCommand) -> Confidence:
    """A client from another file may be a wrapper whose `set` gives a time to live by itself; nobody's INCR does."""
    if write.client_known:
        return Confidence.CERTAIN
    return Confidence.LIKELY if write.command in COUNTS else Confidence.POSSIBLE


def pairs(file: CodeFile) -> list[tuple[RedisCommand, RedisCommand]]:
    """Each write without a time to live, and the expiry of its key that follows in the same function."""
    found: list[tuple[RedisCommand, RedisCommand]] = []
    next_expiry: dict[tuple[str, str, Location | None], RedisCommand] = {}
    for command in reversed(file.redis_commands):
        key = (command.key, command.client, command.scope.function_location)
        if command.command in EXPIRES:
            next_expiry[key] = command
        elif command.command in WRITES and command.expires is False and command.key:
            expire = next_expiry.get(key)
            if expire and not (together(command, expire) or heals(expire)):
                found.append((command, expire))
    return found[::-1]


def together(one: RedisCommand, other: RedisCommand) -> bool:
    return one.in_multi and other.in_multi and one.queue == other.queue


def heals(expire: RedisCommand) -> bool:
    return any("NX" in argument for argument in expire.arguments[2:])


def at_once(write: RedisCommand, expire: RedisCommand, project: Project) -> str:
    """The pair as one command, in the words of the client library that the project uses."""
    key, word = write.key, EXPIRES[expire.command]
    # A variable that holds the queue (`const batch = redis.pipeline()`) is no client.
    client = "redis" if not write.client or (write.queue or "").startswith(f"{write.client} ") else write.client
    time = expire.arguments[1] if len(expire.arguments) > 1 else "seconds"
    value = write.arguments[1] if len(write.arguments) > 1 else "value"
    library = library_of(write, project)
    node_redis = library == "redis"

    def options(only_new: bool) -> str:
        if library == "ioredis":
            return f"'{word}', {time}" + (", 'NX'" if only_new else "")
        written = f"{{ {word}: {time}{', NX: true' if only_new else ''} }}"
        return written if node_redis else written.replace(word, word.lower()).replace("NX", "nx")

    only_new = write.command == "setnx" or any("NX" in argument for argument in write.arguments[2:])
    if write.command not in COUNTS:
        return f"await {client}.set({key}, {value}, {options(only_new)});"
    start = "'0'" if node_redis else "0"
    count = f"{write.command}({key})" if write.command in ("incr", "decr") else f"{write.command}({key}, {value})"
    result = "results?.[1]?.[1]" if library == "ioredis" else "results[1]"
    return (
        f"const results = await {client}\n  .multi()\n  .set({key}, {start}, {options(True)})\n  .{count}\n  .exec();\n"
        f"const current = Number({result});"
    )
