"""Which values are Drizzle's tables, columns, enums and schemas, and what they are called.

In: values. Out: `TableBuilder` and friends: the parts of a declaration, names in Drizzle's way, nothing of SQL yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from advisor.model import Location, Name
from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, place_of
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.symbols import Call, External, Member, Step, called_name, unroll
from advisor.sources.evaluation.values import UNDEFINED, Function, Unknown, Value
from advisor.sources.orm.drizzle.casing import camel_case, snake_case

CORE = External("drizzle-orm/pg-core", "*")
OTHER_DATABASES = {
    "mysqlTable": "MySQL",
    "mysqlTableCreator": "MySQL",
    "sqliteTable": "SQLite",
    "sqliteTableCreator": "SQLite",
    "singlestoreTable": "SingleStore",
    "singlestoreTableCreator": "SingleStore",
    "mssqlTable": "SQL Server",
    "cockroachTable": "CockroachDB",
}


@dataclass(slots=True, eq=False)
class ColumnBuilder:
    """`key: type(...).modifier()...` of a table. `written` is the name given to the builder, or the key; `name` the database's."""

    key: str
    written: str
    name: str
    builder: Value
    steps: list[Step]
    location: Location


@dataclass(slots=True, eq=False)
class TableBuilder:
    """A table: its name, its columns by key, and the call that makes it."""

    name: Name
    export: str
    call: Call
    columns: dict[str, ColumnBuilder]
    extras: Value
    row_security: bool
    name_location: Location | None = None
    complete: bool = True
    places: dict[str, Location] = field(default_factory=dict)


def schema_of(value: Value) -> str | None:
    """The name of a `pgSchema("name")`."""
    name = value.argument(0) if isinstance(value, Call) and called_name(value) == "pgSchema" else None
    return name if isinstance(name, str) else None


def table_call(value: Value) -> Call | None:
    """The call that makes a PostgreSQL table; None for anything else."""
    root, steps = unroll(value)
    if isinstance(root, Call) and (called_name(root) == "pgTable" or called_name(root.callee) == "pgTableCreator"):
        return root
    if called_name(root) == "pgSchema" and steps and steps[0].name == "table":
        return steps[0].call
    if isinstance(root, External) and root.name == "pgTable" and steps and steps[0].name == "withRLS":
        return steps[0].call
    return None


def other_database(value: Value) -> str | None:
    """The database of a table that is not PostgreSQL's."""
    root, _ = unroll(value)
    return OTHER_DATABASES.get(called_name(root) or (called_name(root.callee) if isinstance(root, Call) else ""))


def table_name(call: Call, evaluator: Evaluator) -> Name | None:
    """The name of a table, through a creator's function where it has one; None where it cannot be told."""
    given = call.argument(0)
    schema = schema_of(call.callee.owner) if isinstance(call.callee, Member) else None
    if called_name(call.callee) == "pgTableCreator":
        creator = call.callee.argument(0) if isinstance(call.callee, Call) else UNDEFINED
        given = evaluator.apply(creator, (given,)) if isinstance(creator, Function) else given
    return Name(schema or "public", given) if isinstance(given, str) else None


def casing_of(setting: str | None) -> Callable[[str], str]:
    """What becomes of a key that is a column's name because none is written."""
    return {"snake_case": snake_case, "camelCase": camel_case}.get(setting or "", lambda name: name)


def read_table(
    name: Name, export: str, value: Value, call: Call, evaluator: Evaluator, casing: Callable[[str], str]
) -> TableBuilder:
    """The parts of a table's declaration."""
    written = call.argument(1)
    if isinstance(written, Function):
        written = evaluator.apply(written, (CORE,))
    columns: dict[str, ColumnBuilder] = {}
    if isinstance(written, ObjectValue):
        for key, builder in written.entries.items():
            columns[key] = read_column(key, builder, written.places[key].location, casing)
    extras = call.argument(2)
    if isinstance(extras, Function):
        extras = evaluator.apply(extras, (call,))
    _, steps = unroll(value)
    secured = any(step.name in ("enableRLS", "withRLS") for step in steps)
    first = call.place.node.child_by_field_name("arguments")
    name_node = first.named_children[0] if first is not None and first.named_children else None
    return TableBuilder(
        name,
        export,
        call,
        columns,
        extras,
        secured,
        name_location=call.place.module.tree.location(name_node) if name_node is not None else None,
        complete=isinstance(written, ObjectValue) and written.complete,
    )


def read_column(key: str, value: Value, location: Location, casing: Callable[[str], str]) -> ColumnBuilder:
    builder, steps = unroll(value)
    given = builder.argument(0) if isinstance(builder, Call) else UNDEFINED
    named = isinstance(given, str) and given != ""
    return ColumnBuilder(key, str(given) if named else key, str(given) if named else casing(key), builder, steps, location)


@dataclass(slots=True)
class Tables:
    """All tables of a schema by the call that makes them, for what refers to them."""

    by_call: dict[int, TableBuilder] = field(default_factory=dict)

    def add(self, table: TableBuilder) -> None:
        self.by_call[id(table.call)] = table

    def of(self, value: Value) -> TableBuilder | None:
        """The table that a value is."""
        call = table_call(value)
        return self.by_call.get(id(call)) if call is not None else None

    def column(self, value: Value) -> tuple[TableBuilder, ColumnBuilder] | None:
        """The column that `table.key` is, whatever is chained to it."""
        root, _ = unroll(value)
        table = self.of(root.owner) if isinstance(root, Member) else None
        column = table.columns.get(root.name) if table is not None and isinstance(root, Member) else None
        return (table, column) if table is not None and column is not None else None

    def columns(self, values: tuple[Value, ...]) -> list[ColumnBuilder] | None:
        """The columns that values are; None where one of them is none."""
        found = [self.column(value) for value in values]
        known = [pair[1] for pair in found if pair is not None]
        return known if len(known) == len(found) else None


def listed(value: Value) -> tuple[Value, ...]:
    """One value or an array of them, as a tuple."""
    return value.items if isinstance(value, ArrayValue) else (value,)


def why_unknown(value: Value) -> str:
    """Why something cannot be read, in words."""
    return value.reason if isinstance(value, Unknown) else "it is not written out in code that can be followed"


def location_in(value: Value, fallback: Location) -> Location:
    place = place_of(value)
    return place.location if place is not None else fallback
