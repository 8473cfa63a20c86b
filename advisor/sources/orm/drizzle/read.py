"""The modules of a Drizzle schema in; the schema that drizzle-kit would build out, and what could not be read.

drizzle-kit sees what the files of the schema export; a table that is not exported is not in the database.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.model import Location, Name, Schema, Skipped, Table
from advisor.remedies.sql import quote_name
from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, items_of
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.modules import Module
from advisor.sources.evaluation.symbols import Call, called_name, unroll
from advisor.sources.evaluation.values import Function, Undefined, Value
from advisor.sources.orm.ddl import DEFAULT_UNKNOWN, SECOND_TIME, Ddl, Declared, literal, quoted, replay
from advisor.sources.orm.drizzle import columns
from advisor.sources.orm.drizzle.builders import (
    ColumnBuilder,
    TableBuilder,
    Tables,
    casing_of,
    location_in,
    other_database,
    read_table,
    schema_of,
    table_call,
    table_name,
    why_unknown,
)
from advisor.sources.orm.drizzle.constraints import add_column_constraints, add_extra
from advisor.sources.orm.drizzle.expressions import sql_of
from advisor.sources.orm.drizzle.relations import relations_of


def read_drizzle(modules: Sequence[Module], evaluator: Evaluator, casing: str | None = None) -> tuple[Schema, list[Skipped]]:
    """The schema of some modules. `casing` is what drizzle.config.ts says of names that are not written."""
    exported: dict[int, tuple[str, Value]] = {}
    for module in modules:
        for name, value in evaluator.exported(module):
            exported.setdefault(id(value), (name, value))
    ddl, tables = Ddl(), Tables()
    for name, value in exported.values():
        collect_table(name, value, evaluator, tables, ddl, casing)
    for name, value in exported.values():
        add_type(name, value, ddl)
    for table in list(tables.by_call.values()):
        add_table(ddl, table, tables, evaluator)
    for name, value in exported.values():
        add_view(name, value, ddl, tables)
        for table, relation in relations_of(value, tables, evaluator):
            ddl.declared[table.name].relations.append(relation)
    return replay(ddl)


def collect_table(export: str, value: Value, evaluator: Evaluator, tables: Tables, ddl: Ddl, casing: str | None) -> None:
    call = table_call(value)
    if call is None:
        database = other_database(value)
        place = location_in(value, UNPLACED)
        if database is not None:
            ddl.problems.append(Skipped(place.path, f"a table of another database ({database})", "left alone", place))
        return
    name = table_name(call, evaluator)
    if name is None:
        ddl.report(call.place.location, f"the name of table {export} is not known: {why_unknown(call.argument(0))}")
    elif id(call) not in tables.by_call:
        tables.add(read_table(name, export, value, call, evaluator, casing_of(casing)))


UNPLACED = Location("", 1, 1, 1, 1)


def add_type(export: str, value: Value, ddl: Ddl) -> None:
    """Schemas, enums and sequences."""
    location = location_in(value, UNPLACED)
    schema = schema_of(value)
    if schema is not None and schema != "public":
        ddl.types.statements.insert(0, (f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}", location))
    call, name = columns.enum_call(value), columns.enum_name(value)
    if call is not None and name is not None:
        given = call.argument(1)
        labels = [item for item in items_of(given) if isinstance(item, str)]
        if not isinstance(given, (ArrayValue, ObjectValue)) or len(labels) != len(items_of(given)) or not given.complete:
            ddl.report(location, f"the values of enum {name} are not known: {why_unknown(given)}")
        ddl.types.add(f"CREATE TYPE {quote_name(name)} AS ENUM ({', '.join(map(literal, labels))})", location)
        ddl.enums[name] = export
    add_sequence(value, location, ddl)


def add_sequence(value: Value, location: Location, ddl: Ddl) -> None:
    root, steps = unroll(value)
    call = root if called_name(root) == "pgSequence" else steps[0].call if schema_of(root) and steps else None
    if not isinstance(call, Call) or (steps and steps[0].name != "sequence") or not isinstance(call.argument(0), str):
        return
    name = Name(schema_of(root) or "public", str(call.argument(0)))
    ddl.types.add(f"CREATE SEQUENCE {quote_name(name)} {columns.sequence_sql(call.argument(1), 'bigint')}", location)


def add_table(ddl: Ddl, table: TableBuilder, tables: Tables, evaluator: Evaluator) -> None:
    """All that drizzle-kit writes for a table."""
    location = table.call.place.location
    if table.name in ddl.tables:
        ddl.report(location, f"table {table.name} {SECOND_TIME}")
        return
    fields = {column.name: column.key for column in table.columns.values()}
    ddl.table(table.name, Declared(table.export, location, table.name_location, fields))
    if not table.complete:
        ddl.report(location, f"not all columns of table {table.name} are known: {why_unknown(table.call.argument(1))}")
    for column in table.columns.values():
        add_column(ddl, table, column, tables, evaluator)
    for column in table.columns.values():
        add_column_constraints(ddl, table, column, tables, evaluator)
    extras = table.extras
    for extra in items_of(extras):
        add_extra(ddl, table, extra, tables, evaluator)
    if not isinstance(extras, (ArrayValue, ObjectValue, Undefined)) or not getattr(extras, "complete", True):
        ddl.report(location, f"not all indexes and constraints of table {table.name} are known: {why_unknown(extras)}")
    policies = any(called_name(unroll(extra)[0]) == "pgPolicy" for extra in items_of(extras))
    if table.row_security or policies:
        ddl.alter(table.name, "ENABLE ROW LEVEL SECURITY", location)


def add_column(ddl: Ddl, table: TableBuilder, column: ColumnBuilder, tables: Tables, evaluator: Evaluator) -> None:
    type_name = columns.sql_type(column, evaluator)
    if type_name is None:
        ddl.report(column.location, f"the type of {table.name}.{column.name} is not known: {why_unknown(column.builder)}")
        return
    text = f"ADD COLUMN {quoted(column.name)} {type_name}"
    text += " NOT NULL" if columns.is_not_null(column) else ""
    identity = columns.identity_sql(column, table, type_name)
    generated = columns.generation_sql(column, evaluator, tables)
    text += f" {identity}" if identity else ""
    text += f" GENERATED ALWAYS AS ({generated}) STORED" if generated else ""
    ddl.alter(table.name, text, column.location)
    if columns.step_named(column, "generatedAlwaysAs") is not None and generated is None:
        ddl.report(column.location, f"what {table.name}.{column.name} is generated from is not known")
    step = columns.step_named(column, "default", "defaultNow", "defaultRandom")
    if step is not None:
        default = columns.default_sql(column, type_name, tables)
        if default is None:
            given = step.call.argument(0)
            ddl.report(step.location, f"{table.name}.{column.name}: its {DEFAULT_UNKNOWN}: {why_unknown(given)}")
        else:
            ddl.alter(table.name, f"ALTER COLUMN {quoted(column.name)} SET DEFAULT {default}", column.location)


VIEWS = {"pgView": "view", "pgMaterializedView": "materialized view", "view": "view", "materializedView": "materialized view"}


def add_view(export: str, value: Value, ddl: Ddl, tables: Tables) -> None:
    """A view: with its query where that is SQL, by its name alone where Drizzle's query builder makes it."""
    root, steps = unroll(value)
    schema = schema_of(root)
    call = steps[0].call if schema and steps else root
    kind = VIEWS.get((steps[0].name if steps else "") if schema else called_name(root))
    if kind is None or not isinstance(call, Call) or any(step.name == "existing" for step in steps):
        return
    name = call.argument(0)
    made = next((step for step in steps if step.name == "as"), None)
    if not isinstance(name, str) or made is None:
        return
    full, location = Name(schema or "public", name), call.place.location
    query = made.call.argument(0)
    text = sql_of(query, tables)
    if text is not None:
        ddl.declared[full] = Declared(export, location)
        ddl.afterwards(full, f"CREATE {kind.upper()} {quote_name(full)} AS {text}", location)
        return
    is_built = isinstance(query, Function)
    ddl.views.append(Table(full, (), location, kind="view" if kind == "view" else "materialized view", model=export))
    if not is_built:
        ddl.report(location, f"the query of view {full} is not known: {why_unknown(query)}")
