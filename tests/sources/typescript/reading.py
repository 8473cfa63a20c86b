"""Helpers of these tests: a snippet in, what was read of it out."""

from __future__ import annotations

from textwrap import dedent

from advisor.model import Query, RawSql, RedisCommand, Role, ShellCommand, SourceText
from advisor.sources.typescript import CodeReading, read_code

CLIENT = "import { PrismaClient, Prisma } from '@prisma/client';\nconst prisma = new PrismaClient();\n"


def read(text: str, path: str = "src/app.ts", role: Role = "application") -> CodeReading:
    return read_code(SourceText(path, dedent(text)), role)


def queries(text: str, path: str = "src/app.ts") -> tuple[Query, ...]:
    """The queries of a snippet that has `prisma`."""
    return read(CLIENT + dedent(text), path).queries


def query(text: str) -> Query:
    """The only query of a snippet that has `prisma`."""
    (found,) = queries(text)
    return found


def raw(text: str) -> RawSql:
    """The only SQL text of a snippet."""
    (found,) = read(text).file.raw_sql
    return found


def redis(text: str) -> tuple[RedisCommand, ...]:
    return read(text).file.redis_commands


def shell(text: str) -> ShellCommand:
    """The only command line of a snippet."""
    (found,) = read(text).file.shell_commands
    return found
