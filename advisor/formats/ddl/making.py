"""The pieces that a schema is made of, with what each needs. In: a Schema. Out: pieces that `in_order` can sort."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from advisor.formats.ddl.families import Family, families_of, family_piece, rest_of_family
from advisor.formats.ddl.functions import function_statement
from advisor.formats.ddl.needs import (
    ROUTINE_KINDS,
    TYPE_KINDS,
    Makers,
    apart_key,
    definition_key,
    function_key,
    makers_of,
    needs_of_function,
    needs_of_rest,
    relation_key,
    type_key,
    type_names,
    wishes_of_function,
)
from advisor.formats.ddl.pieces import CircleError, Key, Piece, Statement, in_order, one_piece
from advisor.formats.ddl.sections import (
    COLLATIONS,
    DEFINITIONS,
    EXTENSIONS,
    FUNCTIONS,
    LATE_KINDS,
    SCHEMAS,
    SEQUENCES,
    TABLES,
    TYPES,
    VIEWS,
)
from advisor.formats.ddl.serial import owned_by, sequence_statements, sequences_of
from advisor.formats.ddl.tables import Context, comments_sql, constraint_names, is_known, missing_sql
from advisor.formats.ddl.types import (
    attribute_comments,
    collation_sql,
    composite_sql,
    domain_sql,
    enum_sql,
    late_domain_checks,
    range_sql,
)
from advisor.formats.ddl.views import beside_view, placeholder_statement, view_statement
from advisor.model import Definition, Schema, Table
from advisor.remedies.sql import quote, quote_name


class Workshop(Struct, frozen=True):
    """What making the pieces of one schema needs: who makes what, and which pieces are made in two steps."""

    schema: Schema
    makers: Makers
    families: tuple[Family, ...]
    context: Context
    apart: frozenset[Key]


def ordered_pieces(schema: Schema) -> list[Piece]:
    """The pieces in an order that runs. Those in a circle are made in two steps, as pg_dump does (pg_dump_sort.c)."""
    apart: frozenset[Key] = frozenset()
    let_go: dict[Key, frozenset[Key]] = {}
    while True:
        pieces = [without(piece, let_go) for piece in pieces_of(workshop(schema, apart))]
        try:
            return in_order(pieces)
        except CircleError as circle:
            divisible = {key for key in circle.keys if key[0] in ("relation", "type")} - apart
            apart |= divisible
            if not divisible:
                let_go |= {key: let_go.get(key, frozenset()) | set(circle.keys) for key in circle.keys}


def without(piece: Piece, let_go: dict[Key, frozenset[Key]]) -> Piece:
    """A piece that no longer requires what stands in a circle with it and cannot be divided: the server will say what is wrong."""
    missing = let_go.get(piece.key)
    return replace(piece, requires=piece.requires - missing) if missing else piece


def workshop(schema: Schema, apart: frozenset[Key]) -> Workshop:
    families = families_of(schema)
    roots = {table.name: family[0].name for family in families for table in family}
    names = frozenset(name for name, root in roots.items() if relation_key(root) in apart)
    sequences = sequences_of(schema)
    context = Context(schema, sequences, owned_by(sequences), constraint_names(schema), names)
    return Workshop(schema, makers_of(schema, roots), families, context, apart)


def pieces_of(shop: Workshop) -> Iterator[Piece]:
    yield from schemas_and_extensions(shop.schema)
    for collation in shop.schema.collations:
        yield one_piece(("collation", collation.name.qualified), COLLATIONS, [collation_sql(collation)])
    yield from types(shop)
    for number, definition in enumerate(shop.schema.definitions):
        if definition.kind not in LATE_KINDS:
            yield definition_piece(definition, number, shop)
    for name, statement in sequence_statements(shop.context.sequences):
        yield one_piece(("sequence", name), SEQUENCES, [statement])
    for family in shop.families:
        yield from relation_pieces(family, shop)
    for function in shop.schema.functions:
        needs, wishes = needs_of_function(function, shop.makers), wishes_of_function(function, shop.makers)
        statements = (function_statement(function),)
        yield Piece(function_key(function), FUNCTIONS, statements, frozenset(needs), frozenset(wishes))


def schemas_and_extensions(schema: Schema) -> Iterator[Piece]:
    for name in schema_names(schema):
        yield one_piece(("schema", name), SCHEMAS, [f"CREATE SCHEMA {quote(name)};"])
    places = dict(schema.extension_schemas)
    for name in schema.extensions:
        place = f" WITH SCHEMA {quote(places[name])}" if name in places else ""
        yield one_piece(("extension", name), EXTENSIONS, [f"CREATE EXTENSION IF NOT EXISTS {quote(name)}{place};"])


def schema_names(schema: Schema) -> list[str]:
    """Those that were made, and those that objects are in."""
    names = {name.schema for name in type_names(schema)} | {table.name.schema for table in schema.tables}
    names |= {found.name.schema for found in schema.functions} | {found.name.schema for found in schema.sequences}
    names |= {found.name.schema for found in schema.collations}
    names |= {found.name.schema for found in schema.definitions if found.kind in TYPE_KINDS | ROUTINE_KINDS}
    names |= {name for _, name in schema.extension_schemas} | set(schema.schemas)
    return sorted(name for name in names - {"", "public", "information_schema"} if not name.startswith("pg_"))


def types(shop: Workshop) -> Iterator[Piece]:
    schema, makers = shop.schema, shop.makers
    for enum in schema.enums:
        yield one_piece(type_key(enum.name), TYPES, [enum_sql(enum)])
    for composite in schema.composites:
        parts = (key for attribute in composite.attributes for key in makers.of_type(attribute.type))
        yield one_piece(type_key(composite.name), TYPES, [composite_sql(composite), *attribute_comments(composite)], parts)
    for domain in schema.domains:
        key, base = type_key(domain.name), tuple(makers.of_type(domain.type))
        calls = [needed for check in domain.checks for needed in makers.of_expression(check.expression)]
        apart = key in shop.apart
        required = (*base, *makers.of_expression(domain.default), *(() if apart else calls))
        yield one_piece(key, TYPES, domain_sql(domain, apart=apart), required)
        if apart:
            yield one_piece(apart_key(key), TYPES, late_domain_checks(domain, all_of_them=True), [key, *calls])
    for kind in schema.ranges:
        key = type_key(kind.name)
        needs = (*makers.of_type(kind.subtype), *makers.of_text(" ".join(f"{option}()" for option in kind.options)))
        if key in shop.apart:
            yield one_piece(key, TYPES, [f"CREATE TYPE {quote_name(kind.name)};"])
            yield one_piece(apart_key(key), TYPES, [range_sql(kind)], [key, *needs])
        else:
            yield one_piece(key, TYPES, [range_sql(kind)], needs)


def definition_piece(definition: Definition, number: int, shop: Workshop) -> Piece:
    """What is kept as its statement. Names in it may be of anything."""
    section = TYPES if definition.kind in TYPE_KINDS else FUNCTIONS if definition.kind in ROUTINE_KINDS else DEFINITIONS
    needs = shop.makers.of_statement(definition.sql) if definition.kind != "function" else shop.makers.of_text(definition.sql)
    own = definition_key(definition, number)
    return Piece(own, section, (definition_statement(definition),), prefers=frozenset(needs) - {own})


def definition_statement(definition: Definition) -> Statement:
    # Names of a dump are written in full: there an empty search path is as good as the default one.
    path = None if definition.search_path in ((), ("public",)) else definition.search_path
    return Statement(f"{definition.sql.strip().removesuffix(';')};", path)


def relation_pieces(family: Family, shop: Workshop) -> Iterator[Piece]:
    """A table with its partitions, a view, or a note on what is not known."""
    root, makers = family[0], shop.makers
    key = relation_key(root.name)
    if not is_known(root):
        yield one_piece(key, VIEWS if root.kind.endswith("view") else TABLES, [missing_sql(root)])
    elif root.view is not None:
        yield from view_pieces(root, shop)
    else:
        yield family_piece(family, shop.context, makers, apart=key in shop.apart)
        if key in shop.apart:
            needs = (needed for table in family for needed in needs_of_rest(table, makers, shop.context.sequences))
            yield one_piece(apart_key(key), TABLES, rest_of_family(family, shop.context), [key, *needs])


def view_pieces(table: Table, shop: Workshop) -> Iterator[Piece]:
    """A view; one in a circle is first made of NULLs, so that its row type is there, and then replaced."""
    query, makers, key = table.view, shop.makers, relation_key(table.name)
    if query is None:
        return
    read = [makers.relations[name] for name in query.reads if name in makers.relations]
    needs = frozenset([*read, *makers.of_text(query.text)] if query.reads else makers.of_query(query.text)) - {key}
    beside = (*beside_view(table), *comments_sql(table))
    if key in shop.apart and table.kind == "view" and table.columns:
        shape = (needed for column in table.columns for needed in makers.of_type(column.type))
        yield Piece(key, VIEWS, (placeholder_statement(table),), frozenset(shape))
        statements = (view_statement(table, query, again=True), *map(Statement, beside))
        yield Piece(apart_key(key), VIEWS, statements, needs | {key})
    else:
        yield Piece(key, VIEWS, (view_statement(table, query), *map(Statement, beside)), needs)
