"""One file of TypeScript or JavaScript in, a `CodeReading` out. A file is parsed once, and each of its calls is looked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from advisor.model import (
    ApiUse,
    ClientConfig,
    CodeFile,
    Outline,
    Query,
    RawSql,
    RedisCommand,
    Role,
    ShellCommand,
    Skipped,
    SourceText,
)
from advisor.sources.typescript import api_uses, prisma_clients, raw_sql, redis_calls, sql_text
from advisor.sources.typescript.calls import Calls
from advisor.sources.typescript.clients import Clients
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.database_clients import may_make_clients, read_client, read_tls_variable
from advisor.sources.typescript.elements import Elements
from advisor.sources.typescript.loops import Loops
from advisor.sources.typescript.outline import Outlines
from advisor.sources.typescript.parameters import Parameters
from advisor.sources.typescript.prisma_calls import read_prisma_call
from advisor.sources.typescript.processes import may_start_processes, read_process
from advisor.sources.typescript.references import References
from advisor.sources.typescript.safety import SafetyOf
from advisor.sources.typescript.scopes import Scopes
from advisor.sources.typescript.sql_text import TextReader
from advisor.sources.typescript.syntax import MAX_DEPTH, NotCode, SyntaxTree, callee_of, field
from advisor.sources.typescript.values import Values

OrmReader = Callable[[CodeContext, Node, str], Query | None]
"""Reads a call by the last name of what is called; None where it is no query of that ORM."""

ORM_READERS: Mapping[str, tuple[OrmReader, ...]] = {}
"""The readers that know a name, in the order in which they are asked."""

CALLED_ROLES = ("application", "script", "example")
"""The roles of files whose functions an application may call, and whose calls matter."""

KNOWN_NAMES = frozenset().union(
    prisma_clients.METHODS, raw_sql.METHODS, sql_text.TAG_NAMES, api_uses.METHODS, api_uses.METRICS_METHODS, ORM_READERS
)
CALLS = """
(call_expression) @call
(new_expression) @call
(assignment_expression) @assignment
(binary_expression operator: ">" right: (template_string)) @tagged
"""


class CodeReading(Struct, frozen=True):
    """What one file holds: its facts, its queries, and what of it was not understood."""

    file: CodeFile
    queries: tuple[Query, ...] = ()
    problems: tuple[Skipped, ...] = ()
    outline: Outline = Outline()


@dataclass(slots=True)
class Facts:
    """The facts of one file while it is read."""

    queries: list[Query] = dataclass_field(default_factory=list)
    raw_sql: list[RawSql] = dataclass_field(default_factory=list)
    clients: list[ClientConfig] = dataclass_field(default_factory=list)
    redis_commands: list[tuple[int, RedisCommand]] = dataclass_field(default_factory=list)
    """Each with the byte where its name ends: in chains and in callbacks, the order in which commands are sent."""
    shell_commands: list[ShellCommand] = dataclass_field(default_factory=list)
    api_uses: list[ApiUse] = dataclass_field(default_factory=list)
    too_deep: list[Node] = dataclass_field(default_factory=list)
    calls: dict[str, list[Node]] = dataclass_field(default_factory=dict)
    """All calls, by the last name of what is called, but for those that are queries themselves."""
    factories: bool = False
    """Plain functions that make clients are worth looking for."""
    processes: bool = False
    """Functions that start processes are."""

    def may_matter(self, name: str) -> bool:
        """Whether any reader knows a function of this name."""
        return self.factories or self.processes or name in KNOWN_NAMES or name.lower() in redis_calls.NAMES


def read_code(source: SourceText, role: Role) -> CodeReading:
    """Read a file of code. Declaration files (`.d.ts`) hold no calls and are not parsed."""
    empty = CodeFile(source.path, role)
    if source.path.endswith((".d.ts", ".d.mts", ".d.cts")):
        return CodeReading(empty)
    try:
        tree = SyntaxTree(source)
    except NotCode:
        return CodeReading(empty, problems=(not_code(source),))
    context = context_of(tree, role)
    facts = collect(context)
    file = CodeFile(
        source.path,
        role,
        raw_sql=tuple(sorted(facts.raw_sql, key=lambda sql: sql.location)),
        clients=tuple(facts.clients),
        redis_commands=tuple(command for _, command in sorted(facts.redis_commands, key=lambda sent: sent[0])),
        shell_commands=tuple(facts.shell_commands),
        api_uses=tuple(facts.api_uses),
    )
    outline = outline_of(context, facts) if role in CALLED_ROLES else Outline()
    return CodeReading(file, tuple(facts.queries), tuple(problems_of(tree, facts)), outline)


def context_of(tree: SyntaxTree, role: Role) -> CodeContext:
    scopes = Scopes(tree)
    values = Values(tree, scopes)
    clients = Clients(values)
    loops = Loops(values, lambda collection: prisma_clients.fetched_collection(tree, scopes, clients, collection))
    return CodeContext(tree, role, scopes, values, clients, loops, Elements(values), Parameters(values))


def outline_of(context: CodeContext, facts: Facts) -> Outline:
    """What the file offers to others, and whom it calls."""
    references = References(context.scopes)
    outline = Outlines(context.tree, context.scopes, references).read()
    return replace(outline, calls=Calls(context, references).read(facts.calls))


def collect(context: CodeContext) -> Facts:
    data = context.tree.data
    facts = Facts(factories=may_make_clients(data), processes=may_start_processes(data))
    sql = TextReader(context, SafetyOf(context.values, environment="constant"))
    shell = TextReader(context, SafetyOf(context.values, environment="unknown"))
    captured = context.tree.captures(CALLS)
    for call in captured.get("call", ()):
        name = called_name(context, call)
        made = call.type == "new_expression"
        if name is None:
            continue
        if (made or facts.may_matter(name)) and context.tree.is_too_deep(call):
            facts.too_deep.append(call)
        elif made:
            read_new(context, call, facts)
        elif not (facts.may_matter(name) and read_call(context, call, name, facts, sql, shell)):
            facts.calls.setdefault(name, []).append(call)
    for template in captured.get("tagged", ()):
        query = raw_sql.read_raw_sql(context, sql, template)
        facts.raw_sql.extend([query] if query is not None else [])
    for assignment in captured.get("assignment", ()):
        setting = read_tls_variable(context, assignment)
        facts.clients.extend([setting] if setting is not None else [])
    facts.clients.sort(key=lambda client: client.location)
    return facts


def called_name(context: CodeContext, call: Node) -> str | None:
    """The last name of what is called: `findMany` of `prisma.post.findMany`, `exec` of `exec`."""
    called = callee_of(call)
    if called is None:
        return None
    name = called if called.type == "identifier" else field(called, "property") or field(called, "index")
    return context.text(name).strip("'\"") if name is not None else None


def read_new(context: CodeContext, call: Node, facts: Facts) -> None:
    client = read_client(context, call)
    if client is not None:
        facts.clients.append(client)
        facts.api_uses.extend(api_uses.read_reject_option(context, call, None))


def read_call(context: CodeContext, call: Node, name: str, facts: Facts, sql: TextReader, shell: TextReader) -> bool:
    """Hand a call to the readers that know its name. Whether it is a query."""
    if read_query(context, call, name, facts, sql):
        return True
    if name.lower() in redis_calls.NAMES:
        command = redis_calls.read_redis_call(context, call)
        called = callee_of(call)
        facts.redis_commands.extend([(called.end_byte, command)] if command is not None and called is not None else [])
    if name in api_uses.METHODS or name in api_uses.METRICS_METHODS:
        use = api_uses.read_client_api(context, call)
        facts.api_uses.extend([use] if use is not None else [])
    if facts.factories:
        client = read_client(context, call)
        facts.clients.extend([client] if client is not None else [])
    if facts.processes:
        process = read_process(context, shell, call)
        facts.shell_commands.extend([process] if process is not None else [])
    return False


def read_query(context: CodeContext, call: Node, name: str, facts: Facts, sql: TextReader) -> bool:
    """Whether a call is a query: of Prisma, of another ORM, or SQL handed to a driver."""
    if name in prisma_clients.METHODS:
        found = prisma_clients.prisma_call(context.tree, context.scopes, context.clients, call)
        if found is not None:
            facts.queries.append(read_prisma_call(context, call, found))
            facts.api_uses.extend(api_uses.read_reject_option(context, call, found))
            return True
    for reader in ORM_READERS.get(name, ()):
        if (read := reader(context, call, name)) is not None:
            facts.queries.append(read)
            return True
    raw = raw_sql.read_raw_sql(context, sql, call) if name in raw_sql.METHODS or name in sql_text.TAG_NAMES else None
    facts.raw_sql.extend([raw] if raw is not None else [])
    return raw is not None


def syntax_problem(source: SourceText) -> Skipped | None:
    """What is wrong with the syntax of a file that is read by other means."""
    try:
        return SyntaxTree(source).mistakes()
    except NotCode:
        return not_code(source)


def not_code(source: SourceText) -> Skipped:
    return Skipped(source.path, "not code: the text has too many syntax errors")


def problems_of(tree: SyntaxTree, facts: Facts) -> Iterator[Skipped]:
    """One problem for all places that the grammar did not take, one for calls nested too deeply to be judged."""
    if (mistakes := tree.mistakes()) is not None:
        yield mistakes
    if facts.too_deep:
        reason = f"calls nested deeper than {MAX_DEPTH} levels were not read"
        yield Skipped(tree.source.path, reason, location=tree.location(facts.too_deep[0]))
