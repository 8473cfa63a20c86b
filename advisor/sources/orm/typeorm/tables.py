"""Entities as the DDL that TypeORM's schema builder runs. Source: typeorm/src/driver/postgres/PostgresQueryRunner.ts."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.model import Location, Name
from advisor.remedies.sql import quote_name
from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, entry, items_of, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.symbols import External
from advisor.sources.evaluation.values import UNDEFINED, Function, Value
from advisor.sources.orm.classes import Decorator
from advisor.sources.orm.ddl import SECOND_TIME, Ddl, Declared, column_list, literal, quoted
from advisor.sources.orm.typeorm.columns import Column, default_sql
from advisor.sources.orm.typeorm.entities import Entity, path_of
from advisor.sources.orm.typeorm.naming import hashed
from advisor.sources.orm.typeorm.relations import Entities, Junction, Key

SERIALS = {"bigint": "bigserial", "int8": "bigserial", "smallint": "smallserial", "int2": "smallserial"}


def add_entity(ddl: Ddl, entity: Entity, entities: Entities, evaluator: Evaluator) -> None:
    """The table of an entity, with its keys; foreign keys come by themselves."""
    if entity.table in ddl.tables:
        ddl.report(entity.location, f"table {entity.table} {SECOND_TIME}")
        return
    fields = {column.name: column.field for column in entity.columns}
    declared = Declared(entity.made.name, entity.location, entity.made.name_location, fields, list(entity.seen))
    ddl.table(entity.table, declared)
    if entity.table.schema != "public":
        ddl.types.statements.insert(0, (f"CREATE SCHEMA IF NOT EXISTS {quoted(entity.table.schema)}", entity.location))
    for column in sorted(entity.columns, key=lambda one: one.order):
        add_column(ddl, entity.table, column, evaluator)
    add_primary_key(ddl, entity.table, entity.columns, entity.location)
    add_unique_columns(ddl, entity, entities)
    if entity.comment:
        ddl.afterwards(entity.table, f"COMMENT ON TABLE {quote_name(entity.table)} IS {literal(entity.comment)}", entity.location)
    add_decorators(ddl, entity, evaluator)


def add_decorators(ddl: Ddl, entity: Entity, evaluator: Evaluator) -> None:
    """What stands above the classes and the properties of an entity besides its columns."""
    for one in entity.classes:
        for decorator in one.decorators:
            add_class_decorator(ddl, entity, decorator, evaluator)
    for around, one in entity.embedded:
        for decorator in one.decorators:
            add_class_decorator(ddl, entity, decorator, evaluator, around.path)
    for found in entity.fields:
        for decorator in found.decorators:
            add_field_decorator(ddl, entity, found.name, decorator)


def add_unique_columns(ddl: Ddl, entity: Entity, entities: Entities) -> None:
    """`unique: true`, and the columns of a one-to-one relation."""
    for column in entity.columns:
        if column.unique and not column.primary:
            add_unique(ddl, entity.table, [column.name], column.location, None)
    for owner, columns, location in entities.unique:
        if owner is entity:
            name = hashed("REL", entity.table.name, columns)
            ddl.alter(entity.table, f"ADD CONSTRAINT {quoted(name)} UNIQUE {column_list(columns)}", location)
            ddl.default_names.add((entity.table, name))


def add_column(ddl: Ddl, table: Name, column: Column, evaluator: Evaluator) -> None:
    if column.type is None:
        ddl.report(column.location, f"the type of {table}.{column.name} is not known")
        return
    type_name = column.type
    if column.enum is not None:
        type_name = enum_type(ddl, table, column)
    serial = column.generated in ("increment", "rowid")
    identity = f" GENERATED {column.identity} AS IDENTITY" if column.generated == "identity" else ""
    text = f"ADD COLUMN {quoted(column.name)} {SERIALS.get(type_name, 'serial') if serial else type_name}"
    text += "[]" if column.array else ""
    text += f" GENERATED ALWAYS AS ({column.expression}) STORED" if column.expression else identity
    text += f" COLLATE {quoted(column.collation)}" if column.collation else ""
    text += "" if column.nullable else " NOT NULL"
    ddl.alter(table, text, column.location)
    default = default_sql(column, evaluator)
    if default is not None:
        ddl.alter(table, f"ALTER COLUMN {quoted(column.name)} SET DEFAULT {default}", column.location)
    if column.comment:
        text = f"COMMENT ON COLUMN {quote_name(table)}.{quoted(column.name)} IS {literal(column.comment)}"
        ddl.afterwards(table, text, column.location)
    for problem in column.problems:
        ddl.report(column.location, f"{table}.{column.name}: {problem}")


def enum_type(ddl: Ddl, table: Name, column: Column) -> str:
    """The type of an enum column, which is made once where several columns name it."""
    schema, _, bare = (column.enum_name or f"{table.name}_{column.name.lower()}_enum").rpartition(".")
    name = Name(schema or table.schema, bare)
    if name not in ddl.enums:
        ddl.enums[name] = bare
        labels = ", ".join(map(literal, column.enum or ()))
        ddl.types.add(f"CREATE TYPE {quote_name(name)} AS ENUM ({labels})", column.location)
    return quote_name(name)


def add_primary_key(ddl: Ddl, table: Name, columns: Sequence[Column], location: Location) -> None:
    primary = [column for column in columns if column.primary]
    if primary:
        names = [column.name for column in primary]
        written = next((column.key_name for column in primary if column.key_name), None)
        name = written or hashed("PK", table.name, names)
        place = primary[0].location if len(primary) == 1 else location
        ddl.alter(table, f"ADD CONSTRAINT {quoted(name)} PRIMARY KEY {column_list(names)}", place)
        if written is None:
            ddl.default_names.add((table, name))


def add_unique(
    ddl: Ddl, table: Name, columns: list[str], location: Location, written: str | None, options: Value = UNDEFINED
) -> None:
    name = written or hashed("UQ", table.name, columns)
    when = deferrable(text_entry(options, "deferrable"))
    ddl.alter(table, f"ADD CONSTRAINT {quoted(name)} UNIQUE {column_list(columns)}{when}", location)
    if written is None:
        ddl.default_names.add((table, name))


def deferrable(written: str | None) -> str:
    """`INITIALLY DEFERRED` as it follows a constraint."""
    return f" DEFERRABLE {written}" if written else ""


def add_class_decorator(ddl: Ddl, entity: Entity, decorator: Decorator, evaluator: Evaluator, path: str = "") -> None:
    """`@Index`, `@Unique`, `@Check` and `@Exclusion` above a class; `path` is that of an embedded one."""
    name, fields, options = parts_of(decorator)
    if isinstance(fields, Function):
        fields = evaluator.apply(fields, (External("(entity)", "it"),))
    if entry(options, "synchronize") is False:
        leave_to_hand(ddl, entity.table, name, options)
    elif decorator.name in ("Index", "Unique"):
        columns = columns_named(entity, fields, path)
        if columns is None:
            ddl.report(decorator.location, f"the columns of an {decorator.name.lower()} of {entity.made.name} are not known")
        elif decorator.name == "Unique":
            add_unique(ddl, entity.table, columns, decorator.location, name, options)
        else:
            add_index(ddl, entity.table, columns, decorator.location, name, options)
    elif decorator.name in ("Check", "Exclusion"):
        given = [one for one in decorator.arguments if isinstance(one, str)]
        if not given:
            ddl.report(decorator.location, f"a {decorator.name.lower()} of {entity.made.name} is not known")
            return
        expression = given[-1]
        kind = "CHK" if decorator.name == "Check" else "XCL"
        made = given[0] if len(given) > 1 else hashed(kind, entity.table.name, [expression])
        body = f"CHECK ({expression})" if kind == "CHK" else f"EXCLUDE {expression}"
        body += deferrable(text_entry(options, "deferrable"))
        ddl.alter(entity.table, f"ADD CONSTRAINT {quoted(made)} {body}", decorator.location)


def leave_to_hand(ddl: Ddl, table: Name, written: str | None, options: Value) -> None:
    """An index that TypeORM neither makes nor drops: a hand-written migration makes it under this name."""
    name = written or text_entry(options, "name")
    if name is not None:
        ddl.declared[table].left_to_hand.append(name)


def parts_of(decorator: Decorator) -> tuple[str | None, Value, Value]:
    """Name, fields and options of `@Index(name?, fields?, options?)`."""
    name = next((one for one in decorator.arguments[:1] if isinstance(one, str)), None)
    fields = next((one for one in decorator.arguments if isinstance(one, (ArrayValue, Function))), None)
    options = next((one for one in decorator.arguments if isinstance(one, ObjectValue)), None)
    return name, fields, options


def columns_named(entity: Entity, fields: Value, path: str) -> list[str] | None:
    """The columns of properties; None where one is not known."""
    names = [item if isinstance(item, str) else path_of(item) for item in items_of(fields)]
    found = [entity.columns_of(path + name.strip()) if name else [] for name in names]
    return [column for columns in found for column in columns] if names and all(found) else None


def add_field_decorator(ddl: Ddl, entity: Entity, field: str, decorator: Decorator) -> None:
    """`@Index` and `@Unique` on a property."""
    if decorator.name not in ("Index", "Unique"):
        return
    name, _, options = parts_of(decorator)
    columns = entity.columns_of(field)
    if entry(options, "synchronize") is False:
        leave_to_hand(ddl, entity.table, name, options)
    elif not columns:
        ddl.report(decorator.location, f"the column of {entity.made.name}.{field} is not known")
    elif decorator.name == "Unique":
        add_unique(ddl, entity.table, columns, decorator.location, name, options)
    else:
        add_index(ddl, entity.table, columns, decorator.location, name, options)


def add_index(ddl: Ddl, table: Name, columns: list[str], location: Location, written: str | None, options: Value) -> None:
    where = text_entry(options, "where")
    written = written or text_entry(options, "name")
    name = written or hashed("IDX", table.name, columns, where)
    unique = "UNIQUE " if entry(options, "unique") is True else ""
    method = " USING gist" if entry(options, "spatial") is True else ""
    nulls = " NULLS NOT DISTINCT" if entry(options, "nullsNotDistinct") is True else ""
    tail = f" WHERE {where}" if where else ""
    ddl.afterwards(
        table, f"CREATE {unique}INDEX {quoted(name)} ON {quote_name(table)}{method} {column_list(columns)}{nulls}{tail}", location
    )
    if written is None:
        ddl.default_names.add((table, name))


def key_name(key: Key) -> tuple[Name, str]:
    """A foreign key's table and name; two child entities may ask for the same one."""
    return key.table, key.name or hashed("FK", key.table.name, key.columns)


def add_key(ddl: Ddl, key: Key) -> None:
    _, name = key_name(key)
    actions = "".join(
        f" ON {word} {action.upper()}" for word, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)) if action
    )
    ddl.afterwards(
        key.table,
        f"ALTER TABLE {quote_name(key.table)} ADD CONSTRAINT {quoted(name)} FOREIGN KEY {column_list(key.columns)}"
        f" REFERENCES {quote_name(key.referenced)} {column_list(key.referenced_columns)}{actions}{deferrable(key.deferrable)}",
        key.location,
    )


def add_junction(ddl: Ddl, junction: Junction, evaluator: Evaluator) -> None:
    """The table of a many-to-many relation, or of a tree: a key of all columns, and an index for each side."""
    fields = {column.name: column.name for column in junction.columns}
    ddl.table(junction.table, Declared(None, junction.location, None, fields, implicit=True))
    for column in junction.columns:
        add_column(ddl, junction.table, column, evaluator)
    add_primary_key(ddl, junction.table, junction.columns, junction.location)
    half = len(junction.keys[0].columns) if junction.keys else len(junction.columns) // 2
    names = [column.name for column in junction.columns if column.primary]
    for side in (names[:half], names[half:]):
        add_index(ddl, junction.table, side, junction.location, None, None)
    for key in junction.keys:
        add_key(ddl, key)
