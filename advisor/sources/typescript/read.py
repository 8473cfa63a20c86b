"""One file of TypeScript or JavaScript in, a `CodeReading` out. A file is parsed once and its calls are looked at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from advisor.model import ApiUse, ClientConfig, CodeFile, Query, RawSql, RedisCommand, Role, ShellCommand, Skipped, SourceText
from advisor.sources.typescript.clients import Clients
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.loops import Loops
from advisor.sources.typescript.prisma_calls import read_prisma_call
from advisor.sources.typescript.prisma_clients import fetched_collection, prisma_call
from advisor.sources.typescript.scopes import Scopes
from advisor.sources.typescript.syntax import MAX_DEPTH, NotCode, SyntaxTree
from advisor.sources.typescript.values import Values


@dataclass(frozen=True, slots=True)
class CodeReading:
    """What one file holds: its facts, its queries, and what of it was not understood."""

    file: CodeFile
    queries: tuple[Query, ...] = ()
    problems: tuple[Skipped, ...] = ()


def read_code(source: SourceText, role: Role) -> CodeReading:
    """Read a file of code. Declaration files (`.d.ts`) hold none."""
    empty = CodeFile(source.path, role)
    if source.path.endswith((".d.ts", ".d.mts", ".d.cts")):
        return CodeReading(empty)
    try:
        tree = SyntaxTree(source)
    except NotCode:
        return CodeReading(empty, problems=(Skipped(source.path, "not code: the text has too many syntax errors"),))
    context = context_of(tree, role)
    calls = tree.captures("(call_expression) @c").get("c", [])
    queries = []
    for call in calls:
        found = prisma_call(tree, context.scopes, context.clients, call)
        if found is not None and not tree.is_too_deep(call):
            queries.append(read_prisma_call(context, call, found))
    return CodeReading(CodeFile(source.path, role), tuple(queries), tuple(problems_of(tree)))


def context_of(tree: SyntaxTree, role: Role) -> CodeContext:
    scopes = Scopes(tree)
    values = Values(tree, scopes)
    clients = Clients(values)
    loops = Loops(values, lambda collection: fetched_collection(tree, scopes, clients, collection))
    return CodeContext(tree, role, scopes, values, clients, loops)


def problems_of(tree: SyntaxTree) -> Iterator[Skipped]:
    if tree.errors:
        number = len(tree.errors)
        reason = f"syntax not understood, {number} place{'s' if number > 1 else ''}"
        yield Skipped(tree.source.path, reason, location=tree.location(tree.errors[0]))
