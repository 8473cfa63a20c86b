"""One file of TypeScript or JavaScript in, a `CodeReading` out. A file is parsed once, and each of its calls is looked at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Node

from advisor.model import (
    ApiUse,
    ClientConfig,
    CodeFile,
    Location,
    Query,
    RawSql,
    RedisCommand,
    Role,
    ShellCommand,
    Skipped,
    SourceText,
)
from advisor.sources.typescript import api_uses, prisma_clients, raw_sql, redis_calls, sql_text
from advisor.sources.typescript.clients import Clients
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.database_clients import may_make_clients, read_client, read_tls_variable
from advisor.sources.typescript.elements import Elements
from advisor.sources.typescript.helpers import Helpers
from advisor.sources.typescript.loops import Loops
from advisor.sources.typescript.prisma_calls import read_prisma_call
from advisor.sources.typescript.prisma_clients import PrismaCall
from advisor.sources.typescript.processes import may_start_processes, read_process
from advisor.sources.typescript.results import is_awaited, result_of
from advisor.sources.typescript.safety import SafetyOf
from advisor.sources.typescript.scopes import Scopes
from advisor.sources.typescript.sql_text import TextReader
from advisor.sources.typescript.syntax import MAX_DEPTH, NotCode, SyntaxTree, arguments_of, callee_of, field
from advisor.sources.typescript.transactions import goes_to_transaction
from advisor.sources.typescript.values import Values

KNOWN_NAMES = frozenset().union(
    prisma_clients.METHODS, raw_sql.METHODS, sql_text.TAG_NAMES, api_uses.METHODS, api_uses.METRICS_METHODS
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


@dataclass(slots=True)
class Facts:
    """The facts of one file while it is read."""

    queries: list[tuple[Node, PrismaCall, Query]] = dataclass_field(default_factory=list)
    """Each with its call."""
    raw_sql: list[tuple[Node, RawSql]] = dataclass_field(default_factory=list)
    clients: list[ClientConfig] = dataclass_field(default_factory=list)
    redis_commands: list[tuple[int, RedisCommand]] = dataclass_field(default_factory=list)
    """Each with the byte where its name ends: in chains and in callbacks, the order in which commands are sent."""
    shell_commands: list[ShellCommand] = dataclass_field(default_factory=list)
    api_uses: list[ApiUse] = dataclass_field(default_factory=list)
    too_deep: list[Node] = dataclass_field(default_factory=list)
    calls: dict[str, list[Node]] = dataclass_field(default_factory=dict)
    """All calls, by the last name of what is called."""
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
    helpers = Helpers(context, facts.calls)
    file = CodeFile(
        source.path,
        role,
        raw_sql=tuple(
            sorted((with_rounds_of_sql(context, helpers, *found) for found in facts.raw_sql), key=lambda sql: sql.location)
        ),
        clients=tuple(facts.clients),
        redis_commands=tuple(command for _, command in sorted(facts.redis_commands, key=lambda sent: sent[0])),
        shell_commands=tuple(facts.shell_commands),
        api_uses=tuple(facts.api_uses),
    )
    queries = one_for_each_call([with_rounds(context, helpers, *found) for found in facts.queries])
    return CodeReading(file, queries, tuple(problems_of(tree, facts)))


def one_for_each_call(queries: Sequence[Query]) -> tuple[Query, ...]:
    """Queries whose `repeated` share no place: where one call in a loop sends several, the first speaks for all of them.

    `findUnique` comes last, because Prisma may batch it.
    """
    spoken_for: set[Location] = set()
    own: dict[int, tuple[Query, ...]] = {}
    for number in sorted(range(len(queries)), key=lambda number: queries[number].verb == "find unique"):
        own[number] = tuple(one for one in queries[number].repeated if one.location not in spoken_for)
        spoken_for.update(one.location for one in own[number])
    return tuple(replace(query, repeated=own[number]) if query.repeated else query for number, query in enumerate(queries))


def with_rounds(context: CodeContext, helpers: Helpers, call: Node, found: PrismaCall, query: Query) -> Query:
    """The query with what it is in the loops that call the function around it."""
    repeated = []
    for one in helpers.rounds(call, arguments_of(call)):
        seen = read_prisma_call(context, call, found, one.around)
        repeated.append(
            replace(
                seen,
                location=context.location(one.call),
                scope=context.scope(one.call),
                loops=one.loops,
                predicates=tuple(
                    replace(each, value_text=one.given.get(each.value_text or "", each.value_text)) for each in seen.predicates
                ),
                awaited=is_awaited(context.tree, one.call),
                batched_in_transaction=goes_to_transaction(context.tree, one.call),
                result_name=result_of(context.tree, one.call).name,
            )
        )
    return replace(query, repeated=tuple(repeated)) if repeated else query


def with_rounds_of_sql(context: CodeContext, helpers: Helpers, call: Node, sql: RawSql) -> RawSql:
    """The same for SQL."""
    repeated = tuple(
        replace(
            sql,
            location=context.location(one.call),
            scope=context.scope(one.call),
            loops=one.loops,
            uses_element_of=one.around.uses_element_of,
            awaited=is_awaited(context.tree, one.call),
            parameters=tuple(one.given.get(value, value) for value in sql.parameters),
        )
        for one in helpers.rounds(call, [call])
    )
    return replace(sql, repeated=repeated) if repeated else sql


def context_of(tree: SyntaxTree, role: Role) -> CodeContext:
    scopes = Scopes(tree)
    values = Values(tree, scopes)
    clients = Clients(values)
    loops = Loops(values, lambda collection: prisma_clients.fetched_collection(tree, scopes, clients, collection))
    return CodeContext(tree, role, scopes, values, clients, loops, Elements(values))


def collect(context: CodeContext) -> Facts:
    data = context.tree.data
    facts = Facts(factories=may_make_clients(data), processes=may_start_processes(data))
    sql = TextReader(context, SafetyOf(context.values, environment="constant"))
    shell = TextReader(context, SafetyOf(context.values, environment="unknown"))
    captured = context.tree.captures(CALLS)
    for call in captured.get("call", ()):
        name = called_name(context, call)
        if name is not None and call.type == "call_expression":
            facts.calls.setdefault(name, []).append(call)
        if name is None or not (call.type == "new_expression" or facts.may_matter(name)):
            continue
        if context.tree.is_too_deep(call):
            facts.too_deep.append(call)
        elif call.type == "new_expression":
            read_new(context, call, facts)
        else:
            read_call(context, call, name, facts, sql, shell)
    for template in captured.get("tagged", ()):
        query = raw_sql.read_raw_sql(context, sql, template)
        facts.raw_sql.extend([(template, query)] if query is not None else [])
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


def read_call(context: CodeContext, call: Node, name: str, facts: Facts, sql: TextReader, shell: TextReader) -> None:
    """Hand a call to the readers that know its name."""
    if name in prisma_clients.METHODS:
        found = prisma_clients.prisma_call(context.tree, context.scopes, context.clients, call)
        if found is not None:
            facts.queries.append((call, found, read_prisma_call(context, call, found)))
            facts.api_uses.extend(api_uses.read_reject_option(context, call, found))
            return
    if name in raw_sql.METHODS or name in sql_text.TAG_NAMES:
        query = raw_sql.read_raw_sql(context, sql, call)
        facts.raw_sql.extend([(call, query)] if query is not None else [])
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
