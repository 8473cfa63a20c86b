"""Redis commands: whose they are, what expires, what is queued together."""

from __future__ import annotations

import pytest

from tests.sources.typescript.reading import redis

IOREDIS = "import Redis from 'ioredis'; const redis = new Redis();\n"


@pytest.mark.parametrize(
    "text",
    [
        "import Redis from 'ioredis'; const cache = new Redis(); cache.get('k');",
        "import { createClient } from 'redis'; const client = createClient(); client.get('k');",
        "import { createClient } from 'redis'; const client = await createClient({}).on('error', log).connect(); client.get('k');",
        "import { redis } from './redis'; redis.get('k');",
        "import { redis } from '@acme/shared/server'; redis?.get('k');",
        "class Store { constructor(private cache: Redis) {} f() { return this.cache.get('k'); } }",
        "class Store { constructor(private redis: any) {} f() { return this.redis.get('k'); } }",
        "export const f = (client: RedisClientType) => client.get('k');",
        "import Redis from 'ioredis'; const redis = new Redis(); redis.call('GET', 'k');",
        "import { createClient } from 'redis'; const client = createClient(); client.sendCommand(['GET', 'k']);",
    ],
)
def test_a_redis_client_is_known_by_its_definition_type_or_name(text: str) -> None:
    (found,) = redis(text)
    assert (found.command, found.key) == ("get", "'k'")


@pytest.mark.parametrize(
    "text",
    [
        "const cache = new Map(); cache.set('a', 1); cache.get('a');",
        "const redisNames = new Map(); redisNames.set('a', 1);",
        "import RedisStore from 'connect-redis'; const redisStore = new RedisStore(); redisStore.set('a', 1);",
        "app.set('trust proxy', 1); params.get('id'); store.del('x');",
        "import { redis } from './redis'; redis.on('error', log); redis.quit();",
    ],
)
def test_other_objects_and_calls_are_left_alone(text: str) -> None:
    assert redis(text) == ()


@pytest.mark.parametrize(
    ("call", "expires"),
    [
        ("set('k', 'v')", False),
        ("set('k', 'v', 'EX', 60)", True),
        ("set('k', 'v', 'px', 60)", True),
        ("set('k', 'v', { EX: 60 })", True),
        ("set('k', 'v', { ex: 60 })", True),
        ("set('k', 'v', { expiration: { type: 'EX', value: 60 } })", True),
        ("set('k', 'v', { NX: true })", False),
        ("set('k', 'v', 'NX')", False),
        ("set('k', 'v', 'XX')", False),
        ("set('k', 'v', 'KEEPTTL')", None),
        ("set('k', 'v', { KEEPTTL: true })", None),
        ("set('k', 'v', options)", None),
        ("set(...parts)", None),
        ("setex('k', 60, 'v')", True),
        ("setEx('k', 60, 'v')", True),
        ("hset('k', 'f', 'v')", False),
        ("incr('k')", False),
        ("expire('k', 60)", True),
        ("get('k')", None),
    ],
)
def test_a_write_says_whether_its_key_expires(call: str, expires: bool | None) -> None:
    (found,) = redis(f"{IOREDIS}export const f = (options, parts) => redis.{call};")
    assert found.expires is expires


def test_commands_of_one_chain_share_a_queue() -> None:
    found = redis(IOREDIS + "await redis.multi().incr(key).expire(key, 60).exec();\nawait redis.multi().get(key).exec();")
    assert [one.command for one in found] == ["incr", "expire", "get"]
    assert all(one.in_multi and one.client == "redis" for one in found)
    assert found[0].queue == found[1].queue != found[2].queue


def test_a_command_in_the_callback_of_another_comes_after_it() -> None:
    found = redis(IOREDIS + "redis.incr(key, (error, count) => { if (count === 1) redis.expire(key, 60); });")
    assert [one.command for one in found] == ["incr", "expire"]


def test_a_queue_in_a_variable_is_one_queue() -> None:
    found = redis(
        IOREDIS
        + "const batch = redis.pipeline();\nbatch.incr(key);\nbatch.expire(key, 60);\nawait batch.exec();\nawait redis.get(key);"
    )
    assert [(one.in_pipeline, one.in_multi) for one in found] == [(True, False), (True, False), (False, False)]
    assert found[0].queue == found[1].queue is not None
    assert found[2].queue is None


@pytest.mark.parametrize(
    ("value", "serialised"),
    [
        ("JSON.stringify(user)", True),
        ("superjson.stringify(user)", True),
        ("text", True),
        ("'1'", False),
        ("user.name", False),
    ],
)
def test_a_serialised_value_is_a_cached_copy(value: str, serialised: bool) -> None:
    (found,) = redis(
        f"{IOREDIS}export function f(user) {{ const text = JSON.stringify(user); return redis.set(`u:${{user.id}}`, {value}); }}"
    )
    assert found.value_is_serialised is serialised
    assert found.key == "`u:${user.id}`"
    assert found.arguments == ("`u:${user.id}`", value)


def test_a_client_known_by_its_name_alone_is_marked() -> None:
    known, named = redis(IOREDIS + "redis.get('a');")[0], redis("import { redis } from './redis'; redis.get('a');")[0]
    assert known.client_known
    assert not named.client_known
