"""Kysely: what a migration calls on `db.schema`, and `` sql`...`.execute(db) ``. In: calls. Out: SQL.

Source: Kysely, `schema/schema.ts`, `raw-builder/sql.ts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.sources.evaluation.values import HostObject, Native, NotSeen, Unknown, Value, argument
from advisor.sources.migrations.code.handed import run_sql
from advisor.sources.migrations.code.kysely.statements import BUILDERS
from advisor.sources.migrations.code.options import text_of
from advisor.sources.migrations.code.quoting import Expression, literal, quoted_path

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation


ROW_CALLS = frozenset(("insertInto", "updateTable", "deleteFrom", "replaceInto", "mergeInto"))


class Kysely(HostObject):
    """`db`."""

    changes_schema = True

    def get(self, name: str) -> Value:
        if name == "schema":
            return Schema()
        return Native(lambda arguments, call: self.invoke(name, arguments, call))

    def invoke(self, name: str, _arguments: list[Value], call: Invocation) -> Value:
        if name in ROW_CALLS:
            call.leave_rows()
        if name == "transaction":
            return TransactionBuilder(self)
        return self if name in ("withSchema", "withTables", "withPlugin", "connection") else Unknown(call.text)


@dataclass(slots=True, eq=False)
class TransactionBuilder(HostObject):
    db: Kysely
    changes_schema = True

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        return call.callback(argument(arguments, 0), [self.db]) if name == "execute" else self


class Sql(HostObject):
    """The tag `sql`, and its functions for names and raw text."""

    def apply(self, arguments: list[Value], _call: Invocation) -> Value:
        pieces = argument(arguments, 0)
        if not isinstance(pieces, list):
            raise NotSeen("its SQL is not a constant")
        if len(pieces) == 1:
            return Statement(text_of(pieces[0], "its SQL"), written_as=pieces[0])
        values = [value_sql(value) for value in arguments[1:]]
        return Statement("".join(f"{piece}{value}" for piece, value in zip(pieces, [*values, ""], strict=False)))

    def invoke(self, name: str, arguments: list[Value], _call: Invocation) -> Value:
        given = argument(arguments, 0)
        if name in ("ref", "table", "id"):
            return Statement(".".join(quoted_path(text_of(part, "the name")) for part in arguments))
        if name in ("raw", "lit", "val"):
            return Statement(text_of(given, "its SQL") if name == "raw" else literal(given))
        if name == "execute":
            raise NotSeen("its SQL is not read")
        return Unknown(name)


def value_sql(value: Value) -> str:
    """A value in the template: SQL as it is, anything else a parameter."""
    return value.sql if isinstance(value, Expression) else "$1"


@dataclass(frozen=True, slots=True, eq=False)
class Statement(Expression):
    """`` sql`...` ``: an expression, and a statement once it is executed."""

    written_as: Value = None

    def invoke(self, name: str, _arguments: list[Value], call: Invocation) -> Value:
        if name == "execute":
            run_sql(self.sql if self.written_as is None else self.written_as, call)
            return Unknown(call.text)
        if name in ("as", "$castTo", "$notNull"):
            return self
        raise NotSeen(f"`{name}` is not known")


class KyselyModule(HostObject):
    """The module."""

    def get(self, name: str) -> Value:
        return Sql() if name == "sql" else Unknown(name)


@dataclass(slots=True, eq=False)
class Schema(HostObject):
    """`db.schema`."""

    schema: str = ""
    changes_schema = True

    def get(self, name: str) -> Value:
        return Native(lambda arguments, call: call.invoke(self, name, arguments))

    def invoke(self, name: str, arguments: list[Value], _call: Invocation) -> Value:
        own = text_of(argument(arguments, 0), "the name")
        if name == "withSchema":
            return Schema(own)
        if name not in BUILDERS:
            raise NotSeen(f"`{name}` is not known")
        kind, head = BUILDERS[name]
        qualified = f"{self.schema}.{own}" if self.schema and name not in ("createIndex", "createSchema", "dropSchema") else own
        return kind(head, quoted_path(qualified))
