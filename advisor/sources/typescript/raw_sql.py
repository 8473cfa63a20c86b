"""Calls that hand SQL text to a driver or an ORM in, `RawSql` facts out."""

from __future__ import annotations

import re

from tree_sitter import Node

from advisor.model import RawSql
from advisor.sources.typescript.context import CodeContext
from advisor.sources.typescript.prisma_clients import PRISMA
from advisor.sources.typescript.results import is_awaited
from advisor.sources.typescript.sql_text import TAG_NAMES, BuiltText, TextReader
from advisor.sources.typescript.syntax import arguments_of, callee_of, field, member_of, tagged_template, unwrap

PRISMA_METHODS = frozenset(("$queryRaw", "$executeRaw", "$queryRawUnsafe", "$executeRawUnsafe"))
DRIVER_METHODS = frozenset(
    "query execute raw unsafe literal whereRaw orWhereRaw orderByRaw havingRaw groupByRaw joinRaw selectRaw".split()
)
METHODS = PRISMA_METHODS | DRIVER_METHODS
FRAGMENTS = frozenset("literal whereRaw orWhereRaw orderByRaw havingRaw groupByRaw joinRaw selectRaw".split())
"""They take a piece of a statement, which does not begin with its verb."""

PACKAGES = re.compile(
    r"^(pg|pg-pool|pg-promise|postgres|slonik|typeorm|sequelize|sequelize-typescript|knex|drizzle-orm|kysely|objection|"
    r"@neondatabase/|@vercel/postgres|@prisma/|@electric-sql/pglite|@mikro-orm/|@databases/pg)"
)
NAMES = re.compile(
    r"pool|^pg|postgres|^(db|database|client|conn|connection|tx|trx|sql|manager|em|knex|t|transaction)$|sequelize|knex|prisma|"
    r"dataSource|entityManager|queryRunner|[a-z]D[bB]$|dbClient|pgClient|DbConnection",
    re.IGNORECASE,
)
OTHERS = re.compile(
    r"^(mysql2?|mariadb|sqlite3|better-sqlite3|@clickhouse/|@google-cloud/|mssql|oracledb|cassandra-driver|snowflake-sdk|"
    r"@apollo/|graphql|urql|@tanstack/|duckdb|@planetscale/|@libsql/|neo4j-driver|@trpc/)"
)
STATEMENT = re.compile(
    r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(select|insert|update|delete|with|create|alter|drop|truncate|set|begin|commit|rollback|savepoint|"
    r"explain|copy|call|do|lock|listen|unlisten|notify|vacuum|analyze|analyse|refresh|grant|revoke|values|merge|comment|reindex|"
    r"cluster|show|declare|fetch|close|prepare|deallocate|discard|reset|start)\b",
    re.IGNORECASE | re.DOTALL,
)


def read_raw_sql(context: CodeContext, reader: TextReader, call: Node) -> RawSql | None:
    """The SQL that a call or a tagged template hands over; None where it is another kind of call."""
    tagged = tagged_template(call)
    if tagged is not None:
        return read_tagged(context, reader, *tagged)
    called = callee_of(call)
    if called is None:
        return None
    member = member_of(context.tree, called)
    given = arguments_of(call)
    if member is None or member[1] not in METHODS or not given:
        return None
    owner, method = member
    if not takes_sql(context, owner, method) or (method == "raw" and is_part_of_another(context, call)):
        return None
    argument = sql_argument(context, given[0])
    built = reader.read(argument) if argument is not None else BuiltText()
    built.parameters.extend(bound_values(context, method, given))
    if not built.seen or not (method in PRISMA_METHODS | FRAGMENTS or STATEMENT.match(built.text)):
        return None
    return fact(context, called, call, owner, built)


def read_tagged(context: CodeContext, reader: TextReader, called: Node, template: Node) -> RawSql | None:
    """A query as a tagged template: Prisma's `$queryRaw`, and ``sql`...` `` of the libraries that have it."""
    member = member_of(context.tree, called)
    name = member[1] if member is not None else context.text(called)
    if name not in TAG_NAMES:
        return None
    built = BuiltText()
    reader.append_tagged(built, name, template, 12)
    if name in PRISMA_METHODS and member is not None:
        return fact(context, called, template, member[0], built) if built.seen else None
    if is_part_of_another(context, template) or not STATEMENT.match(built.text):
        return None
    return fact(context, called, template, called, built)


def fact(context: CodeContext, called: Node, end: Node, owner: Node, built: BuiltText) -> RawSql:
    """The fact of a call: from what is called to the end of its arguments or template."""
    parameters = field(end, "arguments") or end
    around = context.surroundings(called, [parameters])
    return RawSql(
        location=context.tree.stretch(called, end),
        scope=context.scope(called),
        api=re.sub(r"\s+", "", context.text(called)),
        text=built.text,
        interpolations=tuple(built.interpolations),
        client=context.text(owner),
        loops=around.loops,
        uses_element_of=around.uses_element_of,
        awaited=is_awaited(context.tree, called),
        complete=built.complete,
        parameters=tuple(map(context.text, built.parameters)),
        uses_parameters=around.parameters,
        made_of=tuple(map(context.parameters.of, built.parameters)),
    )


def takes_sql(context: CodeContext, owner: Node, method: str) -> bool:
    """Whether a method is that of a PostgreSQL client, as far as the file tells."""
    origin = context.clients.origin(owner)
    if OTHERS.match(origin.package):
        return False
    if method in PRISMA_METHODS:
        return True
    return bool(PACKAGES.match(origin.package)) or origin.says(NAMES) or origin.says(PRISMA)


def sql_argument(context: CodeContext, node: Node) -> Node | None:
    """The text among what is handed over: the argument, or `text` of a query object."""
    followed = context.values.follow(node)
    if followed.type != "object":
        return unwrap(node)
    entry = context.values.object(followed).get("text")
    return unwrap(entry.value) if entry is not None else None


def bound_values(context: CodeContext, method: str, given: list[Node]) -> list[Node]:
    """The values bound to a text's placeholders: arguments after it (Prisma), a list after it, or `values` of a query object."""
    if method in PRISMA_METHODS:
        return given[1:] if all(value.type != "spread_element" for value in given) else []
    entry = context.values.object(given[0]).get("values")
    listed = entry.value if entry is not None else given[1] if len(given) > 1 else None
    array = context.values.array(listed) if listed is not None else None
    return list(array.elements) if array is not None and array.complete else []


def is_part_of_another(context: CodeContext, template: Node) -> bool:
    """Whether a template stands inside another one, or is handed to a method that reads it (`db.execute(sql`...`)`)."""
    for outer in reversed(context.tree.ancestors(template)):
        if outer.type == "template_substitution":
            return True
        if outer.type == "call_expression" and field(outer, "arguments") != template:
            called = callee_of(outer)
            member = member_of(context.tree, called) if called is not None else None
            return member is not None and member[1] in METHODS
        if outer.type not in ("arguments", "parenthesized_expression", "as_expression", "call_expression", "binary_expression"):
            return False
    return False
