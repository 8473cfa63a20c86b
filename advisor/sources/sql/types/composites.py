"""Composite types, ranges and collations. In: their statements. Out: the model's values; typed tables follow their type."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from advisor.model import Collation, Column, CompositeType, Name, Operation, OtherStatement, RangeType
from advisor.sources.sql.catalog.catalog import Catalog, RefusedError
from advisor.sources.sql.catalog.relations import find_relation, new_relation, qualified
from advisor.sources.sql.spelling.names import MAX_BYTES, clipped
from advisor.sources.sql.tables.column_changes import remove_column
from advisor.sources.sql.tables.columns import read_collation, read_type
from advisor.sources.sql.text.quoting import quote_identifier, quote_string
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, constant, fields_of, strings, unwrap
from advisor.sources.sql.types.domains import refuse_second

WORDS_OF_COLLATIONS = frozenset({"provider", "deterministic"})
"""Options of CREATE COLLATION whose values are words; the others are strings."""


def create_composite_type(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """A composite type has a name among the types and one among the relations."""
    name = new_relation(catalog, fields["typevar"])
    refuse_second(catalog, statement, name)
    # One of the same name in another schema is meant by its attributes.
    attributes = tuple(read_attribute(catalog, statement, fields_of(node)) for node in fields.get("coldeflist", []))
    catalog.note_type(name)
    catalog.note_other(name)
    catalog.types.put(CompositeType(name, attributes, statement.location))
    catalog.changed()
    return [OtherStatement(statement.location, "CompositeTypeStmt")]


def read_attribute(catalog: Catalog, statement: Statement, fields: Node) -> Column:
    text, enum = read_type(catalog, fields["typeName"])
    collation = read_collation(fields.get("collClause"))
    return Column(fields["colname"], text, statement.location, enum=enum, collation=collation)


def alter_composite_type(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    """ALTER TYPE ... ADD, DROP, ALTER ATTRIBUTE."""
    name = find_relation(catalog, fields["relation"])
    composite = catalog.types.get(name)
    if isinstance(composite, CompositeType):
        for command in map(fields_of, fields["cmds"]):
            composite = replace(composite, attributes=with_command(catalog, statement, composite, command))
        catalog.types.put(composite)
        typed_tables_follow(catalog, composite)
    return [OtherStatement(statement.location, "AlterTableStmt")]


def with_command(catalog: Catalog, statement: Statement, composite: CompositeType, command: Node) -> tuple[Column, ...]:
    attributes = composite.attributes
    if command["subtype"] == "AT_AddColumn":
        added = read_attribute(catalog, statement, fields_of(command["def"]))
        if any(known.name == added.name for known in attributes):
            raise RefusedError(f'column "{added.name}" of relation "{composite.name}" already exists', statement.location)
        return (*attributes, added)
    if not any(known.name == command.get("name") for known in attributes) and not command.get("missing_ok"):
        raise RefusedError(f'column "{command.get("name")}" of relation "{composite.name}" does not exist', statement.location)
    if command["subtype"] == "AT_DropColumn":
        return tuple(known for known in attributes if known.name != command["name"])
    if command["subtype"] == "AT_AlterColumnType":
        definition = fields_of(command["def"])
        changed = read_attribute(catalog, statement, {**definition, "colname": command["name"]})
        return tuple(changed if known.name == command["name"] else known for known in attributes)
    return attributes


def typed_tables_follow(catalog: Catalog, composite: CompositeType) -> None:
    """The tables OF a type have its attributes as columns, with what is their own."""
    attributes = {attribute.name for attribute in composite.attributes}
    for name in [table.name for table in catalog.tables() if table.of_type == composite.name]:
        before = catalog.known(name).columns
        for column in before:
            if column.name not in attributes:
                remove_column(catalog, name, column.name, cascade=True)
        table = catalog.known(name)
        own = {column.name: column for column in table.columns}
        columns = tuple(
            replace(own[attribute.name], type=attribute.type, enum=attribute.enum) if attribute.name in own else attribute
            for attribute in composite.attributes
        )
        catalog.put(replace(table, columns=columns))
        for child in catalog.children(name):
            heirs_follow(catalog, child, before, columns)
    catalog.changed()


def heirs_follow(catalog: Catalog, name: Name, before: Sequence[Column], after: Sequence[Column]) -> None:
    """What inherits a typed table loses, changes and gets its columns."""
    table, columns = catalog.known(name), {column.name: column for column in after}
    kept = tuple(
        replace(own, type=columns[own.name].type, enum=columns[own.name].enum) if own.name in columns else own
        for own in table.columns
        if own.name in columns or own.name not in {column.name for column in before}
    )
    there = {column.name for column in kept}
    catalog.put(replace(table, columns=(*kept, *(column for column in after if column.name not in there))))
    for child in catalog.children(name):
        heirs_follow(catalog, child, before, after)


def create_range_type(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = catalog.new_name(*qualified(fields["typeName"]))
    refuse_second(catalog, statement, name)
    options = {option["defname"]: option.get("arg") for option in map(fields_of, fields["params"])}
    subtype, multirange = options.pop("subtype", None), options.pop("multirange_type_name", None)
    if subtype is None:
        raise RefusedError('type attribute "subtype" is required', statement.location)
    named = catalog.new_name(*qualified(fields_of(multirange)["names"])) if multirange else None
    value = RangeType(
        name,
        read_type(catalog, fields_of(subtype))[0],
        named or Name(name.schema, multirange_name(name.name)),
        statement.location,
        tuple(f"{option} = {range_option(option, argument)}" for option, argument in options.items() if argument is not None),
    )
    catalog.note_type(name)
    catalog.note_type(value.multirange, dependent=True)
    catalog.types.put(value)
    catalog.changed()
    return [OtherStatement(statement.location, "CreateRangeStmt")]


def multirange_name(name: str) -> str:
    """`makeMultirangeTypeName` (src/backend/catalog/pg_type.c)."""
    before, found, after = name.partition("range")
    label = "_multirange"
    whole = f"{before}multirange{after}" if found else clipped(name.encode(), MAX_BYTES - len(label)) + label
    return clipped(whole.encode(), MAX_BYTES)


def built_in_collation(argument: Node) -> list[str]:
    """The options of a collation of PostgreSQL's own."""
    name = strings(argument["List"]["items"])[-1]
    return [f"locale = {quote_string(name)}"] if name in ("C", "POSIX") else [f"from = {option_value(argument)}"]


def option_value(argument: Node) -> str:
    kind, fields = unwrap(argument)
    if kind == "TypeName":
        return ".".join(map(quote_identifier, strings(fields["names"])))
    if kind == "List":
        return ".".join(map(quote_identifier, strings(fields["items"])))
    return str(next(iter(fields.values()), constant(argument)))


def range_option(option: str, argument: Node) -> str:
    """PostgreSQL's own collations are found without their schema."""
    text = option_value(argument)
    return text.removeprefix("pg_catalog.") if option == "collation" else text


def bare_value(argument: Node) -> str:
    """A locale may be written as an identifier in quotes: `LC_CTYPE = "C"`."""
    kind, fields = unwrap(argument)
    return ".".join(strings(fields["names"])) if kind == "TypeName" else option_value(argument)


def as_one_locale(options: list[str]) -> tuple[str, ...]:
    """LC_COLLATE and LC_CTYPE that are the same are a LOCALE (`DefineCollation`, collationcmds.c)."""
    said = dict(option.split(" = ", 1) for option in options)
    if "lc_collate" in said and said["lc_collate"] == said.get("lc_ctype"):
        others = (option for option in options if not option.startswith("lc_"))
        return (f"locale = {said['lc_collate']}", *others)
    return tuple(options)


def create_collation(catalog: Catalog, statement: Statement, fields: Node) -> Sequence[Operation]:
    name = catalog.new_name(*qualified(fields["defnames"]))
    if name in catalog.types.collations:
        if fields.get("if_not_exists"):
            return []
        raise RefusedError(f'collation "{name}" already exists', statement.location)
    options: list[str] = []
    definition = [fields_of(node) for node in fields.get("definition", [])]
    if len(definition) > 1 and any(option["defname"] == "from" for option in definition):
        raise RefusedError("conflicting or redundant options", statement.location)
    for option in definition:
        argument = option.get("arg", {"String": {"sval": "true"}})
        if option["defname"] == "from":
            known = catalog.types.collations.get(catalog.new_name(*qualified(argument["List"]["items"])))
            options += known.options if known is not None else built_in_collation(argument)
        else:
            value = option_value(argument) if option["defname"] in WORDS_OF_COLLATIONS else bare_value(argument)
            options.append(f"{option['defname']} = {value if option['defname'] in WORDS_OF_COLLATIONS else quote_string(value)}")
    options = [option for option in options if option.lower() != "provider = libc"]  # That is the default.
    catalog.types.collations[name] = Collation(name, as_one_locale(options), statement.location)
    catalog.changed()
    return [OtherStatement(statement.location, "DefineStmt")]
