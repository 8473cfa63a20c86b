"""A copy of data written to Redis without a time to live.

## Why it matters
A cache is wrong from the moment its source changes. A time to live bounds for how long; without one, an invalidation
that was missed (a crash, a script, an edit by hand) serves the old value for ever. The keys also stay: every entry
ever cached fills memory until Redis evicts by `maxmemory-policy`, or, under its default `noeviction`, refuses all
further writes.

## When it is fine
Redis holds the data itself and no copy of it (a queue's state, a setting), or the keys are few, fixed, and renewed by
a schedule. `KEEPTTL`, locks (`NX`), a time to live set later in the same function, tests and scripts are not
reported.

## What to do
Give every cached value a time to live, however long: `SET key value EX seconds`. Let it vary a little (jitter), so
that entries written together do not expire together.

## Sources
- Redis documentation, "SET" (EX, PX, KEEPTTL); "Key eviction" (maxmemory, noeviction)
"""

from collections.abc import Iterator

from advisor.model import CodeFile, Location, Project, RedisCommand
from advisor.remedies import RewriteCode
from advisor.remedies.redis_options import library_of
from advisor.rule import Confidence, Finding, Severity, rule, typescript

BAD = [
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export async function user(id: string, load: (id: string) => Promise<object>) {
          const cached = await redis.get(`user:${id}`);
          if (cached) return JSON.parse(cached);
          const found = await load(id);
          await redis.set(`user:${id}`, JSON.stringify(found));
          return found;
        }
    """),
    typescript("""
        import { createClient } from 'redis';
        const client = createClient();
        export const remember = (key: string, posts: object[]) => client.set(key, JSON.stringify(posts));
    """),
]
GOOD = [
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export const one = (key: string, value: object) => redis.set(key, JSON.stringify(value), 'EX', 3600);
        export const two = (key: string, value: object) => redis.setex(key, 3600, JSON.stringify(value));
    """),
    typescript("""
        import { createClient } from 'redis';
        const client = createClient();
        export const one = (key: string, value: object) => client.set(key, JSON.stringify(value), { EX: 3600 });
        export const same = (key: string, value: object) => client.set(key, JSON.stringify(value), { KEEPTTL: true });
    """),
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export const both = (key: string, value: object) =>
          redis.multi().set(key, JSON.stringify(value)).expire(key, 3600).exec();
    """),
    typescript("""
        import Redis from 'ioredis';
        const redis = new Redis();
        export const flag = () => redis.set('maintenance', 'on'); // state, no copy
    """),
]


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def cache_without_expiry(file: CodeFile, project: Project) -> Iterator[Finding]:
    if file.role != "application":
        return
    read_keys = {command.key for command in file.redis_commands if command.command == "get"}
    expired = expired_keys(file)
    for write in file.redis_commands:
        if not is_cached_copy(write) or (write.key, write.scope.function_location) in expired:
            continue
        yield Finding(
            at=write.location,
            subject=f"{write.key} in {write.scope.function or file.path}",
            message=f"{write.key} is cached without a time to live: it stays, however old it grows, until something deletes it",
            remedy=RewriteCode("Give the cached value a time to live", write.location, with_expiry(write, project)),
            confidence=Confidence.LIKELY if write.client_known and write.key in read_keys else Confidence.POSSIBLE,
        )


def is_cached_copy(write: RedisCommand) -> bool:
    """A plain SET of a serialised value; NX makes it a lock or a state, KEEPTTL keeps the time that it has."""
    options = " ".join(write.arguments[2:]).upper()
    return (
        write.command == "set"
        and write.expires is False
        and write.value_is_serialised
        and not ("NX" in options or "KEEPTTL" in options)
    )


def expired_keys(file: CodeFile) -> set[tuple[str, Location | None]]:
    """The keys that get a time to live by a command of their own, with the function that gives it."""
    expiries = [command for command in file.redis_commands if command.command in ("expire", "pexpire", "expireat", "pexpireat")]
    return {(command.key, command.scope.function_location) for command in expiries}


def with_expiry(write: RedisCommand, project: Project) -> str:
    value = write.arguments[1] if len(write.arguments) > 1 else "value"
    options = {"ioredis": "'EX', 3600", "redis": "{ EX: 3600 }"}.get(library_of(write, project), "{ ex: 3600 }")
    written = f"{write.client or 'redis'}.set({write.key}, {value}, {options});"
    return f"{'' if write.queue else 'await '}{written} // an hour; as long as an old value does no harm"
