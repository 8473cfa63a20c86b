"""Knex's table builder. In: what a migration calls on `table`. Out: the statements of CREATE TABLE or ALTER TABLE, in Knex's order.

Source: Knex 3, `schema/tablebuilder.js`, `schema/tablecompiler.js`, `dialects/postgres/schema/pg-tablecompiler.js`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor.sources.evaluation.conversions import truth
from advisor.sources.evaluation.values import UNDEFINED, HostObject, Native, NotSeen, Value, argument
from advisor.sources.migrations.code.knex.columns import TYPES, ColumnBuilder, ForeignKey, default_sql
from advisor.sources.migrations.code.options import flag_of, options_of, text_of, texts_of
from advisor.sources.migrations.code.quoting import Expression, columns, quoted, quoted_path, string

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation

Change = Callable[["TableBuilder", "list[Value]", str], str]


@dataclass(slots=True, eq=False)
class TableBuilder(HostObject):
    """`table` in `createTable(name, table => ...)`."""

    name: str
    schema: str = ""
    creates: bool = False
    columns: list[ColumnBuilder] = field(default_factory=list)
    steps: list[tuple[str, list[Value] | ForeignKey]] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    """Statements that make enum types, which come first."""
    checks: list[str] = field(default_factory=list)
    comment: str | None = None
    inherits: str = ""

    @property
    def path(self) -> str:
        return quoted_path(f"{self.schema}.{self.name}" if self.schema else self.name)

    @property
    def has_primary_key(self) -> bool:
        return any(name == "primary" for name, _ in self.steps)

    def get(self, name: str) -> Value:
        return Native(lambda arguments, call: call.invoke(self, name, arguments))

    def add(self, name: str, arguments: list[Value]) -> None:
        self.steps.append((name, arguments))

    def add_foreign_key(self, names: list[str], name: str = "") -> ForeignKey:
        key = ForeignKey(names, name)
        self.steps.append(("foreign", key))
        return key

    def invoke(self, name: str, arguments: list[Value], _call: Invocation) -> Value:
        if name.lower() in TYPES:
            self.columns.append(ColumnBuilder(self, name.lower(), arguments))
            return self.columns[-1]
        if name == "timestamps":
            self.add_timestamps(arguments)
        elif name == "foreign":
            key = argument(arguments, 1)
            return self.add_foreign_key(texts_of(argument(arguments, 0), "a column"), key if isinstance(key, str) else "")
        elif name == "check" and self.creates:
            self.checks.append(table_check(arguments))
        elif name.removesuffix("IfExists") in CHANGES:
            self.add(name, arguments)
        elif name in ("comment", "inherits"):
            setattr(self, name, text_of(argument(arguments, 0), f"the {name}"))
        elif name not in ("engine", "charset", "collate", "queryContext"):
            raise NotSeen(f"`{name}` is not known")
        return self

    def add_timestamps(self, arguments: list[Value]) -> None:
        options = argument(arguments, 0)
        if not isinstance(options, dict):
            names = ("useTimestamps", "defaultToNow", "useCamelCase")
            options = dict(zip(names, arguments, strict=False))
        camel = flag_of(options, "useCamelCase")
        for name in ("createdAt", "updatedAt") if camel else ("created_at", "updated_at"):
            column = ColumnBuilder(self, "timestamp", [name])
            if options.get("defaultToNow") is True:
                column.nullable, column.default = False, Expression("CURRENT_TIMESTAMP")
            self.columns.append(column)

    def create(self, *, if_not_exists: bool, like: str = "") -> list[str]:
        lines = [column.sql() for column in self.columns]
        key = next((step for name, step in self.steps if name == "primary" and isinstance(step, list)), None)
        lines += [primary_key(self.name, key)] if key is not None else []
        lines += self.checks
        if like:
            lines.insert(0, f"like {quoted_path(f'{self.schema}.{like}' if self.schema else like)} including all")
        guard = "if not exists " if if_not_exists else ""
        inherits = f" inherits ({quoted_path(self.inherits)})" if self.inherits else ""
        made = f"create table {guard}{self.path} ({', '.join(lines)}){inherits}"
        comment = [f"comment on table {self.path} is {string(self.comment)}"] if self.comment is not None else []
        steps = [(name, step) for name, step in self.steps if name != "primary"]
        return [*self.types, made, *comment, *self.comments(), *self.changes(steps)]

    def alter(self, *, if_exists: bool = False, if_not_exists: bool = False) -> list[str]:
        added = [column for column in self.columns if column.altered is None]
        guard = "if not exists " if if_not_exists else ""
        made = [f"alter table {self.path} " + ", ".join(f"add column {guard}{column.sql()}" for column in added)] if added else []
        for column in self.columns:
            if column.altered is not None:
                made += altered_column(self, column, column.altered)
        comment = [f"comment on table {self.path} is {string(self.comment)}"] if self.comment is not None else []
        return [*self.types, *made, *self.comments(), *self.changes(self.steps, if_exists=if_exists), *comment]

    def comments(self) -> list[str]:
        return [
            f"comment on column {self.path}.{quoted(column.name)} is {string(column.comment) if column.comment else 'NULL'}"
            for column in self.columns
            if column.comment is not None
        ]

    def changes(self, steps: list[tuple[str, list[Value] | ForeignKey]], *, if_exists: bool = False) -> list[str]:
        made: list[str] = []
        for name, step in steps:
            made += [foreign_key(self, step)] if isinstance(step, ForeignKey) else change(self, name, step, if_exists=if_exists)
        return [statement for statement in made if statement]


def default_name(kind: str, table: str, names: list[str]) -> str:
    """`posts_author_id_foreign`, in small letters."""
    return f"{table.replace('.', '_').replace('-', '_')}_{'_'.join(names)}_{kind}".lower()


def primary_key(table: str, arguments: list[Value]) -> str:
    given = argument(arguments, 1)
    options = given if isinstance(given, dict) else {"constraintName": given}
    name = options.get("constraintName")
    names = texts_of(argument(arguments, 0), "a column of the key")
    own = name if isinstance(name, str) and name else f"{table}_pkey"
    return f"constraint {quoted_path(own)} primary key ({columns(names)}){deferrable(options)}"


def deferrable(options: dict[str, Value]) -> str:
    given = options.get("deferrable")
    return f" deferrable initially {given}" if isinstance(given, str) and given else ""


def foreign_key(table: TableBuilder, key: ForeignKey) -> str:
    if not key.table or not key.references:
        return ""  # Knex writes nothing of a key without its other end
    name = quoted_path(key.name) if key.name else quoted(default_name("foreign", table.name, key.columns))
    actions = "".join(
        f" on {'update' if kind == 'onUpdate' else 'delete'} {key.actions[kind]}"
        for kind in ("onUpdate", "onDelete")
        if kind in key.actions
    )
    later = f" deferrable initially {key.deferrable.lower()}" if key.deferrable else ""
    references = f"references {quoted_path(key.table)} ({columns(key.references)})"
    return f"alter table {table.path} add constraint {name} foreign key ({columns(key.columns)}) {references}{actions}{later}"


def change(table: TableBuilder, name: str, arguments: list[Value], *, if_exists: bool) -> list[str]:
    """One step of ALTER TABLE."""
    guard = "if exists " if if_exists or name.endswith("IfExists") else ""
    return [CHANGES[name.removesuffix("IfExists")](table, arguments, guard)]


def altering(write: Callable[[TableBuilder, list[Value]], str]) -> Change:
    """A change that has no IF EXISTS."""
    return lambda table, arguments, _guard: f"alter table {table.path} {write(table, arguments)}"


def renamed_column(_table: TableBuilder, arguments: list[Value]) -> str:
    old, new = (quoted_path(text_of(argument(arguments, number), "a column's name")) for number in (0, 1))
    return f"rename {old} to {new}"


def nullability(words: str) -> Change:
    def write(_table: TableBuilder, arguments: list[Value]) -> str:
        return f"alter column {quoted_path(text_of(argument(arguments, 0), 'the column'))} {words}"

    return altering(write)


def dropped_checks(_table: TableBuilder, arguments: list[Value]) -> str:
    names = [constraint for given in arguments for constraint in texts_of(given, "the constraint")]
    return ", ".join(f"drop constraint {constraint}" for constraint in names)


def drop_columns(kind: str) -> Change:
    def write(table: TableBuilder, arguments: list[Value], guard: str) -> str:
        names = dropped_names(kind, arguments)
        return f"alter table {table.path} " + ", ".join(f"drop column {guard}{quoted_path(column)}" for column in names)

    return write


def drop_primary(table: TableBuilder, arguments: list[Value], guard: str) -> str:
    given = argument(arguments, 0)
    name = given if isinstance(given, str) and given else f"{table.name}_pkey"
    return f"alter table {table.path} drop constraint {guard}{quoted_path(name)}"


def dropped_name(kind: str, table: TableBuilder, arguments: list[Value]) -> str:
    """The name of a constraint or index: as given, or made of the columns."""
    given = argument(arguments, 1)
    if isinstance(given, str):
        return quoted_path(given)
    return quoted_path(default_name(kind, table.name, texts_of(argument(arguments, 0), "a column")))


def drop_constraint(kind: str) -> Change:
    return lambda table, arguments, guard: f"alter table {table.path} drop constraint {guard}{dropped_name(kind, table, arguments)}"


def drop_index(table: TableBuilder, arguments: list[Value], guard: str) -> str:
    schema = f"{quoted(table.schema)}." if table.schema else ""
    return f"drop index {guard}{schema}{dropped_name('index', table, arguments)}"


def dropped_names(kind: str, arguments: list[Value]) -> list[str]:
    if kind == "dropTimestamps":
        return ["createdAt", "updatedAt"] if truth(argument(arguments, 0)) else ["created_at", "updated_at"]
    return [column for given in arguments for column in texts_of(given, "the column")]


def key_sql(table: TableBuilder, kind: str, arguments: list[Value]) -> str:
    """`unique(columns, name)` and `index(columns, name, type)`, with their options."""
    names, given = texts_of(argument(arguments, 0), "a column"), argument(arguments, 1)
    options = given if isinstance(given, dict) else {"indexName": given}
    if kind == "index":
        third = argument(arguments, 2)
        options = {**options, **(third if isinstance(third, dict) else {"storageEngineIndexType": third})}
    if options.get("predicate"):
        raise NotSeen("its condition is made by a query builder")
    own = options.get("indexName")
    name = quoted_path(own) if isinstance(own, str) and own else quoted(default_name(kind, table.name, names))
    if kind == "unique" and flag_of(options, "useConstraint", default=True):
        return f"alter table {table.path} add constraint {name} unique ({columns(names)}){deferrable(options)}"
    unique = "unique " if kind == "unique" or str(options.get("indexType")).lower() == "unique" else ""
    method = options.get("storageEngineIndexType")
    using = f" using {method}" if isinstance(method, str) and method else ""
    return f"create {unique}index {name} on {table.path}{using} ({columns(names)})"


def table_check(arguments: list[Value]) -> str:
    from advisor.sources.migrations.code.bindings import with_knex_names, with_questions

    condition, values, name = text_of(argument(arguments, 0), "the condition"), argument(arguments, 1), argument(arguments, 2)
    if isinstance(values, list):
        condition = with_questions(condition, values)
    elif isinstance(values, dict):
        condition = with_knex_names(condition, values)
    given = f"constraint {name} " if isinstance(name, str) and name else ""
    return f"{given}check ({condition})"


def altered_column(table: TableBuilder, column: ColumnBuilder, options: dict[str, Value]) -> list[str]:
    """`alter()`: the default and NOT NULL are taken away and set again, the type is cast."""
    options = options_of(options, "its options")
    alter, name, kind = f"alter table {table.path} alter column {quoted(column.name)}", quoted(column.name), column.type_sql()
    nullable = flag_of(options, "alterNullable", default=True)
    made = [f"{alter} drop default"]
    made += [f"{alter} drop not null"] if nullable else []
    if flag_of(options, "alterType", default=True):
        cast = "::text::" if column.type in ("enu", "enum") else "::"
        made.append(f"{alter} type {kind} using ({name}{cast}{kind})")
    if column.default is not UNDEFINED:
        made.append(f"{alter} set default {default_sql(column.default, column.type)}")
    made += [f"{alter} set not null"] if nullable and column.nullable is False else []
    return made


CHANGES: dict[str, Change] = {
    "check": altering(lambda _table, arguments: f"add {table_check(arguments)}"),
    "dropChecks": altering(dropped_checks),
    "dropColumn": drop_columns("dropColumn"),
    "dropColumns": drop_columns("dropColumns"),
    "dropForeign": drop_constraint("foreign"),
    "dropIndex": drop_index,
    "dropNullable": nullability("set not null"),
    "dropPrimary": drop_primary,
    "dropTimestamps": drop_columns("dropTimestamps"),
    "dropUnique": drop_constraint("unique"),
    "index": lambda table, arguments, _guard: key_sql(table, "index", arguments),
    "primary": altering(lambda table, arguments: f"add {primary_key(table.name, arguments)}"),
    "renameColumn": altering(renamed_column),
    "setNullable": nullability("drop not null"),
    "unique": lambda table, arguments, _guard: key_sql(table, "unique", arguments),
}
