"""Helpers of these tests: a snippet in, what was read of it out."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from advisor.model import Query, RawSql, RedisCommand, Role, ShellCommand, SourceText
from advisor.sources.calls import Directory, Graph, with_rounds
from advisor.sources.module_paths import ModulePaths
from advisor.sources.raw_queries import queries_of_code
from advisor.sources.typescript import CodeReading, read_code

CLIENT = "import { PrismaClient, Prisma } from '@prisma/client';\nconst prisma = new PrismaClient();\n"


def read(text: str, path: str = "src/app.ts", role: Role = "application") -> CodeReading:
    return read_code(SourceText(path, dedent(text)), role)


def queries(text: str, path: str = "src/app.ts") -> tuple[Query, ...]:
    """The queries of a snippet that has `prisma`, with the loops that reach them through its functions."""
    return linked({path: CLIENT + dedent(text)})


def linked(files: Mapping[str, str]) -> tuple[Query, ...]:
    """The queries of several files, with the loops that reach them through functions."""
    found = {path: read(text, path) for path, text in files.items()}
    sent = [query for one in found.values() for query in (*one.queries, *queries_of_code(one.file))]
    outlines = {path: one.outline for path, one in found.items()}
    return tuple(with_rounds(Graph(sent, outlines, Directory(outlines, ModulePaths(files)))))


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
