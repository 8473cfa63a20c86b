"""Statements of Kysely's schema builder in the making. In: the calls in a chain. Out: SQL, once `execute()` is called.

Source: Kysely, `schema/`, `query-compiler/default-query-compiler.ts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.sources.evaluation.values import UNDEFINED, HostObject, NotSeen, Value, argument
from advisor.sources.migrations.code.kysely.tables import ColumnChange, action_sql, column_sql, constraint_sql, finished, sql_of
from advisor.sources.migrations.code.options import text_of, texts_of
from advisor.sources.migrations.code.quoting import Expression, literal, quoted, quoted_path, string

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation


CONSTRAINTS = frozenset(("addForeignKeyConstraint", "addUniqueConstraint", "addPrimaryKeyConstraint", "addCheckConstraint"))


@dataclass(slots=True, eq=False)
class Builder(HostObject):
    """A statement in the making: its beginning, what is done in order, its end. It is run by `execute()`."""

    head: str
    name: str
    guard: str = ""
    lines: list[str] = field(default_factory=list)
    tail: str = ""
    changes_schema = True

    def invoke(self, name: str, arguments: list[Value], call: Invocation) -> Value:
        if name == "execute":
            call.write(self.sql(call))
            return UNDEFINED
        if name in ("ifExists", "ifNotExists"):
            self.guard = "if exists " if name == "ifExists" else "if not exists "
        elif name in ("cascade", "restrict"):
            self.tail += f" {name}"
        else:
            self.change(name, arguments, call)
        return self

    def change(self, name: str, _arguments: list[Value], _call: Invocation) -> None:
        raise NotSeen(f"`{name}` is not known")

    def sql(self, _call: Invocation) -> str:
        return f"{self.head} {self.guard}{self.name}{self.tail}"


class CreateTable(Builder):
    def change(self, name: str, arguments: list[Value], call: Invocation) -> None:
        if name == "addColumn":
            self.lines.append(column_sql(arguments, call))
        elif name in CONSTRAINTS:
            self.lines.append(constraint_sql(name, arguments, call))
        elif name == "temporary":
            self.head = "create temporary table"
        elif name == "modifyEnd":
            self.tail += f" {sql_of(argument(arguments, 0), 'its end')}"
        else:
            raise NotSeen(f"`{name}` is not known")

    def sql(self, call: Invocation) -> str:
        guard = "if not exists " if call.if_not_exists else self.guard
        return f"{self.head} {guard}{self.name} ({', '.join(self.lines)}){self.tail}"


NAMED_CHANGES = {
    "dropColumn": "drop column",
    "dropConstraint": "drop constraint",
    "renameTo": "rename to",
    "setSchema": "set schema",
}


class AlterTable(Builder):
    def change(self, name: str, arguments: list[Value], call: Invocation) -> None:
        first = argument(arguments, 0)
        if name in ("onDelete", "onUpdate"):
            self.lines[-1] += action_sql(name, first)
        elif name in ("addColumn", "modifyColumn"):
            self.lines.append(f"add column {column_sql(arguments, call)}")
        elif name in CONSTRAINTS:
            self.lines.append(f"add {constraint_sql(name, arguments, call)}")
        elif name == "alterColumn":
            change = ColumnChange()
            finished(change, argument(arguments, 1), call)
            self.lines.append(f"alter column {quoted(text_of(first, 'the column'))} {change.sql}")
        else:
            self.lines.append(self.named_change(name, arguments))

    def named_change(self, name: str, arguments: list[Value]) -> str:
        own = quoted(text_of(argument(arguments, 0), "the name"))
        if name in ("renameColumn", "renameConstraint"):
            new = quoted(text_of(argument(arguments, 1), "the new name"))
            return f"rename {name.removeprefix('rename').lower()} {own} to {new}"
        if name not in NAMED_CHANGES:
            raise NotSeen(f"`{name}` is not known")
        return f"{NAMED_CHANGES[name]} {own}"

    def sql(self, _call: Invocation) -> str:
        changes = [line.replace("drop constraint ", f"drop constraint {self.guard}", 1) for line in self.lines]
        return f"{self.head} {self.name} {', '.join(changes)}{self.tail}"


@dataclass(slots=True, eq=False)
class CreateIndex(Builder):
    table: str = ""
    unique: str = ""
    method: str = ""
    where: str = ""

    def change(self, name: str, arguments: list[Value], _call: Invocation) -> None:
        first = argument(arguments, 0)
        if name == "on":
            self.table = quoted_path(text_of(first, "the table"))
        elif name in ("column", "columns"):
            self.lines += [key_sql(key) for key in texts_of(first, "a column")]
        elif name == "expression":
            self.lines.append(f"{sql_of(first, 'the expression')}")
        elif name == "unique":
            self.unique = "unique "
        elif name == "using":
            self.method = f" using {sql_of(first, 'the method')}"
        elif name == "where":
            self.where = f" where {condition_sql(arguments)}"
        else:
            raise NotSeen(f"`{name}` is not known")

    def sql(self, _call: Invocation) -> str:
        keys = ", ".join(self.lines)
        return f"create {self.unique}index {self.guard}{self.name} on {self.table}{self.method} ({keys}){self.where}"


def key_sql(key: str) -> str:
    """`column` or `column desc`."""
    name, _, order = key.partition(" ")
    return f"{quoted(name)} {order}".rstrip()


def condition_sql(arguments: list[Value]) -> str:
    """`where(column, operator, value)`, or an expression."""
    if len(arguments) == 1:
        return sql_of(arguments[0], "the condition")
    column, operator, value = arguments[:3]
    left = column.sql if isinstance(column, Expression) else quoted_path(text_of(column, "the column"))
    return f"{left} {text_of(operator, 'the operator')} {literal(value)}"


class CreateType(Builder):
    def change(self, name: str, arguments: list[Value], _call: Invocation) -> None:
        if name != "asEnum":
            raise NotSeen(f"`{name}` is not known")
        self.tail = f" as enum ({', '.join(map(string, texts_of(argument(arguments, 0), 'a value')))})"


VIEW_HEADS = {
    "materialized": "create materialized view",
    "orReplace": "create or replace view",
    "temporary": "create temporary view",
}


class CreateView(Builder):
    def change(self, name: str, arguments: list[Value], _call: Invocation) -> None:
        if name in VIEW_HEADS:
            self.head = VIEW_HEADS[name]
        elif name == "columns":
            self.name += f" ({', '.join(map(quoted, texts_of(argument(arguments, 0), 'a column')))})"
        elif name == "as" and isinstance(argument(arguments, 0), Expression):
            self.tail = f" as {sql_of(argument(arguments, 0), 'its query')}"
        else:
            raise NotSeen("its query is made by a query builder" if name == "as" else f"`{name}` is not known")


class DropIndex(Builder):
    """The table that `on` names is not needed in PostgreSQL."""

    def change(self, name: str, _arguments: list[Value], _call: Invocation) -> None:
        if name != "on":
            raise NotSeen(f"`{name}` is not known")


class DropView(Builder):
    def change(self, name: str, _arguments: list[Value], _call: Invocation) -> None:
        if name != "materialized":
            raise NotSeen(f"`{name}` is not known")
        self.head = "drop materialized view"


BUILDERS: dict[str, tuple[type[Builder], str]] = {
    "alterTable": (AlterTable, "alter table"),
    "createIndex": (CreateIndex, "create index"),
    "createSchema": (Builder, "create schema"),
    "createTable": (CreateTable, "create table"),
    "createType": (CreateType, "create type"),
    "createView": (CreateView, "create view"),
    "dropIndex": (DropIndex, "drop index"),
    "dropSchema": (Builder, "drop schema"),
    "dropTable": (Builder, "drop table"),
    "dropType": (Builder, "drop type"),
    "dropView": (DropView, "drop view"),
}
