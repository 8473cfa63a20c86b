"""TypeORM's query runner: the calls of a migration in, SQL out.

What TypeORM looks up in the database (which foreign keys a table has, what a column was before) is not known here; calls that
depend on it are reported. Source: TypeORM, `driver/postgres/PostgresQueryRunner`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.sources.evaluation.values import UNDEFINED, Existence, Function, HostObject, Native, NotSeen, Unknown, Value, argument
from advisor.sources.migrations.code.handed import run_method, run_sql
from advisor.sources.migrations.code.typeorm.changes import METHODS
from advisor.sources.migrations.code.typeorm.tables import (
    LoadedTable,
    table_name,
)

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation


QUIET_CALLS = frozenset(("connect", "release", "clearSqlMemory", "enableSqlMemory", "disableSqlMemory"))
READING_CALLS = frozenset("getTables getView getViews getDatabases getSchemas getCurrentDatabase getCurrentSchema stream".split())
TRANSACTION_CALLS = {
    "startTransaction": "START TRANSACTION",
    "commitTransaction": "COMMIT",
    "rollbackTransaction": "ROLLBACK",
}


class QueryRunner(HostObject):
    """`queryRunner`."""

    changes_schema = True

    def get(self, name: str) -> Value:
        if name in ("connection", "dataSource"):
            return DataSource(self)
        if name == "manager":
            return Rows(self)
        if name in ("isTransactionActive", "isReleased", "data"):
            return Unknown(name)
        return Native(lambda arguments, call: call.invoke(self, name, arguments))

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name == "query":
            run_sql(argument(arguments, 0), call)
            return Unknown(call.text)
        if name in TRANSACTION_CALLS:
            call.write(TRANSACTION_CALLS[name])
            return UNDEFINED
        if name == "hasTable":
            return Existence(table_name(argument(arguments, 0)))
        if name == "hasColumn":
            return Existence(f"{table_name(argument(arguments, 0))}.{argument(arguments, 1)}")
        if name == "getTable":
            return LoadedTable(table_name(argument(arguments, 0)))
        if name in QUIET_CALLS or name in READING_CALLS:
            return Unknown(call.text)
        return run_method(METHODS, name, arguments, call)


class Context(HostObject):
    """What a project hands to migrations of its own kind, with the query runner in it: the rest is not known."""

    changes_schema = True

    def get(self, name: str) -> Value:
        return QueryRunner() if name == "queryRunner" else ContextPart(name)


class ContextPart(HostObject):
    changes_schema = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, name: str) -> Value:
        return ContextPart(f"{self.name}.{name}")

    def invoke(self, _name: str, _arguments: list[Value], _call: Invocation) -> Value:
        raise NotSeen("it is defined elsewhere")

    def apply(self, _arguments: list[Value], _call: Invocation) -> Value:
        raise NotSeen("it is defined elsewhere")


class DataSource(HostObject):
    """`queryRunner.connection`: which database it is, and a way to rows."""

    changes_schema = True

    def __init__(self, runner: QueryRunner) -> None:
        self.runner = runner

    def get(self, name: str) -> Value:
        if name == "options":
            return {"type": "postgres", "schema": Unknown("schema"), "database": Unknown("database")}
        if name == "driver":
            return {"options": self.get("options"), "type": "postgres"}
        if name == "manager":
            return Rows(self.runner)
        return Native(lambda arguments, call: self.invoke(name, arguments, call))

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name == "query":
            return self.runner.invoke(name, arguments, call)
        if name == "createQueryRunner":
            return self.runner
        return Rows(self.runner).invoke(name, arguments, call)


class Rows(HostObject):
    """Entity managers, repositories and query builders: they read and change rows."""

    changes_schema = True

    def __init__(self, runner: QueryRunner) -> None:
        self.runner = runner

    def get(self, name: str) -> Value:
        if name == "queryRunner":
            return self.runner
        if name == "connection":
            return DataSource(self.runner)
        return Native(lambda arguments, call: self.invoke(name, arguments, call))

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name == "query":
            return self.runner.invoke(name, arguments, call)
        if name == "transaction":
            function = next((value for value in arguments if isinstance(value, Function)), None)
            return call.callback(function, [self]) if function is not None else UNDEFINED
        if name.startswith(("find", "count", "exist")) or name in ("getOne", "getMany", "getRawOne", "getRawMany", "getCount"):
            return Unknown(call.text)
        if name in ("save", "insert", "update", "delete", "remove", "upsert", "execute", "increment", "decrement", "clear"):
            call.leave_rows()
        return self
