"""Smaller statements: types, sequences, comments, extensions, settings. In: their nodes. Out: the catalog after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from advisor.model import Enum, Name, Operation, OtherStatement
from advisor.sources.sql.catalog import DEFAULT_SEARCH_PATH, Catalog, RefusedError
from advisor.sources.sql.definitions import change_definition, define
from advisor.sources.sql.relations import new_relation, qualified
from advisor.sources.sql.sequences import sequence_options
from advisor.sources.sql.statements import Statement
from advisor.sources.sql.tree import Node, constant, fields_of, string, strings
from advisor.sources.sql.types import format_type


def create_enum(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = catalog.new_name(*qualified(fields["typeName"]))
    if catalog.enum(name) is not None:
        raise RefusedError(f'type "{name}" already exists', statement.location)
    catalog.put_enum(Enum(name, strings(fields.get("vals", [])), statement.location))
    return [OtherStatement(statement.location, "CreateEnumStmt")]


def alter_enum(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """ADD VALUE and RENAME VALUE."""
    name = catalog.find_enum(*qualified(fields["typeName"]))
    enum = catalog.enum(name) if name is not None else None
    if enum is not None:
        values = with_value_renamed(enum, fields) if "oldVal" in fields else with_value_added(enum, fields, statement)
        catalog.put_enum(replace(enum, values=values))
    return [OtherStatement(statement.location, "AlterEnumStmt")]


def with_value_renamed(enum: Enum, fields: Node) -> tuple[str, ...]:
    return tuple(fields["newVal"] if value == fields["oldVal"] else value for value in enum.values)


def with_value_added(enum: Enum, fields: Node, statement: Statement) -> tuple[str, ...]:
    new, neighbour = fields.get("newVal", ""), fields.get("newValNeighbor")
    if new in enum.values:
        if fields.get("skipIfNewValExists"):
            return enum.values
        raise RefusedError(f'enum label "{new}" already exists', statement.location)
    if neighbour is None:
        return (*enum.values, new)
    if neighbour not in enum.values:
        raise RefusedError(f'"{neighbour}" is not an existing enum label', statement.location)
    place = enum.values.index(neighbour) + ("newValIsAfter" in fields)
    return (*enum.values[:place], new, *enum.values[place:])


def create_domain(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = catalog.new_name(*qualified(fields["domainname"]))
    catalog.note_type(name)
    define(catalog, statement, "type", name)
    return [OtherStatement(statement.location, "CreateDomainStmt")]


def alter_domain(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = catalog.find_type(*qualified(fields["typeName"]))
    if name is not None:
        change_definition(catalog, statement, name)
    return [OtherStatement(statement.location, "AlterDomainStmt")]


def create_composite_type(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """A composite type has a name among the types and one among the relations."""
    name = new_relation(catalog, fields["typevar"])
    catalog.note_type(name)
    catalog.note_other(name)
    define(catalog, statement, "type", name)
    return [OtherStatement(statement.location, "CompositeTypeStmt")]


def create_range_type(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = catalog.new_name(*qualified(fields["typeName"]))
    catalog.note_type(name)
    define(catalog, statement, "type", name)
    return [OtherStatement(statement.location, "CreateRangeStmt")]


def create_function(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = catalog.new_name(*qualified(fields["funcname"]))
    arguments = tuple(
        format_type(parameter["argType"])
        for parameter in map(fields_of, fields.get("parameters", []))
        if parameter["mode"] in ("FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC", "FUNC_PARAM_DEFAULT")
    )
    define(catalog, statement, "function", name, arguments)
    return [OtherStatement(statement.location, "CreateFunctionStmt")]


def create_other(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """Of what CREATE makes in this form (aggregates, operators, ...) columns need only collations."""
    if fields["kind"] == "OBJECT_COLLATION":
        define(catalog, statement, "collation", catalog.new_name(*qualified(fields["defnames"])))
    return [OtherStatement(statement.location, "DefineStmt")]


def create_sequence(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    sequence = new_relation(catalog, fields["sequence"])
    if not (catalog.is_relation(sequence) and fields.get("if_not_exists")):
        catalog.put_sequence(sequence, sequence_options(fields.get("options", [])))
    own_sequence(catalog, sequence, fields)
    return [OtherStatement(statement.location, "CreateSeqStmt")]


def alter_sequence(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    sequence = catalog.find(fields["sequence"].get("schemaname"), fields["sequence"]["relname"])
    if catalog.has_sequence(sequence):
        catalog.put_sequence(sequence, sequence_options(fields.get("options", [])))
    own_sequence(catalog, sequence, fields)
    return [OtherStatement(statement.location, "AlterSeqStmt")]


def own_sequence(catalog: Catalog, sequence: Name, fields: Node) -> None:
    """`OWNED BY table.column`, where it is said."""
    for option in map(fields_of, fields.get("options", [])):
        if option["defname"] == "owned_by":
            *table, column = strings(option["arg"]["List"]["items"])
            if table:
                catalog.own_sequence(sequence, catalog.find(*qualified([{"String": {"sval": part}} for part in table])), column)


def comment_on(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """Comments on tables and columns; others are not in the model."""
    comment = fields.get("comment") or None
    if fields["objtype"] in ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"):
        table = catalog.table(catalog.find(*qualified(fields["object"]["List"]["items"])))
        if table is not None:
            catalog.put(replace(table, comment=comment))
    elif fields["objtype"] == "OBJECT_COLUMN":
        *relation, last = fields["object"]["List"]["items"]
        if not relation:
            raise RefusedError("column name must be qualified", statement.location)
        table, column = catalog.table(catalog.find(*qualified(relation))), string(last)
        if table is not None:
            columns = (replace(found, comment=comment) if found.name == column else found for found in table.columns)
            catalog.put(replace(table, columns=tuple(columns)))
    return [OtherStatement(statement.location, "CommentStmt")]


def create_extension(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    options = {option["defname"]: option.get("arg", {}) for option in map(fields_of, fields.get("options", []))}
    catalog.add_extension(fields["extname"], string(options.get("schema", {})) or "public")
    return [OtherStatement(statement.location, "CreateExtensionStmt")]


def set_variable(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """Only search_path matters here: it says where unqualified names are."""
    if fields.get("name") == "search_path":
        if fields["kind"] == "VAR_SET_VALUE":
            set_search_path(catalog, [str(constant(node)) for node in fields["args"]])
        else:
            catalog.search_path = DEFAULT_SEARCH_PATH
    return [OtherStatement(statement.location, "VariableSetStmt")]


def set_config(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """`SELECT set_config('search_path', '', false)`, as pg_dump writes it."""
    for target in fields.get("targetList", []):
        call = target["ResTarget"].get("val", {}).get("FuncCall")
        if call is None or qualified(call["funcname"])[1] != "set_config" or len(call.get("args", [])) < 2:
            continue
        setting, value = map(constant, call["args"][:2])
        if setting == "search_path" and isinstance(value, str):
            set_search_path(catalog, [part.strip().strip('"') for part in value.split(",")])
    return [OtherStatement(statement.location, "SelectStmt")]


def set_search_path(catalog: Catalog, schemas: Sequence[str]) -> None:
    """The schemas in order. `$user` names a schema that hardly ever exists; `''` names none."""
    catalog.search_path = tuple(schema for schema in schemas if schema not in ("", "$user", "pg_catalog"))
