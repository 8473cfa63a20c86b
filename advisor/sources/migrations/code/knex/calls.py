"""Knex: what a migration calls on `knex` and `knex.schema` in, SQL out.

Source: Knex 3, `schema/builder.js`, `schema/compiler.js`, `dialects/postgres/schema/pg-compiler.js`, `raw.js`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.model import Location
from advisor.sources.evaluation.conversions import truth
from advisor.sources.evaluation.values import UNDEFINED, Existence, Function, HostObject, Native, NotSeen, Unknown, Value, argument
from advisor.sources.migrations.code.bindings import with_knex_names, with_questions
from advisor.sources.migrations.code.handed import guarded, run_sql
from advisor.sources.migrations.code.knex.tables import TableBuilder
from advisor.sources.migrations.code.options import text_of
from advisor.sources.migrations.code.quoting import Expression, quoted_path

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation


@dataclass(frozen=True, slots=True, eq=False)
class Raw(Expression):
    """`knex.raw(...)`: an expression, and a statement once it is awaited or returned."""

    place: Location
    settled: list[bool]

    def settle(self, call: Invocation) -> Value:
        if not self.settled:
            self.settled.append(True)
            call.run.effects.add(guarded(self.sql, call), self.place)
        return {"rows": Unknown("rows")}

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name == "then":
            result = self.settle(call)
            return call.callback(argument(arguments, 0), [result])
        if name in ("catch", "finally"):
            return self.settle(call)
        if name in ("wrap", "transacting", "timeout", "queryContext", "toQuery"):
            return self
        raise NotSeen(f"`{name}` is not known")


def raw(arguments: list[Value], call: Invocation) -> Value:
    sql, values = argument(arguments, 0), argument(arguments, 1)
    if not isinstance(sql, str):
        run_sql(sql, call)
        return Rows()
    if isinstance(values, list):
        sql = with_questions(sql, values)
    elif isinstance(values, dict):
        sql = with_knex_names(sql, values)
    elif values is not UNDEFINED:
        sql = with_questions(sql, [values])
    elif "\\?" in sql:
        sql = with_questions(sql, [])
    return Raw(sql, call.location, [])


class Knex(HostObject):
    """`knex`, and transactions of it."""

    changes_schema = True

    def get(self, name: str) -> Value:
        if name == "schema":
            return Schema()
        if name == "fn":
            return Functions()
        if name == "client":
            return {"config": {"client": "pg"}, "dialect": "postgresql", "driverName": "pg"}
        if name in ("userParams", "isTransaction"):
            return Unknown(name)
        return Native(lambda arguments, call: self.invoke(name, arguments, call))

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name == "raw":
            return raw(arguments, call)
        if name == "transaction":
            function = next((value for value in arguments if isinstance(value, Function)), None)
            return call.callback(function, [self]) if function is not None else self
        if name in ("commit", "rollback", "destroy"):
            return UNDEFINED
        if name == "ref":
            return Expression(quoted_path(text_of(argument(arguments, 0), "the name")))
        return Rows().invoke(name, arguments, call)

    def apply(self, _arguments: list[Value], _call: Invocation) -> Value:
        return Rows()


class Functions(HostObject):
    """`knex.fn`."""

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name == "now":
            precision = argument(arguments, 0)
            return Expression(f"CURRENT_TIMESTAMP({precision})" if isinstance(precision, int) else "CURRENT_TIMESTAMP")
        return Expression("gen_random_uuid()") if name == "uuid" else Unknown(call.text)


class Rows(HostObject):
    """The query builder: it reads and changes rows."""

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name in ("insert", "update", "del", "delete", "upsert", "truncate", "increment", "decrement", "batchInsert"):
            call.leave_rows()
        if name == "then":
            return call.callback(argument(arguments, 0), [Unknown(call.text)])
        return self

    def settle(self, call: Invocation) -> Value:
        return Unknown(call.text)


@dataclass(slots=True, eq=False)
class Schema(HostObject):
    """`knex.schema`: each call gives it back, so that calls can be chained."""

    schema: str = ""
    changes_schema = True

    def get(self, name: str) -> Value:
        return Native(lambda arguments, call: call.invoke(self, name, arguments))

    def path(self, name: Value) -> str:
        own = text_of(name, "the name")
        return quoted_path(f"{self.schema}.{own}" if self.schema else own)

    def settle(self, _call: Invocation) -> Value:
        return UNDEFINED

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        first, second = argument(arguments, 0), argument(arguments, 1)
        if name == "withSchema":
            return Schema(first if isinstance(first, str) else "")
        if name in ("hasTable", "hasColumn"):
            return Existence(f"{text_of(first, 'the table')}.{second}" if name == "hasColumn" else text_of(first, "the table"))
        if name == "raw":
            call.run.settle(raw(arguments, call), call)
        elif name in ("then", "catch", "finally"):
            return call.callback(first, [UNDEFINED]) if name == "then" and isinstance(first, Function) else self
        elif name in TABLE_CALLS:
            for statement in TABLE_CALLS[name](self, arguments, call):
                call.write(statement)
        elif name in SIMPLE_CALLS:
            call.write(SIMPLE_CALLS[name](self, arguments))
        else:
            raise NotSeen(f"`{name}` is not known")
        return self


def built_table(schema: Schema, name: Value, function: Value, call: Invocation, *, creates: bool) -> TableBuilder:
    table = TableBuilder(text_of(name, "the table's name"), schema.schema, creates)
    if isinstance(function, (Function, Native)):
        result = call.run.call_function(function, [table], call, this=table) if isinstance(function, Function) else UNDEFINED
        del result
    elif function is not UNDEFINED:
        raise NotSeen("the function that describes the table is not of this file")
    return table


def create_table(schema: Schema, arguments: list[Value], call: Invocation) -> list[str]:
    table = built_table(schema, argument(arguments, 0), argument(arguments, 1), call, creates=True)
    return table.create(if_not_exists=call.if_not_exists)


def create_table_if_not_exists(schema: Schema, arguments: list[Value], call: Invocation) -> list[str]:
    return built_table(schema, argument(arguments, 0), argument(arguments, 1), call, creates=True).create(if_not_exists=True)


def create_table_like(schema: Schema, arguments: list[Value], call: Invocation) -> list[str]:
    table = built_table(schema, argument(arguments, 0), argument(arguments, 2), call, creates=True)
    return table.create(if_not_exists=call.if_not_exists, like=text_of(argument(arguments, 1), "the table"))


def alter_table(schema: Schema, arguments: list[Value], call: Invocation) -> list[str]:
    table = built_table(schema, argument(arguments, 0), argument(arguments, 1), call, creates=False)
    return table.alter(if_exists=call.if_exists, if_not_exists=call.if_not_exists)


def drop_table(schema: Schema, arguments: list[Value], call: Invocation) -> list[str]:
    return [f"drop table {'if exists ' if call.if_exists else ''}{schema.path(argument(arguments, 0))}"]


TABLE_CALLS: dict[str, Callable[[Schema, list[Value], Invocation], list[str]]] = {
    "alterTable": alter_table,
    "createTable": create_table,
    "createTableIfNotExists": create_table_if_not_exists,
    "createTableLike": create_table_like,
    "dropTable": drop_table,
    "table": alter_table,
}


def named(words: str) -> Callable[[Schema, list[Value]], str]:
    """A statement of a few words and a name."""
    return lambda _schema, arguments: f"{words} {quoted_path(text_of(argument(arguments, 0), 'the name'))}"


def placed(words: str) -> Callable[[Schema, list[Value]], str]:
    """The same of a table or view of the schema."""
    return lambda schema, arguments: f"{words} {schema.path(argument(arguments, 0))}"


def dropped_schema(words: str) -> Callable[[Schema, list[Value]], str]:
    def write(_schema: Schema, arguments: list[Value]) -> str:
        cascade = " cascade" if truth(argument(arguments, 1)) else ""
        return f"{words} {quoted_path(text_of(argument(arguments, 0), 'the name'))}{cascade}"

    return write


def renamed_table(schema: Schema, arguments: list[Value]) -> str:
    name = quoted_path(text_of(argument(arguments, 1), "the new name"))
    return f"alter table {schema.path(argument(arguments, 0))} rename to {name}"


def refreshed(schema: Schema, arguments: list[Value]) -> str:
    how = " concurrently" if truth(argument(arguments, 1)) else ""
    return f"refresh materialized view{how} {schema.path(argument(arguments, 0))}"


SIMPLE_CALLS: dict[str, Callable[[Schema, list[Value]], str]] = {
    "createExtension": named("create extension"),
    "createExtensionIfNotExists": named("create extension if not exists"),
    "createSchema": named("create schema"),
    "createSchemaIfNotExists": named("create schema if not exists"),
    "dropExtension": named("drop extension"),
    "dropExtensionIfExists": named("drop extension if exists"),
    "dropMaterializedView": placed("drop materialized view"),
    "dropMaterializedViewIfExists": placed("drop materialized view if exists"),
    "dropSchema": dropped_schema("drop schema"),
    "dropSchemaIfExists": dropped_schema("drop schema if exists"),
    "dropTableIfExists": placed("drop table if exists"),
    "dropView": placed("drop view"),
    "dropViewIfExists": placed("drop view if exists"),
    "refreshMaterializedView": refreshed,
    "renameTable": renamed_table,
}
