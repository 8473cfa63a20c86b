"""What a schema has beside relations, in one comparable form, ours and PostgreSQL's.

In: a script. Out: nested dicts of our replay and of the server that ran it, which must be equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from msgspec import structs

from advisor.model import Expression, Function, Schema, SourceText, Table
from advisor.sources.comparing.expressions import comparable
from advisor.sources.postgres.introspection import read_schema
from advisor.sources.sql import read_sql
from advisor.sources.sql.text.statements import Statement, read_statements
from tests.sources.sql.nested import differences

Facts = dict[str, Any]

ROLES = ("alice", "bob", "app")
database_numbers = count(1)


@contextmanager
def scratch_database(connection_string: str) -> Iterator[Any]:
    """A connection to a database that is gone afterwards; the roles of the scripts are there."""
    import psycopg

    name = f"objects_{next(database_numbers)}"
    with psycopg.connect(connection_string, autocommit=True) as server:
        known = {row[0] for row in server.execute("SELECT rolname::text FROM pg_roles").fetchall()}
        for role in set(ROLES) - known:
            server.execute(f"CREATE ROLE {role}")
        server.execute(f"CREATE DATABASE {name}")
        try:
            with psycopg.connect(connection_string.replace("dbname=postgres", f"dbname={name}"), autocommit=True) as connection:
                yield connection
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def assert_same(script: str, connection_string: str) -> Schema:
    """The replay builds what the server builds from a script, which neither refuses. Gives our schema."""
    source = SourceText("script.sql", script)
    with scratch_database(connection_string) as connection:
        for statement in read_statements(source):
            assert isinstance(statement, Statement), statement
            connection.execute(statement.text)
        theirs = facts_of(on_server(connection))
    reading = read_sql([source])
    assert reading.problems == ()
    found = differences(facts_of(reading.schema), theirs)
    assert not found, "\n".join(found)
    return reading.schema


def on_server(connection: Any) -> Schema:
    connection.execute("RESET ALL; RESET ROLE")
    return read_schema(connection).schema


def facts_of(schema: Schema) -> Facts:
    return {
        "functions": {function.signature: facts_of_function(function) for function in schema.functions},
        "tables": {table.name.qualified: facts_of_table(table) for table in schema.tables},
        "grants": facts_of_privileges(schema.grants),
        "revoked": facts_of_privileges(schema.revoked),
        "default grants": facts_of_privileges(schema.default_grants),
        "comments": {(comment.kind, comment.object): comment.text for comment in schema.comments},
        "schemas": sorted(schema.schemas),
        "extensions": sorted(schema.extensions),
        "extension schemas": sorted(schema.extension_schemas),
        "definitions": sorted(
            (found.kind, found.name.qualified) for found in schema.definitions if found.kind not in ("user mapping", "subscription")
        ),
    }


def facts_of_privileges(grants: tuple[Any, ...]) -> list[str]:
    return sorted(str(structs.astuple(grant)) for grant in grants)


def text_of(expression: Expression | None) -> str | None:
    return comparable(expression.text) if expression is not None else None


def facts_of_function(function: Function) -> Facts:
    return {
        "arguments": [(argument.name, argument.type, argument.mode, text_of(argument.default)) for argument in function.arguments],
        "returns": (function.returns, function.returns_set, function.kind, function.language),
        "options": (
            function.volatility,
            function.strict,
            function.leakproof,
            function.security_definer,
            function.parallel,
            function.cost,
            function.rows,
            function.support,
        ),
        "settings": function.settings,
        "body": (function.body, function.symbol, function.sql_body is not None),
    }


def facts_of_table(table: Table) -> Facts:
    return {
        "triggers": {
            trigger.name: (
                trigger.table.qualified, trigger.function.qualified, trigger.timing, trigger.events, trigger.update_columns,
                trigger.for_each, text_of(trigger.condition), trigger.arguments, trigger.old_table, trigger.new_table,
                trigger.constraint, trigger.referenced_table, trigger.deferrable, trigger.initially_deferred, trigger.enabled,
                trigger.inherited,
            )
            for trigger in table.triggers
        },
        "policies": {
            policy.name: (policy.permissive, policy.command, sorted(policy.roles), text_of(policy.using), text_of(policy.check))
            for policy in table.policies
        },
        "row security": (table.row_security, table.row_security_forced),
        "statistics": {
            found.name.qualified: (found.kinds, found.columns, tuple(map(text_of, found.expressions)), found.target)
            for found in table.statistics
        },
        "comment": table.comment,
    }  # fmt: skip
