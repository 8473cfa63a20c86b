"""Which library's way of writing Redis options a command takes.

In: a command and the project. Out: `ioredis` (`'EX', 60`), `redis` (`{ EX: 60 }`) or `@upstash/redis` (`{ ex: 60 }`).
"""

from __future__ import annotations

from typing import Literal

from advisor.model import Project, RedisCommand

Library = Literal["ioredis", "redis", "@upstash/redis"]
OF_PACKAGE: dict[str, Library] = {
    "ioredis": "ioredis",
    "iovalkey": "ioredis",
    "redis": "redis",
    "@redis/client": "redis",
    "@upstash/redis": "@upstash/redis",
    "@vercel/kv": "@upstash/redis",
}


def library_of(command: RedisCommand, project: Project) -> Library:
    """The library that the file imports, else the one that the nearest manifest asks for; ioredis where neither says."""
    if command.package in OF_PACKAGE:
        return OF_PACKAGE[command.package]
    near = command.location.path
    asked = [package for package in ("ioredis", "redis", "@upstash/redis") if project.version_of(package, near) is not None]
    return OF_PACKAGE[asked[0]] if asked else "ioredis"
